"""Lines of results and truth."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.errors import InputError
from vextract.evaluation.examples import Mark, read_examples


def test_a_record() -> None:
    """Everything that is measured is read from a record; what it says besides is passed over."""
    record = {
        "format": 1,
        "source": "a.png",
        "status": "ok",
        "data": {"v": 1},
        "evidence": [
            {"pointer": "/v", "page": 1, "box": [1, 2, 3, 4], "quote": "1", "match": "exact", "confidence": 0.5},
            {"pointer": "/w", "page": None, "box": None, "quote": None, "match": "none", "confidence": None},
        ],
        "pages": [{"number": 1, "width": 10, "height": 20, "dpi": None}],
        "usage": {"input_tokens": 1, "output_tokens": 2, "cost_usd": 0.1},
        "seconds": 2,
        "errors": [],
    }
    [example] = read_examples([b"\xef\xbb\xbf" + json.dumps(record).encode(), b"\n"], "r.jsonl")
    assert example.marks == (Mark("/v", 1, (1, 2, 3, 4), True, 0.5), Mark("/w", None, None, False, None))
    assert example.page_sizes == {1: (10, 20)}
    assert (example.source, example.data, example.seconds, example.cost_usd) == ("a.png", {"v": 1}, 2, 0.1)
    assert example.where == "r.jsonl:1"


def test_a_plain_line() -> None:
    """A source and data suffice; the rest is unknown."""
    [example] = read_examples([b'{"source": "a", "data": null}'], "r")
    assert (example.data, example.marks, example.page_sizes, example.seconds, example.cost_usd) == (
        None,
        (),
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"7", "not a JSON object"),
        (b"\xff{}", "not UTF-8"),
        (b'{"data": {}}', "no 'source'"),
        (b'{"source": "a"}', "no 'data'"),
        (b'{"source": 3, "data": {}}', "'source'"),
        (b'{"source": "", "data": {}}', "'source'"),
        (b'{"source": "a", "data": NaN}', "NaN"),
        (b'{"source": "a", "data": {}, "evidence": [{"pointer": "/v", "box": [1, 2]}]}', "'evidence.0.box'"),
        (b'{"source": "a", "data": {}, "evidence": [{"pointer": "/v", "page": 0}]}', "'evidence.0.page'"),
        (b'{"source": "a", "data": {}, "evidence": [{"pointer": "/v", "confidence": 2}]}', "'evidence.0.confidence'"),
        (b'{"source": "a", "data": {}, "pages": [{"number": 1, "width": 0, "height": 1}]}', "'pages.0.width'"),
        (b'{"source": "a", "data": {}, "seconds": -1}', "'seconds'"),
        (b'{"source": "a", "data": ' + b"[" * 150 + b"]" * 150 + b"}", "150|100 levels"),
        (b'{"source": "a", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b'{"source": "a", "data": ' + b"1" * 5000 + b"}", "not JSON"),
    ],
)
def test_broken_lines(line: bytes, told: str) -> None:
    """The error names file and line, says in one line what is wrong, and shows what a line looks like."""
    with pytest.raises(InputError, match=told) as caught:
        read_examples([b'{"source": "b", "data": 1}\n', b"\n", line], "r.jsonl")
    assert caught.value.message.startswith("r.jsonl:3: ")
    assert "\n" not in caught.value.message
    assert '"source"' in caught.value.hint


def test_an_empty_file() -> None:
    """A file without a line is an error, not a perfect score."""
    with pytest.raises(InputError, match=r"r\.jsonl: no lines"):
        read_examples([b"\n", b"  "], "r.jsonl")


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(line: bytes) -> None:
    """Nothing but an InputError comes of a line."""
    with suppress(InputError):
        assert read_examples([line], "r")
