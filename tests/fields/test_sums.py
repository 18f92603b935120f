"""Sums that choose between amounts, and that find one that no label names."""

from tests.fields.reading import read, read_pages

CASH = ["CORNER SHOP LTD", "CASH  20.00", "CHANGE  7.50"]


def test_sums_choose_between_candidates() -> None:
    """Of two totals the one that net and tax make is taken, in either order."""
    rows = ["Subtotal  100.00", "VAT  19.00", "Total  100.00", "Total  119.00"]
    assert read("invoice", *rows)["total"] == 119
    assert read("invoice", *rows[:2], *reversed(rows[2:]))["total"] == 119


def test_a_sum_that_is_printed_wrong_stays_as_printed() -> None:
    """A contradiction does not change or drop the only value that is printed."""
    data = read("invoice", "Subtotal  100.00", "VAT  19.00", "Total  120.00")
    assert (data["subtotal"], data["tax_total"], data["total"]) == (100, 19, 120)


def test_cash_less_change_is_the_total() -> None:
    """An amount that no label names is the total if it is what was paid less the change; its evidence is where it is printed."""
    data, evidence = read_pages("receipt", [*CASH, "Soup 12.50"])
    assert data["total"] == 12.5
    assert evidence["/total"].quote == "12.50"


def test_two_amounts_that_would_do_are_none() -> None:
    """Where the sums allow more than one printed amount, none is taken."""
    assert read("receipt", *CASH, "Soup 12.50", "Tea  12.49")["total"] is None


def test_an_amount_that_is_not_printed_is_not_calculated() -> None:
    """The total is null if it stands nowhere, though it could be worked out."""
    assert read("receipt", *CASH)["total"] is None


def test_a_bound_is_no_support() -> None:
    """That not more can be due than the total does not make the total the amount due."""
    assert read("invoice", "Total  119.00")["amount_due"] is None
