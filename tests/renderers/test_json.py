"""`-f json` and `-f jsonl` for several documents on one stream."""

import json
from pathlib import Path

import pytest

from tests.feeding import ONE, SEVERAL, feed, make_files, opened, record_of
from vextract.errors import InputError
from vextract.sources.expand import Source

BROKEN = Source("broken.png", problem=InputError("'broken.png' is broken", "mend it"))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_several_documents_make_one_array(workdir: Path, count: int) -> None:
    """None, one or three documents of a run that may have several are an array of as many records."""
    sources = make_files(*(f"{i}.png" for i in range(count)))
    output = opened("out.json", "json", SEVERAL)
    feed(output, *sources)
    output.close()
    told = json.loads((workdir / "out.json").read_text("utf-8"))
    assert [record["source"] for record in told] == [source.name for source in sources]


def test_one_document_is_an_object(workdir: Path) -> None:
    """A single named input gives the record itself, no array."""
    output = opened("out.json", "json", ONE)
    feed(output, *make_files("a.png"))
    output.close()
    assert json.loads((workdir / "out.json").read_text("utf-8"))["source"] == "a.png"


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_failed_documents_keep_their_place(workdir: Path, name: str) -> None:
    """A failed input has its record among the others, in order."""
    first, last = make_files("a.png", "b.png")
    output = opened("out", name, SEVERAL)
    for source in (first, BROKEN, last):
        if source.problem:
            output.done(source, record_of(source, source.problem))
        else:
            feed(output, source)
    output.close()
    written = (workdir / "out").read_text("utf-8")
    told = json.loads(written) if name == "json" else [json.loads(line) for line in written.splitlines()]
    assert [record["status"] for record in told] == ["ok", "failed", "ok"]
    assert told[1]["errors"][0]["hint"] == "mend it"
