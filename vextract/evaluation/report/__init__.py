"""An evaluation as text: a table for people, JSON for programs, Markdown and HTML for reports."""

from collections.abc import Callable, Mapping
from importlib import import_module

from vextract.errors import UsageError
from vextract.evaluation.detection.scoring import DetectionEvaluation
from vextract.evaluation.scoring import Evaluation

__all__ = ["FORMATS", "Render", "find_render"]

# (evaluation, how many of the worst documents and fields, width of the terminal or None) -> text
Render = Callable[[Evaluation | DetectionEvaluation, int, int | None], str]
FORMATS: Mapping[str, str] = {
    "table": "vextract.evaluation.report.table",
    "json": "vextract.evaluation.report.json",
    "md": "vextract.evaluation.report.md",
    "html": "vextract.evaluation.report.html",
}


def find_render(name: str) -> Render:
    """What writes that format.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"no format {name!r}", f"there are {', '.join(FORMATS)}")
    render: Render = import_module(FORMATS[name]).render
    return render
