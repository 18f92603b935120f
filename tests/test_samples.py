"""Each file of samples/ read as a user reads it, and compared with what is printed on it."""

import difflib
import json
from collections import Counter
from pathlib import Path

import pytest

import vextract
from tests.drawing import SAMPLES

EXPECTED = sorted(SAMPLES.glob("*.expected.json"))
# Shares of the printed words that must be found; what is printed in pictures that the expected text leaves out does no harm.
CLEAN, PHOTO = 0.97, 0.88
# Similarity of the two sequences of words, as difflib measures it: 1.0 is all words in the same order.
ORDER = 0.93
TURNED = {"rotated_scan.png": 270}


def _readers(name: str) -> str:
    if name == "letter.pdf":
        return "tesseract+textlayer"
    return "textlayer" if name.endswith(".pdf") and "scan" not in name else "tesseract"


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.name.removesuffix(".expected.json"))
def test_sample(expected: Path) -> None:
    """Nearly all words are found, in reading order, by the reader that should read them, and the page's turn is right."""
    told = json.loads(expected.read_text("utf-8"))
    name = told["file"]
    record = vextract.ocr(SAMPLES / name, password="sesame" if name == "encrypted.pdf" else None)
    assert record.data is not None
    assert (record.status, record.model) == ("ok", _readers(name))
    assert len(record.data.pages) == told["pages"]
    assert {page.rotation for page in record.data.pages} == {TURNED.get(name, 0)}
    printed, read = " ".join(told["text"]).split(), record.data.text.split()
    found = (Counter(printed) & Counter(read)).total() / len(printed)
    assert found >= (PHOTO if name == "photo_receipt.jpg" else CLEAN)
    assert difflib.SequenceMatcher(None, printed, read, autojunk=False).ratio() >= ORDER


def test_every_sample_has_its_expected_text() -> None:
    """Each picture, PDF and video of samples/ has its expected JSON, and each is in samples/README.md."""
    files = {path.name for path in SAMPLES.iterdir() if path.suffix in {".png", ".jpg", ".tiff", ".pdf", ".mp4"}}
    assert {path.name.removesuffix(".expected.json") for path in EXPECTED} == files
    listed = (SAMPLES / "README.md").read_text("utf-8")
    assert [name for name in sorted(files) if f"`{name}`" not in listed] == []
