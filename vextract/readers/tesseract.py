"""The reader `tesseract`: the embedded OCR engine, called through pytesseract, one thread a call."""

import shutil
import subprocess
from functools import cache

from vextract.errors import DependencyError
from vextract.geometry import from_pixels
from vextract.readers import Reader, ReadOptions
from vextract.types import Page, Reading, Word

__all__ = ["READER", "installed_languages"]


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
    import pytesseract

    width, height = page.image.size
    d = pytesseract.image_to_data(
        page.image, lang=options.languages, config=f"--psm {options.psm or 3}", output_type=pytesseract.Output.DICT
    )
    words = tuple(
        Word(t.strip(), from_pixels(l, y, l + w, y + h, width, height), c / 100)
        for t, l, y, w, h, c in zip(d["text"], d["left"], d["top"], d["width"], d["height"], d["conf"])
        if t.strip() and c >= 0
    )
    return Reading(words, "tesseract")


READER = Reader(about="the embedded OCR engine; many languages", check=_check, read=_read, version=_version)
