"""Where pictures of results go: their names, what is never replaced, and that one document's trouble is its own."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.drawing import write_tiff
from tests.picturing import PLACE, is_marked, noisy, shown, source_of
from tests.renderers.pages import unhurried
from vextract.datasets import open_dataset
from vextract.engines.local import DocumentDone, run
from vextract.errors import UsageError
from vextract.making import Made, Making
from vextract.overlays import Style
from vextract.pipeline import SHOW, Job
from vextract.products import Crops, Overlays, Pages, PicturedDataset, Product, handed_on, making_of, with_problems
from vextract.sources.expand import Source, expand
from vextract.types import ErrorInfo, Record

pytestmark = pytest.mark.usefixtures("workdir")


def overlays(target: str, *, several: bool = True, force: bool = False) -> Overlays:
    """What `--overlay TARGET` means."""
    return Overlays(target, several=several, force=force)


def picture(name: str = "a.png", seed: int = 1) -> Source:
    """A picture with a cat at PLACE."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    noisy(seed=seed).save(path)
    return source_of(path)


def paged(name: str = "long.tiff", pages: tuple[int, ...] = (1, 2, 3)) -> Source:
    """A document of three pages, of which these are in its record."""
    return source_of(write_tiff(Path(name), ["one", "two", "three"]), pages=pages)


def files(folder: str = "seen") -> list[str]:
    """All files in the folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("target", "one", "several"),
    [
        ("seen/", "a.png", ["long-p1.png", "long-p2.png", "long-p3.png"]),
        ("seen", "a.png", ["long-p1.png", "long-p2.png", "long-p3.png"]),
        ("seen/{stem}.jpg", "a.jpg", ["long-p1.jpg", "long-p2.jpg", "long-p3.jpg"]),
        ("seen/{name}.WEBP", "a.png.WEBP", ["long.tiff-p1.WEBP", "long.tiff-p2.WEBP", "long.tiff-p3.WEBP"]),
        ("seen/{stem}/{page:02}.png", "a/01.png", ["long/01.png", "long/02.png", "long/03.png"]),
        ("seen/{n}.pdf", "1.pdf", ["1.pdf"]),
    ],
)
def test_names(target: str, one: str, several: list[str]) -> None:
    """One page is named as its document, each of several by its number too, where the pattern does not; a PDF has all pages."""
    assert shown([picture()], overlays(target))[1].errors == []
    assert files() == [one]
    os.rename("seen", "before")
    assert shown([paged()], overlays(target))[1].errors == []
    assert files() == several


def test_one_file() -> None:
    """A file takes the overlay of one document under its very name; of several pages each has its number."""
    shown([picture()], overlays("out.png", several=False))
    with Image.open("out.png") as image:
        assert is_marked(image, PLACE)
    shown([paged(pages=(2,))], overlays("two.png", several=False))
    shown([paged(pages=(2, 3))], overlays("both.png", several=False))
    assert [name for name in files(".") if name.startswith(("two", "both"))] == [
        "both-p2.png",
        "both-p3.png",
        "two.png",
    ]


def test_the_tree_is_mirrored() -> None:
    """{dir}, and a folder as the target, lay overlays in the tree of the inputs."""
    for name in ("scans/a.png", "scans/x/a.png", "scans/x/y/b.png"):
        picture(name)
    found = [
        replace(source_of(each.path), folder=each.folder) for each in expand(["scans"], recursive=True) if each.path
    ]
    shown(found, overlays("seen/"))
    shown(found, overlays("again/{dir}/{stem}.jpg"))
    assert files() == ["a.png", "x/a.png", "x/y/b.png"]
    assert files("again") == ["a.jpg", "x/a.jpg", "x/y/b.jpg"]


def test_a_folder_with_braces() -> None:
    """The name of a folder is taken as it is, whatever stands in it, if it is there already or ends in a slash."""
    os.mkdir("a}b{c")
    shown([picture()], overlays("a}b{c"))
    shown([picture()], overlays("{x}/"))
    assert (files("a}b{c"), files("{x}")) == (["a.png"], ["a.png"])


def test_documents_of_one_stem() -> None:
    """In a folder, documents of one stem part by their full names; a pattern that makes one name of both refuses the second."""
    sources = [picture("a.png"), picture("a.webp"), picture("b.png")]
    shown(sources, overlays("seen/"))
    assert files() == ["a.png", "a.webp.png", "b.png"]
    summary, told = shown(sources, overlays("other/{stem}.png"))
    assert files("other") == ["a.png", "b.png"]
    assert told.errors == ["'other/a.png' is already the result of 'a.png'"]
    assert [record.status for record in told.records] == ["ok", "failed", "ok"]
    assert summary.exit_code == 9


@pytest.mark.parametrize("force", [False, True])
def test_records_of_one_document(force: bool) -> None:  # noqa: FBT001
    """Several records of one document have overlays of their own as long as there are names; none replaces another unseen."""
    _, told = shown([picture(), picture(), picture()], overlays("seen/", force=force))
    assert files() == ["a.png", "a.png.png"]
    assert told.errors == ["'seen/a.png.png' is already the result of 'a.png'"]


@pytest.mark.parametrize(
    "target", ["out.png", "seen.gif", "-", "seen/{stem}", "seen/{stem}.tiff", "{label}.png", "{stem.png"]
)
def test_targets_that_cannot_be(target: str) -> None:
    """One file for several documents, what is no picture, standard output, and patterns that cannot be read are refused at once."""
    with pytest.raises(UsageError) as caught:
        overlays(target)
    assert f"--overlay {target!r}" in caught.value.message
    assert caught.value.hint


def test_existing_files_are_kept() -> None:
    """A picture that exists is kept, and its document is told before it is read; --force replaces it."""
    first, second = picture("a.png"), picture("b.png")
    os.mkdir("seen")
    Path("seen/a.png").write_text("mine")
    Path("a.png").write_bytes(b"not read")
    summary, told = shown([first, second], overlays("seen/"))
    assert told.errors == ["'seen/a.png' exists and is kept"]
    assert (summary.exit_code, Path("seen/a.png").read_text()) == (9, "mine")
    assert files() == ["a.png", "b.png"]
    noisy().save("a.png")
    assert shown([first, second], overlays("seen/", force=True))[1].errors == []
    with Image.open("seen/a.png") as image:
        assert is_marked(image, PLACE)


def test_pages_that_exist_are_kept() -> None:
    """Of a document of several pages too, though how they are called is known only once it is read."""
    os.mkdir("seen")
    Path("seen/long-p2.png").write_text("mine")
    _, told = shown([paged()], overlays("seen/"))
    assert told.errors == ["'seen/long-p2.png' exists and is kept"]
    assert (told.records[0].status, Path("seen/long-p2.png").read_text()) == ("partial", "mine")


def test_a_folder_that_cannot_be_written() -> None:
    """Where a picture cannot be put is the problem of that document alone; nothing half-written is left."""
    sources = [picture("a.png"), picture("b.png"), picture("c.png")]
    os.mkdir("seen")
    Path("seen/b").write_text("a file where a folder should be")
    summary, told = shown(sources, overlays("seen/{stem}/x.png"))
    assert [record.status for record in told.records] == ["ok", "partial", "ok"]
    assert told.errors[0].startswith("cannot write 'seen/b/x.png'")
    assert told.records[1].errors[0].kind == "output"
    assert summary.exit_code == 9
    assert files() == ["a/x.png", "b", "c/x.png"]


def test_crops_are_the_part_of_the_page() -> None:
    """Each crop holds the very pixels of its box, and is named by the object's number and label."""
    noisy().save("a.png")
    places = [(100, 120, 220, 200), (0, 0, 640, 480), (639, 479, 640, 480), (10, 20, 11, 21)]
    source = source_of(Path("a.png"), *((1, f"thing {n}", place) for n, place in enumerate(places, 1)))
    shown([source], Crops("crops", force=False))
    assert files("crops") == [f"a-{n}-thing-{n}.png" for n in range(1, 5)]
    page = np.asarray(noisy())
    for number, (x0, y0, x1, y1) in enumerate(places, 1):
        with Image.open(f"crops/a-{number}-thing-{number}.png") as crop:
            assert np.array_equal(np.asarray(crop), page[y0:y1, x0:x1])


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("QR code", "a-1-QR-code.png"),
        ("", "a-1-object.png"),
        ("..", "a-1-object.png"),
        ("../../etc/passwd", "a-1-etc-passwd.png"),
        ("/root", "a-1-root.png"),
        (".hidden.", "a-1-hidden.png"),
        ("a\0b\nc\x1b[31md\u202e", "a-1-a-b-c-31md.png"),
        ("con\\aux:nul", "a-1-con-aux-nul.png"),
        ("<script>", "a-1-script.png"),
        ("\ud800", "a-1-object.png"),
        ("x" * 10_000, f"a-1-{'x' * 40}.png"),
        ("猫" * 10_000, f"a-1-{'猫' * 40}.png"),
        ("Straße 5", "a-1-Straße-5.png"),
    ],
)
def test_labels_in_names(label: str, name: str) -> None:
    """Whatever a label says, its crop is a file of the folder, visible, and of a name that file systems take."""
    noisy().save("a.png")
    _, told = shown([source_of(Path("a.png"), (1, label, PLACE))], Crops("crops", force=False))
    assert (told.errors, files("crops")) == ([], [name])
    assert files(".") == ["a.png", f"crops/{name}"]


@unhurried
@given(st.text(max_size=50))
def test_any_label_makes_a_name(label: str) -> None:
    """No label leads out of the folder, hides its file or makes a name that is too long."""
    crops = Crops("crops", force=True)
    source = crops.admit(Source("a.png", Path("a.png")))
    Path("made.png").write_bytes(b"crop")
    crops.done(source, source_record(source), [Made("crop", Path("made.png"), 1, 1, label)])
    (name,) = os.listdir("crops")
    assert name.startswith("a-1-")
    assert name.isprintable()
    assert len(os.fsencode(name)) < 255
    os.unlink(f"crops/{name}")


def source_record(source: Source) -> Record[object]:
    """A record of which nothing is told."""
    return Record(source.name, None, "detect", None, "ok", None)


def test_crops_of_documents_of_one_stem() -> None:
    """Crops of documents of one stem part by the documents' full names; those in other folders lie in the same tree."""
    sources = [picture("a.png"), picture("a.webp"), replace(picture("x/a.png"), folder="x")]
    _, told = shown(sources, Crops("crops", force=False))
    assert (told.errors, files("crops")) == ([], ["a-1-cat.png", "a.webp-1-cat.png", "x/a-1-cat.png"])
    _, told = shown(sources[:1], Crops("crops", force=False))
    assert told.errors == ["'crops/a-1-cat.png' exists and is kept"]
    assert shown(sources[:1], Crops("crops", force=True))[1].errors == []


@pytest.mark.parametrize("making", [Making(overlay=".webp"), Making(crops=True)])
def test_temporary_files_go_with_their_document(making: Making) -> None:
    """A document's pictures are alone while they are handed on, also after one too wide for WebP and one without objects."""
    wide, nothing = source_of(Path("wide.png")), picture("nothing.png")
    Image.new("L", (17_000, 2)).save("wide.png")
    assert nothing.record is not None
    nothing = replace(nothing, record=replace(nothing.record, data=None))
    job = Job(task=SHOW, words="none", making=making)
    there: list[list[Path]] = []
    failed: list[str] = []
    for event in run([picture("a.png"), paged(), wide, nothing, picture("z.png")], job, 0):
        if isinstance(event, DocumentDone):
            scratch = event.made[0].path.parent.parent if event.made else there[0][0].parent
            assert all(made.path.is_file() for made in event.made)
            there.append(list(scratch.glob("made-*")))
            failed += [event.source.name for error in event.record.errors if error.kind == "output"]
    assert failed == (["wide.png"] if making.overlay else [])
    assert [len(folders) for folders in there] == [1] * 5
    assert len({folder for folders in there for folder in folders}) == 5
    assert not there[0][0].parent.exists()


def test_one_product_fails_alone() -> None:
    """What one product cannot place is told, and the others get theirs."""
    os.mkdir("crops")
    Path("crops/a-1-cat.png").write_text("mine")
    _, told = shown([picture()], Crops("crops", force=False), overlays("seen/"))
    assert told.errors == ["'crops/a-1-cat.png' exists and is kept"]
    assert (told.records[0].status, files()) == ("partial", ["a.png"])


def test_problems_of_a_record() -> None:
    """Further failures make a good record partial; a failed one stays failed; none leaves it as it was."""
    good = source_record(Source("a.png"))
    problem = ErrorInfo("output", "cannot write")
    assert with_problems(good, []) is good
    assert (with_problems(good, [problem]).status, with_problems(good, [problem]).errors) == ("partial", (problem,))
    assert with_problems(replace(good, status="failed"), [problem]).status == "failed"
    assert handed_on([overlays("seen/")], Source("a.png"), good, []) == []


def test_what_is_made_for_several_products() -> None:
    """All that any product wants is made, once; nothing where there are none."""

    class Thumbnails(Pages):
        def __init__(self) -> None:
            super().__init__()
            self.making = Making(pages=True, max_side_px=300)

    wanted: list[Product] = [
        Crops("crops", force=False),
        Overlays("a.jpg", several=False, force=False, style=Style(line_px=9)),
    ]
    assert making_of([]) is None
    assert making_of(wanted) == Making(overlay=".jpg", style=Style(line_px=9), crops=True)
    assert making_of([*wanted, Thumbnails()]) == Making(
        ".jpg", Style(line_px=9), crops=True, pages=True, max_side_px=300
    )


def test_a_dataset_gets_the_pages() -> None:
    """A dataset takes each document's pages while they are there: a picture's own file, pages of others drawn."""
    pages = Pages()
    dataset = PicturedDataset(open_dataset("set/", "yolo", labels=("cat",), force=False), pages)
    admitted = [dataset.admit(source) for source in (picture(), paged("long.tiff", (2, 3)))]
    job = Job(task=SHOW, words="none", making=making_of([pages]))
    for event in run([source for source in admitted if source], job, 0):
        if isinstance(event, DocumentDone):
            pages.done(event.source, event.record, event.made)
            assert event.source.record is not None
            assert dataset.done(event.source, event.source.record).errors == ()
    dataset.close()
    assert [name for name in files("set") if name.endswith(".png")] == [
        "images/a.png",
        "images/long-p2.png",
        "images/long-p3.png",
    ]
    assert Path("set/images/a.png").read_bytes() == Path("a.png").read_bytes()


@pytest.mark.parametrize("target", ["./a.png", "link/{stem}.png", "."])
def test_never_the_input(target: str) -> None:
    """A document is never replaced by its own picture, under whatever name it is reached, with --force neither."""
    source = picture()
    before = Path("a.png").read_bytes()
    os.symlink(".", "link")
    _, told = shown([source], overlays(target, several=False, force=True))
    assert [error.split("' ")[1] for error in told.errors] == ["is the input itself"]
    assert Path("a.png").read_bytes() == before


def test_never_an_input_among_several() -> None:
    """A document is not replaced by the picture of another one either."""
    sources = [picture("2.png", seed=2), picture("b.png")]
    before = Path("2.png").read_bytes()
    _, told = shown(sources, overlays("{n}.png", force=True))
    assert told.errors == ["'2.png' is the input itself"]
    assert Path("2.png").read_bytes() == before
    assert is_marked(Image.open("1.png"), PLACE)


def test_nothing_is_no_place() -> None:
    """An empty name, as of a variable of the shell that is not set, does not mean this folder."""
    with pytest.raises(UsageError, match="--overlay '' names nothing"):
        overlays("")
    with pytest.raises(UsageError, match="--crops '' names nothing"):
        Crops("", force=False)
