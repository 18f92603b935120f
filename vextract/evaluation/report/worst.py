"""Where the most is lost: the documents and the fields of lowest F1, with their mistakes."""

from vextract.evaluation.flatten import Leaf
from vextract.evaluation.scoring import DocumentResult, Evaluation, FieldResult

__all__ = ["worst_documents", "worst_fields"]


def worst_documents(evaluation: Evaluation, count: int) -> list[DocumentResult]:
    """At most `count` documents with mistakes, lowest F1 first, of equal F1 those with more mistakes first."""
    faulty = [document for document in evaluation.documents if document.mistakes]
    return sorted(faulty, key=lambda d: (d.counts.metric("f1") or 0.0, -len(d.mistakes)))[:count]


def worst_fields(evaluation: Evaluation, count: int) -> list[tuple[FieldResult, list[tuple[str, Leaf]]]]:
    """At most `count` fields with mistakes, lowest F1 first, each with (source, leaf) of its mistakes."""
    mistakes: dict[str, list[tuple[str, Leaf]]] = {}
    for document in evaluation.documents:
        for leaf in document.mistakes:
            mistakes.setdefault(leaf.field, []).append((document.source, leaf))
    faulty = [(field, mistakes[field.name]) for field in evaluation.fields if field.name in mistakes]
    return sorted(faulty, key=lambda pair: (pair[0].counts.metric("f1") or 0.0, -len(pair[1])))[:count]
