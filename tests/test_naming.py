"""Patterns for the names of files: which are refused, what they are filled in with. That results go there: test_sinks_files.py."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.renderers.pages import unhurried
from vextract.errors import UsageError
from vextract.naming import checked_pattern, filled
from vextract.sources.expand import Source

SOURCE = Source("scans/a.b.png", Path("scans/a.b.png"), folder="x/y", number=7)
# Names of files as a file system has them; a lone surrogate stands for a byte that is no UTF-8.
NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..")
)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("seen/{stem}-{page:03}.png", "seen/a.b-002.png"),
        ("{n}/{page}.png", "7/2.png"),
        ("/srv/{dir}/{name}.png", "/srv/x/y/a.b.png.png"),
        ("{dir}/../{stem}.png", "x/a.b.png"),
        ("{parent}{{page}}.png", "scans{page}.png"),
    ],
)
def test_fields(pattern: str, path: str) -> None:
    """Each field is filled in, a further one too; braces that are doubled stay; a pattern may lead anywhere on the disk."""
    assert checked_pattern(pattern, more=("page",)) == pattern
    assert filled(pattern, SOURCE, page=2) == Path(path)


@pytest.mark.parametrize(
    ("pattern", "culprit"),
    [
        ("{stem}-{label}.png", "{label}"),
        ("{0}.png", "{0}"),
        ("{stem.__class__}", "{stem.__class__}"),
        ("{n:{page}}", "within"),
    ],
)
def test_a_field_that_is_unknown(pattern: str, culprit: str) -> None:
    """The message names the flag, the pattern and the field; the hint names the fields that there are, further ones too."""
    with pytest.raises(UsageError) as caught:
        checked_pattern(pattern, "--overlay", ("page",))
    assert caught.value.message.startswith(f"--overlay {pattern!r} has ")
    assert culprit in caught.value.message
    assert caught.value.hint == "a pattern may have {stem}, {name}, {parent}, {dir}, {n}, {page}"


def test_a_field_that_is_not_offered() -> None:
    """What names a page is unknown where files are for whole documents."""
    with pytest.raises(UsageError, match="page"):
        checked_pattern("{stem}-{page}.png")


@unhurried
@given(NAMES, st.lists(NAMES, max_size=2).map("/".join))
def test_names_stay_where_they_belong(name: str, folder: str) -> None:
    """Whatever a document is called, its file lies in the folder that the pattern names, and only there."""
    source = Source(f"scans/{name}", Path("scans", name), folder=folder, number=1)
    for pattern in ("seen/{dir}/{stem}.png", "seen/{dir}/{name}.png"):
        path = filled(pattern, source)
        assert path.parent == Path(os.path.normpath(f"seen/{folder}"))
        assert path.name.endswith(".png")
