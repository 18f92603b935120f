"""Draws docs/terminal.svg: a terminal with real commands and what they really print.

Run from the project's root with `python docs/draw_terminal.py`; needs jq.
"""

import subprocess
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

COMMANDS = [
    "vextract ocr samples/receipt.png | tail -n 9",
    "vextract ocr samples/receipt.png -f jsonl | jq -c '.data.pages[0].lines[-5] | {text, box, confidence}'",
    "vextract ocr samples/rotated_scan.png -f jsonl | jq -c '.data | {language, turn: .pages[0].rotation}'",
    "vextract ocr samples/ -f pdf -o searchable/ -q; ls searchable | head -n 4",
]
# rich's own template loads fonts from the network; this one takes what the reader's machine has.
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def main() -> None:
    """Runs the commands and writes the picture."""
    console = Console(record=True, width=100, file=StringIO(), force_terminal=True)
    for command in COMMANDS:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        console.print(Text(done.stdout))
    picture = console.export_svg(title="vextract", theme=MONOKAI, code_format=SVG, unique_id="vextract")
    Path("docs/terminal.svg").write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
