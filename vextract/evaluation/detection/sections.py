"""What a report for people says of detections."""

from collections.abc import Iterator

from vextract.evaluation.detection.matching import Match
from vextract.evaluation.detection.metrics import METRICS
from vextract.evaluation.detection.pictures import Annotation
from vextract.evaluation.detection.scoring import DetectionEvaluation, JudgedDocument
from vextract.evaluation.report.section import (
    Section,
    economy_section,
    interval_text,
    overall_section,
    reliability_section,
    share,
    with_head,
)
from vextract.types import printable

__all__ = ["detection_sections", "worst_documents"]

_NAMES = {
    "ap": "mAP@0.5:0.95",
    "ap50": "mAP@0.5",
    "ap75": "mAP@0.75",
    "f1": "F1 at IoU 0.5",
    "precision": "precision at IoU 0.5",
    "recall": "recall at IoU 0.5",
    "mask_ap": "masks, mAP@0.5:0.95",
    "mask_ap50": "masks, mAP@0.5",
    "mask_ap75": "masks, mAP@0.75",
}
_SCORES = {
    "none": "The results give no scores: average precision is that of their order, and F1 tells more.",
    "some": "Not all objects of the results have scores: those without rank behind all others.",
}


def detection_sections(evaluation: DetectionEvaluation, worst: int) -> list[Section]:
    """The sections that have something to say; `worst` documents are shown with their mistakes."""
    built = (
        overall_section("Detections", evaluation, METRICS, _NAMES, _SCORES.get(evaluation.scores, "")),
        _counts(evaluation),
        _labels(evaluation),
        reliability_section(evaluation.reliability, "objects"),
        economy_section(evaluation.economy),
        _worst_documents(evaluation, worst),
    )
    return [section for section in built if section.rows]


def worst_documents(evaluation: DetectionEvaluation, count: int) -> list[JudgedDocument]:
    """At most `count` documents with mistakes, lowest F1 first, of equal F1 those with more mistakes first."""
    faulty = [document for document in evaluation.documents if document.mistakes]
    return sorted(faulty, key=lambda d: (d.counts.metric("f1") or 0.0, -len(d.mistakes)))[:count]


def _counts(evaluation: DetectionEvaluation) -> Section:
    c, masks = evaluation.counts, evaluation.having_masks
    rows = [
        ("in the truth", c.truth),
        ("found", c.found),
        ("matched", c.matched),
        ("in the right place under another label", c.mislabelled),
    ]
    if c.in_crowd:
        rows.append(("found within crowds, not counted", c.in_crowd))
    if masks.truth or masks.found:
        rows += [("with a mask in the truth", masks.truth), ("with a mask in the results", masks.found)]
    return Section("Objects", ("", "count"), tuple((name, str(count)) for name, count in rows))


def _labels(evaluation: DetectionEvaluation) -> Section:
    columns = ["label", "AP@0.5", "AP", "F1", "95 % interval", "precision", "recall", "truth", "found", "matched"]
    if evaluation.masks:
        columns += ["mask AP@0.5", "mask AP"]
    rows = []
    for label in evaluation.labels:
        c = label.counts
        name = printable(label.name) or "(no label)"
        row = [name, share(label.boxes.ap50), share(label.boxes.ap), share(c.metric("f1"))]
        row += [interval_text(label.f1_interval), share(c.metric("precision")), share(c.metric("recall"))]
        row += [str(c.truth), str(c.found), str(c.matched)]
        if evaluation.masks and label.masks:
            row += [share(label.masks.ap50), share(label.masks.ap)]
        rows.append(tuple(row))
    return Section("Labels", tuple(columns), tuple(rows))


def _worst_documents(evaluation: DetectionEvaluation, worst: int) -> Section:
    rows: list[tuple[str, ...]] = []
    for document in worst_documents(evaluation, worst):
        source = printable(document.source)
        if document.result is None:
            source += " (no result)"
        elif document.source in evaluation.without_data:
            source += " (no data)"
        head = (source, share(document.counts.metric("f1")))
        rows += with_head(head, [tuple(_mistake(match)) for match in document.mistakes])
    columns = ("document", "F1", "page", "", "wanted", "got")
    return Section("Worst documents", columns, tuple(rows), text_columns=6)


def _mistake(match: Match) -> Iterator[str]:
    yield from (str(match.page), match.outcome, _object(match.wanted), _object(match.got))


def _object(each: Annotation | None) -> str:
    if each is None:
        return "–"
    return f"{printable(each.label) or '(no label)'} at {', '.join(f'{number:g}' for number in each.corners)}"
