"""What a report for people says of fields, section by section, free of any format."""

import json

from vextract.evaluation.flatten import Leaf
from vextract.evaluation.metrics import METRICS
from vextract.evaluation.report.section import (
    Section,
    economy_section,
    interval_text,
    overall_section,
    reliability_section,
    share,
    with_head,
)
from vextract.evaluation.report.worst import worst_documents, worst_fields
from vextract.evaluation.scoring import Evaluation
from vextract.types import printable

__all__ = ["field_sections"]

_LONGEST_VALUE = 60
_NAMES = {
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy, nulls included",
    "anls": "ANLS",
    "word_f1": "grounding, word F1",
    "page_f1": "grounding, page F1",
}


def field_sections(evaluation: Evaluation, worst: int) -> list[Section]:
    """The sections that have something to say; `worst` documents and fields are shown with their mistakes."""
    built = (
        overall_section("Overall", evaluation, METRICS, _NAMES),
        _fields(evaluation),
        _grounding(evaluation),
        reliability_section(evaluation.reliability),
        economy_section(evaluation.economy),
        _worst_documents(evaluation, worst),
        _worst_fields(evaluation, worst),
    )
    return [section for section in built if section.rows]


def _fields(evaluation: Evaluation) -> Section:
    columns = (
        "field",
        "F1",
        "95 % interval",
        "precision",
        "recall",
        "ANLS",
        "right",
        "wrong",
        "missing",
        "spurious",
        "null",
    )
    rows = []
    for field in evaluation.fields:
        c = field.counts
        measures = (share(c.metric(name)) for name in ("precision", "recall", "anls"))
        counts = map(str, (c.right, c.wrong, c.missing, c.spurious, c.null_agreed))
        name = printable(field.name) or "(the whole)"
        rows.append((name, share(c.metric("f1")), interval_text(field.f1_interval), *measures, *counts))
    return Section("Fields", columns, tuple(rows))


def _grounding(evaluation: Evaluation) -> Section:
    c = evaluation.counts
    rows = (
        ("right values located", c.located_right, c.traceable_right),
        ("wrong values located nevertheless", c.located_wrong, c.traceable_wrong),
        ("right values in the right place", c.placed_right, c.boxed_right),
        ("pages of the truth found", c.page_matched, c.page_truth),
        ("boxes of the truth found", c.word_matched, c.word_truth),
    )
    told = tuple((name, f"{count} of {total}", f"{count / total:.3f}") for name, count, total in rows if total)
    return Section("Grounding", ("", "count", "share"), told)


def _worst_documents(evaluation: Evaluation, worst: int) -> Section:
    rows: list[tuple[str, ...]] = []
    for document in worst_documents(evaluation, worst):
        source = printable(document.source)
        if document.result is None:
            source += " (no result)"
        elif document.source in evaluation.without_data:
            source += " (no data)"
        head = (source, share(document.counts.metric("f1")))
        rows += with_head(head, [_mistake(leaf) for leaf in document.mistakes])
    columns = ("document", "F1", "pointer", "", "wanted", "got")
    return Section("Worst documents", columns, tuple(rows), text_columns=6)


def _worst_fields(evaluation: Evaluation, worst: int) -> Section:
    rows: list[tuple[str, ...]] = []
    for field, mistakes in worst_fields(evaluation, worst):
        head = (printable(field.name) or "(the whole)", share(field.counts.metric("f1")))
        rows += with_head(head, [(printable(source), *_mistake(leaf)) for source, leaf in mistakes])
    columns = ("field", "F1", "document", "pointer", "", "wanted", "got")
    return Section("Worst fields", columns, tuple(rows), text_columns=7)


def _mistake(leaf: Leaf) -> tuple[str, str, str, str]:
    pointer = leaf.pointer if leaf.pointer is not None else f"{leaf.got_pointer} (of the result)"
    return printable(pointer), leaf.outcome, _value(leaf.wanted), _value(leaf.got)


def _value(value: object) -> str:
    if value is None:
        return "–"
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
