"""From a command to batch jobs and back to the records that the command would have made."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.batches.going import MODELS, NAMES, PROVIDERS, fetch, flags, lines, live, said_of, status, submit, told
from tests.batches.server import BatchServer
from tests.models.emulator import Emulator, Received
from tests.models.protocols import Said
from tests.running import vextract
from vextract.batches import Limits
from vextract.prices import cost_usd
from vextract.types import Usage

REPLY = '{"name": "Ada", "count": 3}'


@pytest.mark.parametrize("provider", PROVIDERS)
def test_records_are_those_of_a_live_run(place: Path, provider: str) -> None:
    """Submitted, looked at and fetched, a command writes the records of a live run, at half the price; what was sent is deleted."""
    with BatchServer(lambda _key, _body: REPLY, looks=2) as server:
        sent = submit(server, provider, "-o", "out.jsonl")
        assert sent.code == 0, sent.err
        assert b"3 questions" in sent.out
        assert not (place / "out.jsonl").exists()
        [before] = status()
        early = fetch()
        assert (before["state"], early.code) == ("running", 9)
        done = fetch("--wait")
        assert done.code == 0, done.err
        [after] = status()
        uploaded = [name for name in server.files if not name.startswith("in")] + [*server.jobs]
    expected = live(provider, REPLY)
    found = lines((place / "out.jsonl").read_bytes())
    assert [*map(told, found)] == [*map(told, expected)]
    half = cost_usd(provider, MODELS[provider].partition(":")[2], Usage(270, 32, 100), batch=True)
    assert half is not None
    assert [record["usage"]["cost_usd"] for record in found] == [half] * 3
    assert (after["state"], after["questions"]) == ("done", {"answered": 3})
    assert after["cost_usd"] == pytest.approx(3 * half)
    assert set(server.deleted) >= set(uploaded) - ({"batch_1"} if provider == "openai" else set())


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_asked_is_what_a_live_run_asks(provider: str) -> None:
    """The requests in the jobs are those of a live run to the last key: pictures, prompts, schema, limits."""
    with BatchServer() as server:
        submit(server, provider)
        asked = [body for _, body in server.requests]
    with Emulator() as emulator:
        command = ("extract", *NAMES, "-s", "name, count int", *flags(emulator, provider), "--no-cache", "--no-ground")
        assert vextract(*command).code == 0
        expected = [received.body for received in emulator.requests]
    for body in expected:
        if provider == "openai":
            assert body.pop("stream") is False  # in a file it goes without saying
    assert sorted(asked, key=said_of) == sorted(expected, key=said_of)


@pytest.mark.usefixtures("place")
def test_pages_that_a_model_reads() -> None:
    """Tasks that ask page by page go by batches, too; a document with a page that is not answered is left out as a whole."""
    from PIL import Image

    pages = [Image.new("L", (100 + number, 40), 255) for number in range(2)]
    for page in pages:
        page.putpixel((50, 20), 0)
    pages[0].save("two.tiff", save_all=True, append_images=pages[1:])
    pages[0].save("one.png")
    answers = {0: "first page", 1: None}
    with BatchServer(lambda _key, body: answers[said_of(body)], ends="expired") as server:
        more = ("--store", "store.sqlite", "--ocr", "always")
        command = ("ocr", "two.tiff", "one.png", *flags(server, "openai"), *more)
        assert vextract("batch", "submit", *command).code == 0
        done = fetch("--wait")
        assert done.code == 9
        assert texts(done.out) == ["one.png", "first page"]
        answers[1] = "second page"
        again = vextract("batch", "submit", *command)
        assert b"1 questions" in again.out
        done = fetch("--wait")
    assert done.code == 0, done.err
    assert texts(done.out) == ["two.tiff", "first page", "second page", "one.png", "first page"]


def texts(out: bytes) -> list[str]:
    """The lines of a text, without what is for show."""
    return [line.strip("=<>\f ") for line in out.decode().splitlines() if line.strip("=<>\f ")]


def test_answers_that_lead_to_more_questions_take_another_round(place: Path) -> None:
    """An answer that does not validate is mended by a second batch, which asks no more than that; the record is a live run's."""

    def reply(messages: list[object]) -> str:
        return REPLY if len(messages) > 2 else '{"name": "Ada", "count": "many"}'

    def live_reply(received: Received) -> str:
        return reply(received.body["messages"])

    with BatchServer(lambda _key, body: reply(body["messages"])) as server:
        submit(server, "openai", "-o", "out.jsonl")
        first = fetch("--wait")
        assert (first.code, (place / "out.jsonl").exists()) == (9, False)
        assert "3 documents are left out" in first.err
        assert b"3 questions" in submit(server, "openai", "-o", "out.jsonl").out
        second = fetch("--wait")
        assert second.code == 0, second.err
        assert len(server.requests) == 6
    found = lines((place / "out.jsonl").read_bytes())
    assert [*map(told, found)] == [*map(told, live("openai", live_reply))]
    assert [len(record["requests"]) for record in found] == [2, 2, 2]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_is_the_record_that_it_would_have_been(provider: str) -> None:
    """What the model refused in a batch is a failed record with the request that was paid for; it counts as spent."""
    with BatchServer(lambda _key, _body: Said("", "refusal")) as server:
        submit(server, provider, names=NAMES[:1])
        done = fetch("--wait")
    with Emulator(fault="safety") as emulator:
        command = (
            "extract",
            NAMES[0],
            "-s",
            "name, count int",
            *flags(emulator, provider),
            "--no-cache",
            "--no-ground",
        )
        expected = vextract(*command)
    assert [*map(told, lines(done.out))] == [*map(told, lines(expected.out))]
    [batch] = status()
    assert batch["questions"] == {"failed": 1}
    assert done.code == expected.code == 8
    [(spent,)] = sqlite3.connect("store.sqlite").execute("SELECT sum(input_tokens) FROM spending").fetchall()
    assert spent == 270


@pytest.mark.usefixtures("place")
def test_large_batches_are_several_jobs() -> None:
    """No job has more questions than were allowed, or bytes than the provider takes; together they are one batch."""
    with BatchServer(lambda _key, _body: REPLY) as server:
        command = ("extract", *NAMES, "-s", "name, count int", *flags(server, "anthropic"), "--store", "store.sqlite")
        sent = vextract("batch", "submit", "--job-size", 2, *command, "--no-ground")
        assert sorted(len(job.requests) for job in server.jobs.values()) == [1, 2]
        assert len(sent.out.splitlines()) == 2
        done = fetch("--wait")
        [batch] = status()
    assert (done.code, len(lines(done.out)), len(batch["jobs"])) == (0, 3, 2)
    assert Limits(100_000, 64_000_000).bytes < 256_000_000


def test_what_is_fetched_twice_is_paid_for_once(place: Path) -> None:
    """A second fetch does nothing; one after an interrupted fetch takes up what is missing, and counts nothing twice."""
    with BatchServer(lambda _key, _body: REPLY) as server:
        submit(server, "openai", "-o", "out.jsonl")
        assert fetch("--wait").code == 0
        before = (place / "out.jsonl").read_bytes()
        again = fetch("1")
        assert (again.code, again.out) == (0, b"")
        assert "fetched before" in again.err
        database = sqlite3.connect("store.sqlite")
        # As if the process had ended before this was noted.
        database.execute("UPDATE batch_jobs SET state = 'over'")
        database.execute("UPDATE batches SET state = 'sent'")
        database.commit()
        assert fetch().code == 0
    assert (place / "out.jsonl").read_bytes() == before
    assert database.execute("SELECT count(*) FROM spending").fetchone() == (3,)


def test_files_of_other_kinds_are_made_anew_by_the_next_round(place: Path) -> None:
    """A CSV that one batch has made is made whole by the next one, and no other file is ever replaced."""
    answers: dict[int, str | None] = {0: REPLY, 1: REPLY, 2: None}
    with BatchServer(lambda _key, body: answers[said_of(body)]) as server:
        submit(server, "openai", "-o", "out.csv")
        assert fetch("--wait").code == 9
        assert (place / "out.csv").read_text().count("Ada") == 2
        answers[2] = REPLY
        assert submit(server, "openai", "-o", "out.csv").code == 0
        assert fetch("--wait").code == 0
        assert (place / "out.csv").read_text().count("Ada") == 3
        (place / "mine.csv").write_text("mine")
        refused = submit(server, "openai", "-o", "mine.csv")
    assert refused.code == 2
    assert "mine.csv" in refused.err
    assert json.loads(REPLY)["name"] == "Ada"
