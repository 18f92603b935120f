"""CPU time of `vextract --help` and `vextract ocr --help` against a bare Typer application of ten commands.

Run: python bench/help_time.py
"""

import json
import sys
import tempfile
from pathlib import Path

from measuring import cpu_seconds

ROUNDS, RUNS = 7, 5
BARE = """
from typing import Annotated
import typer
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

@app.callback()
def root(version: bool = False) -> None: ...

def command(name: str):
    def run(source: str, output: Annotated[str, typer.Option("-o", help="Where.")] = "-", verbose: bool = False) -> None:
        "Does something."
    app.command(name)(run)

for number in range(10):
    command(f"command{number}")
app()
"""


def main() -> None:
    """Prints the ratios, each the median over rounds in which all three run in turn."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(BARE)
        vextract = str(Path(sys.executable).parent / "vextract")
        rounds = []
        for _ in range(ROUNDS):
            base = cpu_seconds([sys.executable, str(bare), "--help"], RUNS)
            base_of_command = cpu_seconds([sys.executable, str(bare), "command3", "--help"], RUNS)
            whole = cpu_seconds([vextract, "--help"], RUNS)
            ocr = cpu_seconds([vextract, "ocr", "--help"], RUNS)
            rounds.append((whole / base, ocr / base_of_command, ocr / base, base))
    middle = [sorted(column)[ROUNDS // 2] for column in zip(*rounds, strict=True)]
    names = ("help_ratio", "ocr_help_ratio", "ocr_help_to_bare_help", "bare_help_cpu_s")
    print(json.dumps(dict(zip(names, (round(v, 3) for v in middle), strict=True))))


if __name__ == "__main__":
    main()
