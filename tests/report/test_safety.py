"""What documents say and files are called is data: it is shown as text and does nothing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.report.asking import download, row, until
from tests.report.making import drawn, invoice, place, refs
from vextract.detection import Detection, Detections
from vextract.report import Report
from vextract.types import Box, ErrorInfo, Record

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.report.conftest import Opened

_ALARM = "window.hacked=1"
HOSTILE = [
    f"<script>{_ALARM}</script>",
    f"</script><script>{_ALARM}</script>",
    f"<!--<script>{_ALARM}</script>",
    f"<img src=x onerror={_ALARM}>",
    f"\"'><svg/onload={_ALARM}>",
    f"javascript:{_ALARM}",
    f"${{{_ALARM}}} {{{{policy}}}} {{{{style}}}} {{{{title}}}}",
    "</title></style></textarea></template></noscript>",
    "\u2028\u2029 after the line separators",
    "\u202egnp.exe\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "lone \ud800 and \udfff surrogates",
    "nul \x00, bell \x07, escape \x1b[31m",
    "__proto__",
    "]]> &lt;b&gt; &amp; \\u003c \\",
    "long " * 2000,
]


def hostile(text: str) -> list[Record[Any]]:
    """Documents that have the text wherever text can be."""
    data = {text: text, "list": [{text: text}], "__proto__": {"polluted": text}}
    key = text.replace("~", "~0").replace("/", "~1")
    evidence = (
        place(f"/{key}", Box(0.1, 0.1, 0.3, 0.2), "fuzzy"),
        place(f"/list/0/{key}", Box(0.1, 0.4, 0.3, 0.5), "ambiguous"),
        place(f"/nowhere/{key}", Box(0.1, 0.6, 0.3, 0.7)),
    )
    values = Record(text, text, "extract", text, "ok", data, refs(text), evidence, text)
    objects = Detections((Detection(1, text, Box(0.1, 0.1, 0.4, 0.4), 0.2, text),))
    error = ErrorInfo(text, text, text, 1)
    return [
        values,
        Record(f"folder/{text}", None, "detect", text, "ok", objects, refs(text)),
        Record(f"folder\\{text}", None, "extract", None, "failed", None, errors=(error,)),
    ]


def walk(page: "Page") -> None:
    """Opens every document and field, points at every box, and opens what can be opened."""
    for _ in range(3):
        for _ in range(5):
            page.keyboard.press("j")
        if page.locator(".field-head").count():
            page.locator(".field-head >> nth=0").hover()
        if page.locator(".field.selected").count():
            page.keyboard.press("e")
            page.keyboard.press("Escape")
        page.keyboard.press("]")
    page.click("#export")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_does_nothing(opened: "Opened", tmp_path: Path, text: str) -> None:
    """Text that would be code, markup or an end of it elsewhere runs nowhere, breaks nothing, and is exported as it came."""
    page = opened(hostile(text), title=text)
    walk(page)
    assert page.evaluate("[typeof window.hacked, typeof {}.polluted]") == ["undefined", "undefined"]
    lines = download(page, tmp_path, "all")[1]
    assert lines[0]["data"] == {text: text, "list": [{text: text}], "__proto__": {"polluted": text}}
    assert lines[0]["source"] == text
    assert lines[1]["data"]["objects"][0]["label"] == text


@pytest.mark.parametrize(
    "text", [each for each in HOSTILE if "long" not in each and "\x00" not in each and "\ud800" not in each]
)
def test_hostile_text_is_shown_as_text(opened: "Opened", text: str) -> None:
    """The characters themselves are on the page: as value, in the title, and in the list."""
    page = opened(hostile(text), title=text)
    # Tabs and the like apart, what is shown is what was given.
    assert page.locator(".field .value bdi").first.evaluate("e => e.textContent") == text
    assert page.locator("#title").evaluate("e => e.textContent") == text
    name = text.rsplit("/", 1)[-1] or text
    assert page.locator(".document .name").first.evaluate("e => e.textContent") == name.rsplit("\\", 1)[-1] or text


def test_long_values_unfold(opened: "Opened") -> None:
    """A value of 10,000 characters is shown by its beginning, and whole when asked for."""
    page = opened(hostile("long " * 2000))
    field = page.locator(".field >> nth=0")
    assert len(field.inner_text()) < 2000
    field.locator(".field-head").click()
    field.locator(".whole button").click()
    assert field.locator(".whole bdi").evaluate("e => e.textContent.length") == 10_000
    expect(field.locator(".whole button")).to_have_attribute("aria-expanded", "true")


def test_foreign_text_keeps_its_direction_to_itself(opened: "Opened") -> None:
    """Right-to-left values run right to left, and what stands beside them is not turned."""
    page = opened([invoice("\u05e9\u05dc\u05d5\u05dd.png")])
    assert page.locator("#panel-head h2 bdi").last.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert page.locator("#panel-head h2").evaluate("e => getComputedStyle(e).direction") == "ltr"
    overridden = invoice()
    overridden.data["vendor"] = "\u202etxt.exe"
    page = opened([overridden])
    assert row(page, "/vendor").locator("bdi").last.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"


def test_no_script_but_the_page_s_own_can_run(opened: "Opened", tmp_path: Path) -> None:
    """The policy stops scripts, handlers, styles, pictures and requests that get into the page all the same."""
    opened([invoice()])
    path = tmp_path / "review.html"
    spoiled = tmp_path / "spoiled.html"
    planted = (
        f"<script>{_ALARM}</script><img src=x onerror='{_ALARM}'><img src='https://example.com/a.png'>"
        "<style>body { --planted: 1 }</style><link rel=stylesheet href='https://example.com/a.css'>"
        "<iframe src='https://example.com/'></iframe><form action='https://example.com/'><button id=planted>x</button></form>"
    )
    spoiled.write_bytes(path.read_bytes().replace(b"<main", f"{planted}<main".encode(), 1))
    page = opened([invoice()]).context.new_page()
    requested: list[str] = []
    refused: list[str] = []
    page.on("requestfinished", lambda request: requested.append(request.url))
    page.on("console", lambda said: refused.append(said.text) if "policy:" in said.text else None)
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.log(`policy: ${e.effectiveDirective} ${e.blockedURI}`))"
    )
    page.goto(spoiled.as_uri())
    until(page, "performance.getEntriesByName('ready').length > 0")
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--planted')") == ""
    assert {each.split(" ", 1)[1] for each in refused} >= {
        "script-src-elem inline",
        "script-src-attr inline",
        "style-src-elem inline",
        "style-src-elem https://example.com/a.css",
        "img-src https://example.com/a.png",
    }
    assert all(not url.startswith("http") for url in requested)
    assert page.evaluate("fetch('https://example.com/').then(() => 'done', () => 'refused')") == "refused"


def test_pictures_of_other_kinds_are_not_shown(tmp_path: Path, opened: "Opened") -> None:
    """Only kinds that carry nothing but a picture are shown, whatever the builder was handed."""
    from vextract.report import PagePicture

    path = tmp_path / "svg.html"
    with Report(path) as report:
        report.add(invoice(), [PagePicture(1, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 10, 10)])
        report.close()
    page = opened.show(path)  # type: ignore[attr-defined]
    assert page.locator(".page img").count() == 0


def test_no_way_for_data_into_html() -> None:
    """The scripts use nothing that parses HTML or code."""
    from vextract.report import page_parts

    script = page_parts._script()
    for name in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "setHTML",
        "fetch(",
    ):
        assert name not in script
    assert "</script" not in script.lower()
    assert "<!--" not in script


def test_the_documents_are_inert(tmp_path: Path) -> None:
    """In the file, data has no character that a parser of HTML looks for, and nothing but ASCII."""
    path = tmp_path / "review.html"
    with Report(path) as report:
        for text in HOSTILE:
            for record in hostile(text):
                report.add(record, drawn(len(record.pages)))
        report.close()
    blocks = [line for line in path.read_bytes().split(b"\n") if line.startswith(b'<script type="application/json"')]
    assert len(blocks) == 3 * len(HOSTILE) + 1
    for block in blocks:
        content = block.split(b">", 1)[1].removesuffix(b"</script>")
        assert content.isascii()
        assert not set(b"<>&") & set(content)
        json.loads(content)
