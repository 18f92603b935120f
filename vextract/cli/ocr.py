"""`vextract ocr`: the text of pictures and PDFs."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags

__all__ = ["EPILOG", "ocr"]

EPILOG = "Examples: vextract ocr receipt.png · vextract ocr scans/ -f jsonl -o out.jsonl · vextract ocr paper.pdf -f pdf -o out/"


def ocr(
    sources: flags.Sources = None,
    model: Annotated[
        Optional[str],
        typer.Option(
            "--model", "-m", metavar="NAME", help="What reads; see `vextract models`.", autocompletion=flags.readers
        ),
    ] = None,
    lang: Annotated[
        Optional[str], typer.Option("--lang", "-l", metavar="LANG", help="Languages, such as eng+deu. [default: eng]")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="text, json, jsonl, tsv, md, hocr, alto or pdf.",
            autocompletion=flags.formats,
        ),
    ] = "text",
    output: flags.Output = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    pages: Annotated[
        Optional[str], typer.Option(metavar="LIST", help="Pages of each document, such as 1-3,7,-1. [default: all]")
    ] = None,
    text_layer: Annotated[
        Optional[str],
        typer.Option(
            "--ocr",
            metavar="WHEN",
            help="auto: a PDF's own words where they can be trusted; always; never. [default: auto]",
        ),
    ] = None,
    fast: Annotated[
        Optional[bool],
        typer.Option("--fast", help="One OCR pass: twice as fast, small print suffers.", show_default=False),
    ] = None,
    psm: Annotated[
        Optional[int],
        typer.Option(metavar="N", help="Tesseract's page segmentation mode. [default: chosen by page]"),
    ] = None,
    rotate: Annotated[
        Optional[bool], typer.Option("--rotate/--no-rotate", help="Find out which way up a page is. [default: rotate]")
    ] = None,
    dpi: Annotated[
        Optional[int], typer.Option(metavar="N", help="Resolution at which PDF pages are drawn. [default: 200]")
    ] = None,
    pdf_renderer: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME",
            help="auto, pdfium or poppler. [default: auto]",
            autocompletion=lambda: ["auto", "pdfium", "poppler"],
        ),
    ] = None,
    password: Annotated[
        Optional[str],
        typer.Option(
            metavar="TEXT", help="Opens encrypted PDFs; better given as VEXTRACT_PASSWORD.", show_default=False
        ),
    ] = None,
    box_unit: Annotated[
        Optional[str],
        typer.Option(
            metavar="UNIT",
            help="Unit of boxes: pixel or fraction. [default: pixel]",
            autocompletion=lambda: ["pixel", "fraction"],
        ),
    ] = None,
    recursive: flags.Recursive = False,
    from_file: flags.FromFile = None,
    jobs: flags.Jobs = None,
    verbose: flags.Verbose = 0,
    quiet: flags.Quiet = False,
) -> None:
    """Read the text of pictures and PDFs, with no key and no network.

    Text comes out in reading order; -f jsonl adds lines and words with boxes and confidence.
    """
    from vextract.cli import _console, _run
    from vextract.settings import load_settings

    _console.set_up_logging(verbose, quiet=quiet)
    settings = load_settings(
        model=model,
        lang=lang,
        ocr=text_layer,
        fast=fast,
        psm=psm,
        rotate=rotate,
        dpi=dpi,
        pdf_renderer=pdf_renderer,
        password=password,
        box_unit=box_unit,
        jobs=jobs,
    )
    chosen = _run.Chosen(sources or [], from_file, recursive, pages, form, output, force)
    raise typer.Exit(_run.run(settings, chosen, quiet=quiet))
