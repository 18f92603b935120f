"""Names become sources: nothing twice, nothing lost, nothing opened."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.sources.expand import expand, may_be_several, names_from


def _make(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def _names(*given_names: str, recursive: bool = False) -> list[str]:
    """The names of what can be read; the messages of what cannot, after an exclamation mark."""
    found = expand(given_names, recursive=recursive)
    return [f"!{source.problem}" if source.problem else source.name for source in found]


def _problem(*given_names: str, recursive: bool = False) -> tuple[str, str]:
    """Message and hint of the one source that comes, which cannot be read."""
    (source,) = expand(given_names, recursive=recursive)
    assert source.problem is not None
    return source.problem.message, source.problem.hint


@pytest.mark.usefixtures("workdir")
def test_directory_by_name() -> None:
    """A directory gives its pictures and PDFs by name, whatever the case of their suffix; hidden and other files stay out."""
    _make("d/b.PDF", "d/a.png", "d/c.txt", "d/.d.png", "d/e.jpeg", "d/inner/f.png")
    assert _names("d") == ["d/a.png", "d/b.PDF", "d/e.jpeg"]


@pytest.mark.usefixtures("workdir")
def test_directory_recursive() -> None:
    """With `recursive` the sub-directories are looked into as well, but for hidden ones; `folder` says where a file lies."""
    _make("d/z.png", "d/a/b/x.png", "d/a/y.png", "d/.git/w.png")
    found = [(source.name, source.folder) for source in expand(["d"], recursive=True)]
    assert found == [("d/z.png", ""), ("d/a/y.png", "a"), ("d/a/b/x.png", "a/b")]


@pytest.mark.usefixtures("workdir")
def test_directory_without_pictures() -> None:
    """A directory without pictures is a problem that says how to look further, not silence."""
    _make("d/inner/f.png", "d/readme.txt")
    message, hint = _problem("d")
    assert message == "no picture, PDF or video in directory 'd'"
    assert "--recursive" in hint


@pytest.mark.usefixtures("workdir")
def test_directory_that_cannot_be_listed() -> None:
    """A sub-directory that cannot be listed is told of, and the rest still comes."""
    _make("d/a.png")
    Path("d/deep").mkdir()
    at = os.open("d/deep", os.O_RDONLY)
    try:
        for _ in range(20):  # a path longer than the system takes, which not even root can list
            os.mkdir("n" * 250, dir_fd=at)
            inner = os.open("n" * 250, os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = inner
    finally:
        os.close(at)
    first, second = _names("d", recursive=True)
    assert first == "d/a.png"
    assert second.startswith("!cannot list ")
    assert second.endswith("File name too long")


@pytest.mark.usefixtures("workdir")
def test_glob() -> None:
    """A glob that the shell left alone gives its files by name, whatever their suffix; `**` reaches down."""
    _make("b.png", "a.txt", "d/c.png")
    assert _names("*.*") == ["a.txt", "b.png"]
    assert _names("**/*.png") == ["b.png", "d/c.png"]


@pytest.mark.usefixtures("workdir")
def test_glob_gives_nothing_twice() -> None:
    """A `**` glob that matches both a directory and its files gives each file once, also with `recursive`."""
    _make("s/a.png", "s/t/b.png", "s/t/u/c.png")
    for recursive in (False, True):
        assert _names("s/**", recursive=recursive) == ["s/a.png", "s/t/b.png", "s/t/u/c.png"]


@pytest.mark.usefixtures("workdir")
def test_glob_of_directories() -> None:
    """A glob passes directories over unless `recursive`; one that matches nothing else says so."""
    _make("scans1/a.png", "scans2/b.png")
    message, hint = _problem("scans?")
    assert message == "'scans?' matches only directories"
    assert "--recursive" in hint
    assert _names("scans?", recursive=True) == ["scans1/a.png", "scans2/b.png"]


@pytest.mark.usefixtures("workdir")
def test_glob_without_match() -> None:
    """A glob that matches nothing is a problem."""
    assert _problem("*.png")[0] == "nothing matches '*.png'"


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("name", ["scan[1].png", "what?.png", "@list", "a*b.png", "{stem}.png", "-x.png", "a b.png"])
def test_existing_name_is_itself(name: str) -> None:
    """A file that exists under the very name given is that file, whatever the name could mean otherwise."""
    _make(name, "scan1.png")
    assert _names(name) == [name]
    assert not may_be_several([name])


@pytest.mark.usefixtures("workdir")
def test_missing_file() -> None:
    """A name that leads nowhere becomes a source with a problem, and the others go on."""
    _make("a.png")
    assert _names("missing.png", "a.png") == ["!no such file: 'missing.png'", "a.png"]


@pytest.mark.usefixtures("workdir")
def test_dangling_link() -> None:
    """A dangling link is a source: opening it will say what is wrong."""
    Path("link.png").symlink_to("nowhere.png")
    assert _names("link.png") == ["link.png"]


@pytest.mark.usefixtures("workdir")
def test_list() -> None:
    """`@FILE` gives the names in it, in its order, directories and globs among them; a list cannot name a list."""
    _make("a.png", "d/b.png", "d/c.png")
    Path("list").write_text("d\n\r\na.png\n@list\n", encoding="utf-8")
    assert _names("@list") == ["d/b.png", "d/c.png", "a.png", "!no such file: '@list'"]


@pytest.mark.usefixtures("workdir")
def test_list_that_cannot_be_read() -> None:
    """A list that is missing or a directory is a problem."""
    Path("d").mkdir()
    assert _problem("@none")[0] == "cannot read the list 'none': No such file or directory"
    assert _problem("@d")[0] == "cannot read the list 'd': Is a directory"


@pytest.mark.usefixtures("workdir")
def test_lazy() -> None:
    """Sources come one by one: a directory named later is not looked at before its turn."""
    sources = expand(["later.png", "d"])
    assert next(sources).problem is not None
    _make("d/a.png")
    assert [source.name for source in sources] == ["d/a.png"]


@pytest.mark.parametrize(
    ("name", "url", "file_name"),
    [
        ("-", False, "stdin"),
        ("a/b.png", False, "b.png"),
        ("HTTPS://example.com/x/y.pdf?v=1#p", True, "y.pdf"),
        ("http://example.com/", True, "example.com"),
        ("http://example.com/a.png?next=/b/c.gif", True, "a.png"),
        ("http://example.com/..", True, "index"),
        ("a?b#c.png", False, "a?b#c.png"),
        ("ftp://example.com/a.png", False, "a.png"),
    ],
)
def test_file_name(name: str, url: bool, file_name: str) -> None:  # noqa: FBT001
    """The last part of a source's name names its outputs; of a URL without query and fragment."""
    source = next(iter(expand([name])))
    assert (source.url is not None, source.file_name) == (url, file_name)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://me:pw@example.com/a.png", "https://***@example.com/a.png"),
        (
            "https://example.com/a.png?id=3&X-Amz-Signature=abc&n=1",
            "https://example.com/a.png?id=3&X-Amz-Signature=***&n=1",
        ),
        ("https://example.com/a.png?access_token=abc#p", "https://example.com/a.png?access_token=***#p"),
        ("https://example.com/@me/a.png?page=2", "https://example.com/@me/a.png?page=2"),
    ],
)
def test_names_of_urls_hold_no_secrets(url: str, name: str) -> None:
    """Records and messages name a URL without its password, keys and signatures; it is fetched as it was given."""
    [source] = expand([url])
    assert (source.name, source.url) == (name, url)
    assert url == name or "abc" not in repr(source)
    assert "pw@" not in repr(source)


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize(
    ("names", "several"),
    [
        (["a.png"], False),
        (["a.png", "a.png"], True),
        ([], True),
        (["d"], True),
        (["@list"], True),
        (["*.png"], True),
        (["-"], False),
        (["https://example.com/a?b=*"], False),
    ],
)
def test_may_be_several(names: list[str], several: bool) -> None:  # noqa: FBT001
    """Only what is certainly one source is not several."""
    _make("a.png", "d/a.png")
    assert may_be_several(names) == several
    assert may_be_several(names, from_file="-")


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a.png", ["a.png"]),
        (b"a.png\r\nb c.png\r\n", ["a.png", "b c.png"]),
        (b"\xef\xbb\xbfa.png\nb.png\n", ["a.png", "b.png"]),
        (b"a\nb.png\0c.png\0", ["a\nb.png", "c.png"]),
        (b"a\r\0 \0", ["a\r", " "]),
        (b"\xff\xfe.png\n", ["\udcff\udcfe.png"]),
        ("größe.png\n".encode(), ["größe.png"]),
    ],
)
def test_names_from(listed: bytes, names: list[str]) -> None:
    """Lists of names, the ugly ones too: Windows line ends and marks, NUL bytes, bytes that are not UTF-8."""
    assert list(names_from(BytesIO(listed))) == names


class _Dripping(BytesIO):
    """A stream that gives a byte at a time, as a slow pipe may."""

    def read1(self, size: int | None = -1, /) -> bytes:
        del size
        return super().read(1)


@given(st.lists(st.binary(min_size=1, max_size=12).map(lambda name: name.replace(b"\0", b"?")), max_size=6))
def test_any_file_names_come_back(names: list[bytes]) -> None:
    """Whatever names files may have, a list of them parted by NUL bytes gives each as it is, however the list arrives."""
    listed = b"".join(name + b"\0" for name in names)
    assert [os.fsencode(name) for name in names_from(BytesIO(listed))] == names


def test_names_come_as_they_arrive() -> None:
    """A name is given as soon as its line is complete, however slowly the list comes."""
    stream = _Dripping(b"a.png\nb.png\n")
    assert next(names_from(stream)) == "a.png"
    assert stream.tell() == len(b"a.png\n")
