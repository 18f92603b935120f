"""Where the value of a label stands, and which label it is."""

import pytest

from tests.fields.reading import read, read_pages

FAR = ["Invoice no.", "", "", "", "", "A-17"]


@pytest.mark.parametrize(
    "rows",
    [
        ["Invoice no. A-17"],
        ["Invoice no.: A-17"],
        ["Invoice no.          A-17"],
        ["Invoice no.", "A-17"],
        ["INVOICE NO", "A-17"],
        ["Customer no.   Invoice no.   Date", "C-5            A-17          03.10.2018"],
    ],
)
def test_a_value_stands_after_its_label_right_of_it_or_below(rows: list[str]) -> None:
    """After the label, in the next column, or on the line below: all three are read."""
    assert read("invoice", *rows)["invoice_number"] == "A-17"


def test_a_value_far_below_a_label_is_not_its_value() -> None:
    """Several empty lines under a label part it from what follows."""
    assert read("invoice", *FAR)["invoice_number"] is None


def test_a_value_after_its_label_is_surer_than_one_beside_it_and_that_than_one_below() -> None:
    """The score falls with the distance from the label."""
    places = [["Invoice no. A-17"], ["Invoice no.      A-17"], ["Invoice no.", "A-17"]]
    sure = [read_pages("invoice", rows)[1]["/invoice_number"].confidence or 0 for rows in places]
    assert sure[0] > sure[1] > sure[2]


def test_the_longest_label_wins() -> None:
    """A sum without tax is the subtotal and not the total, though its label begins with that of the total."""
    data = read("invoice", "Total excl. VAT  100.00", "Total incl. VAT  119.00")
    assert (data["subtotal"], data["total"]) == (100, 119)


@pytest.mark.parametrize("line", ["Total excl. VAT  100.00", "Total taxes 14.99", "Total quantity 12"])
def test_what_only_begins_like_a_total_is_none(line: str) -> None:
    """A label that is known not to be a total's gives no total."""
    assert read("invoice", line)["total"] is None


def test_words_between_a_label_and_a_value_raise_doubt() -> None:
    """Unknown words make "Total" the beginning of another label: a plain total wins, and alone the value is hardly sure."""
    data = read("invoice", "Total  119.00", "Total sundries 14.99")
    assert data["total"] == 119
    evidence = read_pages("invoice", ["Total sundries 14.99"])[1]
    assert all((each.confidence or 0) < 0.6 for each in evidence.values())


@pytest.mark.parametrize(
    "line", ["Total (incl. 19 % VAT)  119.00", "Total (incl. VAT)  119.00", "Total EUR (brutto): 119.00"]
)
def test_a_remark_in_brackets_is_part_of_no_value(line: str) -> None:
    """The rate of tax in a remark is not the total."""
    assert read("invoice", line)["total"] == 119


def test_a_remark_may_turn_a_label_into_its_opposite() -> None:
    """Of two totals, the one with tax is the total of a receipt, whichever comes first."""
    for without in ("Total sales (excluding GST)  100.00", "Total (before SST)  100.00", "Summe (ohne MwSt.)  100.00"):
        lines = [without, "Total  106.00"]
        assert read("receipt", *lines)["total"] == 106
        assert read("receipt", *reversed(lines))["total"] == 106


def test_a_german_compound_ends_with_its_label() -> None:
    """Number and date of a "Handelsrechnung" with a code in brackets and a date after it."""
    data = read("invoice", "Handelsrechnung (380) Nr. R18-31 vom 03.10.2018")
    assert (data["invoice_number"], data["issue_date"]) == ("R18-31", "2018-10-03")
    assert data["seller_name"] is None


def test_free_text_needs_more_than_to_follow_a_label() -> None:
    """Text after a label counts after a colon, else only in the next column or below."""
    schema = "sender, subject"
    assert read(schema, "Sender: Ann Lee", "Subject: Your order")["sender"] == "Ann Lee"
    assert read(schema, "Sender          Ann Lee")["sender"] == "Ann Lee"
    assert read(schema, "the sender is unknown")["sender"] is None


def test_a_value_ends_where_the_next_label_begins() -> None:
    """Two labelled values on one line do not run into each other."""
    data = read("name, phone? phone", "Name: Ann Lee, Phone: +49 30 901820")
    assert data == {"name": "Ann Lee", "phone": "+49 30 901820"}


def test_a_misread_label_is_recognised() -> None:
    """One wrong letter in a long label is forgiven; in a short one it is not."""
    assert read("invoice", "Invoice nurnber: A-17")["invoice_number"] == "A-17"
    assert read("total float", "Tqtal 5.00")["total"] is None
