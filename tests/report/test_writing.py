"""The builder: files that appear whole, split where they grow too large, and lead to each other."""

import base64
import hashlib
import os
import re
import resource
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.report.asking import until
from tests.report.making import detected, drawn, failed, invoice, read
from vextract.errors import OutputError, UsageError
from vextract.report import PagePicture, Report, page_parts, page_picture

if TYPE_CHECKING:
    from tests.report.conftest import Opened


def written(path: Path, count: int, **options: object) -> list[Path]:
    """A report of as many documents."""
    with Report(path, **options) as report:  # type: ignore[arg-type]  # the options of the test
        for number in range(count):
            report.add(invoice(f"{number}.png"), drawn())
        return report.close()


def test_one_file(tmp_path: Path) -> None:
    """A small report is one file, and nothing lies beside it."""
    assert written(tmp_path / "review.html", 2) == [tmp_path / "review.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["review.html"]


def test_nothing_is_there_before_the_end(tmp_path: Path) -> None:
    """A report that is broken off leaves nothing behind."""
    with Report(tmp_path / "review.html", limit_bytes=1) as report:
        report.add(invoice(), drawn())
        report.add(invoice(), drawn())
        assert not (tmp_path / "review.html").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_document_without_room_is_left_out_whole(tmp_path: Path) -> None:
    """Where a document cannot be written, nothing of it stays: those before and after it make a page that can be read."""
    large = PagePicture(1, os.urandom(600_000), "image/webp", 10, 10)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Report(tmp_path / "review.html") as report:
        report.add(invoice("first.png"), drawn())
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
        try:
            with pytest.raises(OutputError, match="cannot write"):
                report.add(invoice("large.png"), [large])
            report.add(invoice("last.png"), drawn())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        report.close()
    page = (tmp_path / "review.html").read_text("utf-8")
    assert "first.png" in page
    assert "last.png" in page
    assert "large.png" not in page


def test_several_files(tmp_path: Path, opened: "Opened") -> None:
    """Over the limit a next file begins; no document is torn apart or left out, and each file leads to the others."""
    one = written(tmp_path / "one.html", 1)[0].stat().st_size
    empty = written(tmp_path / "none.html", 0)[0].stat().st_size
    paths = written(tmp_path / "a #1%.html", 7, limit_bytes=empty + 3 * (one - empty) + 11_000)
    assert [path.name for path in paths] == ["a #1%.html", "a #1%-2.html", "a #1%-3.html"]
    page = opened.show(paths[0])  # type: ignore[attr-defined]
    names = page.locator(".document .name").all_inner_texts()
    for part in ("2", "3"):
        page.click(f"#parts a:text-is('{part}')")
        until(page, "performance.getEntriesByName('ready').length > 0")
        assert page.locator("#parts strong").inner_text() == part
        names += page.locator(".document .name").all_inner_texts()
    assert names == [f"{number}.png" for number in range(7)]
    page.click("#parts a:text-is('1')")
    page.wait_for_url("**/a%20%231%25.html#1")


def test_the_limit_holds(tmp_path: Path) -> None:
    """Every file with more than one document is within the limit."""
    limit = written(tmp_path / "x.html", 3)[0].stat().st_size + 11_000
    paths = written(tmp_path / "review.html", 9, limit_bytes=limit)
    for path in paths:
        count = path.read_bytes().count(b'id="document-')
        assert count == 1 or path.stat().st_size <= limit
    assert len(paths) == 3


def test_a_document_over_the_limit(tmp_path: Path) -> None:
    """A document that is larger than the limit alone has a file for itself."""
    assert len(written(tmp_path / "review.html", 3, limit_bytes=10)) == 3


def test_files_are_not_replaced(tmp_path: Path) -> None:
    """What exists is kept, further files too, unless force is given."""
    (tmp_path / "review-2.html").write_text("mine")
    with pytest.raises(UsageError, match="review-2"):
        written(tmp_path / "review.html", 2, limit_bytes=1)
    assert (tmp_path / "review-2.html").read_text() == "mine"
    assert not (tmp_path / "review.html").exists()
    written(tmp_path / "review.html", 2, limit_bytes=1, force=True)
    with pytest.raises(UsageError, match=r"review\.html"):
        Report(tmp_path / "review.html")


def test_the_policy_names_the_script_and_the_style(tmp_path: Path) -> None:
    """The policy allows exactly the one script and the one style that are in the file, by their digests."""
    page = written(tmp_path / "review.html", 1)[0].read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#x27;", "'").split("; "))
    for name, tag in (("style-src", r"<style>(.*?)</style>"), ("script-src", r"<script>(.*?)</script>")):
        (content,) = re.findall(tag, page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"} & set(policy[1].split())


def test_every_file_of_the_page_is_used() -> None:
    """The page is made of all files of its folder, none of them over 400 lines."""
    names = {entry.name for entry in files("vextract.report").joinpath("page").iterdir()}
    assert names == {"page.html", *page_parts._STYLES, *page_parts._SCRIPTS}
    for name in names:
        assert page_parts._text(name).count("\n") < 400


def test_pictures_are_made_smaller_never_larger() -> None:
    """A page's picture keeps its shape and fits the side asked for; small ones stay as they are."""
    made = page_picture(3, Image.new("L", (3000, 1500), 200), 1000)
    assert (made.page, made.width_px, made.height_px, made.media_type) == (3, 1000, 500, "image/webp")
    assert (
        page_picture(1, Image.new("RGB", (30, 20))).width_px,
        page_picture(1, Image.new("1", (9000, 2))).height_px,
    ) == (30, 1)


def test_many_documents(tmp_path: Path, opened: "Opened") -> None:
    """300 documents of 2 pages: all are listed and counted, and only pictures near the screen are in the page."""
    path = tmp_path / "review.html"
    pictures = drawn(2)
    with Report(path) as report:
        for number in range(300):
            report.add(invoice(f"scans/{number:03}.png", 2), pictures)
        assert len(report.close()) == 1
    page = opened.show(path)  # type: ignore[attr-defined]
    assert page.locator("#list .document").count() == 300
    assert page.locator("#progress-text").inner_text() == "0 of 300 documents done · 1,500 doubtful left"
    for _ in range(12):
        page.keyboard.press("]")
    page.locator(".document >> nth=299").click()
    page.locator(".page img").first.wait_for()
    assert page.locator("img").count() <= 2
    assert page.locator(".field").count() == 14
    page.keyboard.press("n")
    page.keyboard.press("]")
    assert "299.png" in page.locator("#panel-head").inner_text()


def test_a_long_document(tmp_path: Path, opened: "Opened") -> None:
    """Of a document of 80 pages, only pictures near the screen are in the page, and they come as one scrolls."""
    path = tmp_path / "review.html"
    with Report(path) as report:
        report.add(invoice("long.pdf", 80), drawn(80))
        report.close()
    page = opened.show(path)  # type: ignore[attr-defined]
    page.locator("[data-page='1'] img").wait_for()
    page.locator("#stage").evaluate("e => e.scrollTo(0, e.scrollHeight)")
    page.locator("[data-page='80'] img").wait_for()
    page.locator("[data-page='1'] img").wait_for(state="detached")
    assert page.locator("img").count() <= 6


def test_no_documents(tmp_path: Path, opened: "Opened") -> None:
    """A report of nothing says so."""
    assert "no documents" in opened.show(written(tmp_path / "review.html", 0)[0]).inner_text("#fields")  # type: ignore[attr-defined]


def test_pages_without_pictures(tmp_path: Path, opened: "Opened") -> None:
    """Boxes are drawn on blank paper where there is no picture of a page."""
    path = tmp_path / "review.html"
    with Report(path) as report:
        for record in (invoice(), detected(), read(), failed()):
            report.add(record, [])
        report.close()
    page = opened.show(path)  # type: ignore[attr-defined]
    assert "No picture of this page" in page.inner_text("#stage")
    assert page.locator(".box").count() == 11
