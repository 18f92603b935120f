"""`vextract extract` with several models, and with a vote, as a user runs it."""

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import vextract as vextract_api
from tests.drawing import draw_lines, write_tiff
from tests.models.emulator import Received
from tests.running import KEY, Done, Server, texts, vextract

NOTE = "sender, date date, total float, subject?"
QUICK = ("--fast", "--no-rotate", "--retries", "0", "-f", "json")


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter of one page in an empty folder, which layout can read but for its subject, and a key."""
    del workdir
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    lines = ["Sender: Ann Lee", "Date: 2024-03-28", "Total: 12.50", "", "", "", "", "about the roof"]
    draw_lines(lines, (500, 900)).save("note.png")


def run(server: Server, models: str, *flags: object, schema: str = NOTE, source: str = "note.png") -> Done:
    """Extracts with these models; each is one of the emulator's."""
    named = ",".join(name if name in ("layout", "tesseract") else f"openai:{name}" for name in models.split(","))
    at = ("-m", named, "--base-url", f"{server.url}/v1")
    return vextract("extract", source, "-s", schema, *at, *QUICK, *flags)


def asked_for(received: Received) -> list[str]:
    """The properties that a request asks for."""
    return list(received.body["response_format"]["json_schema"]["schema"]["properties"])


def pictures(received: Received) -> list[tuple[int, int]]:
    """The sizes of the pictures that a request has."""
    found = re.findall(r"data:image/\w+;base64,([\w+/=]+)", json.dumps(received.body))
    return [Image.open(io.BytesIO(base64.b64decode(data))).size for data in found]


def by_model(**said: dict[str, Any]) -> Callable[[Received], str]:
    """Answers by the name of the model that is asked; what goes wrong there is no part of it."""
    return lambda received: json.dumps(said[received.model.partition("--")[0]])


def givers(done: Done) -> dict[str, str]:
    """Who gave each value."""
    return {each["pointer"]: each.get("model") for each in done.data["evidence"]}


def test_nothing_is_sent_where_nothing_is_doubtful() -> None:
    """Where layout finds all and is sure, no model is asked, nothing is paid, and the record says that layout gave all."""
    with Server("{}") as server:
        done = run(server, "layout,gpt-4o", schema="sender, date date, total float")
        assert server.requests == []
    assert done.code == 0
    assert done.data["model"] == "layout+tesseract"
    assert done.data["requests"] == []
    assert set(givers(done).values()) == {"layout"}


def test_one_missing_field_is_asked_alone() -> None:
    """What is null goes on with a schema of its own and the whole page; the record says who gave what, and what was asked."""
    with Server('{"subject": "about the roof"}') as server:
        done = run(server, "layout,gpt-4o")
    [received] = server.requests
    assert asked_for(received) == ["subject"]
    assert pictures(received) == [(500, 900)]
    assert done.code == 0
    assert done.data["data"] == {
        "sender": "Ann Lee",
        "date": "2024-03-28",
        "total": 12.5,
        "subject": "about the roof",
    }
    assert done.data["model"] == "layout+tesseract, openai:gpt-4o"
    assert givers(done)["/subject"] == "openai:gpt-4o"
    assert givers(done)["/total"] == "layout"
    assert len(done.data["requests"]) == 1
    assert done.data["usage"]["output_tokens"] is not None


def test_unsure_fields_are_asked_with_a_crop() -> None:
    """Below --min-confidence, fields that were found go on with the band of the page around them; what is sure stays."""
    schema, right = "sender, date date, total float", {"sender": "Ann Lee", "date": "2024-03-28", "total": 12.5}
    alone = vextract("extract", "note.png", "-s", schema, *QUICK).data
    assert alone["data"] == right
    sure = {each["pointer"][1:]: each["confidence"] for each in alone["evidence"]}
    least = sorted(sure.values())[1] + 0.001
    doubtful = [name for name in right if sure[name] < least]
    with Server(json.dumps({name: right[name] for name in doubtful})) as server:
        done = run(server, "layout,gpt-4o", "--min-confidence", least, schema=schema)
    [received] = server.requests
    assert asked_for(received) == doubtful
    [(width, height)] = pictures(received)
    assert (width, height < 500) == (500, True)
    assert done.data["data"] == right
    assert givers(done) == {f"/{name}": "openai:gpt-4o" if name in doubtful else "layout" for name in right}


def test_a_value_on_the_page_is_not_given_up_for_one_that_is_not() -> None:
    """A later model that says what is printed nowhere changes nothing; only what was null is taken from it, whatever it is."""
    with Server('{"sender": "Zeus Olympus", "subject": "Xylophones"}') as server:
        done = run(server, "layout,gpt-4o", "--min-confidence", "0.9")
    assert done.code == 10, "the subject is on no page"
    assert done.data["data"]["sender"] == "Ann Lee"
    assert done.data["data"]["subject"] == "Xylophones"
    assert {e["pointer"]: e["match"] for e in done.data["evidence"]}["/subject"] == "none"


def test_three_stages() -> None:
    """The third model is asked only what is doubtful after the second, and only those that gave something are named."""
    schema = f"{NOTE}, city?"
    small = {"subject": "about the roof", "city": "Atlantis"}
    with Server(by_model(small=small, large={"city": "Lee"})) as server:
        done = run(server, "layout,small,large", schema=schema)
    assert [(each.model, asked_for(each)) for each in server.requests] == [
        ("small", ["subject", "city"]),
        ("large", ["city"]),
    ]
    assert done.data["data"]["city"] == "Lee"
    assert done.data["model"] == "layout+tesseract, openai:small, openai:large"
    assert givers(done)["/city"] == "openai:large"
    with Server(by_model(small=small | {"city": "Lee"})) as server:
        done = run(server, "layout,small,large", schema=schema)
        assert len(server.requests) == 1
    assert done.data["model"] == "layout+tesseract, openai:small"


def test_a_second_model_that_fails_is_passed_over() -> None:
    """What was there stays, the failure is told with the model's name, and the next model is asked the same."""
    with Server(by_model(large={"subject": "about the roof"})) as server:
        done = run(server, "layout,small--503,large")
        assert [asked_for(each) for each in server.requests] == [["subject"]] * 2
    assert done.code == 9
    assert done.data["status"] == "partial"
    [error] = done.data["errors"]
    assert (error["kind"], "openai:small--503" in error["message"]) == ("server", True)
    assert done.data["data"]["subject"] == "about the roof"
    assert done.data["model"] == "layout+tesseract, openai:large"


def test_a_last_model_that_fails_leaves_what_was_there() -> None:
    """Without any further model the record has what layout found."""
    with Server("{}") as server:
        done = run(server, "layout,gpt-4o--503")
    assert (done.code, done.data["status"], done.data["data"]["sender"]) == (9, "partial", "Ann Lee")
    assert done.data["model"] == "layout+tesseract"


def test_a_first_model_that_fails() -> None:
    """The next one is asked about everything, and is the one that gave it."""
    said = {"sender": "Ann Lee", "date": "2024-03-28", "total": 12.5, "subject": "about the roof"}
    with Server(by_model(large=said)) as server:
        done = run(server, "small--503,large")
        assert len(asked_for(server.requests[-1])) == 4
    assert (done.data["status"], done.data["data"]) == ("partial", said)
    assert done.data["model"] == "openai:large+tesseract"


def test_pages_that_can_tell() -> None:
    """Only the page where an unsure value stands is sent; where something is null, all are, in windows."""
    write_tiff(Path("three.tiff"), ["Sender: Ann Lee", "Total: 12.50", "about the roof"])
    flags = ("--min-confidence", "0.9", "--window", "2")
    with Server('{"sender": "Ann Lee"}') as server:
        run(server, "layout,gpt-4o", *flags, schema="sender, total float", source="three.tiff")
    assert ["these pages: 1." in texts(each) for each in server.requests] == [True]
    with Server('{"subject": null}') as server:
        run(server, "layout,gpt-4o", "--window", "2", schema="sender, subject?", source="three.tiff")
    assert sorted(len(pictures(each)) for each in server.requests) == [1, 2]


def test_what_does_not_validate_goes_back_to_the_same_model() -> None:
    """A narrowed answer that the schema refuses is asked for once more, with the validator's words."""
    answers = iter(['{"weight": "much"}', '{"weight": 12.5}'])
    with Server(lambda _: next(answers)) as server:
        done = run(server, "layout,gpt-4o", schema="sender, weight? float")
    assert len(server.requests) == 2
    assert "/weight" in texts(server.requests[1])
    assert (done.code, done.data["data"]) == (0, {"sender": "Ann Lee", "weight": 12.5})


def test_the_python_interface() -> None:
    """`model` takes several names, too; an alias is one of them."""
    with Server('{"subject": "about the roof"}') as server:
        given = {"aliases": {"big": "openai:gpt-4o"}, "base_url": f"{server.url}/v1", "fast": True, "rotate": False}
        found = vextract_api.extract("note.png", NOTE, model="tesseract, big", **given)
    assert found.model == "layout+tesseract, openai:gpt-4o"
    assert found.data is not None
    assert {e.pointer: e.model for e in found.evidence}["/subject"] == "openai:gpt-4o"


def test_show_request_shows_what_the_next_model_would_be_asked() -> None:
    """Nothing is sent, and the narrowed question is shown, of each further model."""
    with Server("{}") as server:
        done = run(server, "layout,small,large", "--show-request")
        assert server.requests == []
    assert done.code == 0
    assert done.out.count(b'"model": "openai:') == 2
    assert b'"total"' not in done.out


def test_recorded_answers_of_several_models() -> None:
    """--record gives each model a folder of its own, which can be replayed in its place."""
    said = by_model(small={"subject": None}, large={"subject": "about the roof"})
    with Server(said) as server:
        done = run(server, "layout,small,large", "--record", "kept")
    assert sorted(path.name for path in Path("kept").iterdir()) == ["openai_large", "openai_small"]
    names = "layout,replay:kept/openai_small,replay:kept/openai_large"
    again = vextract("extract", "note.png", "-s", NOTE, "-m", names, *QUICK)
    assert again.data["data"] == done.data["data"]


VOICES = {
    0: {"sender": "Ann Lee", "total": 12.5},
    1: {"sender": "Ann Lea", "total": 12.5},
    2: {"sender": "Ann Lee", "total": 12.50},
}


def voice(received: Received) -> str:
    """What a model says with this seed."""
    return json.dumps(VOICES[received.body["seed"] % 3])


def test_a_vote_of_three() -> None:
    """The same is asked three times with seeds of its own and some temperature; two outvote one, and their share is told."""
    with Server(voice) as server:
        done = run(server, "gpt-4o", "--vote", "3", schema="sender, total float")
        sent = sorted((each.body["seed"], each.body["temperature"]) for each in server.requests)
    assert sent == [(0, 0.7), (1, 0.7), (2, 0.7)]
    assert (done.code, done.data["data"]) == (0, {"sender": "Ann Lee", "total": 12.5})
    assert {e["pointer"]: e["agreement"] for e in done.data["evidence"]} == {"/sender": 0.6667, "/total": 1.0}
    assert len(done.data["requests"]) == 3
    assert done.data["model"] == "openai:gpt-4o+tesseract"


@pytest.mark.parametrize(("least", "code"), [("0.6", 0), ("0.9", 10)])
def test_a_least_agreement(least: str, code: int) -> None:
    """With --min-agreement the exit code is 10 if a smaller share says a value; the record is written all the same."""
    with Server(voice) as server:
        flags = ("--vote", "3", "--seed", "9", "--temperature", "0.2", "--min-agreement", least)
        done = run(server, "gpt-4o", *flags, schema="sender, total float")
        sent = sorted((each.body["seed"], each.body["temperature"]) for each in server.requests)
    assert sent == [(9, 0.2), (10, 0.2), (11, 0.2)], "the user's own"
    assert (done.code, done.data["data"]["sender"]) == (code, "Ann Lee")


def test_a_panel_of_two() -> None:
    """Two models are asked the same once each, as always; where they differ the page decides, and both are named."""
    said = by_model(a={"sender": "Ann Leeds", "total": 12.5}, b={"sender": "Ann Lee", "total": 12.5})
    with Server(said) as server:
        done = run(server, "a,b", "--vote", "2", schema="sender, total float")
        sent = sorted((each.model, each.body.get("seed"), each.body["temperature"]) for each in server.requests)
    assert sent == [("a", None, 0), ("b", None, 0)]
    assert done.data["data"] == {"sender": "Ann Lee", "total": 12.5}
    assert {e["pointer"]: e["agreement"] for e in done.data["evidence"]} == {"/sender": 0.5, "/total": 1.0}
    assert done.data["model"] == "openai:a+tesseract, openai:b"


def test_a_panel_of_which_one_fails() -> None:
    """The others are asked in its place, until there are as many answers as were wanted; the failure is told."""
    said = {"sender": "Ann Lee", "total": 12.5}
    with Server(by_model(a=said, b=said)) as server:
        done = run(server, "a--503,b", "--vote", "2", schema="sender, total float")
        assert [each.model for each in server.requests if each.model == "b"] == ["b", "b"]
    assert (done.code, done.data["data"], done.data["model"]) == (9, said, "openai:b+tesseract")
    assert {e["agreement"] for e in done.data["evidence"]} == {1.0}
    assert len(done.data["requests"]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-m", "openai:a,layout"], "'layout' in -m"),
        (["-m", "layout,openai:a,"], "'' in -m"),
        (["-m", "layout,nobody:x"], "no model is called"),
        (["-m", "layout,openai:a", "--no-ground"], "--no-ground"),
        (["-m", "layout,openai:a", "--vote", "2"], "'layout' has no vote"),
        (["-m", "layout", "--vote", "2"], "--vote is for vision models"),
        (["-m", "openai:a", "--vote", "0"], "--vote cannot be"),
        (["-m", "openai:a", "--min-agreement", "0.5"], "--min-agreement judges a vote"),
        (["-m", "openai:a", "--vote", "2", "--min-agreement", "2"], "--min-agreement cannot be"),
        (["-m", "openai:a", "--vote", "2", "--min-agreement", "0.5", "--no-ground"], "--no-ground leaves nothing"),
        (["-m", "openai:a,ollama:b", "--base-url", "http://127.0.0.1:9/v1"], "--base-url is one address"),
    ],
)
def test_nonsense(arguments: list[str], words: str) -> None:
    """What makes no sense is told before anything is read, with a hint."""
    done = vextract("extract", "gone.png", "-s", NOTE, *arguments)
    assert (done.code, done.out) == (2, b"")
    assert words in done.err
    assert "hint: " in done.err


@pytest.mark.parametrize("command", [("ocr", "note.png"), ("caption", "note.png"), ("ask", "note.png", "Who?")])
def test_other_commands_take_one_model(command: tuple[str, ...]) -> None:
    """They say so, and nothing is sent."""
    done = vextract(*command, "-m", "openai:a,openai:b")
    assert done.code == 2
    assert "takes one model" in done.err


def test_every_model_is_checked_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that only the last of three models needs, and that is missing, ends the run at once."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    done = vextract("extract", "gone.png", "-s", NOTE, "-m", "layout,openai:a,anthropic:claude-haiku-4-5")
    assert (done.code, done.out) == (6, b"")
    assert "gone.png" not in done.err
