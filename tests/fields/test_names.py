"""The parties: who issued the paper, and who is addressed."""

import pytest

from tests.fields.reading import read
from vextract.fields.extraction import extract_fields
from vextract.schema import load_schema
from vextract.types import Box, Line, PageRef, PageText, Word

SELLER = ["ACME GmbH", "Seestr. 1", "12345 Berlin", ""]
BUYER = ["Rechnung an:", "Beta AG", "Hauptstr. 5", "80331 München"]


def test_letterhead_and_block_name_the_parties() -> None:
    """The seller is at the top, the buyer below a heading, with the lines of the address parted by commas."""
    data = read("invoice", *SELLER, *BUYER, "", "Rechnungsnummer: 17")
    assert data["seller_name"] == "ACME GmbH"
    assert data["buyer_name"] == "Beta AG"
    assert data["buyer_address"] == "Hauptstr. 5, 80331 München"


def test_labelled_lines_name_the_parties() -> None:
    """A name after its label is the name without the label."""
    data = read("invoice", "Seller: ACME GmbH", "Buyer: Beta AG")
    assert (data["seller_name"], data["buyer_name"]) == ("ACME GmbH", "Beta AG")


def test_blocks_may_stand_side_by_side() -> None:
    """Lines of two blocks on the same rows are not mixed."""
    rows = [
        "Bill to:                 Supplier:",
        "Beta AG                  Gamma Ltd",
        "Hauptstr. 5              12 Lake Road",
    ]
    data = read("invoice", *rows)
    assert (data["seller_name"], data["buyer_name"]) == ("Gamma Ltd", "Beta AG")
    assert data["buyer_address"] == "Hauptstr. 5"


def test_the_footer_names_the_seller_where_the_head_does_not() -> None:
    """A company at the foot of the page, with its address on the internet, issued the paper."""
    data = read("invoice", "Rechnung", "", "Rechnungsnummer: 17", *[""] * 41, "ACME GmbH          www.acme.de")
    assert str(data["seller_name"]).startswith("ACME GmbH")


@pytest.mark.parametrize(
    "line",
    [
        "Rechnungsnummer: 17",
        "BIC: COBADEFFXXX",
        "mail@example.com",
        "03.10.2018",
        "Handelsrechnung",
        "K3-113, Lake Road",
    ],
)
def test_what_is_no_name_is_no_seller(line: str) -> None:
    """A labelled value, an address on the internet or of a house, a date and a title are not who issued the paper."""
    assert read("invoice", line)["seller_name"] is None


def test_a_legal_form_on_a_line_of_its_own_belongs_to_the_name_above() -> None:
    """A name that is broken before its legal form is put together."""
    assert read("receipt", "BOOKS AND MORE", "SDN BHD", "", "Date 28.03.2024")["merchant"] == "BOOKS AND MORE SDN BHD"


def test_each_party_has_its_own_number() -> None:
    """Of two VAT ids, the one in the buyer's block is the buyer's, the other the seller's."""
    rows = [*SELLER[:3], "USt-IdNr.: DE136695976", "", *BUYER, "USt-IdNr.: DE811907980"]
    data = read("invoice", *rows)
    assert (data["seller_vat_id"], data["buyer_vat_id"]) == ("DE136695976", "DE811907980")


@pytest.mark.parametrize(
    ("rows", "seller", "buyer"),
    [
        (["USt-IdNr.: DE136695976"], "DE136695976", None),
        ([*SELLER, *BUYER, "USt-IdNr.: DE811907980"], None, "DE811907980"),
    ],
)
def test_the_same_words_never_serve_two_parties(rows: list[str], seller: str | None, buyer: str | None) -> None:
    """One VAT id is the seller's, as papers must name that one, unless it stands in the buyer's block."""
    data = read("invoice", *rows)
    assert (data["seller_vat_id"], data["buyer_vat_id"]) == (seller, buyer)


def test_words_without_size_are_read() -> None:
    """A text layer may give words of no height or width; they are words like others, and no crash."""
    spots = (Word("ACME", Box(0.1, 0.1, 0.1, 0.1)), Word("GmbH", Box(0.2, 0.1, 0.2, 0.1)))
    flat = (Word("ACME", Box(0.1, 0.1, 0.2, 0.1)), Word("GmbH", Box(0.21, 0.1, 0.3, 0.1)))
    for words in (spots, flat):
        page = PageText(PageRef("made up", 1, 1000, 1000), (Line(words),), "textlayer")
        data, [evidence] = extract_fields(load_schema("invoice"), [page])
        assert str(data["seller_name"]) == evidence.quote == "ACME"
