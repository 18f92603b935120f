"""A file for each document: in a directory, by a pattern, in the tree of the inputs; never over an input."""

import gc
import os
from pathlib import Path

import pytest

from vextract.errors import InputError, OutputError, UsageError
from vextract.sources.expand import Source, expand

from .feeding import SEVERAL, feed, make_files, opened, tree


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("target", ["out/", "out", "o}ut/"])
def test_directory(target: str) -> None:
    """A directory gets a file for each document; it is made if its name ends in a slash."""
    if not target.endswith("/"):
        os.mkdir(target)
    folder = target.rstrip("/")
    output = opened(target, options=SEVERAL)
    assert (
        feed(
            output,
            *make_files("a.png", "sub/b.c.pdf"),
            Source("-"),
            Source("https://example.com/x.png?y", url="https://example.com/x.png?y"),
        )
        == ["written"] * 4
    )
    output.close()
    assert sorted(os.listdir(folder)) == ["a.txt", "b.c.txt", "stdin.txt", "x.txt"]
    assert Path(folder, "a.txt").read_text("utf-8") == "a.png\n"


@pytest.mark.usefixtures("workdir")
def test_tree_is_mirrored() -> None:
    """The results of a directory read with --recursive lie in the same tree."""
    make_files("scans/a.png", "scans/x/a.png", "scans/x/y/b.png")
    output = opened("out/", options=SEVERAL)
    assert feed(output, *expand(["scans"], recursive=True)) == ["written"] * 3
    assert {name for name in tree() if name.startswith("out/")} == {"out/a.txt", "out/x/a.txt", "out/x/y/b.txt"}


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("{stem}.ocr.txt", "a.b.ocr.txt"),
        ("out/{name}.txt", "out/a.b.png.txt"),
        ("{parent}-{stem}.txt", "scans-a.b.txt"),
        ("{n}.txt", "1.txt"),
        ("{n:03}-{stem}.txt", "001-a.b.txt"),
        ("{stem:.1}.txt", "a.txt"),
        ("{{{stem}}}.txt", "{a.b}.txt"),
        ("{dir}/{stem}.txt", "a.b.txt"),
        ("./{dir}/x/../{stem}.txt", "a.b.txt"),
    ],
)
def test_pattern(pattern: str, written: str) -> None:
    """A pattern's fields are filled in from the source; numbers can be padded."""
    feed(opened(pattern), *make_files("scans/a.b.png"), text="one")
    assert Path(written).read_text("utf-8") == "one\n"


@pytest.mark.usefixtures("workdir")
def test_empty_field_leads_nowhere() -> None:
    """A pattern that begins with a field stays below the current directory, also where the field is empty."""
    for pattern in ("{dir}/{stem}.txt", "{parent}/{stem}.txt"):
        feed(opened(pattern, force=True), Source("-"), text=pattern)
        assert tree() == {"stdin.txt": f"{pattern}\n"}


@pytest.mark.usefixtures("workdir")
def test_parent_is_a_name() -> None:
    """The parent of a file is the directory that it lies in, however it was named: results never leave their folder."""
    make_files("scans/inner/a.png")
    os.chdir("scans/inner")
    for name, text in (("a.png", "inner"), ("../inner/a.png", "inner"), ("../b.png", "scans")):
        feed(opened("out/{parent}/{stem}.txt", force=True), *make_files(name), text=text)
    os.chdir("../..")
    results = {name for name in tree() if name.endswith(".txt")}
    assert results == {"scans/inner/out/inner/a.txt", "scans/inner/out/scans/b.txt"}


@pytest.mark.parametrize(
    "pattern",
    [
        "{stem",
        "{}",
        "{page}.txt",
        "{stem.__class__}",
        "{stem[0]}",
        "{stem!z}",
        "{stem:d}",
        "{n:{stem}}",
        "{stem:{x}}",
        "a}b{stem}",
    ],
)
def test_bad_pattern(pattern: str) -> None:
    """A pattern that cannot be filled in is refused before anything is read."""
    with pytest.raises(UsageError) as caught:
        opened(pattern)
    assert repr(pattern) in caught.value.message
    assert caught.value.hint


@pytest.mark.usefixtures("workdir")
def test_same_stem_in_a_directory() -> None:
    """In a directory, documents of one stem part by their full names; only one of the same name again fails."""
    output = opened("out/", options=SEVERAL)
    fates = feed(output, *make_files("a.png", "a.pdf", "b.png", "x/a.pdf"))
    assert fates == ["written", "written", "written", "'out/a.pdf.txt' is already the result of 'a.pdf'"]
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.pdf.txt", "a.txt", "b.txt"]


@pytest.mark.usefixtures("workdir")
def test_collision() -> None:
    """Two documents for which a pattern makes one name: the second fails and says whose it is; a third is unharmed."""
    output = opened("out/{stem}.txt", options=SEVERAL)
    fates = feed(output, *make_files("a.png", "a.pdf", "b.png"))
    assert fates == ["written", "'out/a.txt' is already the result of 'a.png'", "written"]
    assert Path("out/a.txt").read_text("utf-8") == "a.png\n"


@pytest.mark.usefixtures("workdir")
def test_failure_takes_no_name() -> None:
    """A source that cannot be read does not stand in the way of another one of its name."""
    output = opened("out/", options=SEVERAL)
    missing = Source("x/a.png", problem=InputError("no such file: 'x/a.png'", "check"))
    assert feed(output, missing, *make_files("a.png")) == ["no such file: 'x/a.png'", "written"]


@pytest.mark.usefixtures("workdir")
def test_existing_results_are_kept() -> None:
    """Results that exist are kept without reading their sources; --force makes them anew."""
    sources = make_files("a.png", "b.png")
    make_files("out/a.txt")
    assert feed(opened("out/", options=SEVERAL), *sources) == ["kept", "written"]
    assert Path("out/a.txt").read_text("utf-8") == "input"
    assert feed(opened("out/", options=SEVERAL, force=True), *sources) == ["written", "written"]
    assert Path("out/a.txt").read_text("utf-8") == "a.png\n"


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("target", ["{name}", "./{stem}.txt", "link/{name}"])
def test_never_the_input(target: str, force: bool) -> None:  # noqa: FBT001
    """A document is never replaced by its own result, under whatever name it is reached; the error says so."""
    (source,) = make_files("a.txt")
    os.symlink(".", "link")
    (fate,) = feed(opened(target, force=force), source)
    assert fate.endswith("is the input itself")
    assert Path("a.txt").read_text("utf-8") == "input"


@pytest.mark.usefixtures("workdir")
def test_never_an_input_among_several() -> None:
    """A file that is an input is not replaced by the results of the others either."""
    sources = make_files("a.png", "b.png")
    output = opened("b.png", options=SEVERAL, force=True)
    with pytest.raises(OutputError, match=r"'b.png' is the input itself"):
        feed(output, *sources)
    del output
    gc.collect()
    assert tree() == {"a.png": "input", "b.png": "input"}
