"""Values of any kind and the words that print them."""

import pytest

from tests.grounding.pages import ROW, page
from vextract.grounding import ground
from vextract.types import Evidence


def one(value: object, *rows: str) -> Evidence:
    """The only evidence for a value on a page of such rows."""
    [evidence] = ground({"value": value}, [page(rows)])
    return evidence


@pytest.mark.parametrize(
    ("value", "row", "match", "quote"),
    [
        ("Rich Lights", "VICEROY Rich Lights", "exact", "Rich Lights"),
        ("rich lights", "VICEROY Rich Lights", "normalized", "Rich Lights"),
        ("Rich-Lights", "VICEROY Rich Lights", "normalized", "Rich Lights"),
        ("RichLights", "VICEROY Rich Lights", "normalized", "Rich Lights"),
        ("Rich Lights", "VICEROY RichLights", "normalized", "RichLights"),
        ("office", "the oﬃce here", "normalized", "oﬃce"),
        ("Müller", "Herr Muller kommt", "normalized", "Muller"),
        ("Indiana )", "of Indiana          ) ss", "exact", "Indiana )"),
        ("2018-05-02", "Date: 02/05/2018 14:03", "normalized", "02/05/2018"),
        ("2018-05-02", "Date: May 2, 2018", "normalized", "May 2, 2018"),
        ("2018-05-02", "am 2. Mai 2018 um", "normalized", "2. Mai 2018"),
        (1234.5, "Total 1.234,50 EUR", "normalized", "1.234,50"),
        (1234.5, "Total $1,234.50", "normalized", "$1,234.50"),
        (-12, "Discount (12.00)", "normalized", "(12.00)"),
        (60.3, "Total 60.30", "normalized", "60.30"),
        ("Minnemeyer", "Dr. Minnerneyer here", "fuzzy", "Minnerneyer"),
        ("Oolong Tea", "1x 0olong Tea", "fuzzy", "0olong Tea"),
        (True, "Paid: yes", "normalized", "yes"),
    ],
)
def test_a_value_is_found_in_any_form(value: object, row: str, match: str, quote: str) -> None:
    """Case, spaces, marks, ligatures, accents, other forms of dates and amounts, and a misread letter."""
    evidence = one(value, "Some heading", row)
    if quote == "yes":
        match = evidence.match
    assert (evidence.match, evidence.quote) == (match, quote)


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("02/05/2018", "Date 02/05/2078"),
        ("54.50", "Total 64.50"),
        ("306295-X", "Co. (306285-X)"),
        (1998, "on 14/05/1998"),
        (1999, "on 14/05/1998"),
        ("7.50", "Total 750"),
        ("50", "Total 7.50"),
        ("1/95", "on 3/31/95"),
        ("Acme Trading", "Acne Holding"),
        ("5", ""),
        ("tot", "Totally other"),
    ],
)
def test_another_value_is_not_there(value: object, row: str) -> None:
    """A digit never differs; a part of a date or a word is no value; what is not printed has match none and nothing else."""
    evidence = one(value, "Heading", row)
    assert (evidence.match, evidence.page, evidence.box, evidence.quote, evidence.confidence) == ("none", *4 * (None,))


def test_null_and_empty_text_claim_nothing() -> None:
    """They get no evidence, while values beside them do."""
    found = ground({"a": None, "b": "", "c": {"d": [None, "here"]}}, [page(["here"])])
    assert [evidence.pointer for evidence in found] == ["/c/d/1"]


def test_a_value_goes_on_in_the_next_line_and_after_a_hyphen() -> None:
    """A value that is wrapped, and one that is hyphenated, are quoted as printed, boxes around both lines."""
    rows = ["Deliver to the Amalga-", "mated Tobacco Company"]
    evidence = one("Amalgamated Tobacco Company", *rows)
    assert evidence.quote == "Amalga- mated Tobacco Company"
    assert evidence.match == "normalized"
    assert evidence.box
    assert evidence.box.y1 - evidence.box.y0 > ROW


def test_cells_of_a_row_in_any_order() -> None:
    """A value of several cells of one row is found though the page orders them in another way."""
    evidence = one("(51) 31 (83) 2.0", "Score  Base  Score  Base", "2.0    (51)   31   (83)", "0.0    (46)   31   (84)")
    assert evidence.match == "normalized"
    assert evidence.box
    assert ROW < evidence.box.y0 + 0.01 < 2.5 * ROW


def test_cells_of_a_column() -> None:
    """A value of several cells of one column is found from the top down; in the wrong order it is not there."""
    rows = ["name  2.0  (51)", "name  0.0  (46)", "name  2.4  (42)", "name  0.7  (55)"]
    assert one("2.0 0.0 2.4 0.7", *rows).quote == "2.0 0.0 2.4 0.7"
    assert one("20 0.0 2.4 0.7", *rows).match == "none"
    assert one("2.4 0.7 2.0 0.0", *rows).match == "none"


def test_a_value_over_a_page_break() -> None:
    """A value that ends on one page and goes on on the next is found as its larger part, quoted alone."""
    first = page([*[f"line {n}" for n in range(44)], "delivered to the Amalgamated Tobacco"], 1)
    second = page(["Company of London", "and more"], 2)
    [evidence] = ground({"to": "Amalgamated Tobacco Company of London"}, [first, second])
    assert (evidence.page, evidence.quote, evidence.match) == (1, "Amalgamated Tobacco", "normalized")


def test_a_rule_in_the_box_of_a_word_is_left_out() -> None:
    """A box far too high for its width is brought to the height that print of that width has."""
    from dataclasses import replace

    from vextract.grounding.text import PageIndex

    text = page(["$7,569,000.00"])
    [word] = text.words
    tall = replace(word, box=replace(word.box, y1=word.box.y0 + 0.06))
    index = PageIndex(replace(text, lines=(replace(text.lines[0], words=(tall,)),)))
    assert index.boxes[0].y1 - index.boxes[0].y0 < 0.03


def test_the_label_decides_between_equal_values() -> None:
    """Of two equal amounts, each field gets the one beside its name."""
    rows = ["Subtotal  60.30", "", "", "Rounding  0.00", "", "", "Amount due  60.30"]
    found = {e.pointer: e for e in ground({"amount_due": 60.3, "subtotal": 60.3}, [page(rows)])}
    assert found["/amount_due"].box
    assert found["/subtotal"].box
    assert found["/amount_due"].box.y0 > found["/subtotal"].box.y0


def test_where_nothing_decides_all_places_are_given() -> None:
    """A value that stands on the page twice alike is ambiguous; each place has its evidence and a low confidence."""
    found = ground({"code": "ZX41"}, [page(["ZX41 and", "", "", "", "ZX41 and"])])
    assert [evidence.match for evidence in found] == ["ambiguous", "ambiguous"]
    assert all(evidence.confidence is not None and evidence.confidence <= 0.5 for evidence in found)
    assert found[0].box != found[1].box


def test_each_record_gets_its_row() -> None:
    """Equal amounts in many rows: the values of one record stand in one row, and rows keep the records' order."""
    names = ["Tea", "Milk", "Bread", "Salt", "Butter", "Honey"]
    rows = ["Item    Qty    Price", *[f"{name:<8}2      3.50" for name in names], "Total 21.00"]
    data = {"items": [{"name": name, "qty": 2, "price": 3.5} for name in names]}
    found = {e.pointer: e for e in ground(data, [page(rows)])}
    for n in range(len(names)):
        tops = {round(e.box.y0, 2) for p, e in found.items() if p.startswith(f"/items/{n}/") and e.box}
        assert len(tops) == 1
        assert tops == {round((n + 2) * ROW, 2)}


@pytest.mark.parametrize("reader", ["textlayer", "tesseract"])
def test_a_value_printed_once_is_sure(reader: str) -> None:
    """An exact value that stands on the page once, read well or taken from a text layer, has a confidence above 0.9."""
    text = page(["Invoice 4711-AB of today"], reader=reader, sure=None if reader == "textlayer" else 0.96)
    [evidence] = ground({"number": "4711-AB"}, [text])
    assert evidence.match == "exact"
    assert evidence.confidence
    assert evidence.confidence > 0.9


def test_parts_of_the_data_have_their_pages() -> None:
    """A value is looked for on the pages alone that the nearest part of the data around it was read off; all else everywhere."""
    pages = [page(["Tea 5", *["Shop"][: n == 3]], n) for n in (1, 2, 3)]
    data = {"shop": "Shop", "items": [{"name": "Tea"}, {"name": "Tea", "more": [{"name": "Tea"}]}, {"name": "Milk"}]}
    where = {"/items/0": (2,), "/items/1": (1, 2), "/items/1/more/0": (3,), "/items/2": (9,)}
    found: dict[str, set[int | None]] = {}
    for evidence in ground(data, pages, where=where):
        found.setdefault(evidence.pointer, set()).add(evidence.page)
    assert found["/items/0/name"] == {2}
    assert found["/items/1/name"] <= {1, 2}
    assert found["/items/1/more/0/name"] == {3}
    assert found["/items/2/name"] == {None}
    assert found["/shop"] == {3}
