"""Documents of many pages whose model loses the end of long answers: nothing that is printed is lost, and nothing comes twice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.running import KEY, at, gpt, vextract
from tests.scripting import Scripted
from tests.statements import Loss, Model, Statement, record_f1, statement
from vextract import api
from vextract.types import Result

PAGES, ROWS = 12, 200
LIMIT_TOKENS = 2_000


@pytest.fixture(scope="module")
def long() -> Statement:
    """A statement."""
    return statement(PAGES, ROWS)


@pytest.fixture(autouse=True)
def _here(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and a ledger of its own, and a key."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("XDG_STATE_HOME", str(workdir / "state"))


def extract(long: Statement, model: Model, pages: str = "") -> Result[Any]:
    """What becomes of the statement."""
    path = long.write(Path("long.pdf"))
    with Scripted(script=model) as server:
        return api.extract(path, "bank_statement", pages=pages or None, dpi=36, **at(server))


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("loss", ["length", "silent"])
def test_no_row_is_lost(long: Statement, loss: Loss, noisy: bool) -> None:  # noqa: FBT001
    """Every row comes once, in order, though a model loses what is past its limit, or also drops, doubles, misspells some."""
    model = Model(long, loss, noisy, LIMIT_TOKENS)
    record = extract(long, model)
    rows = record.values["transactions"]
    assert record_f1(long.truth, rows) >= 0.99
    assert [row["balance"] for row in rows] == [row["balance"] for row in long.truth]
    assert (record.status, record.errors) == ("ok", ())
    assert {evidence.match for evidence in record.evidence} <= {"exact", "normalized", "fuzzy"}
    assert len(model.asked) < 2 * PAGES


def test_a_model_that_loses_nothing_is_asked_once(long: Statement) -> None:
    """Where nothing is missing no page is asked about again: headings, sums and prose are no rows."""
    model = Model(long)
    assert extract(long, model).values["transactions"] == long.truth
    assert sorted(model.asked) == [tuple(range(1, 9)), tuple(range(8, 13))]


def test_pages_that_are_too_much_for_an_answer(long: Statement) -> None:
    """If a single page is too much the model is shown its parts, whether the answer says that it was cut off or not."""
    for loss in ("length", "silent"):
        model = Model(long, loss, limit_tokens=500)
        record = extract(long, model, "2-3")
        wanted = frozenset((2, 3))
        truth = [value for booking in long.bookings if (value := booking.value(wanted, (0, 1))) and value["date"]]
        rows = [row for row in record.values["transactions"] if row["date"]]
        assert rows == truth, loss
        assert {error.kind for error in record.errors} <= {"inconsistent"}


def test_rows_that_cannot_be_had_are_told(long: Statement) -> None:
    """Where a model never gives the last rows of a page the record is partial, and says which page lacks how many."""
    lazy = replace(long, bookings=tuple(b for b in long.bookings if b.places[0][0] != 3 or b.places[0][1] < 0.4))
    path = long.write(Path("long.pdf"))
    with Scripted(script=Model(lazy)) as server:
        flags = ("--dpi", "36", "-j", "1", "-f", "json", "--pages", "2-4", "--overlap-pages", "0", *gpt(server))
        done = vextract("extract", path, "-s", "bank_statement", *flags)
    [error] = [error for error in done.data["errors"] if error["kind"] == "incomplete"]
    printed = sum(booking.places[0][0] == 3 for booking in long.bookings)
    read = sum(booking.places[0][0] == 3 for booking in lazy.bookings)
    assert (done.code, done.data["status"], error["page"]) == (9, "partial", 3)
    assert f"page 3 prints {printed} rows like those of /transactions, of which {read} were read" in error["message"]
    assert error["hint"]
