"""`vextract report` as a user runs it: one offline file of all records, with the pages that can still be found."""

import base64
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.drawing import SAMPLES, draw_lines, write_tiff
from tests.picturing import PLACE, SIZE, noisy, record_of
from tests.running import Done, vextract
from tests.serving import serving
from vextract.wire import wire_record

QUICK = ("--fast", "--no-rotate", "-j", "1")
_BLOCK = re.compile(r'<script type="([^"]+)" id="([^"]+)"[^>]*>(.*?)</script>', re.DOTALL)

pytestmark = pytest.mark.usefixtures("workdir")


def report(*arguments: object, stdin: bytes = b"") -> Done:
    """Runs the command with one worker; standard output is never touched."""
    done = vextract("report", *arguments, "-j", "1", stdin=stdin)
    assert done.out == b""
    assert "Traceback" not in done.err
    return done


class Review:
    """What a review page holds."""

    def __init__(self, name: str) -> None:
        self.html = Path(name).read_text("utf-8")
        self._blocks = {block: (kind, text) for kind, block, text in _BLOCK.findall(self.html)}

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Its documents in order."""
        names = [name for name in self._blocks if name.startswith("document-")]
        return [json.loads(self._blocks[name][1]) for name in names]

    @property
    def pictures(self) -> dict[tuple[int, int], Image.Image]:
        """The pictures by document, from 0, and page."""
        found: dict[tuple[int, int], Image.Image] = {}
        for name, (_, text) in self._blocks.items():
            if name.startswith("picture-"):
                document, page = map(int, name.split("-")[1:])
                found[document, page] = Image.open(io.BytesIO(base64.b64decode(text)))
        return found


def line(name: str, pages: Sequence[int] = (1,), **changes: object) -> bytes:
    """A record with a cat at PLACE on each of the pages, as JSONL has it."""
    record = record_of(name, *((page, "cat", PLACE) for page in pages), pages=pages)
    told = json.loads(wire_record(record).model_dump_json(by_alias=True)) | changes
    return json.dumps(told).encode() + b"\n"


def failed(name: str, **changes: object) -> bytes:
    """A record of a document that could not be read."""
    error = {"kind": "input", "message": f"{name!r} is damaged", "hint": "mend it", "page": None}
    return line(name, (), status="failed", data=None, errors=[error], **changes)


def files(folder: str = ".") -> list[str]:
    """All files in the folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def test_a_real_run() -> None:
    """Records of a run, piped on: all pages and values are in the file, it names no address, and stderr says where it is."""
    for name in ("invoice.pdf", "receipt.png"):
        shutil.copy(SAMPLES / name, name)
    found = vextract("extract", "invoice.pdf", "receipt.png", "-s", "invoice", "-f", "jsonl", *QUICK)
    records = [json.loads(each) for each in found.out.splitlines()]
    done = report("-", "-o", "out/review.html", stdin=found.out)
    assert (done.code, done.err) == (0, "vextract: 2 document(s) in 'out/review.html'\n")
    assert files("out") == ["review.html"]
    review = Review("out/review.html")
    assert [document["source"] for document in review.documents] == ["invoice.pdf", "receipt.png"]
    for number, (document, record) in enumerate(zip(review.documents, records, strict=True)):
        assert [page["number"] for page in document["pages"]] == [page["number"] for page in record["pages"]]
        for page in record["pages"]:
            width, height = review.pictures[number, page["number"]].size
            assert max(width, height) <= 1600
            assert width / height == pytest.approx(page["width"] / page["height"], rel=0.01)
        assert document["status"] == record["status"]
        assert document["items"]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', review.html)


def test_failed_records_are_shown() -> None:
    """A record that failed is among the documents with its error; a document that is there is shown beside."""
    noisy().save("a.png")
    Path("b.png").write_bytes(b"not a picture")
    Path("records.jsonl").write_bytes(failed("b.png") + line("a.png"))
    done = report("records.jsonl")
    assert done.code == 0
    assert "2 document(s) in 'review.html'" in done.err
    review = Review("review.html")
    assert [(each["source"], each["status"]) for each in review.documents] == [("b.png", "failed"), ("a.png", "ok")]
    assert review.documents[0]["errors"][0]["message"] == "'b.png' is damaged"
    assert sorted(review.pictures) == [(1, 1)]


def test_documents_that_are_gone() -> None:
    """A document that is not there is told in one line with a hint; its values are in the report, and the others' pages."""
    noisy().save("a.png")
    Path("records.jsonl").write_bytes(line("gone.png") + line("a.png"))
    done = report("records.jsonl")
    assert done.code == 9
    assert done.err.splitlines()[0] == "vextract: no file 'gone.png'"
    assert "--root" in done.err.splitlines()[1]
    review = Review("review.html")
    assert [len(document["items"]) for document in review.documents] == [1, 1]
    assert sorted(review.pictures) == [(1, 1)]
    assert report("-", "-o", "alone.html", stdin=line("gone.png")).code == 3
    assert len(Review("alone.html").documents) == 1


def test_root() -> None:
    """--root says where relative names begin; the report names documents as their records do."""
    Path("scans").mkdir()
    noisy().save("scans/a.png")
    assert report("-", "--root", "scans", stdin=line("a.png")).code == 0
    review = Review("review.html")
    assert (review.documents[0]["source"], review.pictures[0, 1].size) == ("a.png", SIZE)


def test_a_document_that_has_changed() -> None:
    """That a document is another one now is noted."""
    noisy().save("a.png")
    done = report("-", stdin=line("a.png", sha256="0" * 64))
    assert done.code == 0
    assert "a.png: has changed since the record was made" in done.err


def test_addresses_are_not_fetched_unasked() -> None:
    """A record makes nobody fetch anything; with --fetch its page is there."""
    noisy().save("a.png")
    with serving(Path()) as site:
        record = line(f"{site.url}/a.png")
        done = report("-", "-o", "without.html", stdin=record)
        assert (done.code, site.asked) == (3, [])
        assert "--fetch" in done.err
        assert report("-", "-o", "with.html", "--fetch", stdin=record).code == 0
        assert site.asked == ["/a.png"]
    assert (len(Review("without.html").pictures), len(Review("with.html").pictures)) == (0, 1)


def test_several_files_of_records() -> None:
    """Records of several files come in a row, whatever their task."""
    draw_lines(["Total 60.30"]).save("a.png")
    Path("1.jsonl").write_bytes(vextract("ocr", "a.png", "-f", "jsonl", *QUICK).out)
    Path("2.json").write_bytes(vextract("detect", "a.png", "-f", "json", "--fast", "-j", "1").out)
    assert report("1.jsonl", "2.json").code == 0
    review = Review("review.html")
    assert [document["shape"] for document in review.documents] == ["lines", "objects"]
    assert sorted(review.pictures) == [(0, 1), (1, 1)]


def test_pages_of_the_record_alone() -> None:
    """Only pages that were looked at are in the report."""
    write_tiff(Path("a.tiff"), ["one", "two", "three"])
    assert report("-", stdin=line("a.tiff", (3, 1))).code == 0
    assert sorted(Review("review.html").pictures) == [(0, 1), (0, 3)]


def test_pictures_are_as_large_as_asked() -> None:
    """--max-side makes pages smaller, never larger."""
    noisy().save("a.png")
    for longest, size in (("320", (320, 240)), ("2000", SIZE)):
        assert report("-", "--max-side", longest, "--force", stdin=line("a.png")).code == 0
        assert Review("review.html").pictures[0, 1].size == size


def test_a_large_report_goes_into_several_files() -> None:
    """Beyond --limit-mb another file begins; no document is lost, and stderr names all files."""
    for number in range(6):
        noisy((1600, 1200), number).save(f"{number}.png")
    Path("records.jsonl").write_bytes(b"".join(line(f"{number}.png") for number in range(6)))
    done = report("records.jsonl", "--limit-mb", "1")
    assert done.code == 0
    names = [name for name in files() if name.endswith(".html")]
    assert len(names) > 1
    assert all(repr(name) in done.err for name in names)
    told = [document["source"] for name in names for document in Review(name).documents]
    assert sorted(told) == [f"{number}.png" for number in range(6)]


def test_an_existing_report_is_kept() -> None:
    """A report holds a person's work: it is replaced with --force alone, and refused before anything is read."""
    noisy().save("a.png")
    Path("review.html").write_text("mine")
    done = report("-", stdin=line("a.png"))
    assert (done.code, Path("review.html").read_text()) == (2, "mine")
    assert "--force" in done.err
    assert report("-", "--force", "--title", "<Q3> & more", stdin=line("a.png")).code == 0
    assert "<title>&lt;Q3&gt; &amp; more</title>" in Review("review.html").html


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "no records"),
        (("missing.jsonl",), 3, "'missing.jsonl'"),
        (("records.jsonl", "-o", "-"), 2, "'-' is no file"),
        (("records.jsonl", "-o", ""), 2, "'' is no file"),
        (("records.jsonl", "-o", "records.jsonl", "--force"), 2, "is read by this very run"),
        (("records.jsonl", "-o", "pipe", "--force"), 3, "it is no regular file"),
        (("records.jsonl", "-o", "out/"), 2, "'out/' is no file"),
        (("records.jsonl", "-o", "there"), 2, "'there' exists"),
        (("records.jsonl", "-o", "there", "--force"), 3, "cannot write 'there'"),
        (("records.jsonl", "-o", "records.jsonl/review.html"), 3, "cannot write"),
        (("records.jsonl", "--limit-mb", "0"), 2, "--limit-mb"),
        (("records.jsonl", "--max-side", "5"), 2, "--max-side"),
        (("broken.jsonl",), 3, "line 2 of 'broken.jsonl' is no JSON"),
        (("nothing.jsonl",), 3, "'nothing.jsonl' has no records"),
    ],
)
def test_no_report(arguments: tuple[str, ...], code: int, words: str) -> None:
    """What cannot be made is told in one line, and leaves no file behind: not one of a part of the records either."""
    noisy().save("a.png")
    Path("records.jsonl").write_bytes(line("a.png"))
    Path("broken.jsonl").write_bytes(line("a.png") + b'{"source"\n')
    Path("nothing.jsonl").write_bytes(b"\n")
    Path("there").mkdir()
    os.mkfifo("pipe")
    before = files()
    done = report(*arguments)
    assert (done.code, files()) == (code, before)
    assert words in done.err


def test_hostile_names_and_values() -> None:
    """Document text and names are data: nothing of them ends a block of the page, and nothing of them reaches the terminal raw."""
    attack = "</script><script>alert(1)</script><!--\x1b[31m\u2028\u202e"
    value = line("a.png", task="extract", data={"name": attack, "long": "x" * 10_000}, evidence=[])
    noisy().save("a.png")
    done = report("-", stdin=failed(attack) + value)
    assert done.code == 0
    assert "\x1b" not in done.err
    review = Review("review.html")
    assert "alert(1)</script>" not in review.html
    assert "\x1b" not in review.html
    assert review.documents[0]["source"] == attack
    assert attack in review.documents[1]["items"][0].values()


def test_ctrl_c_leaves_a_whole_report_or_none() -> None:
    """After Ctrl-C the report holds what was finished; there is none that is torn."""
    count = 60
    for number in range(count):
        draw_lines([f"number {number}"], (1200, 900)).save(f"{number:02}.png")
    records = b"".join(line(f"{number:02}.png") for number in range(count))
    command = [sys.executable, "-m", "vextract", "report", "-", "-j", "1", "-vv"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        running.stdin.write(records)
        running.stdin.close()
        first = running.stderr.readline()
        assert b"00.png" in first
        os.kill(running.pid, signal.SIGINT)
        errors = first + running.stderr.read()
        assert running.stdout is not None
        assert running.stdout.read() == b""
    assert running.returncode == 130
    assert b"Traceback" not in errors
    assert [name for name in files() if name.endswith(".part")] == []
    documents = Review("review.html").documents
    assert 1 <= len(documents) < count
    assert [document["source"] for document in documents] == [f"{number:02}.png" for number in range(len(documents))]


def test_records_without_pages_are_no_new_failure() -> None:
    """A document that failed before it had a page is shown with what went wrong then; that it is still broken is no news."""
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    failed = vextract("ocr", "broken.png", "-f", "jsonl", "-o", "all.jsonl")
    assert failed.code == 3
    done = vextract("report", "all.jsonl", "-o", "page.html")
    assert (done.code, "broken.png" in Path("page.html").read_text("utf-8")) == (0, True)
    assert "1 document(s) in 'page.html'" in done.err
