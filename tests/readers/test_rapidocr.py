"""The reader `rapidocr`: real runs of the engine on pictures drawn here, and what it says where it cannot run."""

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from vextract.errors import DependencyError
from vextract.geometry import to_pixels
from vextract.readers import ReadOptions
from vextract.readers import rapidocr as reader
from vextract.types import Page, PageRef, Reading

needs_engine = pytest.mark.skipif(
    not (find_spec("rapidocr") and find_spec("onnxruntime")), reason="rapidocr or onnxruntime is not installed"
)
_LINES = ("Invoice number INV-2024-0317", "Date 12/03/2024 at 16:42", "Total 1,234.56 EUR", "Mail jane.doe@example.com")


def _drawn(*lines: str, ink: str = "black", ground: str = "white", mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (760, 60 + 70 * len(lines)), ground)
    draw = ImageDraw.Draw(image)
    for index, line in enumerate(lines):
        draw.text((40, 40 + 70 * index), line, fill=ink, font=ImageFont.load_default(32))
    return image.convert(mode)


def _read(image: Image.Image, options: ReadOptions | None = None) -> Reading:
    page = Page(PageRef("drawn.png", 1, image.width, image.height), draw=lambda: image)
    return reader.READER.read(page, options or ReadOptions())


def _texts(reading: Reading) -> list[str]:
    return [word.text for word in reading.words]


@needs_engine
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_words_are_read(mode: str) -> None:
    """Grey or coloured, every word is read, numbers, dates, times, codes and addresses whole."""
    assert sorted(_texts(_read(_drawn(*_LINES, mode=mode)))) == sorted(" ".join(_LINES).split())


@needs_engine
def test_light_text_on_a_dark_ground_is_read() -> None:
    """White on black reads like black on white."""
    assert sorted(_texts(_read(_drawn(*_LINES, ink="white", ground="black")))) == sorted(" ".join(_LINES).split())


@needs_engine
def test_boxes_lie_around_their_words() -> None:
    """A word's box is where the word was drawn, to a few pixels."""
    image = _drawn("Total amount")
    first, second = sorted(_read(image).words, key=lambda word: word.box.x0)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(32)
    wanted = draw.textbbox((40, 40), "Total", font=font)
    assert to_pixels(first.box, *image.size) == pytest.approx(wanted, abs=6)
    start = 40 + draw.textlength("Total ", font=font)
    assert second.box.x0 * image.width == pytest.approx(start, abs=6)


@needs_engine
def test_confidences_are_the_engines() -> None:
    """Clean print is read with a confidence near 1; every word has one, between 0 and 1."""
    confidences = [word.confidence for word in _read(_drawn(*_LINES)).words]
    assert all(value is not None and 0.8 < value <= 1 for value in confidences)


@needs_engine
def test_a_blank_page_has_no_words() -> None:
    """A page without ink gives no words and no error."""
    assert _read(Image.new("RGB", (400, 300), "white")).words == ()


@needs_engine
@pytest.mark.parametrize("degrees", [90, 270])
def test_a_page_on_its_side_is_read(degrees: int) -> None:
    """Lines that run up or down are read; their boxes are taller than wide."""
    reading = _read(_drawn(*_LINES).rotate(degrees, expand=True))
    assert {"Invoice", "INV-2024-0317", "1,234.56"} <= set(_texts(reading))
    (word,) = (word for word in reading.words if word.text == "INV-2024-0317")
    width, height = (760, 340)[::-1]
    assert (word.box.y1 - word.box.y0) * height > 2 * (word.box.x1 - word.box.x0) * width


@needs_engine
def test_a_tilted_line_has_upright_boxes_around_it() -> None:
    """On a page tilted by 4 degrees every word is read, with an upright box on the page that holds its middle."""
    reading = _read(_drawn(*_LINES[:2]).rotate(4, expand=True, fillcolor="white"))
    assert sorted(_texts(reading)) == sorted(" ".join(_LINES[:2]).split())
    assert all(0 <= word.box.x0 < word.box.x1 <= 1 and 0 <= word.box.y0 < word.box.y1 <= 1 for word in reading.words)


@needs_engine
def test_chinese_and_japanese_are_among_the_languages() -> None:
    """The default and Latin-script languages pass the check, and so do Chinese and Japanese, joined by "+" too."""
    for languages in ("eng", "deu+fra", "chi_sim+eng", "jpn", "pol"):
        reader.READER.check(ReadOptions(languages=languages))


@needs_engine
@pytest.mark.parametrize("language", ["rus", "vie", "ara", "kor", "ell", "klingon"])
def test_other_languages_are_refused_by_name(language: str) -> None:
    """A language that the models were not trained for is a DependencyError that names it, not a bad reading."""
    with pytest.raises(DependencyError, match=language) as caught:
        reader.READER.check(ReadOptions(languages=f"eng+{language}"))
    assert "tesseract" in caught.value.hint


@pytest.mark.parametrize("missing", ["rapidocr", "onnxruntime"])
def test_a_missing_package_is_named_with_what_installs_it(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one of its packages the check is a DependencyError whose hint installs the extra."""
    monkeypatch.setattr(reader, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(DependencyError, match=missing) as caught:
        reader.READER.check(ReadOptions())
    assert caught.value.hint == "pip install 'vextract[rapidocr]'"


@needs_engine
def test_a_package_without_the_models_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rapidocr that would have to download its model is refused by the check."""
    monkeypatch.setattr(reader, "_RECOGNITION", "none.onnx")
    with pytest.raises(DependencyError, match=r"none\.onnx"):
        reader.READER.check(ReadOptions())


@needs_engine
def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first reading, engines built anew, opens no connection."""

    def refuse(*_args: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    reader._engine.cache_clear()
    assert _texts(_read(_drawn("Total"))) == ["Total"]


@needs_engine
def test_the_engine_is_built_once_on_one_thread_and_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """Two pages share the engines, each model runs on one thread, and nothing is printed, not even for a blank page."""
    reader._engine.cache_clear()
    for image in (_drawn("Total"), Image.new("RGB", (200, 200), "white")):
        _read(image)
    assert reader._engine.cache_info().misses == 2
    for model in (reader._engine("det").text_det, reader._engine("rec").text_rec):
        options = model.session.session.get_session_options()
        assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert capfd.readouterr() == ("", "")


@needs_engine
def test_nothing_is_told_to_anybody(tmp_path: Path) -> None:
    """The engine's telemetry is off: neither the number that it would give this machine nor its outbox is made."""
    code = (
        "import numpy; from vextract.readers import rapidocr as reader\n"
        "reader._engine('det')(numpy.full((100, 300, 3), 255, numpy.uint8))"
    )
    # On machines for continuous integration it is off by itself.
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    command = [sys.executable, "-c", code]
    subprocess.run(command, capture_output=True, timeout=200, env={**kept, "HOME": str(tmp_path)}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_check_imports_nothing_heavy() -> None:
    """Finding the reader, its version and whether it can run loads neither the engine nor numpy."""
    code = (
        "import sys; from vextract.readers.rapidocr import READER; from vextract.readers import ReadOptions\n"
        "from vextract.errors import DependencyError\n"
        "try: READER.check(ReadOptions())\n"
        "except DependencyError: pass\n"
        "READER.version(); print(sorted({'rapidocr', 'onnxruntime', 'cv2', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=True)
    assert done.stdout.strip() == "[]"
