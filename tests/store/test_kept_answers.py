"""Answers in the store: what is put in comes out again, until it is forgotten; whatever happens to the file is told."""

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vextract.errors import OutputError
from vextract.requests import Response, Token
from vextract.store import Store
from vextract.store.answers import Spend
from vextract.types import Usage

SPEND = Spend(1, "openai:gpt-4o", "extract", Usage(10, 5, cost_usd=0.01))
NUMBER = st.floats(allow_nan=False)
# Any text that Python can hold, half surrogate pairs too: models write them.
TEXT = st.text(st.characters(), max_size=12)
USAGES = st.builds(Usage, *[st.none() | st.integers(0, 9999)] * 3, seconds=st.none() | st.floats(0, 999))
TOKENS = st.builds(Token, TEXT, NUMBER, st.lists(st.tuples(TEXT, NUMBER), max_size=2).map(tuple))
RESPONSES = st.builds(
    Response,
    TEXT,
    st.sampled_from(["stop", "length", "refusal"]),
    st.none() | TEXT,
    USAGES,
    st.none() | TEXT,
    st.none() | TEXT,
    st.lists(TOKENS, max_size=2).map(tuple),
    TEXT,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store."""
    opened = Store(tmp_path / "folder" / "store.sqlite")
    yield opened
    opened.close()


def answered(text: str = "yes", **more: Any) -> Response:
    """An answer."""
    return Response(text, "stop", **more)


def filled(store: Store, *keys: str, model: str = "openai:gpt-4o", text: str = "yes") -> None:
    """Keeps an answer for each key."""
    for key in keys:
        store.answers.put(key.encode(), answered(text), Spend(1, model, "extract", Usage()))


def made(path: Path, **times: float) -> None:
    """Makes answers as old as that."""
    with sqlite3.connect(path) as connection:
        connection.executemany("UPDATE answers SET made = ? WHERE key = ?", [(t, k.encode()) for k, t in times.items()])
    connection.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(response=RESPONSES)
def test_what_is_kept_comes_back(store: Store, response: Response) -> None:
    """Any answer, with half surrogate pairs and probabilities, comes back as it was, and says that it was kept."""
    store.answers.put(b"key", response, SPEND)
    found = store.answers.get(b"key")
    assert found is not None
    assert found.stored
    assert Response(**{**fields(found), "stored": response.stored}) == response
    [kept] = store.answers.all()
    assert (kept.key, kept.model, kept.task, kept.response) == (b"key", "openai:gpt-4o", "extract", found)


def fields(response: Response) -> dict[str, Any]:
    """Its fields by name."""
    return {name: getattr(response, name) for name in Response.__slots__}


def test_what_is_not_there(store: Store) -> None:
    """An empty store knows no answer, has no totals, and forgets nothing."""
    assert store.answers.get(b"key") is None
    assert store.answers.totals() == []
    assert list(store.answers.all()) == []
    assert (store.answers.clear(), store.answers.prune(older_than=9e9, model="x", max_bytes=0)) == (0, 0)


def test_an_answer_without_a_key_is_only_paid_for(store: Store) -> None:
    """What is not to be kept is noted as spent, and not kept; a second answer to the same question takes the first one's place."""
    store.answers.put(None, answered(), SPEND)
    assert store.answers.totals() == []
    for text in ("one", "two"):
        store.answers.put(b"key", answered(text), SPEND)
    assert [kept.response.text for kept in store.answers.all() if kept.response] == ["two"]
    spent = store.runs.spent(1)
    assert (spent.answers, spent.usage) == (3, Usage(30, 15, cost_usd=pytest.approx(0.03)))


def test_totals(store: Store) -> None:
    """Answers are counted by model and task, with the first and the last time; their bytes are those that they take."""
    filled(store, "a", "b")
    filled(store, "c", model="ollama:x")
    made(store.path, a=100, b=200, c=150)
    totals = store.answers.totals()
    assert [(t.model, t.task, t.answers, t.first, t.last) for t in totals] == [
        ("ollama:x", "extract", 1, 150, 150),
        ("openai:gpt-4o", "extract", 2, 100, 200),
    ]
    assert 0 < sum(t.stored_bytes for t in totals) < store.answers.size_bytes()


def test_prune_by_age_and_model(store: Store) -> None:
    """Those made before go; of one model, those of that model alone; both together narrow each other."""
    filled(store, "a", "b")
    filled(store, "c", "d", model="other:x")
    made(store.path, a=100, b=300, c=100, d=300)
    assert store.answers.prune(older_than=200, model="other:x") == 1
    assert {kept.key for kept in store.answers.all()} == {b"a", b"b", b"d"}
    assert store.answers.prune(older_than=200) == 1
    assert store.answers.prune(model="other:x") == 1
    assert {kept.key for kept in store.answers.all()} == {b"b"}


def test_prune_to_a_size(store: Store) -> None:
    """The oldest go until the others take no more than that; what is forgotten leaves the file, too."""
    keys = [f"{number:03}" for number in range(200)]
    for number, key in enumerate(keys):
        noise = "".join(chr(0x4E00 + (number * 7919 + at * 104_729) % 20_000) for at in range(2000))
        filled(store, key, text=noise)
    made(store.path, **{key: float(number) for number, key in enumerate(keys)})
    before = store.answers.size_bytes()
    gone = store.answers.prune(max_bytes=300_000)
    left = [kept.key.decode() for kept in store.answers.all()]
    assert left == keys[gone:]
    assert 0 < gone < 200
    assert store.answers.size_bytes() < min(before, 500_000)
    assert store.answers.prune(max_bytes=300_000) == 0
    assert store.answers.prune(max_bytes=0) == len(left)


def test_clear(store: Store) -> None:
    """All answers go, with what is known of single fields; what was paid stays noted, and the file says nothing of them."""
    filled(store, "a", "b", text="the rabbit is in the hat")
    store.answers.put_fields(b"question", {b"field": "a rabbit"})
    with sqlite3.connect(store.path) as connection:
        parts = connection.execute("SELECT response FROM answers UNION SELECT value FROM fields").fetchall()
    connection.close()
    store.answers.put(b"c", answered(), SPEND)
    assert store.answers.clear() == 3
    assert (list(store.answers.all()), store.answers.fields(b"question")) == ([], {})
    assert store.runs.spent(1).answers == 3
    left = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    assert [part for (part,) in parts if part in left] == []
    assert len(parts) == 2


@pytest.mark.parametrize(
    "damage", [b"", b"no zlib", b"x\x9c\x03\x00\x00\x00\x00\x01", b"zip:[1]", b"zip:{}", b"zip:[["]
)
def test_a_damaged_answer(store: Store, damage: bytes) -> None:
    """An answer whose bytes are damaged is an error that says what to do, the others come; asked anew, it is mended."""
    import zlib

    filled(store, "a", "b", "c")
    broken = zlib.compress(damage[4:]) if damage.startswith(b"zip:") else damage
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE answers SET response = ? WHERE key = ?", (broken, b"b"))
    connection.close()
    with pytest.raises(OutputError, match="damaged") as raised:
        store.answers.get(b"b")
    assert "--refresh" in raised.value.hint
    assert "\n" not in raised.value.message
    assert {kept.key: kept.response is None for kept in store.answers.all()} == {b"a": False, b"b": True, b"c": False}
    filled(store, "b")
    assert store.answers.get(b"b")


_WRITER = """
import sys
from vextract.requests import Response
from vextract.store import Store
from vextract.store.answers import Spend
from vextract.types import Usage
store = Store(sys.argv[1])
for number in range(150):
    for key in (f"{sys.argv[2]}-{number}", f"both-{number}"):
        store.answers.put(key.encode(), Response(key, "stop"), Spend(1, "m:x", "ocr", Usage(1, 1, cost_usd=0.5)))
store.close()
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """Two processes that begin a store and fill it at the same time lose nothing of what each of them kept and paid."""
    path = tmp_path / "store.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, path, name]) for name in ("one", "two")]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    store = Store(path)
    assert len(list(store.answers.all())) == 450
    assert store.runs.spent(1).usage == Usage(600, 600, cost_usd=300.0)
    store.close()


def test_who_may_read_it(store: Store) -> None:
    """The file, and what SQLite has beside it, are readable by their owner alone."""
    filled(store, "a")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}
    assert set(modes) >= {"store.sqlite", "store.sqlite-wal"}
    assert set(modes.values()) == {0o600}


def test_a_newer_file(store: Store) -> None:
    """A store of a newer version is left alone."""
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(OutputError, match="newer version") as raised:
        Store(store.path)
    assert "update vextract" in raised.value.hint


def test_what_is_no_store(tmp_path: Path) -> None:
    """Another program's database, another file and a folder are refused, and stay as they are."""
    other = tmp_path / "places.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE places (name TEXT)")
    connection.close()
    text = tmp_path / "notes.txt"
    text.write_text("no database " * 99, "utf-8")
    for path, words in ((other, "no store of vextract"), (text, "not a database"), (tmp_path, "Is a directory")):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(OutputError, match=words):
            Store(path)
        if path == text:
            assert path.read_bytes() == before
    with sqlite3.connect(other) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("places",)]
    connection.close()


def test_the_same_store_in_several_threads(store: Store) -> None:
    """Threads use one store at the same time; closing it closes what all of them have open."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: filled(store, str(number)), range(40)))
    assert len(list(store.answers.all())) == 40
    store.close()
    again = Store(store.path)
    assert json.dumps([total.answers for total in again.answers.totals()]) == "[40]"
    again.close()
