"""Fits the confidence of evidence, and shows on the documents left out how well it keeps what it says.

Takes the even documents (in the order of their manifests) of DIR/forms_funsd and DIR/receipts_sroie for the fit, the odd ones for
the table. A place is right as in the benchmark of grounding: on a form, IoU of at least 0.5 with the true box; on a receipt, its
middle in a line that prints the value. Planted values of other documents are asked too; wherever they are found, it is wrong.
Needs scikit-learn, which vextract does not. Run: python bench/fit_confidence.py --data DIR
"""

import argparse
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from vextract.geometry import to_pixels
from vextract.grounding import Finding, findings
from vextract.grounding.confidence import features, probability
from vextract.grounding.text import fold
from vextract.layout import arrange
from vextract.readers import ReadOptions, find_reader
from vextract.second_look import SecondLook
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.types import PageText

Corners = tuple[float, float, float, float]
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
PLANTED = 3


def cases(folder: Path) -> Iterator[tuple[Path, dict[str, str], dict[str, list[Corners]]]]:
    """Each picture with its values and where they are printed, in pixels."""
    for row in map(json.loads, (folder / "manifest.jsonl").read_text("utf-8").splitlines()):
        truth = json.loads((folder / row["truth_file"]).read_text("utf-8"))
        found = list(_answers(truth) if "pairs" in truth else _fields(truth))
        if found:
            yield folder / row["file"], {k: v for k, v, _ in found}, {k: boxes for k, _, boxes in found}


def _answers(truth: dict[str, Any]) -> Iterator[tuple[str, str, list[Corners]]]:
    for n, pair in enumerate(truth["pairs"]):
        if len(fold(pair["answer"])) > 1 and pair["answer_boxes"]:
            x0, y0, x1, y1 = zip(*pair["answer_boxes"], strict=True)
            yield (
                f"{pair['question'].strip(' :') or 'field'} #{n}",
                pair["answer"],
                [(min(x0), min(y0), max(x1), max(y1))],
            )


def _fields(truth: dict[str, Any]) -> Iterator[tuple[str, str, list[Corners]]]:
    for name in ("company", "date", "total"):
        value = truth["fields"].get(name)
        boxes = [tuple(line["box"]) for line in truth["lines"] if value and fold(value) in fold(line["text"])]
        if boxes:
            yield name, value, boxes


def found_in(picture: Path, asked: dict[str, str]) -> tuple[list[Finding], PageText]:
    """What `vextract verify` finds of the values."""
    options = ReadOptions(rotate=False)
    page = open_file(picture, picture.name, OpenOptions()).page(1)
    text = PageText(page.ref, arrange(find_reader("tesseract").read(page, options), page.ref), "tesseract")
    return findings(asked, [text], look=SecondLook([text], lambda _: page, options)), text


def right(box: Corners, truth: list[Corners], *, form: bool) -> bool:
    """Whether a box is where the value is printed."""
    if not form:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return any(t[0] - 3 <= x <= t[2] + 3 and t[1] - 3 <= y <= t[3] + 3 for t in truth)
    return any(_iou(box, t) >= 0.5 for t in truth)


def _iou(a: Corners, b: Corners) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height)


def gathered(root: Path) -> Iterator[tuple[bool, dict[str, float], float, bool]]:
    """For each value that was found in one place: for the fit?, its features, today's confidence, whether it is right."""
    for kind in ("forms_funsd", "receipts_sroie"):
        every = list(cases(root / kind))
        for n, (picture, asked, where) in enumerate(every):
            others = list(every[(n + 7) % len(every)][1].values())[:PLANTED]
            own = {fold(value) for value in asked.values()}
            planted = {f"planted {i}": value for i, value in enumerate(others) if fold(value) not in own}
            found, text = found_in(picture, {**asked, **planted})
            names = [*asked, *planted]
            for finding, name in zip(found, names, strict=True):
                if finding.choice.decided and finding.choice.candidates:
                    first = finding.choice.candidates[0]
                    box = to_pixels(first.box, text.ref.width_px, text.ref.height_px)
                    good = right(box, where.get(name, []), form=kind == "forms_funsd")
                    signs = finding.signs(first)
                    yield n % 2 == 0, features(signs), probability(signs), good


def main() -> None:
    """Prints the coefficients to put into vextract/grounding/confidence.py, and the table of what is there now."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    rows = list(gathered(parser.parse_args().data))
    fit = [(list(given.values()), good) for part, given, _, good in rows if part]
    # Each feature speaks against a place. One that the fit would turn into its opposite tells nothing, and is left out.
    names = list(rows[0][1])
    used = list(range(len(names)))
    while True:
        model = LogisticRegression(C=1.0, max_iter=1000).fit(
            [[x[i] for i in used] for x, _ in fit], [y for _, y in fit]
        )
        kept = [i for i, weight in zip(used, model.coef_[0], strict=True) if weight <= 0]
        if kept == used:
            break
        used = kept
    weights = dict(zip((names[i] for i in used), model.coef_[0], strict=True))
    print(json.dumps({"intercept": round(model.intercept_[0], 2), **{n: round(weights.get(n, 0.0), 2) for n in names}}))
    print("| confidence | values | right | mean confidence |\n|---|---|---|---|")
    held_out = [(sure, good) for part, _, sure, good in rows if not part]
    for low, high in [*pairwise(BINS), (0.9, 1.0)]:
        those = [(sure, good) for sure, good in held_out if low <= sure < high or sure == high == 1.0]
        if those:
            share, mean = sum(g for _, g in those) / len(those), sum(s for s, _ in those) / len(those)
            print(f"| {low:g} to {high:g} | {len(those)} | {share:.0%} | {mean:.2f} |")


if __name__ == "__main__":
    main()
