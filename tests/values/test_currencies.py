"""Currencies as they are printed."""

from vextract.values.currencies import currency_of, find_currencies


def test_codes_and_symbols() -> None:
    """Symbols and codes in upper case are currencies, words that look like codes in other case are not."""
    assert [code for *_, code in find_currencies("€ 5, USD 3, RM9.00, all in")] == ["EUR", "USD", "MYR"]
    assert currency_of(" CHF ") == "CHF"
    assert currency_of("CHF 5") is None
