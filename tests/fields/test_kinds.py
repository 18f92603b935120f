"""What of a printed text is the value."""

import pytest

from tests.fields.reading import read, read_pages


@pytest.mark.parametrize(
    ("field", "line", "value"),
    [
        ("seller_iban", "IBAN: DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("seller_bic", "BIC: COBADEFFXXX", "COBADEFFXXX"),
        ("seller_vat_id", "USt-IdNr.: DE136695976", "DE136695976"),
        ("seller_email", "E-mail: mail@example.com", "mail@example.com"),
        ("seller_email", "write to mail@example.com", "mail@example.com"),
        ("seller_phone", "Tel. +49 30 901820", "+49 30 901820"),
        ("currency", "Total  € 119.00", "EUR"),
        ("currency", "Total CHF 119.00", "CHF"),
        ("order_number", "Order no. #4711/B", "4711/B"),
        ("invoice_number", "Invoice no.: (2018) 10-A", "10-A"),
    ],
)
def test_values_with_a_form_of_their_own(field: str, line: str, value: str) -> None:
    """What has a form is read in it, with or without a label, and written without the blanks of print."""
    assert read("invoice", line)[field] == value


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("seller_iban", "IBAN: DE89 3704 0044 0532 0130 01"),
        ("seller_vat_id", "IBAN: DE89 3704 0044 0532 0130 01"),
        ("seller_vat_id", "IBAN: DE89 3704 0044 0532 0130 00"),
        ("seller_bic", "BIC: UNKNOWN"),
        ("seller_phone", "Tel. 03.10.2018"),
        ("currency", "ALL MY LOVE"),
        ("invoice_number", "Invoice no.: none"),
    ],
)
def test_what_lacks_the_form_is_no_value(field: str, line: str) -> None:
    """A wrong check digit, an account number in place of a VAT id, a date for a telephone: null rather than wrong."""
    assert read("invoice", line)[field] is None


def test_a_choice_is_recognised_though_misread() -> None:
    """One of a few texts is found with a letter wrong, with blanks for underscores, and among other words."""
    schema = "kind? enum(invoice|credit_note|order)"
    assert read(schema, "Kind: Credlt note")["kind"] == "credit_note"
    assert read(schema, "Kind: your order of May")["kind"] == "order"
    assert "kind" not in read(schema, "Kind: letter") or read(schema, "Kind: letter")["kind"] is None


@pytest.mark.parametrize(
    ("due", "issued", "sure"),
    [("25/04/2024", "2024-04-03", True), ("04/25/2024", "2024-03-04", True), ("", "2024-04-03", False)],
)
def test_the_dates_of_a_page_tell_whether_the_day_comes_first(due: str, issued: str, *, sure: bool) -> None:
    """03/04/2024 is read as the other dates of the paper are written; where none tells, day first, and less surely."""
    data, evidence = read_pages("invoice", ["Invoice date: 03/04/2024", f"Due date: {due}"])
    assert data["issue_date"] == issued
    assert ((evidence["/issue_date"].confidence or 0) > 0.85) == sure


@pytest.mark.parametrize(
    ("printed", "other"), [("1.234,56", "9.876,50"), ("1,234.56", "9,876.50"), ("1 234,56", "9,50")]
)
def test_either_decimal_mark_is_read(printed: str, other: str) -> None:
    """An amount is the same with a comma or a point before its decimals."""
    assert read("invoice", f"Total  {printed}", f"Cash  {other}")["total"] == 1234.56


def test_the_decimal_mark_of_the_paper_decides() -> None:
    """1.234 is a whole number where the other amounts have a comma, and has three decimals where they have a point."""
    assert read("net float", "Net 1.234", "Tax 234,46", "All 1.468,46")["net"] == 1234
    assert read("net float", "Net 1.234", "Tax 234.46", "All 1,468.46")["net"] == 1.234


def test_an_amount_is_no_time() -> None:
    """Without a label a time of day is one only if it is not printed as amounts are."""
    assert read("receipt", "CASH  20.00", "CHANGE  7.50")["time"] is None
    assert read("receipt", "28.03.2024 16:42")["time"] == "16:42:00"
    assert read("receipt", "Uhrzeit: 16.42")["time"] == "16:42:00"


def test_a_date_is_no_number() -> None:
    """The digits of a date are not an amount."""
    assert read("total? float", "Total 03.10.2018") == {"total": None}
