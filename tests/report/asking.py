"""Short ways to what the tests look for on the page."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["box", "centre", "download", "row", "selected", "until"]


def row(page: "Page", pointer: str) -> "Locator":
    """The row of a field."""
    return page.locator(f'.field[data-pointer="{pointer}"]')


def box(page: "Page", pointer: str) -> "Locator":
    """The boxes of a field."""
    return page.locator(f'.box[data-pointer="{pointer}"]')


def selected(page: "Page") -> str | None:
    """The pointer of the selected field; None if none is."""
    found = page.locator(".field.selected")
    return found.get_attribute("data-pointer") if found.count() else None


def centre(place: "Locator") -> tuple[float, float]:
    """The middle of an element, in pixels of the window."""
    bounds = place.bounding_box()
    assert bounds is not None
    return bounds["x"] + bounds["width"] / 2, bounds["y"] + bounds["height"] / 2


def download(page: "Page", folder: Path, scope: str = "done") -> tuple[Path, list[dict[str, Any]]]:
    """Exports by the dialog: the file, and its lines."""
    page.click("#export")
    page.check(f"input[name=scope][value={scope}]")
    with page.expect_download() as begun:
        page.click("dialog >> text=Download")
    path = folder / begun.value.suggested_filename
    begun.value.save_as(path)
    return path, [json.loads(line) for line in path.read_bytes().splitlines()]


def until(page: "Page", expression: str) -> None:
    """Waits until an expression is true on the page.

    Playwright's own way evaluates text in the page again and again, which the page's policy refuses, rightly.
    """
    end = time.monotonic() + 20
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(20)
