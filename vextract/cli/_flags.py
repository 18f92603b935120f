"""Flags that several commands share. A flag that is not given is None, so that settings decide."""

from typing import Annotated, Optional

import typer

__all__ = [
    "AnswerFormat",
    "BoxUnit",
    "DataOnly",
    "Dpi",
    "Every",
    "ExtractModel",
    "FailOn",
    "Fast",
    "Fetch",
    "Force",
    "Frames",
    "FromFile",
    "Jobs",
    "Lang",
    "MinAgreement",
    "MinConfidence",
    "Output",
    "Overlay",
    "Pages",
    "Password",
    "PdfRenderer",
    "Preview",
    "Psm",
    "Quiet",
    "ReaderModel",
    "RecordFormat",
    "Records",
    "Recursive",
    "Root",
    "Rotate",
    "Scenes",
    "Schema",
    "SecondLook",
    "Sources",
    "TextLayer",
    "Verbose",
    "WordReader",
    "formats",
    "readers",
]


def formats() -> list[str]:
    """What -f accepts, for shell completion."""
    from vextract.plugins import names

    return names("vextract.renderers")


def readers() -> list[str]:
    """What -m accepts, for shell completion."""
    from vextract.plugins import names

    return names("vextract.readers")


Sources = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="SOURCE...",
        help="Files, directories, globs, http(s) URLs, object stores (s3://), - for bytes on standard input, @LIST for names.",
        show_default=False,
    ),
]
FromFile = Annotated[
    Optional[str],
    typer.Option(metavar="LIST", help="Read names from LIST, or - for standard input; newline or NUL separated."),
]
Recursive = Annotated[bool, typer.Option("--recursive", "-r", help="Look into sub-directories of directories.")]
Output = Annotated[
    Optional[str],
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="A file, a directory, or a pattern with {stem}, {name}, {parent}, {dir}, {n}.",
    ),
]
Jobs = Annotated[
    Optional[int], typer.Option("--jobs", "-j", metavar="N", help="Worker processes. [default: one a processor]")
]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more on stderr; -vv for debugging.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr, no progress.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
Pages = Annotated[
    Optional[str], typer.Option(metavar="LIST", help="Pages of each document, such as 1-3,7,-1. [default: all]")
]
ReaderModel = Annotated[
    Optional[str],
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        help="What reads: a reader's name, or PROVIDER:MODEL for a vision model; see `vextract models`.",
        autocompletion=readers,
    ),
]


WordReader = Annotated[
    Optional[str],
    typer.Option(
        metavar="NAME",
        help="What measures where words stand, for a vision model's values. [default: tesseract]",
        autocompletion=readers,
    ),
]


def extractors() -> list[str]:
    """What -m accepts for extraction, for shell completion."""
    return ["layout", *readers()]


ExtractModel = Annotated[
    Optional[str],
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        help="What extracts: layout, offline by labels and geometry; a reader's name for layout on its words; PROVIDER:MODEL for a "
        "vision model. Several, parted by commas: each further one is asked about what is doubtful. [default: layout]",
        autocompletion=extractors,
    ),
]
Lang = Annotated[
    Optional[str], typer.Option("--lang", "-l", metavar="LANG", help="Languages, such as eng+deu. [default: eng]")
]
TextLayer = Annotated[
    Optional[str],
    typer.Option(
        "--ocr",
        metavar="WHEN",
        help="auto: a PDF's own words where they can be trusted; always; never. [default: auto]",
        autocompletion=lambda: ["auto", "always", "never"],
    ),
]
Fast = Annotated[
    Optional[bool],
    typer.Option("--fast", help="One OCR pass: twice as fast, small print suffers.", show_default=False),
]
Psm = Annotated[
    Optional[int], typer.Option(metavar="N", help="Tesseract's page segmentation mode. [default: chosen by page]")
]
Rotate = Annotated[
    Optional[bool], typer.Option("--rotate/--no-rotate", help="Find out which way up a page is. [default: rotate]")
]
Dpi = Annotated[
    Optional[int], typer.Option(metavar="N", help="Resolution at which PDF pages are drawn. [default: 200]")
]
Every = Annotated[
    Optional[float], typer.Option(metavar="SECONDS", help="Of a video read a frame every SECONDS. [default: 1]")
]
Scenes = Annotated[
    Optional[bool],
    typer.Option("--scenes", help="Of a video read the first frame of each scene.", show_default=False),
]
Frames = Annotated[
    Optional[int], typer.Option(metavar="N", help="Most frames read of a video, evenly spread. [default: 32]")
]
PdfRenderer = Annotated[
    Optional[str],
    typer.Option(
        metavar="NAME",
        help="auto, pdfium or poppler. [default: auto]",
        autocompletion=lambda: ["auto", "pdfium", "poppler"],
    ),
]
Password = Annotated[
    Optional[str],
    typer.Option(metavar="TEXT", help="Opens encrypted PDFs; better given as VEXTRACT_PASSWORD.", show_default=False),
]
BoxUnit = Annotated[
    Optional[str],
    typer.Option(
        metavar="UNIT",
        help="Unit of boxes: pixel or fraction. [default: pixel]",
        autocompletion=lambda: ["pixel", "fraction"],
    ),
]


def schemas() -> list[str]:
    """What -s accepts by name, for shell completion."""
    from vextract.schema import ready_made

    return ready_made()


Schema = Annotated[
    Optional[str],
    typer.Option(
        "--schema",
        "-s",
        metavar="SPEC",
        help="FILE.py:Class, package.module:Class, a ready-made name (`vextract schema list`), a JSON Schema file, or fields "
        'such as "vendor, date date, total float".',
        autocompletion=schemas,
    ),
]
RecordFormat = Annotated[
    Optional[str],
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help="text, json, jsonl, csv, md or table. [default: table on a terminal, else jsonl]",
        autocompletion=lambda: ["csv", "json", "jsonl", "md", "table", "text"],
    ),
]
AnswerFormat = Annotated[
    Optional[str],
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help="text, json, jsonl, csv, md or table. [default: by the name of the output, else text]",
        autocompletion=lambda: ["csv", "json", "jsonl", "md", "table", "text"],
    ),
]
DataOnly = Annotated[
    bool, typer.Option("--data", help="Only the data, without source, evidence and the rest of the record.")
]
SecondLook = Annotated[
    Optional[bool],
    typer.Option(
        "--second-look/--no-second-look",
        help="Read parts of a scan once more where a value was not found. [default: second-look]",
    ),
]
FailOn = Annotated[
    Optional[list[str]],
    typer.Option(
        metavar="MATCH",
        help="Exit 10 if a value's match is none; ambiguous (or none); fuzzy (or those); or if values are inconsistent.",
        autocompletion=lambda: ["none", "ambiguous", "fuzzy", "inconsistent"],
    ),
]
MinConfidence = Annotated[
    Optional[float], typer.Option(metavar="X", help="Exit 10 if a value's confidence is below X (0 to 1).")
]
MinAgreement = Annotated[
    Optional[float],
    typer.Option(metavar="X", help="With --vote: exit 10 if a smaller share of the answers (0 to 1) says a value."),
]
Overlay = Annotated[
    Optional[str],
    typer.Option(
        metavar="PATH",
        help="Draw the boxes into the pages: a picture, a directory, a pattern with {stem} and {page}, or a .pdf with annotations.",
    ),
]
Preview = Annotated[bool, typer.Option("--preview", help="Show the pages with their boxes on the terminal.")]
Records = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="RECORDS...", help="JSONL or JSON that vextract has written; - for standard input.", show_default=False
    ),
]
Root = Annotated[
    Optional[str], typer.Option(metavar="DIR", help="Where relative names of documents start. [default: here]")
]
Fetch = Annotated[bool, typer.Option("--fetch", help="Fetch documents that have a URL once more.")]
