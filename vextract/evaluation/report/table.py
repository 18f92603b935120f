"""Tables of plain text."""

from io import StringIO

from vextract.evaluation.detection.scoring import DetectionEvaluation
from vextract.evaluation.report.sections import Section, sections
from vextract.evaluation.scoring import Evaluation

__all__ = ["render"]

# Wide enough for any row, so that nothing is folded where no terminal sets a limit.
_UNLIMITED = 10_000


def render(evaluation: Evaluation | DetectionEvaluation, worst: int, width: int | None) -> str:
    """The sections below one another, folded to `width` columns where that is given."""
    from rich.console import Console

    out = StringIO()
    console = Console(
        file=out, width=width or _UNLIMITED, color_system=None, markup=False, highlight=False, emoji=False
    )
    for number, section in enumerate(sections(evaluation, worst)):
        if number:
            console.print()
        console.print(section.title)
        console.print(_table(section))
        if section.note:
            console.print(section.note)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def _table(section: Section) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, column in enumerate(section.columns):
        is_text = number < section.text_columns
        table.add_column(Text(column), justify="left" if is_text else "right", overflow="fold", no_wrap=not is_text)
    for row in section.rows:
        table.add_row(*map(Text, row))
    return table
