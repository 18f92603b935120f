"""Tables of Markdown, as GitHub shows them."""

import re

from vextract.evaluation.detection.scoring import DetectionEvaluation
from vextract.evaluation.report.sections import Section, sections
from vextract.evaluation.scoring import Evaluation

__all__ = ["render"]


def render(evaluation: Evaluation | DetectionEvaluation, worst: int, width: int | None) -> str:
    """A heading and a table for each section."""
    del width
    return "\n".join(_section(section) for section in sections(evaluation, worst))


def _section(section: Section) -> str:
    rule = ["---" if i < section.text_columns else "---:" for i in range(len(section.columns))]
    rows = [section.columns, rule, *section.rows]
    head, ruled, *body = ("| " + " | ".join(map(_escaped, row)) + " |" for row in rows)
    note = ["", _escaped(section.note)] if section.note else []
    return "\n".join([f"## {_escaped(section.title)}", "", head, ruled.replace("\\", ""), *body, *note, ""])


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", text)
