"""Documents of many pages whose model loses the end of long answers: nothing that is printed is lost, and nothing comes twice."""

import json
from pathlib import Path

import pytest

from tests.running import KEY, Done, gpt, vextract
from tests.scripting import Scripted
from tests.statements import Loss, Model, Statement, record_f1, statement

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


def extract(long: Statement, model: Model, *more: str) -> Done:
    """What becomes of the statement."""
    path = long.write(Path("long.pdf"))
    with Scripted(script=model) as server:
        flags = ("--dpi", "40", "-j", "1", "-f", "json", *gpt(server))
        return vextract("extract", path, "-s", "bank_statement", *flags, *more)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("loss", ["length", "silent"])
def test_no_row_is_lost(long: Statement, loss: Loss, noisy: bool) -> None:  # noqa: FBT001
    """Every row comes once, in order, though the model loses whatever is past its limit, and misreads some of it."""
    model = Model(long, loss, noisy, LIMIT_TOKENS)
    done = extract(long, model)
    rows = done.data["data"]["transactions"]
    print(len(rows), record_f1(long.truth, rows), len(model.asked), model.asked, done.data["errors"])
    truth = long.truth
    for r in rows:
        if r not in truth:
            print("WRONG", r)
    for r in truth:
        if r not in rows:
            print("LOST", r)
    assert record_f1(long.truth, rows) >= 0.99
    assert [row["balance"] for row in rows] == [row["balance"] for row in long.truth]
    assert done.data["errors"] == []
