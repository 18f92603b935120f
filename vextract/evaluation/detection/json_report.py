"""An evaluation of detections as JSON."""

from dataclasses import asdict

from vextract.evaluation.detection.matching import Match
from vextract.evaluation.detection.metrics import METRICS
from vextract.evaluation.detection.pictures import Annotation
from vextract.evaluation.detection.scoring import DetectionEvaluation
from vextract.evaluation.detection.sections import worst_documents

__all__ = ["told"]


def told(evaluation: DetectionEvaluation, worst: int) -> dict[str, object]:
    """What is told, by its keys; docs/eval.md lists them."""
    return {
        "task": "detect",
        "overall": {name: evaluation.metric(name) for name in METRICS} | evaluation.counts.as_dict(),
        "intervals": evaluation.intervals,
        "bootstrap": {"resamples": evaluation.resamples, "seed": evaluation.seed},
        "scores": evaluation.scores,
        "documents": {
            "count": len(evaluation.documents),
            "right": evaluation.documents_right,
            "missing": evaluation.missing,
            "without_data": evaluation.without_data,
            "extra": evaluation.extra,
            "missing_pages": [{"source": source, "page": page} for source, page in evaluation.missing_pages],
            "extra_pages": [{"source": source, "page": page} for source, page in evaluation.extra_pages],
        },
        "labels": [
            {"name": label.name}
            | {name: label.metric(name) for name in METRICS}
            | label.counts.as_dict()
            | {"f1_interval": label.f1_interval}
            for label in evaluation.labels
        ],
        "unknown_labels": evaluation.unknown_labels,
        "having_masks": asdict(evaluation.having_masks),
        "reliability": asdict(evaluation.reliability) if evaluation.reliability else None,
        "economy": asdict(evaluation.economy),
        "worst": {
            "documents": [
                {
                    "source": document.source,
                    "result": document.result,
                    "f1": document.counts.metric("f1"),
                    "mistakes": [_mistake(match) for match in document.mistakes],
                }
                for document in worst_documents(evaluation, worst)
            ]
        },
    }


def _mistake(match: Match) -> dict[str, object]:
    return {
        "page": match.page,
        "outcome": match.outcome,
        "wanted": _object(match.wanted),
        "got": _object(match.got),
    }


def _object(each: Annotation | None) -> dict[str, object] | None:
    return None if each is None else {"label": each.label, "box": each.corners, "score": each.score}
