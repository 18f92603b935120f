"""Colours of labels: the same in every run, and told apart by the colour-blind."""

import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest

from vextract.overlays import colour_of
from vextract.overlays.palette import contrast, opposite

# What dichromats see, on linear RGB. Source: Machado, Oliveira and Fernandes, IEEE TVCG 15 (6), 2009, severity 1.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
MATCHES = ("exact", "normalized", "fuzzy", "ambiguous")
BASIC = ("person", "car", "dog", "bicycle", "cup", "bus", "chair")


def _lab(colour: tuple[int, int, int], sight: str) -> np.ndarray:
    """The colour as seen, in CIE L*a*b*."""
    part = np.array(colour) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    x, y, z = TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = [value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("keys", [MATCHES, BASIC])
def test_colours_are_told_apart(sight, keys) -> None:
    """The kinds of match, and the colours of the commonest labels, differ clearly for every kind of sight."""
    nearest = min(
        float(np.linalg.norm(_lab(colour_of(a), sight) - _lab(colour_of(b), sight))) for a, b in combinations(keys, 2)
    )
    assert nearest > 14


def test_frequent_labels_have_their_own_colours() -> None:
    """Twenty-one labels that are met together have as many colours."""
    labels = [*BASIC, "cat", "truck", "bottle", "motorcycle", "bird", "traffic light", "table"]
    labels += ["face", "text", "qr code", "word", "barcode", "text line", "book"]
    assert len({colour_of(label) for label in labels}) == len(labels) == 21


def test_a_label_keeps_its_colour_in_another_process() -> None:
    """Colours do not hang on the run's hash seed, nor on case or outer white space."""
    labels = ["zebra", "red car", "猫", "\ud800", ""]
    code = f"from vextract.overlays import colour_of; print([colour_of(label) for label in {labels!r}])"
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == str([colour_of(label) for label in labels])
    assert colour_of(" Zebra ") == colour_of("zebra")


def test_any_label_can_be_read_on_its_colour() -> None:
    """Black or white has a contrast of at least 4.5 (WCAG AA) on every colour."""
    for number in range(300):
        colour = colour_of(f"label {number}")
        assert contrast(colour, opposite(colour)) >= 4.5
