"""How probable it is that a place is the right one: a logistic regression over what is known of it, its coefficients plain data.

Fitted by bench/fit_confidence.py; docs/verify.md shows how well it keeps what it says.
"""

from dataclasses import dataclass
from math import exp, log1p

__all__ = ["Signs", "features", "probability"]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of the place that was chosen for a value.

    Attributes:
        kind: "exact", "normalized" or "fuzzy".
        likeness: 1 for the same letters and digits, less for each that differs.
        whole: whether whole words were found.
        ocr: mean confidence of the words, 0..1; None for words that were not read by OCR or without one.
        rivals: how many other places could be meant.
        margin: by how much the place outweighs the next; 0 if there is no other.
        near_label: what the data calls the value stands beside it.
        letters: letters and digits of the value.
        again: it was found by the second look.
    """

    kind: str
    likeness: float
    whole: bool
    ocr: float | None
    rivals: int
    margin: float
    near_label: bool
    letters: int
    again: bool


# Source: bench/fit_confidence.py on the even documents of 20 forms (FUNSD) and 60 receipts (SROIE), 2026-11-21.
_INTERCEPT = 3.15
_COEFFICIENTS = {
    "fuzzy": -0.4,
    "unlikeness": -0.09,
    "part": -0.71,
    "ocr_doubt": -0.8,
    "rivals": -0.63,
    "closeness": -0.22,
    "no_label": -0.01,
    "shortness": -1.4,
    "again": -0.26,
}
# Nothing is surer than what was ever measured.
_SUREST = 0.99


def features(signs: Signs) -> dict[str, float]:
    """The signs as numbers from 0 (speaks for the place) upwards (speaks against it)."""
    return {
        "fuzzy": float(signs.kind == "fuzzy"),
        "unlikeness": 1 - signs.likeness,
        "part": float(not signs.whole),
        "ocr_doubt": 0.0 if signs.ocr is None else 1 - signs.ocr,
        "rivals": log1p(signs.rivals),
        "closeness": 1 - min(1.0, signs.margin) if signs.rivals else 0.0,
        "no_label": float(bool(signs.rivals) and not signs.near_label),
        "shortness": 1 / max(1, signs.letters),
        "again": float(signs.again),
    }


def probability(signs: Signs) -> float:
    """The probability, 0..1, that the place is where the value is printed."""
    given = features(signs)
    return min(_SUREST, 1 / (1 + exp(-_INTERCEPT - sum(_COEFFICIENTS[name] * given[name] for name in given))))
