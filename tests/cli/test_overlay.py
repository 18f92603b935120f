"""`vextract overlay` as a user runs it: what a run has written is drawn later, from the records alone."""

import json
import os
import shutil
from pathlib import Path
from threading import Thread

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image
from scipy import ndimage

from tests.drawing import SAMPLES, write_tiff
from tests.picturing import PLACE, SIZE, is_marked, noisy, record_of
from tests.running import Done, vextract
from tests.serving import serving
from vextract.wire import wire_record

QUICK = ("--fast", "--no-rotate", "-j", "1")

pytestmark = pytest.mark.usefixtures("workdir")


def overlay(*arguments: object, stdin: bytes = b"") -> Done:
    """Runs the command with one worker; standard output is never touched."""
    done = vextract("overlay", *arguments, "-j", "1", stdin=stdin)
    assert done.out == b""
    assert "Traceback" not in done.err
    return done


def sample(name: str) -> str:
    """The sample, copied here."""
    shutil.copy(SAMPLES / name, name)
    return name


def line(name: str, *pages: int, **changes: object) -> bytes:
    """A record with a cat at PLACE on each of the pages, as JSONL has it."""
    pages = pages or (1,)
    record = record_of(name, *((page, "cat", PLACE) for page in pages), pages=pages)
    told = json.loads(wire_record(record).model_dump_json(by_alias=True)) | changes
    return json.dumps(told).encode() + b"\n"


def pictures(*names: str) -> Path:
    """Makes the pictures; the file with a record for each."""
    for seed, name in enumerate(names):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        noisy(seed=seed).save(name)
    Path("records.jsonl").write_bytes(b"".join(line(name) for name in names))
    return Path("records.jsonl")


def files(folder: str = ".") -> list[str]:
    """All files in the folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def marked(name: str) -> bool:
    """Whether the picture shows the cat at PLACE."""
    with Image.open(name) as image:
        return image.size == SIZE and is_marked(image, PLACE)


def pixels(name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """The colours of a picture."""
    with Image.open(name) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)


@pytest.mark.parametrize(
    "command",
    [
        ("detect", "parcel_label.png"),
        ("detect", "parcel_label.png", "--box-unit", "fraction"),
        ("ocr", "receipt.png", "-f", "jsonl"),
        ("ocr", "rotated_scan.png", "-f", "json", "--box-unit", "fraction"),
        ("extract", "receipt.png", "-s", "receipt", "-f", "json"),
    ],
)
def test_the_same_picture_later(command: tuple[str, ...]) -> None:
    """What --overlay draws in the run that finds things is what `overlay` draws later from its records.

    Places are printed in tenths of a pixel: lines may be off by a pixel, and a label may stand elsewhere for that.
    """
    name = sample(command[1])
    done = vextract(*command, "-o", "found.txt", "--overlay", "now.png", "-j", "1", *QUICK[:1])
    assert done.code == 0, done.err
    assert overlay("found.txt", "-o", "later.png").code == 0
    plain, now, later = pixels(name), pixels("now.png"), pixels("later.png")
    assert plain.shape == now.shape == later.shape
    drawn, again = (np.abs(seen - plain).max(axis=2) > 60 for seen in (now, later))
    assert drawn.mean() > 0.005
    for one, other in ((drawn, again), (again, drawn)):
        assert ndimage.binary_dilation(other, iterations=2)[one].mean() > 0.93


def test_the_records_on_standard_input() -> None:
    """`-` takes the records of a pipe; several of them cannot go into one file: the first is drawn, the second is told."""
    pictures("a.png", "b.png")
    assert overlay("-", "-o", "seen.png", stdin=line("a.png")).code == 0
    assert marked("seen.png")
    done = overlay("-", "-o", "one.png", stdin=line("a.png") + line("b.png"))
    assert done.code == 9
    assert "'one.png' is already the result of 'a.png'" in done.err
    assert marked("one.png")


def test_the_records_of_a_pipe() -> None:
    """A pipe that has a name, as `<(…)` makes one, is read once, from its first record to its last."""
    pictures("a.png", "b.png")
    os.mkfifo("pipe")
    for target, records, names in (
        ("one.png", ["a.png"], ["one.png"]),
        ("seen/", ["a.png", "b.png"], ["a.png", "b.png"]),
    ):
        writer = Thread(target=Path("pipe").write_bytes, args=[b"".join(map(line, records))])
        writer.start()
        assert overlay("pipe", "-o", target).code == 0
        writer.join()
        assert all(marked(os.path.join(target if target.endswith("/") else "", name)) for name in names)


def test_several_files_of_records() -> None:
    """Records of several files are drawn in a row; their folder is made."""
    pictures("a.png", "b.png", "x/c.png")
    for number, names in enumerate((["a.png"], ["b.png", "x/c.png"])):
        Path(f"{number}.jsonl").write_bytes(b"".join(map(line, names)))
    assert overlay("0.jsonl", "1.jsonl", "-o", "seen/").code == 0
    assert files("seen") == ["a.png", "b.png", "c.png"]
    assert all(marked(f"seen/{name}") for name in files("seen"))


def test_documents_that_are_gone() -> None:
    """A document that is not there is one line with its name and a hint; the others are drawn; exit 9, or 3 if none is there."""
    records = pictures("a.png", "gone.png", "b.png")
    os.unlink("gone.png")
    done = overlay(records, "-o", "seen/")
    assert (done.code, files("seen")) == (9, ["a.png", "b.png"])
    told = done.err.splitlines()
    assert told[0] == "vextract: no file 'gone.png'"
    assert told[1].startswith("vextract:   hint:")
    assert "--root" in told[1]
    os.unlink("a.png")
    os.unlink("b.png")
    done = overlay(records, "-o", "none/")
    assert (done.code, Path("none").exists()) == (3, False)
    assert done.err.count("no file") == 3


def test_records_of_standard_input_have_no_document() -> None:
    """What was read from standard input is not there any more, and is told so."""
    Path("records.jsonl").write_bytes(line("-"))
    done = overlay("records.jsonl", "-o", "seen/")
    assert done.code == 3
    assert "came from standard input" in done.err


def test_root() -> None:
    """--root says where relative names begin; absolute ones are left as they are."""
    pictures("scans/a.png", "b.png")
    Path("records.jsonl").write_bytes(line("a.png") + line(os.path.abspath("b.png")))
    assert overlay("records.jsonl", "-o", "seen/").code == 9
    assert overlay("records.jsonl", "-o", "rooted/", "--root", "scans").code == 0
    assert files("rooted") == ["a.png", "b.png"]


def test_a_document_that_has_changed() -> None:
    """A document that is another one now is drawn, and noted; one that is the same is not."""
    pictures("a.png", "b.png")
    Path("records.jsonl").write_bytes(line("a.png", sha256="0" * 64) + line("b.png"))
    done = overlay("records.jsonl", "-o", "seen/")
    assert (done.code, files("seen")) == (0, ["a.png", "b.png"])
    assert done.err == "vextract: a.png: has changed since the record was made: boxes may be elsewhere now\n"


def test_pages_that_are_gone() -> None:
    """A document that has fewer pages now is drawn as far as there are pages, and noted."""
    write_tiff(Path("a.tiff"), ["one", "two"])
    Path("records.jsonl").write_bytes(line("a.tiff", 1, 2, 3))
    done = overlay("records.jsonl", "-o", "seen/")
    assert (done.code, files("seen")) == (0, ["a-p1.png", "a-p2.png"])
    assert "has 2 page(s) now" in done.err
    Path("records.jsonl").write_bytes(line("a.tiff", 7))
    done = overlay("records.jsonl", "-o", "none/")
    assert (done.code, Path("none").exists()) == (3, False)
    assert "names no page that it has" in done.err


def test_addresses_are_not_fetched_unasked() -> None:
    """A record makes nobody fetch anything: only with --fetch is the address asked, once."""
    noisy().save("a.png")
    with serving(Path()) as site:
        record = line(f"{site.url}/a.png")
        done = overlay("-", "-o", "seen/", stdin=record)
        assert (done.code, site.asked) == (3, [])
        assert "is not fetched again" in done.err
        assert "--fetch" in done.err
        assert overlay("-", "-o", "seen/", "--fetch", stdin=record).code == 0
        assert site.asked == ["/a.png"]
    assert marked("seen/a.png")


@pytest.mark.parametrize(
    "name", ["ftp://example.com/a.png", "@list", "*.png", "file:///etc/passwd", "~/a.png", "", "\0"]
)
def test_names_that_lead_nowhere(name: str) -> None:
    """A name in a record is a file or a web address and nothing else: no list, no pattern, no home folder."""
    for folder in (Path(), Path.home()):
        noisy().save(folder / "a.png")
    Path("list").write_text("a.png\n")
    done = overlay("-", "-o", "seen/", "--fetch", stdin=line(name))
    assert done.code == 3
    assert "no file" in done.err
    assert not Path("seen").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no records"),
        (b"\x89PNG\r\n\x1a\n\0", "line 1 of 'some.jsonl' is no JSON"),
        (b'{"name": "Ada"}\n', "line 1 of 'some.jsonl' is no record"),
        (b"[1, 2]", "record 1 of 'some.jsonl' is no record"),
        (b'{"source": "a.png", "status": "fine"}', "status"),
    ],
)
def test_a_file_that_is_no_record(content: bytes, words: str) -> None:
    """A file that holds no records ends with 3 and one line that names the file and the place, and a hint."""
    Path("some.jsonl").write_bytes(content)
    done = overlay("some.jsonl", "-o", "seen/")
    assert done.code == 3
    first, second = done.err.splitlines()
    assert first.startswith("vextract: ")
    assert words in first
    assert second.startswith("  hint: ")
    assert not Path("seen").exists()


def test_a_broken_line_among_good_ones() -> None:
    """A line that is broken ends the run with its number, whatever was drawn before it; nothing half-written is left."""
    pictures("a.png")
    Path("records.jsonl").write_bytes(line("a.png") + b'{"source": "b.p\n')
    done = overlay("records.jsonl", "-o", "seen/")
    assert done.code == 3
    assert "line 2 of 'records.jsonl' is no JSON" in done.err
    assert [name for name in files() if ".part" in name] == []


def test_failed_records_are_skipped() -> None:
    """A record without data is told and skipped, and is no failure of this run."""
    pictures("a.png")
    error = {"kind": "input", "message": "broken", "hint": "mend it", "page": None}
    failed = line("b.png", status="failed", data=None, pages=[], errors=[error])
    Path("records.jsonl").write_bytes(failed + line("a.png"))
    done = overlay("records.jsonl", "-o", "seen/")
    assert (done.code, files("seen")) == (0, ["a.png"])
    assert done.err == "vextract: b.png: nothing to draw, its record has no data\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("records.jsonl",), "nowhere to draw to"),
        (("-o", "seen/"), "no records"),
        (("records.jsonl", "-o", "seen.png"), "'seen.png' is one file"),
        (("records.jsonl", "records.jsonl", "-o", "seen.png"), "'seen.png' is one file"),
        (("records.jsonl", "-o", "seen.gif"), "-o 'seen.gif' is no picture"),
        (("records.jsonl", "-o", "-"), "standard output"),
        (("records.jsonl", "-o", "{label}.png"), "{label}, which is unknown"),
        (("records.jsonl", "-o", "{stem.png"), "cannot be read"),
        (("records.jsonl", "-o", "seen/", "--line-width", "0"), "--line-width"),
        (("records.jsonl", "-o", "seen/", "--dpi", "3"), "--dpi"),
    ],
)
def test_refused_at_once(arguments: tuple[str, ...], words: str) -> None:
    """What cannot be drawn anywhere is refused before anything is read: exit 2, no file."""
    before = files() if pictures("a.png", "b.png") else []
    done = overlay(*arguments)
    assert done.code == 2
    assert words in done.err
    assert files() == before


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "-x\n.jsonl"])
def test_records_that_cannot_be_read(name: str) -> None:
    """A file of records that is not there, or is none, ends with 3 and its name in one line."""
    done = overlay("--output", "seen/", "--", name)
    assert done.code == 3
    assert done.err.splitlines()[0].startswith(f"vextract: cannot read {name!r}: ")


def test_pages_of_the_record_alone() -> None:
    """Only pages that were looked at are drawn, under the numbers that they have in the document."""
    sample("fax.tiff")
    for pages, names in (("3,1", ["fax-p1.png", "fax-p3.png"]), ("2", ["fax.png"])):
        found = vextract("ocr", "fax.tiff", "--pages", pages, "-f", "jsonl", *QUICK)
        folder = f"seen{pages[0]}"
        assert overlay("-", "-o", folder + "/", stdin=found.out).code == 0
        assert files(folder) == names
    assert not np.array_equal(pixels("seen3/fax-p1.png"), pixels("seen2/fax.png"))


def test_a_pdf_with_annotations() -> None:
    """A .pdf of a PDF is that PDF with annotations on the pages of the record; a picture is drawn at the --dpi asked for."""
    sample("letter.pdf")
    found = vextract("ocr", "letter.pdf", "-f", "jsonl", *QUICK)
    assert overlay("-", "-o", "seen.pdf", stdin=found.out).code == 0
    assert overlay("-", "-o", "seen.png", "--dpi", "72", stdin=found.out).code == 0
    file, original = pdfium.PdfDocument("seen.pdf"), pdfium.PdfDocument("letter.pdf")
    assert len(file) == len(original)
    assert file[0].get_textpage().get_text_range() == original[0].get_textpage().get_text_range()
    with Image.open("seen.png") as image:
        assert image.size == pytest.approx(original[0].get_size(), abs=1)
    file.close()
    original.close()
    assert Path("seen.pdf").read_bytes() != Path("letter.pdf").read_bytes()


def test_an_encrypted_pdf() -> None:
    """--password opens what was read with one; without it the file is told to be encrypted."""
    sample("encrypted.pdf")
    found = vextract("ocr", "encrypted.pdf", "--password", "sesame", "-f", "jsonl", *QUICK)
    done = overlay("-", "-o", "seen.pdf", stdin=found.out)
    assert (done.code, Path("seen.pdf").exists()) == (3, False)
    assert "encrypted" in done.err
    assert overlay("-", "-o", "seen.pdf", "--password", "sesame", stdin=found.out).code == 0
    assert Path("seen.pdf").exists()


def test_how_it_looks() -> None:
    """--no-labels leaves labels out; --line-width and --font-size are as told."""
    records = pictures("a.png")
    for name, flags in {
        "usual": (),
        "bare": ("--no-labels",),
        "wide": ("--no-labels", "--line-width", "9"),
        "large": ("--font-size", "60"),
    }.items():
        assert overlay(records, "-o", f"{name}.png", *flags).code == 0
    covered = {
        name: int((np.abs(pixels(f"{name}.png") - pixels("a.png")).max(axis=2) > 20).sum())
        for name in ("usual", "bare", "wide", "large")
    }
    assert covered["bare"] < covered["usual"] < covered["large"]
    assert covered["bare"] < covered["wide"]


def test_existing_pictures_are_kept() -> None:
    """A picture that is there is kept and told, its document alone fails; --force draws it anew."""
    records = pictures("a.png", "b.png")
    os.mkdir("seen")
    Path("seen/a.png").write_text("mine")
    done = overlay(records, "-o", "seen/")
    assert (done.code, files("seen"), Path("seen/a.png").read_text()) == (9, ["a.png", "b.png"], "mine")
    assert "'seen/a.png' exists and is kept" in done.err
    assert "--force" in done.err
    assert overlay(records, "-o", "seen/", "--force").code == 0
    assert marked("seen/a.png")


def test_hostile_names_and_labels() -> None:
    """What a record says is data: control characters are told escaped, and no label leads out of the picture's file."""
    bad = line("x\x1b[31m\n.png")
    noisy().save("a.png")
    record = json.loads(line("a.png"))
    labels = ["../../x", "\x1b[31m", "<script>", "\u202egnp", "x" * 10_000, "\ud800", "👩‍👩‍👧 猫"]
    record["data"]["objects"] = [record["data"]["objects"][0] | {"label": label} for label in labels]
    done = overlay("-", "-o", "seen/", stdin=bad + json.dumps(record).encode())
    assert (done.code, files("seen")) == (9, ["a.png"])
    assert "\x1b" not in done.err
    assert done.err.splitlines()[0] == "vextract: no file 'x\\x1b[31m\\n.png'"


def test_frames_of_a_video() -> None:
    """Frames are drawn as pages, if they are chosen as they were read."""
    pytest.importorskip("av", reason="PyAV is not installed (extra: video)")
    sample("walk.mp4")
    found = vextract("ocr", "walk.mp4", "--every", "2", "-f", "jsonl", *QUICK)
    pages = json.loads(found.out)["pages"]
    assert overlay("-", "-o", "seen/", "--every", "2", stdin=found.out).code == 0
    assert files("seen") == [f"walk-p{page['number']}.png" for page in pages]
    assert pixels("seen/walk-p1.png").shape[:2] == (pages[0]["height"], pages[0]["width"])
