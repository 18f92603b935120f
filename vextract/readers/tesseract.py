"""The reader `tesseract`: the embedded OCR engine, called through pytesseract, one thread a call."""

import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from vextract.errors import DependencyError, InputError
from vextract.geometry import from_pixels
from vextract.merging import credible, merge, sureness
from vextract.readers import Reader, ReadOptions
from vextract.readers._prepare import prepare, without_rules
from vextract.types import Page, Reading, Word

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["READER", "installed_languages"]

# Page segmentation. The first pass finds columns, blocks and tables. The second takes the page for one block, and so reads what the
# first took for pictures or lines; a photograph is rather searched for scattered text. Measured in docs/benchmarks.md.
_BY_LAYOUT = 3
_AS_ONE_BLOCK = 6
_SPARSE = 11
# A page whose letters were read with this mean confidence, 0..1, needs no second pass.
_SURE = 0.88
# Letters lower than so many pixels are enlarged, more of them in the second pass: what one pass misses the other reads.
_SMALL_PX = 14.0
_SMALL_PX_AGAIN = 20.0


@cache
def installed_languages() -> list[str]:
    """The languages that Tesseract has data for, "osd" for orientation among them; empty if it is not installed."""
    try:
        listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return sorted(line.strip() for line in listed.stdout.splitlines()[1:] if line.strip())


def _check(options: ReadOptions) -> None:
    if shutil.which("tesseract") is None:
        hint = "sudo apt-get install tesseract-ocr  (macOS: brew install tesseract)"
        raise DependencyError("Tesseract is not installed (no tesseract on the PATH)", hint)
    wanted = [language for language in options.languages.split("+") if language]
    for language in wanted:
        if language not in installed_languages():
            package = "tesseract-ocr-" + language.lower().replace("_", "-").replace("script/", "script-")
            message = f"Tesseract has no data for the language {language!r}"
            raise DependencyError(
                message, f"sudo apt-get install {package}; installed: {', '.join(installed_languages())}"
            )


@cache
def _version() -> str | None:
    try:
        told = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.splitlines()[0].strip() if told.stdout else None


def _read(page: Page, options: ReadOptions) -> Reading:
    """Reads the prepared picture once; where that went less than well, once more in another way, and merges both."""
    prepared = prepare(page.image)
    # Rules part the cells of a table, so the first pass sees them; where it is the only one, what they hide is worth more.
    seen = without_rules(prepared) if options.fast else prepared
    first = _pass(seen.image(_SMALL_PX), options.psm or _BY_LAYOUT, options)
    words = credible(first)
    if not (options.fast or options.psm or sureness(first) > _SURE):
        image = without_rules(prepared).image(_SMALL_PX_AGAIN)
        second = _pass(image, _SPARSE if prepared.busy else _AS_ONE_BLOCK, options)
        words = merge(words, credible(second))
    return Reading(tuple(words), "tesseract")


def _pass(image: "Image", psm: int, options: ReadOptions) -> list[Word]:
    """All that one call of Tesseract takes for words.

    Raises:
        InputError: Tesseract fails or takes too long.
    """
    import pytesseract

    # An uncompressed temporary file: packing and unpacking a PNG costs more than writing it.
    image.format = "PPM"
    try:
        found = pytesseract.image_to_data(
            image,
            lang=options.languages,
            config=f"--psm {psm}",
            output_type=pytesseract.Output.DICT,
            timeout=options.timeout_s,
        )
    except pytesseract.TesseractError as error:
        raise InputError(
            f"Tesseract failed: {error.message.strip()[:200]}", "run it with -vv, or try another --psm"
        ) from error
    except FileNotFoundError as error:  # mode 2 is listed by Tesseract, but not implemented: it writes no result
        raise InputError(f"Tesseract has no result in mode --psm {psm}", "choose another --psm") from error
    except RuntimeError as error:
        raise InputError(
            f"Tesseract took longer than {options.timeout_s:g} s", "raise page_timeout_s, or try --fast"
        ) from error
    rows = zip(*(found[name] for name in ("text", "left", "top", "width", "height", "conf")), strict=True)
    return [
        Word(text.strip(), from_pixels((x, y, x + w, y + h), *image.size), min(max(float(sure) / 100, 0.0), 1.0))
        for text, x, y, w, h, sure in rows
        if text.strip() and float(sure) >= 0
    ]


READER = Reader(about="the embedded OCR engine; many languages", check=_check, read=_read, version=_version)
