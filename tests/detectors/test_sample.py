"""The sample with codes and a table, looked at as `vextract detect -m embedded` does."""

import json

import pytest
from PIL import Image

import vextract
from tests.drawing import SAMPLES
from vextract.detectors import detect, detectors_for
from vextract.geometry import in_unit
from vextract.types import Page


def test_parcel_label() -> None:
    """Its codes, its table and all cells are found, read and in place to the pixel or two."""
    file = SAMPLES / "parcel_label.png"
    told = json.loads((SAMPLES / f"{file.name}.expected.json").read_text("utf-8"))["objects"]
    record = vextract.ocr(file)
    assert record.data is not None
    (text,) = record.data.pages
    with Image.open(file) as image:
        found = detect(Page(text.ref, draw=image.copy), text, *detectors_for(["codes", "tables", "cells"]))
    assert [(one.page, one.label, one.text) for one in found] == [
        (one["page"], one["label"], one["text"]) for one in told
    ]
    for one, true in zip(found, told, strict=True):
        assert in_unit(one.box, text.ref, "pixel") == pytest.approx(true["box"], abs=2)
