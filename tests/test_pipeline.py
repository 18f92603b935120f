"""One document: opening, reading pages one by one, putting the record together."""

import hashlib
import io
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.drawing import draw_lines, write_tiff
from vextract.collecting import Collector
from vextract.errors import InputError
from vextract.pipeline import Asked, Job, PageRead, Unread, error_info, forget, read, start
from vextract.readers import ReadOptions
from vextract.sources.expand import Source
from vextract.sources.options import Limits, OpenOptions, PageSelection
from vextract.tasks import Reply
from vextract.types import Call, Document, ErrorInfo, PageRef, PageText, Usage

JOB = Job(reading=ReadOptions(fast=True, rotate=False))


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Closes the document that the pipeline keeps open."""
    yield
    forget()


def _opening(pages: str = "", **limits: int) -> Job:
    chosen = PageSelection.parse(pages) if pages else PageSelection()
    return replace(JOB, opening=OpenOptions(pages=chosen, limits=Limits(**limits)))


def test_start_reads_the_first_chosen_page(tmp_path: Path) -> None:
    """A started document has its digest and size, the chosen pages, and the first of them read; it can go between processes."""
    path = write_tiff(tmp_path / "a.tiff", ["one", "two", "three"])
    started = start(Source("given name", path), None, tmp_path, _opening("2-"))
    assert started.document == Document(
        "given name", hashlib.sha256(path.read_bytes()).hexdigest(), "image/tiff", page_count=3
    )
    assert started.numbers == (2, 3)
    assert isinstance(started.first, PageRead)
    assert (started.first.text.text, started.first.text.ref.number) == ("two", 2)
    assert started.first.text.ref.source == "given name"
    assert pickle.loads(pickle.dumps(started)) == started  # noqa: S301  our own


def test_read_one_page(tmp_path: Path) -> None:
    """Any page of the document can be read, in any order; the time it took is told."""
    path = write_tiff(tmp_path / "a.tiff", ["one", "two"])
    pages = [read(path, "a.tiff", number, JOB) for number in (2, 1)]
    assert [page.text.text for page in pages] == ["two", "one"]
    assert all(page.seconds > 0 for page in pages)
    assert all(page.picture is None for page in pages)


def test_a_broken_first_page_is_told_not_raised(tmp_path: Path) -> None:
    """If the first page fails the document is open all the same, so that the others are read."""
    path = write_tiff(tmp_path / "a.tiff", ["one", "two"])
    started = start(Source("a.tiff", path), None, tmp_path, replace(JOB, reading=ReadOptions(timeout_s=0.001)))
    assert isinstance(started.first, ErrorInfo)
    assert (started.first.kind, started.first.page, started.first.exit_code) == ("input", 1, 3)
    assert started.numbers == (1, 2)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (_opening("7"), "--pages 7"),
        (_opening(max_pages=1), "more than the limit of 1"),
        (_opening(max_pixels=10), "pixel"),
        (_opening(max_bytes=10), "10"),
    ],
)
def test_a_document_over_a_limit(tmp_path: Path, job: Job, words: str) -> None:
    """Pages that do not exist and limits that are passed fail the document, with a hint."""
    path = write_tiff(tmp_path / "a.tiff", ["one", "two"])
    try:
        first = start(Source("a.tiff", path), None, tmp_path, job).first
    except InputError as error:
        first = error_info(error)
    assert isinstance(first, ErrorInfo)
    assert words in first.message
    assert first.hint


def test_fewer_pages_pass_the_limit(tmp_path: Path) -> None:
    """The limit counts the pages that are read."""
    path = write_tiff(tmp_path / "a.tiff", ["one", "two"])
    assert start(Source("a.tiff", path), None, tmp_path, _opening("2", max_pages=1)).numbers == (2,)


@pytest.mark.parametrize(("mode", "kind"), [("L", "PNG"), ("RGB", "JPEG")])
def test_pictures_for_searchable_pdfs(tmp_path: Path, mode: str, kind: str) -> None:
    """If the job wants pictures, a page in black and white comes as PNG of one bit, any other as JPEG, in its own size."""
    image = draw_lines(["alpha"], (200, 80)).point(lambda level: 255 if level > 127 else 0).convert(mode)
    if mode == "RGB":
        image.paste((200, 30, 30), (150, 10, 190, 40))
        image.paste((30, 30, 200), (150, 50, 190, 70))
    image.save(tmp_path / "a.png")
    page = read(tmp_path / "a.png", "a.png", 1, replace(JOB, pictures=True))
    assert page.picture is not None
    with Image.open(io.BytesIO(page.picture)) as picture:
        assert (picture.format, picture.size) == (kind, (200, 80))
        assert picture.mode == ("1" if kind == "PNG" else "RGB")


def _page(number: int, reader: str = "tesseract") -> PageRead:
    return PageRead(PageText(PageRef("a.pdf", number, 9, 9), (), reader), None, (), 0.25)


def test_the_record_of_what_was_gathered() -> None:
    """The record lists pages, readers once each, seconds added up, and is ok only without errors."""
    gathered = Collector("a.pdf", document=Document("a.pdf", "0" * 64, "application/pdf", 3))
    gathered.add(_page(1, "textlayer+tesseract"))
    gathered.add(_page(2))
    record = gathered.record()
    assert (record.status, record.model, record.seconds) == ("ok", "tesseract+textlayer", 0.5)
    assert ([ref.number for ref in record.pages], record.sha256, record.data) == ([1, 2], "0" * 64, None)
    gathered.errors.append(error_info(InputError("page 3 is broken", "mend it"), 3))
    assert gathered.record().status == "partial"


def test_the_record_of_a_failure() -> None:
    """Nothing is known of a document that could not be opened, and nothing is made up."""
    gathered = Collector("a.pdf", errors=[error_info(InputError("broken", "mend it"))])
    record = gathered.record()
    assert (record.status, record.model, record.sha256, record.seconds) == ("failed", None, None, None)
    assert record.errors == (ErrorInfo("input", "broken", "mend it", None, 3),)


def _call(pages: tuple[int, ...]) -> Call:
    return Call(pages, "test/1", "m", None, "stop", usage=Usage(input_tokens=10, output_tokens=2))


def test_a_page_that_a_model_could_not_read_has_cost_all_the_same() -> None:
    """A page that failed is an error of the record, its requests count, and the pages that were read stay."""
    collector = Collector("a.pdf", model="test:model")
    collector.add(replace(_page(1, ""), calls=(_call((1,)),)))
    collector.add(Unread(ErrorInfo("refused", "no", "hint", 2, 8), (_call((2,)), _call((2,)))))
    record = collector.record()
    assert (record.status, [ref.number for ref in record.pages]) == ("partial", [1])
    assert [(error.kind, error.page) for error in record.errors] == [("refused", 2)]
    assert record.usage.input_tokens == 30
    assert len(record.calls) == 3


@pytest.mark.parametrize(("replies", "usable"), [((), False), ((Reply((1,), "x"),), True)])
def test_what_a_model_said_of_a_document(replies: tuple[Reply, ...], usable: bool) -> None:  # noqa: FBT001  a table
    """Errors and requests are kept whether or not there is a reply to make something of; without an answer it failed."""
    collector = Collector("a.pdf", "extract", model="test:model")
    collector.add(_page(1, ""))
    asked = Asked(replies, (ErrorInfo("truncated", "cut", "hint", None, 8),), (_call((1,)),))
    assert collector.asked(asked) is usable
    collector.conclude(None)
    record = collector.record()
    assert (record.status, record.data, record.errors) == ("failed", None, asked.errors)
    assert record.usage.output_tokens == 2
