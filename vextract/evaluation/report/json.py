"""The evaluation as JSON, format 1: what programs read, and what a later run takes as its baseline."""

import json
import re
from dataclasses import asdict

from vextract.evaluation.detection.json_report import told as detections_told
from vextract.evaluation.detection.scoring import DetectionEvaluation
from vextract.evaluation.flatten import Leaf
from vextract.evaluation.metrics import FIELD_METRICS, METRICS, Counts
from vextract.evaluation.report.worst import worst_documents, worst_fields
from vextract.evaluation.scoring import Evaluation

__all__ = ["FORMAT_VERSION", "render"]

FORMAT_VERSION = 1
_FIELD_COUNTS = ("right", "wrong", "missing", "spurious", "null_agreed")


def render(evaluation: Evaluation | DetectionEvaluation, worst: int, width: int | None) -> str:
    """One JSON object, indented; what is not known is null. The keys are listed in docs/eval.md."""
    del width
    text = json.dumps({"format": FORMAT_VERSION} | _told(evaluation, worst), ensure_ascii=False, indent=2)
    # Half a surrogate pair can be written in JSON, but not in UTF-8.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def _told(evaluation: Evaluation | DetectionEvaluation, worst: int) -> dict[str, object]:
    if isinstance(evaluation, DetectionEvaluation):
        return detections_told(evaluation, worst)
    return _fields_told(evaluation, worst)


def _fields_told(evaluation: Evaluation, worst: int) -> dict[str, object]:
    return {
        "overall": {name: evaluation.metric(name) for name in METRICS} | _counts(evaluation.counts),
        "intervals": evaluation.intervals,
        "bootstrap": {"resamples": evaluation.resamples, "seed": evaluation.seed},
        "documents": {
            "count": len(evaluation.documents),
            "right": evaluation.documents_right,
            "missing": evaluation.missing,
            "without_data": evaluation.without_data,
            "extra": evaluation.extra,
        },
        "fields": [
            {"name": field.name}
            | {name: field.counts.metric(name) for name in FIELD_METRICS}
            | _counts(field.counts)
            | {"f1_interval": field.f1_interval}
            for field in evaluation.fields
        ],
        "grounding": _grounding(evaluation.counts),
        "reliability": asdict(evaluation.reliability) if evaluation.reliability else None,
        "economy": asdict(evaluation.economy),
        "worst": _worst(evaluation, worst),
    }


def _counts(counts: Counts) -> dict[str, float]:
    every = counts.as_dict()
    return {name: every[name] for name in _FIELD_COUNTS}


def _grounding(counts: Counts) -> dict[str, float | None]:
    every: dict[str, float | None] = dict(counts.as_dict())
    for name in (*_FIELD_COUNTS, "texts", "text_similarity"):
        del every[name]
    if not counts.traceable_right + counts.traceable_wrong:
        every |= dict.fromkeys(("traceable_right", "traceable_wrong", "located_right", "located_wrong"))
    if not counts.word_truth + counts.word_found:
        every |= dict.fromkeys(("word_truth", "word_found", "word_matched", "boxed_right", "placed_right"))
    if not counts.page_truth + counts.page_found:
        every |= dict.fromkeys(("page_truth", "page_found", "page_matched"))
    return every


def _worst(evaluation: Evaluation, worst: int) -> dict[str, object]:
    documents = [
        {
            "source": document.source,
            "result": document.result,
            "f1": document.counts.metric("f1"),
            "mistakes": [_mistake(leaf) for leaf in document.mistakes],
        }
        for document in worst_documents(evaluation, worst)
    ]
    fields = [
        {
            "name": field.name,
            "f1": field.counts.metric("f1"),
            "mistakes": [{"source": source} | _mistake(leaf) for source, leaf in mistakes],
        }
        for field, mistakes in worst_fields(evaluation, worst)
    ]
    return {"documents": documents, "fields": fields}


def _mistake(leaf: Leaf) -> dict[str, object]:
    return {
        "pointer": leaf.pointer,
        "got_pointer": leaf.got_pointer,
        "outcome": leaf.outcome,
        "wanted": leaf.wanted,
        "got": leaf.got,
    }
