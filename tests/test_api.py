"""The Python interface: the same results as the command's, typed, and errors as exceptions."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile
from pydantic import BaseModel

import vextract
from tests.drawing import SAMPLES, draw_lines, write_tiff
from tests.running import KEY, Server, at, gpt
from tests.running import vextract as run_here
from vextract.errors import ExitCode
from vextract.wire import wire_record

STRIP_OFFSETS, STRIP_BYTES = 273, 279
FAST: dict[str, Any] = {"fast": True, "rotate": False}


def _broken_tiff(path: Path) -> Path:
    """A TIFF of three packed pages, the second of which is damaged."""
    first, *others = (draw_lines([text], (300, 80)) for text in ("one", "two", "three"))
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw")
    with Image.open(path) as image:
        assert isinstance(image, TiffImageFile)
        image.seek(1)
        start, length = (image.tag_v2[tag][0] for tag in (STRIP_OFFSETS, STRIP_BYTES))
    whole = bytearray(path.read_bytes())
    whole[start : start + length] = b"\xff" * length
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize("unit", ["pixel", "fraction"])
def test_the_same_result_as_the_command(tmp_path: Path, unit: Any) -> None:
    """But for the time it took, the record is what `vextract ocr -f json` prints of the same file."""
    path = write_tiff(tmp_path / "two.tiff", ["alpha beta", "gamma"])
    command = [sys.executable, "-m", "vextract", "ocr", path, "-f", "json", "--fast", "--no-rotate", "--box-unit", unit]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    record = json.loads(wire_record(vextract.ocr(path, **FAST), unit).model_dump_json(by_alias=True))
    assert {**told, "seconds": None} == {**record, "seconds": None}


def test_text_lines_and_words() -> None:
    """A PDF's text layer gives text, lines and words with boxes in fractions."""
    record = vextract.ocr(str(SAMPLES / "encrypted.pdf"), password="sesame")  # noqa: S106  a sample's
    assert (record.status, record.errors) == ("ok", ())
    assert record.data is not None
    assert record.data.text.startswith("Copperfield Lane Savings Club")
    assert record.data.language == "en"
    assert all(0 <= word.box.x0 < word.box.x1 <= 1 for page in record.data.pages for word in page.words)


def test_pages_are_chosen(tmp_path: Path) -> None:
    """`pages` takes what --pages takes."""
    path = write_tiff(tmp_path / "three.tiff", ["one", "two", "three"])
    record = vextract.ocr(path, pages="-1,1", **FAST)
    assert record.data is not None
    assert [page.text for page in record.data.pages] == ["one", "three"]


@pytest.mark.parametrize(
    ("source", "settings", "kind"),
    [
        ("missing.png", {}, vextract.InputError),
        (SAMPLES / "encrypted.pdf", {}, vextract.InputError),
        (SAMPLES / "encrypted.pdf", {"password": "wrong"}, vextract.InputError),
        (SAMPLES / "letter.pdf", {"pages": "9"}, vextract.InputError),
        ("x.png", {"dpi": 3}, vextract.UsageError),
        ("x.png", {"pages": "a"}, vextract.UsageError),
        ("x.png", {"model": "gpt"}, vextract.UsageError),
        ("x.png", {"langauge": "deu"}, vextract.UsageError),
        ("x.png", {"lang": "xyz"}, vextract.DependencyError),
    ],
)
def test_errors_are_exceptions(workdir: Path, source: Any, settings: Any, kind: type[vextract.VextractError]) -> None:
    """What cannot be done raises the subclass that says why, with a hint."""
    assert not list(workdir.iterdir())
    with pytest.raises(vextract.VextractError) as raised:
        vextract.ocr(source, **settings)
    assert type(raised.value) is kind
    assert raised.value.hint


def test_one_source_must_be_one_document(tmp_path: Path) -> None:
    """A directory with two pictures is refused by `ocr`, which names the function that takes it."""
    for name in ("a.png", "b.png"):
        draw_lines(["alpha"]).save(tmp_path / name)
    with pytest.raises(vextract.UsageError) as raised:
        vextract.ocr(tmp_path, **FAST)
    assert "ocr_many" in raised.value.hint


def test_a_partial_result_is_returned(tmp_path: Path) -> None:
    """If only some pages can be read they are returned, and the record says so and names the others."""
    record = vextract.ocr(_broken_tiff(tmp_path / "cut.tiff"), **FAST)
    assert record.status == "partial"
    assert record.data is not None
    assert [page.text for page in record.data.pages] == ["one", "three"]
    assert [ref.number for ref in record.pages] == [1, 3]
    assert [error.page for error in record.errors] == [2]


def test_many_go_on_after_a_failure(tmp_path: Path) -> None:
    """`ocr_many` gives a record for each input in order, failed ones too, and pages stay with their document."""
    draw_lines(["alpha"]).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"broken")
    write_tiff(tmp_path / "c.tiff", ["one", "two"])
    records = list(vextract.ocr_many([tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.tiff"], **FAST))
    assert [record.status for record in records] == ["ok", "failed", "ok"]
    assert [record.data.text if record.data else None for record in records] == ["alpha", None, "one\n\ntwo"]


def test_many_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    """`ocr_many` does not drain its sources: with the first record in hand no more than one further is taken."""
    draw_lines(["alpha"], (200, 80)).save(tmp_path / "a.png")
    asked = []

    def names() -> Iterator[Path]:
        for number in range(50):
            asked.append(number)
            yield tmp_path / "a.png"

    records = vextract.ocr_many(names(), **FAST)
    with closing(records):  # type: ignore[type-var]  # a generator
        assert next(records).status == "ok"
    assert len(asked) <= 2


def test_all_is_complete() -> None:
    """`vextract.__all__` is sorted, every name of it can be had, and every error of the package is among it."""
    assert vextract.__all__ == sorted(vextract.__all__)
    assert dir(vextract) == vextract.__all__
    assert all(getattr(vextract, name).__name__ == name for name in vextract.__all__)
    errors = importlib.import_module("vextract.errors").__all__
    assert {name for name in errors if name.endswith("Error")} <= set(vextract.__all__)
    with pytest.raises(AttributeError, match="'frobnicate'"):
        _ = vextract.frobnicate


def test_exceptions_know_their_exit_code() -> None:
    """An exception of the interface carries the exit code that the command would end with."""
    with pytest.raises(vextract.VextractError) as raised:
        vextract.ocr("missing.png")
    assert raised.value.exit_code is ExitCode.INPUT


class _Bought(BaseModel):
    merchant: str | None = None
    total: float | None = None


def test_extract_gives_an_instance_of_the_class() -> None:
    """`result.data` is the user's own class, and each value of it has its evidence."""
    result = vextract.extract(SAMPLES / "receipt.png", _Bought)
    assert isinstance(result.data, _Bought)
    assert result.data.total == 93.32
    [evidence] = [e for e in result.evidence if e.pointer == "/total"]
    assert evidence.quote is not None
    assert "93.32" in evidence.quote


def test_extract_keeps_values_that_do_not_validate() -> None:
    """A required field that is not there leaves no instance, but the values and what is wrong with them."""
    result = vextract.extract(SAMPLES / "receipt.png", "total float, colour_of_the_hat")
    assert result.data is None
    assert result.status == "partial"
    assert isinstance(result.values, dict)
    assert result.values["total"] == 93.32
    assert [error.kind for error in result.errors] == ["validation"]


def test_extract_many_goes_on_after_a_failure(tmp_path: Path) -> None:
    """A damaged file has its failed result, and the next one is extracted."""
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    bad, good = vextract.extract_many([broken, SAMPLES / "invoice.pdf"], "invoice", fast=True)
    assert (bad.status, bad.data) == ("failed", None)
    assert good.data is not None
    assert good.status == "ok"


def test_verify_says_what_is_not_printed() -> None:
    """A value of the page is found, another one is not."""
    record = vextract.verify(SAMPLES / "invoice.pdf", {"number": "INV-2024-0317", "other": "INV-2024-0999"})
    assert [evidence.match for evidence in record.evidence] == ["exact", "none"]


def test_evaluate_of_the_truth_is_perfect() -> None:
    """`vextract.evaluate` of results against themselves gives F1 1."""
    rows = [{"source": "a.png", "data": {"total": 1.5, "name": "x"}}]
    assert vextract.evaluate(rows, rows).metric("f1") == 1.0


@pytest.fixture
def server(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server for models, a key for it, and a document of two pages."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    write_tiff(workdir / "two.tiff", ["alpha beta", "gamma"])
    with Server("A cat.") as emulator:
        yield emulator


@pytest.mark.parametrize(
    ("reply", "command", "call"),
    [
        ("A cat.", ["caption", "--style", "alt"], lambda s: vextract.caption("two.tiff", style="alt", **s)),
        ("A cat.", ["ask", "two.tiff", "Why?"], lambda s: vextract.ask("two.tiff", "Why?", **s)),
        (
            '{"vendor": "X"}',
            ["ask", "two.tiff", "Why?", "-s", "vendor str"],
            lambda s: vextract.ask(["two.tiff"], "Why?", schema="vendor str", **s),
        ),
        (
            '{"label": "b"}',
            ["classify", "--labels", "a,b"],
            lambda s: vextract.classify("two.tiff", ["a", " b ", ""], **s),
        ),
        ("alpha\nbeta", ["ocr", *("--fast", "--no-rotate")], lambda s: vextract.ocr("two.tiff", **FAST, **s)),
    ],
)
def test_models_answer_as_by_the_command(
    server: Server, reply: str, command: list[str], call: Callable[[dict[str, Any]], Any]
) -> None:
    """But for the time it took, the record is what the command prints, and the requests are the same."""
    server.reply = reply
    named = command if "two.tiff" in command else [*command, "two.tiff"]
    told = run_here(*named, "-f", "json", *gpt(server)).data
    record = json.loads(wire_record(call(at(server)), "pixel").model_dump_json(by_alias=True))
    for each in (told, record):
        each["seconds"] = each["usage"]["seconds"] = None
        for request in each["requests"]:
            request["usage"]["seconds"] = None
    assert told == record
    bodies = sorted(json.dumps(received.body) for received in server.requests)
    assert bodies[::2] == bodies[1::2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: vextract.ask("two.tiff", " ", **s), "the question is empty"),
        (lambda s: vextract.ask("two.tiff", "q", album=True, schema="a str", **s), "album and schema"),
        (lambda s: vextract.classify("two.tiff", "invoice", **s), "labels are one text"),
        (lambda s: vextract.classify("two.tiff", ["a", "a "], **s), "nothing to choose from"),
        (lambda s: vextract.caption("two.tiff", words=0, **s), "words cannot be 0"),
        (lambda s: vextract.caption("two.tiff", **{"style": "loud", **s}), "no style is called 'loud'"),
        (lambda _: vextract.caption("two.tiff"), "needs a vision model"),
    ],
)
def test_what_makes_no_sense_is_not_sent(server: Server, call: Callable[[dict[str, Any]], Any], message: str) -> None:
    """Arguments that make no sense are usage errors, before anything is asked."""
    with pytest.raises(vextract.UsageError, match=message):
        call(at(server))
    assert server.requests == []


def test_a_question_about_nothing_is_not_sent(server: Server) -> None:
    """A list without sources, or a folder without pictures, is an input error before anything is asked."""
    Path("bare").mkdir()
    for sources in ([], "bare"):
        with pytest.raises(vextract.InputError):
            vextract.ask(sources, "Why?", **at(server))
    assert server.requests == []


@pytest.mark.parametrize(("fault", "kind"), [("401", "authentication"), ("404", "not-found"), ("safety", "refused")])
def test_failures_of_models_are_raised(server: Server, fault: str, kind: str) -> None:
    """The exception is the model's failure, also where a source could not be read besides."""
    with pytest.raises(vextract.VextractError) as caught:
        vextract.ask(["gone.png", "two.tiff"], "Why?", **at(server, fault))
    assert caught.value.kind == kind
    with pytest.raises(vextract.VextractError) as caught:
        vextract.caption("two.tiff", **at(server, fault))
    assert caught.value.kind == kind
