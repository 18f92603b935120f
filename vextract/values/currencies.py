"""Currencies as they are printed: ISO 4217 codes, symbols and the abbreviations of daily use."""

import re
from functools import cache

__all__ = ["currency_of", "find_currencies"]

# Symbols and abbreviations of one meaning. "$", "kr" and "Fr." are used by several countries: the first named is by far the
# commonest on paper that does not say which.
_SYMBOLS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "₫": "VND", "₪": "ILS", "₴": "UAH", "฿": "THB",
    "₱": "PHP", "US$": "USD", "A$": "AUD", "C$": "CAD", "CA$": "CAD", "S$": "SGD", "HK$": "HKD", "NZ$": "NZD", "R$": "BRL",
    "RM": "MYR", "Rs": "INR", "Rp": "IDR", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Fr.": "CHF", "SFr.": "CHF", "kr": "SEK",
    "¥": "JPY", "$": "USD", "euro": "EUR", "euros": "EUR",
}  # fmt: skip


@cache
def _pattern() -> re.Pattern[str]:
    from babel.core import get_global

    codes = "|".join(sorted(get_global("all_currencies")))
    symbols = "|".join(re.escape(symbol) for symbol in sorted(_SYMBOLS, key=len, reverse=True))
    return re.compile(rf"(?<![^\W\d_])(?:(?P<symbol>{symbols})|(?P<code>{codes}))(?![^\W\d_])")


def find_currencies(text: str) -> list[tuple[int, int, str]]:
    """Currencies in the text: (start, end, ISO 4217 code). Codes count in upper case only, as three letters make many words."""
    found = []
    for match in _pattern().finditer(text):
        code = match["code"] or _SYMBOLS[match["symbol"]]
        glued = re.search(r"\S+$", text[: match.start()])
        if match["code"] and glued and re.search(r"[A-Za-z]", glued[0]):
            continue  # the end of a longer code, such as a bank's
        found.append((match.start(), match.end(), code))
    return found


def currency_of(text: str) -> str | None:
    """The ISO 4217 code of a currency printed as `text`; None if it is none."""
    found = find_currencies(text.strip())
    return found[0][2] if found and found[0][:2] == (0, len(text.strip())) else None
