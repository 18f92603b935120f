"""Detections against truth: everything that is measured, in one frozen tree. docs/eval.md says what each number means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from vextract.errors import InputError
from vextract.evaluation.bootstrap import Bootstrap, Interval
from vextract.evaluation.confidence import Reliability, reliability
from vextract.evaluation.detection.average_precision import Precisions, average_precision
from vextract.evaluation.detection.coco_truth import TruthImage
from vextract.evaluation.detection.matching import Match, by_label, compare, counted
from vextract.evaluation.detection.metrics import METRICS, RATIOS, AveragePrecision, DetectionCounts
from vextract.evaluation.detection.pairing import documents_of
from vextract.evaluation.detection.pictures import Annotation, MarkedDocument, Picture, fitted
from vextract.evaluation.detection.reading import Given, as_documents, as_truth
from vextract.evaluation.economy import Economy, Spent, economy
from vextract.evaluation.pairing import Pairing, pair
from vextract.types import Record

__all__ = ["DetectionEvaluation", "JudgedDocument", "LabelResult", "Masks", "evaluate_detections", "judge"]

Scores = Literal["all", "some", "none"]


@dataclass(frozen=True, slots=True)
class Masks:
    """Which objects have masks. Average precision by masks is measured where all of the truth have one, and any of the results."""

    truth: int
    found: int


@dataclass(frozen=True, slots=True)
class LabelResult:
    """One label over all documents, as the truth spells it, else as the results do.

    `masks` is None where masks are not compared; `f1_interval` holds F1 with 95 % confidence, None with fewer than two documents.
    """

    name: str
    counts: DetectionCounts
    boxes: AveragePrecision
    masks: AveragePrecision | None
    f1_interval: Interval | None

    def metric(self, name: str) -> float | None:
        """The measure of that name in METRICS, over this label; None where there is nothing to measure."""
        return _metric(name, self.counts, self.boxes, self.masks)


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """One document of the truth; `result` is the source of what was paired with it, None if nothing was."""

    source: str
    result: str | None
    counts: DetectionCounts
    mistakes: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class DetectionEvaluation:
    """How good detections are.

    Attributes:
        counts: over all objects of all documents.
        intervals: 95 % bootstrap interval of precision, recall and F1.
        boxes: average precision over all labels of the truth.
        masks: the same by masks; None where they are not compared.
        having_masks: how many objects have masks.
        labels: in the order of the truth, then those that the truth has no object of.
        documents: in the order of the truth.
        scores: whether all objects of the results have scores. Those without rank behind all others.
        reliability: score against being right; None if no object has a score.
        economy: cost and time.
        missing: truths without a result.
        without_data: truths whose result says null as a whole, as a failed run does.
        extra: results without a truth.
        missing_pages: (source, page) of the truth that its result does not have.
        extra_pages: (source, page) of a result that its truth does not have.
        seed: of the bootstrap.
        resamples: of the bootstrap.
    """

    counts: DetectionCounts
    intervals: Mapping[str, Interval | None]
    boxes: AveragePrecision
    masks: AveragePrecision | None
    having_masks: Masks
    labels: tuple[LabelResult, ...]
    documents: tuple[JudgedDocument, ...]
    scores: Scores
    reliability: Reliability | None
    economy: Economy
    missing: tuple[str, ...]
    without_data: tuple[str, ...]
    extra: tuple[str, ...]
    missing_pages: tuple[tuple[str, int], ...]
    extra_pages: tuple[tuple[str, int], ...]
    seed: int
    resamples: int

    part_metrics: ClassVar = METRICS

    @property
    def parts(self) -> tuple[LabelResult, ...]:
        """What is measured apart: the labels."""
        return self.labels

    @property
    def documents_right(self) -> int:
        """Documents without a mistake."""
        return sum(document.result is not None and not document.mistakes for document in self.documents)

    @property
    def unknown_labels(self) -> tuple[str, ...]:
        """Labels of the results that the truth has no object of."""
        return tuple(label.name for label in self.labels if label.counts.found and not label.counts.truth)

    def metric(self, name: str) -> float | None:
        """The measure of that name in METRICS, over everything; None where there is nothing to measure."""
        return _metric(name, self.counts, self.boxes, self.masks)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One document; `pages` are those of the truth with those of the result in the same pixels, by number."""

    document: JudgedDocument
    pages: Mapping[int, tuple[Picture, Picture | None]]
    matches: tuple[Match, ...]
    extra_pages: tuple[int, ...]

    @classmethod
    def of(cls, true: MarkedDocument, found: MarkedDocument | None) -> "_Judged":
        got = found.pictures if found else {}
        where = f"page {{}} of {true.source!r}"
        pages = {
            number: (page, fitted(got[number], page, where.format(number)) if number in got else None)
            for number, page in true.pictures.items()
        }
        matches = tuple(match for number, pair in pages.items() for match in compare(*pair, number))
        mistakes = tuple(match for match in matches if match.outcome not in ("right", "in crowd"))
        document = JudgedDocument(true.source, found.source if found else None, counted(matches), mistakes)
        return cls(document, pages, matches, tuple(number for number in got if number not in pages))


def evaluate_detections(
    results: Iterable[Mapping[str, Any] | Record[Any]],
    truth: Iterable[Mapping[str, Any] | Record[Any]] | Mapping[str, Any],
    *,
    seed: int = 0,
    resamples: int = 1000,
) -> DetectionEvaluation:
    """How good detections are, judged by the truth.

    Args:
        results: records of detect, or their JSON.
        truth: the same, or a COCO annotations file as it was parsed.
        seed: of the bootstrap.
        resamples: of the bootstrap; 0 leaves the intervals out.

    Raises:
        InputError: something is no record of detect, or it cannot be told which result belongs to which truth.
    """
    found = [(result, f"results[{at}]") for at, result in enumerate(results)]
    true = (
        [(truth, "truth")] if isinstance(truth, Mapping) else [(each, f"truth[{at}]") for at, each in enumerate(truth)]
    )
    return judge(found, true, seed=seed, resamples=resamples)


def judge(results: Sequence[Given], truth: Sequence[Given], *, seed: int, resamples: int) -> DetectionEvaluation:
    """The same of what was read from files, each record or JSON with the place that it comes from."""
    found = as_documents(results)
    paired = _paired(truth, found)
    judged = [_Judged.of(*pair) for pair in paired.pairs]
    documents = tuple(one.document for one in judged)
    bootstrap = Bootstrap(len(documents), resamples, seed, RATIOS)
    [intervals] = bootstrap.intervals([[document.counts for document in documents]], RATIOS)
    pages = [page for one in judged for page in one.pages.values()]
    names = _names(pages)
    having_masks = _having_masks(pages)
    boxes = average_precision(pages, list(names), "bbox")
    masks = average_precision(pages, list(names), "segm") if _are_comparable(having_masks, pages) else None
    got = [match for one in judged for match in one.matches if match.got]
    scored = [(match.got.score, match.outcome == "right") for match in got if match.got and match.outcome != "in crowd"]
    return DetectionEvaluation(
        counts=DetectionCounts.total(document.counts for document in documents),
        intervals=intervals,
        boxes=boxes.overall,
        masks=masks.overall if masks else None,
        having_masks=having_masks,
        labels=_labels(judged, names, boxes, masks, bootstrap),
        documents=documents,
        scores=_scores([match.got.score for match in got if match.got]),
        reliability=reliability([(score, right) for score, right in scored if score is not None]),
        economy=economy([Spent(len(f.pictures), f.cost_usd, f.seconds) for _, f in paired.pairs if f]),
        missing=tuple(true.source for true, found in paired.pairs if found is None),
        without_data=tuple(true.source for true, found in paired.pairs if found and not found.has_data),
        extra=tuple(result.source for result in paired.extra),
        missing_pages=tuple(
            (true.source, number)
            for (true, found), one in zip(paired.pairs, judged, strict=True)
            if found and found.has_data
            for number, (_, page) in one.pages.items()
            if page is None
        ),
        extra_pages=tuple((one.document.source, number) for one in judged for number in one.extra_pages),
        seed=seed,
        resamples=resamples,
    )


def _paired(truth: Sequence[Given], found: list[MarkedDocument]) -> Pairing[MarkedDocument]:
    true = as_truth(truth, found)
    images = [each for each in true if isinstance(each, TruthImage)]
    documents = [each for each in true if isinstance(each, MarkedDocument)]
    if not images and not documents:
        raise InputError("the truth is empty", "give at least one picture with its objects")
    return pair(documents or documents_of(images, found, truth[0][1]), found)


def _objects(pages: Iterable[tuple[Picture, Picture | None]]) -> tuple[list[Annotation], list[Annotation]]:
    true = [each for page, _ in pages for each in page.objects]
    return true, [each for _, page in pages if page for each in page.objects]


def _names(pages: Sequence[tuple[Picture, Picture | None]]) -> dict[str, str]:
    """The labels as they are first spelt, by key; those of the truth come first."""
    names: dict[str, str] = {}
    for side in _objects(pages):
        for each in side:
            names.setdefault(each.key, " ".join(each.label.split()))
    return names


def _having_masks(pages: Sequence[tuple[Picture, Picture | None]]) -> Masks:
    return Masks(*(sum(each.segmentation is not None for each in side) for side in _objects(pages)))


def _are_comparable(masks: Masks, pages: Sequence[tuple[Picture, Picture | None]]) -> bool:
    return bool(masks.truth and masks.found) and masks.truth == len(_objects(pages)[0])


def _labels(
    judged: Sequence[_Judged],
    names: Mapping[str, str],
    boxes: Precisions,
    masks: Precisions | None,
    bootstrap: Bootstrap,
) -> tuple[LabelResult, ...]:
    counts = [by_label(one.matches) for one in judged]
    groups = [[one.get(key, DetectionCounts()) for one in counts] for key in names]
    intervals = bootstrap.intervals(groups, ["f1"])
    by_mask = masks.labels if masks else [None] * len(names)
    rows = zip(names.values(), groups, boxes.labels, by_mask, intervals, strict=True)
    return tuple(LabelResult(name, DetectionCounts.total(group), b, m, i["f1"]) for name, group, b, m, i in rows)


def _scores(scores: Sequence[float | None]) -> Scores:
    known = sum(score is not None for score in scores)
    return "none" if not known else "all" if known == len(scores) else "some"


def _metric(
    name: str, counts: DetectionCounts, boxes: AveragePrecision, masks: AveragePrecision | None
) -> float | None:
    if name in RATIOS:
        return counts.metric(name)
    side = masks if name.startswith("mask_") else boxes
    value: float | None = getattr(side, name.removeprefix("mask_")) if side else None
    return value
