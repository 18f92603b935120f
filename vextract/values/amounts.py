"""Numbers and amounts of money in running text, with either decimal mark, signs, and currencies before or after."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

__all__ = ["NumberMention", "decimal_mark", "find_numbers", "parse_number"]

Mark = Literal[".", ","]

# Digits, perhaps in groups of three with a decimal part. Spaces part groups only if they are followed by three digits exactly.
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-–−+])?\s?(?<![\d_])(?<!\d[.,'])"
    r"(?P<digits>\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,4})?|\d+[.,]\s?\d{1,4}|\d+\s[.,]\d\d(?!\d)|\d+|[.,]\d{1,4})"
    r"(?P<after>\s?%|[-–](?!\w)|\))?(?![\d]|[.,]\d)"
)

_MINUS = ("-", "–", "−")
_CENTS = 2
_LONGEST_CODE = 3


@dataclass(frozen=True, slots=True)
class NumberMention:
    """A number in a text: `text[start:end]`.

    `readings` are what it can mean: two where a single separator before three digits may part thousands or decimals ("1.234"), the
    thousands first. `decimals` counts printed decimals of the first reading; `mark` is the decimal mark if it is sure.
    """

    start: int
    end: int
    readings: tuple[Decimal, ...]
    decimals: int
    mark: Mark | None = None
    percent: bool = False

    def read(self, mark: Mark | None) -> Decimal:
        """The one meaning, given the document's decimal mark if that is known."""
        if len(self.readings) == 1 or mark is None:
            return self.readings[0]
        return self.readings[0 if self.mark != mark else 1]


def find_numbers(text: str) -> list[NumberMention]:
    """All numbers in the text, in order."""
    found = []
    for match in _NUMBER.finditer(text):
        readings, decimals, mark = _readings(match["digits"])
        if not readings or _within_word(text, match.start("digits"), decimals):
            continue
        after = match["after"] or ""
        # A dash between two numbers parts them; it is no sign.
        signed = match["sign"] in _MINUS and not text[: match.start("sign")][-1:].isalnum()
        bracketed = match["open"] is not None and after == ")"
        start = match.start("open") if bracketed else match.start("sign") if signed else match.start("digits")
        end = match.end("digits") if after == ")" and not bracketed else match.end()
        if signed or bracketed or after.strip() in _MINUS:
            readings = tuple(-value for value in readings)
        found.append(NumberMention(start, end, readings, decimals, mark, percent="%" in after))
    return found


def _within_word(text: str, start: int, decimals: int) -> bool:
    """Whether letters stand right before the digits and make them a code ("A12"), not an amount with its currency ("RM9.00")."""
    letters = re.search(r"[^\W\d_]+$", text[:start])
    return letters is not None and (decimals != _CENTS or len(letters[0]) > _LONGEST_CODE)


def parse_number(text: str, mark: Mark | None = None) -> Decimal | None:
    """The number that the text is, but for a currency, a sign and white space around it; None if it is none."""
    mentions = find_numbers(text)
    if len(mentions) != 1:
        return None
    mention = mentions[0]
    around = text[: mention.start] + text[mention.end :]
    letters = re.sub(r"[^\w]", "", around)
    return mention.read(mark) if len(letters) <= 3 and not any(c.isdigit() for c in letters) else None


def decimal_mark(mentions: Iterable[NumberMention]) -> Mark | None:
    """The decimal mark that most numbers of one document use; None if none tells."""
    marks = [mention.mark for mention in mentions if mention.mark and len(mention.readings) == 1]
    points = marks.count(".")
    return None if not marks else "." if 2 * points >= len(marks) else ","


def _readings(digits: str) -> tuple[tuple[Decimal, ...], int, Mark | None]:
    """All meanings of unsigned digits, the printed decimals of the first, and the decimal mark if it is sure."""
    squeezed = re.sub(r"(?<=[.,])\s|\s(?=[.,])", "", digits)
    squeezed = re.sub(r"[\s'’]", "", squeezed)
    separators = [c for c in squeezed if c in ".,"]
    if not separators:
        return _decimals(squeezed), 0, None
    last = separators[-1]
    whole, _, part = squeezed.rpartition(last)
    bare = re.sub(r"[.,]", "", whole)
    mark: Mark = "." if last == "." else ","
    grouped = len(part) == 3 and 1 <= len(re.split(r"[.,]", whole)[0]) <= 3
    if len(set(separators)) == 2 or (len(separators) == 1 and not grouped):
        return _decimals(f"{bare or 0}.{part}"), len(part), mark
    if len(separators) > 1:
        return _decimals(bare + part), 0, "," if last == "." else "."
    if re.search(r"[\s'’]", digits) or whole in ("", "0"):
        return _decimals(f"{bare or 0}.{part}"), len(part), mark
    return (*_decimals(bare + part), *_decimals(f"{bare}.{part}")), 0, mark


def _decimals(text: str) -> tuple[Decimal, ...]:
    try:
        return (Decimal(text),)
    except InvalidOperation:
        return ()
