"""Records to render, and strategies that make their data."""

from typing import Any

from hypothesis import strategies as st

from vextract.errors import VextractError
from vextract.renderers import RenderOptions, find_format
from vextract.sinks import Output, open_output
from vextract.sources.expand import Source
from vextract.types import ErrorInfo, Record

from .pages import texts

keys = st.one_of(st.sampled_from(["status", "source", "index", "a.b", "a", "b", "data.status", "=x"]), texts)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
inner = st.dictionaries(keys, scalars | st.dictionaries(keys, scalars, max_size=2), min_size=1, max_size=3)
data = st.dictionaries(keys, scalars | inner | st.lists(inner, max_size=3) | st.lists(scalars, max_size=3), max_size=4)


def record(data: object, source: str = "a.png", **more: Any) -> Record[object]:
    """A record that has the data."""
    return Record(source, None, "verify", None, more.pop("status", "ok"), data, **more)


def failed(source: str = "bad.png") -> Record[object]:
    """The record of a document that could not be read."""
    return record(None, source, status="failed", errors=(ErrorInfo("input", f"cannot read {source!r}", "mend it"),))


def rendered(name: str, *records: Record[object], **options: Any) -> str:
    """What the format makes of the records, each with a writer of its own."""
    form = find_format(name, pages=False)
    return b"".join(b"".join(form.writer_for(RenderOptions(**options)).close(each)) for each in records).decode()


def opened(name: str, target: str | None, options: RenderOptions, *, force: bool = False) -> Output:
    """The output for records."""
    return open_output(target, name, find_format(name, pages=False), options, force=force)


def write(name: str, target: str | None, *records: Record[object], force: bool = False, **options: Any) -> list[str]:
    """Writes the records as a run does; what became of each: its status, "kept", or the problem."""
    output = opened(name, target, RenderOptions(**{"several": len(records) > 1, **options}), force=force)
    fates = []
    for each in records:
        source = output.admit(Source(each.source))
        if source is None:
            fates.append("kept")
        elif source.problem:
            fates.append(_problem(source.problem))
        else:
            told = output.done(source, each)
            fates.append(told.status if told.errors == each.errors else told.errors[-1].message)
    output.close()
    return fates


def _problem(error: VextractError) -> str:
    assert error.hint
    return error.message
