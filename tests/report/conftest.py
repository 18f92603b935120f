"""A headless Chromium, and reports opened in it from disk as their readers open them."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.asking import until
from tests.report.making import drawn
from vextract.report import Report
from vextract.types import Record

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Opened = Callable[..., "Page"]

_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
_LISTEN = """addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});"""


# Not of the session: as long as Playwright is at work, its event loop runs in this thread, and no other test can run its own.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium of the system."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    """A window of its own, without motion, whose storage begins empty."""
    made = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def opened(context: "BrowserContext", tmp_path: Path) -> Iterator[Opened]:
    """Opens a report of records; at the end of the test, no page may have complained or asked for anything outside itself."""
    complaints: list[str] = []

    def show(path: Path) -> "Page":
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on(
            "request", lambda request: complaints.append(f"request: {request.url}") if _is_outside(request) else None
        )
        page.add_init_script(_LISTEN)
        page.goto(path.as_uri())
        until(page, "performance.getEntriesByName('counted').length > 0")
        return page

    def open_report(records: Sequence[Record[Any]], **options: Any) -> "Page":
        path = tmp_path / "review.html"
        with Report(path, force=True, **options) as report:
            for record in records:
                report.add(record, drawn(len(record.pages)))
            report.close()
        return show(path)

    open_report.show = show  # type: ignore[attr-defined]  # the same for a file that is already there
    yield open_report
    assert complaints == []


def _is_outside(request: Any) -> bool:
    address: str = request.url
    return not address.startswith(("blob:", "data:")) and not (
        address.startswith("file:") and request.is_navigation_request()
    )
