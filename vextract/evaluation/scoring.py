"""Results against truth: everything that is measured, in one frozen tree. docs/eval.md says what each number means."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel

from vextract.detection import Detections
from vextract.errors import InputError
from vextract.evaluation.bootstrap import Bootstrap, Interval
from vextract.evaluation.confidence import Reliability, reliability
from vextract.evaluation.economy import Economy, Spent, economy
from vextract.evaluation.examples import Example, as_example
from vextract.evaluation.flatten import ABSENT, Leaf, compare_trees
from vextract.evaluation.grounding import Grounder, unplaced
from vextract.evaluation.metrics import FIELD_METRICS, METRICS, Counts, leaf_counts
from vextract.evaluation.pairing import pair
from vextract.schema import load_schema
from vextract.schema.fields import FieldSpec
from vextract.types import Record

__all__ = ["DocumentResult", "Evaluation", "FieldResult", "evaluate"]


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """One document of the truth; `result` is the source of what was paired with it, None if nothing was."""

    source: str
    result: str | None
    counts: Counts
    leaves: tuple[Leaf, ...]

    @property
    def mistakes(self) -> tuple[Leaf, ...]:
        """The leaves that are wrong, missing or spurious."""
        return tuple(leaf for leaf in self.leaves if leaf.outcome not in ("right", "null"))


@dataclass(frozen=True, slots=True)
class FieldResult:
    """One field over all documents. `f1_interval` holds F1 with 95 % confidence; None with fewer than two documents."""

    name: str
    counts: Counts
    f1_interval: Interval | None

    def metric(self, name: str) -> float | None:
        """The measure of that name in METRICS, over this field; None where there is nothing to measure."""
        return self.counts.metric(name)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good the results are.

    Attributes:
        counts: over all leaves of all documents.
        intervals: 95 % bootstrap interval of each measure of METRICS.
        fields: in the order of the truth.
        documents: in the order of the truth.
        reliability: confidence against being right; None if no result states a confidence.
        economy: cost and time.
        missing: truths without a result.
        without_data: truths whose result says null as a whole, as a failed run does.
        extra: results without a truth.
        unplaced: (source, pointer) of evidence in the truth that leads to no value.
        seed: of the bootstrap.
        resamples: of the bootstrap.
    """

    counts: Counts
    intervals: Mapping[str, Interval | None]
    fields: tuple[FieldResult, ...]
    documents: tuple[DocumentResult, ...]
    reliability: Reliability | None
    economy: Economy
    missing: tuple[str, ...]
    without_data: tuple[str, ...]
    extra: tuple[str, ...]
    unplaced: tuple[tuple[str, str], ...]
    seed: int
    resamples: int

    part_metrics: ClassVar = FIELD_METRICS

    @property
    def parts(self) -> tuple[FieldResult, ...]:
        """What is measured apart: the fields."""
        return self.fields

    @property
    def documents_right(self) -> int:
        """Documents without a mistake."""
        return sum(document.result is not None and not document.mistakes for document in self.documents)

    def metric(self, name: str) -> float | None:
        """The measure of that name in METRICS, over everything; None where there is nothing to measure."""
        return self.counts.metric(name)


def evaluate(
    results: Iterable[Mapping[str, Any] | Record[Any] | Example],
    truth: Iterable[Mapping[str, Any] | Record[Any] | Example],
    schema: FieldSpec | type[BaseModel] | str | None = None,
    *,
    seed: int = 0,
    resamples: int = 1000,
) -> Evaluation:
    """How good results are, judged by the truth.

    Args:
        results: records, their JSON, or {"source": …, "data": …}.
        truth: the same; where its evidence has boxes, places are judged as well.
        schema: says how values are compared, as fields, a class or any name that -s takes; without it the types of the true
            values do.
        seed: of the bootstrap.
        resamples: of the bootstrap; 0 leaves the intervals out.

    Raises:
        InputError: something is no record, or it cannot be told which result belongs to which truth.
    """
    if schema is not None and not isinstance(schema, FieldSpec):
        schema = load_schema(schema).fields
    paired = pair(_examples(truth, "truth"), _examples(results, "results"))
    if not paired.pairs:
        raise InputError("the truth is empty", "give at least one document with its true data")
    judged = [_Judged.of(true, found, schema) for true, found in paired.pairs]
    documents = tuple(one.document for one in judged)
    bootstrap = Bootstrap(len(documents), resamples, seed)
    [intervals] = bootstrap.intervals([[document.counts for document in documents]], METRICS)
    return Evaluation(
        counts=_sum(document.counts for document in documents),
        intervals=intervals,
        fields=_fields(judged, bootstrap),
        documents=documents,
        reliability=reliability([pair for one in judged for pair in one.confidences]),
        economy=economy([_spent(found) for _, found in paired.pairs if found]),
        missing=tuple(true.source for true, found in paired.pairs if found is None),
        without_data=tuple(true.source for true, found in paired.pairs if found and found.data is None),
        extra=tuple(example.source for example in paired.extra),
        unplaced=tuple((one.document.source, pointer) for one in judged for pointer in one.unplaced),
        seed=seed,
        resamples=resamples,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    document: DocumentResult
    by_field: Mapping[str, Counts]
    confidences: tuple[tuple[float, bool], ...]
    unplaced: tuple[str, ...]

    @classmethod
    def of(cls, true: Example, found: Example | None, schema: FieldSpec | None) -> "_Judged":
        # A run that failed gave no answer; nulls that nobody gave are not right.
        answer = ABSENT if found is None or found.data is None else found.data
        leaves = tuple(compare_trees(true.data, answer, schema))
        grounder = Grounder(true, found)
        by_field: dict[str, list[dict[str, float]]] = defaultdict(list)
        for leaf in leaves:
            by_field[leaf.field].append(leaf_counts(leaf) | grounder.counts(leaf))
        counts = {name: Counts.total(parts) for name, parts in by_field.items()}
        document = DocumentResult(true.source, found.source if found else None, _sum(counts.values()), leaves)
        confidences = ((grounder.confidence(leaf), leaf.outcome == "right") for leaf in leaves)
        known = tuple((confidence, right) for confidence, right in confidences if confidence is not None)
        return cls(document, counts, known, tuple(unplaced(true, leaves)))


def _examples(given: Iterable[Mapping[str, Any] | Record[Any] | Example], name: str) -> list[Example]:
    return [_example(line, f"{name}[{index}]") for index, line in enumerate(given)]


def _example(line: Mapping[str, Any] | Record[Any] | Example, where: str) -> Example:
    if isinstance(line, Record) and isinstance(line.data, Detections):
        raise InputError(f"{where}: a record of detect", "evaluate_detections judges boxes")
    return line if isinstance(line, Example) else as_example(line, where)


def _spent(result: Example) -> Spent:
    return Spent(len(result.page_sizes or ()), result.cost_usd, result.seconds)


def _sum(counts: Iterable[Counts]) -> Counts:
    return Counts.total(one.as_dict() for one in counts)


def _fields(judged: Sequence[_Judged], bootstrap: Bootstrap) -> tuple[FieldResult, ...]:
    names = list(dict.fromkeys(name for one in judged for name in one.by_field))
    groups = [[one.by_field.get(name, Counts()) for one in judged] for name in names]
    intervals = bootstrap.intervals(groups, ["f1"])
    fields = [
        FieldResult(name, _sum(group), interval["f1"])
        for name, group, interval in zip(names, groups, intervals, strict=True)
    ]
    # Fields that no truth has come last.
    return tuple(sorted(fields, key=lambda field: not _is_wanted(field.counts)))


def _is_wanted(counts: Counts) -> bool:
    return bool(counts.right or counts.wrong or counts.missing or counts.null_agreed)
