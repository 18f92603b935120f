"""One HTML page that needs nothing else: no script, no font, no picture from anywhere."""

from html import escape

from vextract.evaluation.detection.scoring import DetectionEvaluation
from vextract.evaluation.report.sections import Section, sections
from vextract.evaluation.scoring import Evaluation

__all__ = ["render"]

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d8dee4, #3d444d); --head: light-dark(#f6f8fa, #1b2027); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1f2328, #e6edf3); background: light-dark(#ffffff, #0d1117); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .3rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { background: var(--head); font-weight: 600; }
td { overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation</title>
<style>{style}</style>
</head>
<body>
<h1>Evaluation</h1>
{body}
</body>
</html>
"""


def render(evaluation: Evaluation | DetectionEvaluation, worst: int, width: int | None) -> str:
    """The page; it follows the reader's choice of light or dark."""
    del width
    return _PAGE.format(style=_STYLE, body="\n".join(_section(section) for section in sections(evaluation, worst)))


def _section(section: Section) -> str:
    head = _row("th", section.columns, section.text_columns)
    body = "\n".join(_row("td", row, section.text_columns) for row in section.rows)
    table = f"<table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    note = f"\n<p>{escape(section.note)}</p>" if section.note else ""
    return f'<h2>{escape(section.title)}</h2>\n<div class="wide">{table}</div>{note}'


def _row(tag: str, cells: tuple[str, ...], text_columns: int) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    marks = ["" if i < text_columns else ' class="number"' for i in range(len(cells))]
    return (
        "<tr>" + "".join(f"<{tag}{scope}{m}>{escape(c)}</{tag}>" for m, c in zip(marks, cells, strict=True)) + "</tr>"
    )
