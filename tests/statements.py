"""Bank statements of any length as PDFs with a text layer, and a model that reads what is true of them but loses the end.

The model speaks through the emulator. It knows the pages that it is shown by their numbers in the question. It gives the rows that
these print, and a row that a page break parts as far as it is on them. What is past its limit of tokens it loses, as told.
"""

import datetime as dt
import json
import random
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.models.emulator import Received
from tests.models.protocols import Said

__all__ = ["Booking", "Model", "Statement", "record_f1", "statement"]

LIMIT_TOKENS = 4_000
_CHARACTERS_A_TOKEN = 3.5
_TOP, _PITCH, _WIDTH_PT, _HEIGHT_PT = 0.16, 0.03, 595, 842
_SHOPS = ["Aldi Nord", "Lidl", "Tesco Express", "Corner Café", "Power & Gas", "City Rent", "Jones Ltd", "Tram"]
_WHAT = ["Card payment", "Direct debit", "Standing order", "Transfer to"]
Loss = Literal["none", "length", "silent"]


@dataclass(frozen=True)
class Booking:
    """A row: what it says, and the page and height where it begins and where the second line of its text stands, if it has one."""

    date: dt.date
    lines: tuple[str, ...]
    amount: float
    balance: float
    places: tuple[tuple[int, float], ...]

    def value(self, shown: frozenset[int], part: tuple[float, float]) -> dict[str, Any] | None:
        """The row as far as it stands on what is shown; None if it does not."""
        seen = [n for n, (page, y) in enumerate(self.places) if page in shown and part[0] <= y < part[1]]
        if not seen:
            return None
        value = {"date": None, "value_date": None, "description": " ".join(self.lines[n] for n in seen)}
        if 0 in seen:
            return value | {"date": self.date.isoformat(), "amount": self.amount, "balance": self.balance}
        return value | {"amount": None, "balance": None}


@dataclass(frozen=True)
class Statement:
    """A statement: its rows in order, and how many pages it takes."""

    bookings: tuple[Booking, ...]
    pages: int
    opening: float = 1_000.0

    @property
    def truth(self) -> list[dict[str, Any]]:
        """The rows as they are to be read."""
        everywhere = frozenset(range(1, self.pages + 1))
        return [value for booking in self.bookings if (value := booking.value(everywhere, (0, 1)))]

    def write(self, path: Path) -> Path:
        """Makes the PDF."""
        from reportlab.pdfgen.canvas import Canvas

        canvas = Canvas(str(path), (_WIDTH_PT, _HEIGHT_PT), invariant=True)
        lines: dict[int, list[tuple[float, Booking, int]]] = {}
        for booking in self.bookings:
            for n, (page, y) in enumerate(booking.places):
                lines.setdefault(page, []).append((y, booking, n))
        for page in range(1, self.pages + 1):
            self._page(canvas, page, lines.get(page, []))
            canvas.showPage()
        canvas.save()
        return path

    def _page(self, canvas: Any, page: int, lines: list[tuple[float, Booking, int]]) -> None:
        def put(y: float, *cells: tuple[float, str], right: tuple[float, ...] = ()) -> None:
            for x, text in cells:
                draw = canvas.drawRightString if x in right else canvas.drawString
                draw(x * _WIDTH_PT, (1 - y) * _HEIGHT_PT, text)

        canvas.setFont("Helvetica", 9)
        put(0.05, (0.08, "First Paper Bank"), (0.7, f"Page {page} of {self.pages}"))
        put(0.08, (0.08, "Account holder: Ada Example"))
        if page == 1:
            put(0.11, (0.08, f"Opening balance {self.opening:,.2f}"))
        put(
            _TOP - 0.025, (0.08, "Date"), (0.24, "Description"), (0.75, "Amount"), (0.92, "Balance"), right=(0.75, 0.92)
        )
        for y, booking, n in lines:
            cells = [(0.24, booking.lines[n])]
            if n == 0:
                cells += [(0.08, f"{booking.date:%d.%m.%Y}"), (0.75, f"{booking.amount:,.2f}")]
                cells += [(0.92, f"{booking.balance:,.2f}")]
            put(y + _PITCH / 2, *cells, right=(0.75, 0.92))
        put(0.95, (0.08, "Please check this statement. Objections must reach us within six weeks."))
        if page == self.pages:
            put(0.92, (0.08, f"Closing balance {self.bookings[-1].balance:,.2f}"))


def statement(pages: int, rows: int, seed: int = 1) -> Statement:
    """A statement of so many rows on so many pages; some rows are alike, some have a second line, maybe on the next page."""
    dice = random.Random(seed)
    per_page = [rows // pages + (n < rows % pages) for n in range(pages)]
    day, balance = dt.date(2024, 1, 2), 1_000.0
    made: list[Booking] = []
    rest: str | None = None
    for page, count in enumerate(per_page, 1):
        y = _TOP
        if rest:
            made[-1] = Booking(
                made[-1].date, (*made[-1].lines, rest), made[-1].amount, made[-1].balance, (*made[-1].places, (page, y))
            )
            y, rest = y + _PITCH, None
        for n in range(count):
            if dice.random() > 0.1 or not made:
                day += dt.timedelta(days=dice.random() < 0.1)
                text, amount = (
                    f"{dice.choice(_WHAT)} {dice.choice(_SHOPS)} {dice.randrange(100, 999)}",
                    dice.randrange(-30_000, 30_000) / 100,
                )
            balance = round(balance + amount, 2)
            lines, places = [text], [(page, y)]
            y += _PITCH
            if n == count - 1 and dice.random() < 0.3 and page < pages:
                rest = f"mandate {dice.choice(_SHOPS)} reference {dice.randrange(10_000, 99_999)}"
            elif dice.random() < 0.1 and y < 0.88 - _PITCH * (count - n):
                lines.append(f"end to end {dice.randrange(10_000, 99_999)} thank you")
                places.append((page, y))
                y += _PITCH
            made.append(Booking(day, tuple(lines), amount, balance, tuple(places)))
    return Statement(tuple(made), pages)


@dataclass
class Model:
    """Reads a statement; to be called with each request that arrives.

    Attributes:
        statement: what is true.
        loss: what becomes of an answer past the limit: nothing, it is cut off and says so, or its last rows are missing though it
            ends as if it were whole.
        noisy: shown more than two pages it drops the first row or the last one, doubles one, and spells the last one otherwise.
        asked: the pages of each request.
    """

    statement: Statement
    loss: Loss = "none"
    noisy: bool = False
    limit_tokens: int = LIMIT_TOKENS
    asked: list[tuple[int, ...]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, received: Received) -> str | Said:
        """The answer."""
        words = json.dumps(received.body, ensure_ascii=False)
        told = re.search(r"off these pages: ((?:\d+, )*\d+)(?: \(of which only the part from (\d+)% to (\d+)%)?", words)
        assert told, "the question names its pages"
        pages = tuple(map(int, told[1].split(", ")))
        part = (int(told[2]) / 100, int(told[3]) / 100) if told[2] else (0.0, 1.0)
        with self.lock:
            self.asked.append(pages)
        rows = list(self._rows(frozenset(pages), part))
        if self.noisy and len(pages) > 2:
            rows = self._noise(rows, pages, random.Random(str((pages, part))))
        return self._cut(self._scalars(pages), rows)

    def _rows(self, pages: frozenset[int], part: tuple[float, float]) -> Iterator[dict[str, Any]]:
        for booking in self.statement.bookings:
            if value := booking.value(pages, part):
                yield value

    def _scalars(self, pages: tuple[int, ...]) -> dict[str, Any]:
        last = self.statement.bookings[-1].balance
        return {
            "bank": "First Paper Bank",
            "account_holder": "Ada Example",
            "opening_balance": self.statement.opening if 1 in pages else None,
            "closing_balance": last if self.statement.pages in pages else None,
        }

    def _noise(self, rows: list[dict[str, Any]], pages: tuple[int, ...], dice: random.Random) -> list[dict[str, Any]]:
        rows = rows[1:] if dice.random() < 0.5 else rows[:-1]
        doubled = dice.randrange(len(rows))
        rows.insert(doubled, rows[doubled])
        if self.statement.pages in pages:
            return rows
        return [*rows[:-1], rows[-1] | {"description": rows[-1]["description"].replace("e", "c", 1)}]

    def _cut(self, scalars: dict[str, Any], rows: list[dict[str, Any]]) -> str | Said:
        room = int(self.limit_tokens * _CHARACTERS_A_TOKEN)
        text = json.dumps(scalars | {"transactions": rows})
        if self.loss == "none" or len(text) <= room:
            return Said(text)
        if self.loss == "length":
            return Said(text[:room], "length")
        while len(text) > room:
            rows = rows[: max(0, min(len(rows) - 1, len(rows) * room // len(text)))]
            text = json.dumps(scalars | {"transactions": rows})
        return Said(text)


def record_f1(truth: list[dict[str, Any]], got: list[dict[str, Any]]) -> float:
    """The share of records that are right in every value, as F1; each true record counts once."""
    wanted, found = (sorted(json.dumps(row, sort_keys=True, default=str) for row in rows) for rows in (truth, got))
    left: dict[str, int] = {}
    for row in wanted:
        left[row] = left.get(row, 0) + 1
    right = 0
    for row in found:
        if left.get(row, 0):
            left[row] -= 1
            right += 1
    return 2 * right / (len(wanted) + len(found)) if wanted or found else 1.0
