"""The Python interface: the same results as the command's, typed, and errors as exceptions."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

import vextract
from tests.drawing import SAMPLES, draw_lines, write_tiff
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
