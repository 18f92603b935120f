"""Dates and times in running text, in the common orders and languages, with every reading that the digits allow."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from typing import Literal

__all__ = ["DateMention", "find_dates", "find_times", "is_day_first", "parse_date"]

Order = Literal["day", "month"]

# Languages whose month names are known; the names come from Unicode's CLDR by way of Babel.
_LOCALES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ms")
# Two digits stand for a year from 1970 to 2069.
_CENTURY_TURN = 70
_GAP = r"\s?[./\-–,'’]\s?"
_NUMERIC = re.compile(
    rf"(?<![\d])(?<!\d[.,/-])(?:(?P<y>(?:19|20)\d\d)(?:(?P<s>{_GAP})|\s?年\s?)(?P<m>\d\d?)(?:(?P=s)|\s?月\s?)(?P<d>\d\d?)"
    rf"|(?P<a>\d\d?)(?P<t>{_GAP}|\s)(?P<b>\d\d?)(?:(?P=t)|{_GAP})(?P<z>(?:19|20)\d\d|\d\d)"
    r"|(?P<y2>(?:19|20)\d\d)(?P<m2>0[1-9]|1[0-2])(?P<d2>0[1-9]|[12]\d|3[01]))(?!\d|[./-]\d)"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_TIME = re.compile(
    r"(?<![\d.,:])([01]?\d|2[0-3])[:.hH]([0-5]\d)(?:[:.]([0-5]\d))?(?:\s?([AaPp])\.?[Mm]\b\.?)?(?![\d:/-]|\.\d)"
)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text: `text[start:end]`.

    `readings` are what it can mean; where day and month could change places, the day-first one comes first. `order` is what a date
    that can be read in one way only tells of the others around it; None if it tells nothing.
    """

    start: int
    end: int
    readings: tuple[date, ...]
    order: Order | None = None

    def read(self, *, day_first: bool) -> date:
        """The one meaning, given the order of day and month."""
        return self.readings[0 if day_first else -1]


def find_dates(text: str) -> list[DateMention]:
    """All dates in the text, in order, without overlaps. A day, a month and a year must all be there."""
    found = sorted([*_numeric(text), *_named(text)], key=lambda m: (m.start, m.start - m.end))
    kept: list[DateMention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def parse_date(text: str, *, day_first: bool = True) -> date | None:
    """The date that the text is, but for white space and a time after it; None if it is none."""
    text = text.strip()
    mentions = find_dates(text)
    if not mentions or mentions[0].start != 0:
        return None
    rest = re.sub(r"^[T\s,]*\d{1,2}:\d\d.*$", "", text[mentions[0].end :]).strip(" .,")
    return None if rest else mentions[0].read(day_first=day_first)


def is_day_first(mentions: Iterable[DateMention]) -> bool | None:
    """Whether the dates of one document put the day before the month; None if none of them tells."""
    orders = [mention.order for mention in mentions if mention.order]
    days = orders.count("day")
    return None if not orders or 2 * days == len(orders) else 2 * days > len(orders)


def find_times(text: str) -> list[tuple[int, int, time]]:
    """Times of day in the text: (start, end, time)."""
    found = []
    for match in _TIME.finditer(text):
        hour, minute, second, half = match.groups()
        clock = int(hour)
        if half and clock <= 12:
            clock = clock % 12 + (12 if half in "Pp" else 0)
        found.append((match.start(), match.end(), time(clock, int(minute), int(second or 0))))
    return found


def _numeric(text: str) -> Iterator[DateMention]:
    for match in _NUMERIC.finditer(text):
        part = {name: int(value) for name, value in match.groupdict().items() if value and name not in "st"}
        start, end = match.span()
        if "y" in part or "y2" in part:
            suffix = "" if "y" in part else "2"
            day = _date(part["y" + suffix], part["m" + suffix], part["d" + suffix])
            if day:
                yield DateMention(start, end, (day,))
            continue
        first, second, year = part["a"], part["b"], _full_year(match["z"])
        if "," in match["t"] or (not match["t"].strip() and len(match["z"]) == 2):
            continue  # "1,25,30" and "12 11 10" are lists of numbers
        readings = [_date(year, second, first), _date(year, first, second)]
        possible = tuple(dict.fromkeys(day for day in readings if day))
        if possible:
            order: Order | None = None
            if len(possible) == 1 and first != second:
                order = "day" if readings[0] else "month"
            # Dots part day, month and year in that order wherever they are used.
            yield DateMention(start, end, possible[:1] if "." in match["t"] and readings[0] else possible, order)


def _named(text: str) -> Iterator[DateMention]:
    pattern, months = _month_pattern()
    if months.keys().isdisjoint(map(_plain, _LETTERS.findall(text))):
        return  # to look for a name costs far less than to look for a date
    for match in pattern.finditer(text):
        month = months[_plain(match["m1"] or match["m2"] or match["m3"])]
        day = int(match["d1"] or match["d2"] or match["d3"])
        year = _full_year(match["y1"] or match["y2"] or match["y3"])
        if found := _date(year, month, day):
            yield DateMention(match.start(), match.end(), (found,))


@cache
def _month_pattern() -> tuple[re.Pattern[str], dict[str, int]]:
    """The pattern of dates with a month's name, and the names (lower case, no dot) with their numbers."""
    from babel.dates import get_month_names

    months: dict[str, int] = {"sept": 9, "mrz": 3}
    for locale in _LOCALES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    if len(_plain(name)) >= 3 and not name[0].isdigit():
                        months.setdefault(_plain(name), number)
    names = "|".join(re.escape(name) for name in sorted(months, key=len, reverse=True))
    gap = r"[\s.,/\-–'’]{0,3}"
    day, year = r"(?<!\d)(?P<d#>[0-3]?\d)(?:st|nd|rd|th|er|º|°)?", r"(?P<y#>(?:19|20)\d\d|'?\d\d)(?![\d:]|[.,]\d)"
    name = rf"(?<![^\W\d_])(?P<m#>{names})(?![^\W\d_])\.?"
    forms: tuple[str, ...] = (
        day + gap + r"(?:de |of )?" + name + gap + r"(?:de )?" + year,
        name + gap + day + r"(?:[\s.,/\-–'’]{1,3})" + year,
        r"(?<!\d)(?P<y#>(?:19|20)\d\d)" + gap + name + gap + day.removeprefix(r"(?<!\d)") + r"(?!\d)",
    )
    numbered = [form.replace("#", str(number)) for number, form in enumerate(forms, 1)]
    return re.compile("|".join(numbered), re.IGNORECASE), months


def _plain(name: str) -> str:
    return name.casefold().rstrip(".")


def _full_year(text: str) -> int:
    year = int(text.lstrip("'"))
    if len(text.lstrip("'")) > 2:
        return year
    return year + (2000 if year < _CENTURY_TURN else 1900)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
