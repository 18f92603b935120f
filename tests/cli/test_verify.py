"""`vextract verify` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.drawing import SAMPLES, draw_lines

VEXTRACT = [sys.executable, "-m", "vextract"]


def verify(*args: object, stdin: object = None, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Runs the command to its end; what goes in is JSON, or bytes as they are."""
    given = stdin if isinstance(stdin, bytes) or stdin is None else json.dumps(stdin).encode()
    command = [*VEXTRACT, "verify", *map(str, args)]
    return subprocess.run(command, input=given, capture_output=True, timeout=120, check=False, cwd=cwd)


def records(stdout: bytes) -> list[dict[str, Any]]:
    """The records of a JSONL output."""
    return [json.loads(line) for line in stdout.splitlines()]


def matches(record: dict[str, Any]) -> dict[str, str]:
    """How each value was found."""
    return {evidence["pointer"]: evidence["match"] for evidence in record["evidence"]}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A picture that prints a name and a total."""
    draw_lines(["Corner Shop", "Total 60.30"]).save(tmp_path / "small.png")
    return tmp_path


def test_the_values_of_a_receipt_from_stdin() -> None:
    """Names, dates and amounts of a scan are found, an invented one is not; the data comes back as it was given."""
    data = {
        "merchant": "Thistle & Wren Grocers",
        "date": "2024-03-28",
        "number": "004718",
        "vat": "DE123456789",
        "tip": None,
    }
    done = verify(SAMPLES / "receipt.png", "--data", "-", "-f", "jsonl", stdin=data)
    assert done.returncode == 0
    assert done.stderr == b"vextract: 4 values: 1 exact, 2 normalized, 1 none\n"
    [record] = records(done.stdout)
    assert record["data"] == data
    assert record["status"] == "ok"
    found = matches(record)
    assert found["/vat"] == "none"
    assert "/tip" not in found
    assert {found["/merchant"], found["/date"], found["/number"]} <= {"exact", "normalized"}
    [missing] = [evidence for evidence in record["evidence"] if evidence["pointer"] == "/vat"]
    assert [missing[key] for key in ("page", "box", "quote", "confidence")] == [None] * 4


def test_the_values_of_an_invoice_stand_in_their_rows(tmp_path: Path) -> None:
    """All values of a PDF with a text layer are found, and those of one item in one row."""
    fields = json.loads((SAMPLES / "invoice.pdf.expected.json").read_text())["fields"]
    data = {"invoice_number": fields["invoice_number"], "items": fields["items"]}
    path = tmp_path / "values.json"
    path.write_text(json.dumps(data))
    done = verify(SAMPLES / "invoice.pdf", "--data", path, "-f", "jsonl", "--box-unit", "fraction")
    [record] = records(done.stdout)
    assert "none" not in matches(record).values()
    for n in range(len(fields["items"])):
        tops = [
            e["box"][1] for e in record["evidence"] if e["pointer"] in (f"/items/{n}/amount", f"/items/{n}/quantity")
        ]
        assert max(tops) - min(tops) < 0.02


def test_records_keep_their_order_and_fail_alone(small: Path) -> None:
    """Each line has its record in its place; lines that are broken or name no file fail, the others go on; exit 9."""
    lines = [
        b'{"source": "small.png", "data": {"shop": "Corner Shop"}}',
        b"{broken",
        b'{"data": {}}',
        b'{"source": "gone.png", "data": {"a": 1}}',
        b"",
        b'{"source": "small.png", "data": {"total": 60.3, "note": null}}',
    ]
    done = verify("--records", "-", "-f", "jsonl", stdin=b"\n".join(lines), cwd=small)
    assert done.returncode == 9
    found = records(done.stdout)
    assert [record["status"] for record in found] == ["ok", "failed", "failed", "failed", "ok"]
    assert matches(found[0]) == {"/shop": "exact"}
    assert matches(found[4]) == {"/total": "normalized"}
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("data", [{}, [], b"null", {"a": None, "b": {"c": []}}])
def test_nothing_to_look_for_is_no_failure(small: Path, data: object) -> None:
    """Empty data and nulls give a record without evidence, and exit 0."""
    done = verify("small.png", "--data", "-", "-f", "jsonl", stdin=data, cwd=small)
    assert done.returncode == 0
    [record] = records(done.stdout)
    assert record["evidence"] == []


@pytest.mark.parametrize(
    ("data", "flags", "code"),
    [
        ({"shop": "Corner Shop"}, ["--fail-on", "none"], 0),
        ({"shop": "Corner Shop", "vat": "DE12345"}, [], 0),
        ({"shop": "Corner Shop", "vat": "DE12345"}, ["--fail-on", "none"], 10),
        ({"shop": "Corner Shop"}, ["--min-confidence", "0.5"], 0),
        ({"shop": "Corner Shop"}, ["--min-confidence", "0.999"], 10),
        ({"vat": "DE12345"}, ["--min-confidence", "0"], 10),
    ],
)
def test_demands_decide_the_exit_code(small: Path, data: object, flags: list[str], code: int) -> None:
    """What is asked with --fail-on and --min-confidence gives 10 where it is not met; the record is written all the same."""
    done = verify("small.png", "--data", "-", "-f", "jsonl", *flags, stdin=data, cwd=small)
    assert done.returncode == code
    assert len(records(done.stdout)) == 1


@pytest.mark.parametrize(
    ("args", "stdin", "code", "words"),
    [
        ([], None, 2, b"nothing to verify"),
        (["small.png"], None, 2, b"--data"),
        (["-", "--data", "-"], b"", 2, b"standard input"),
        (["small.png", "--records", "x"], None, 2, b"--records"),
        (["small.png", "--data", "gone.json"], None, 3, b"gone.json"),
        (["small.png", "--data", "-"], b"not json", 3, b"no JSON"),
        (["small.png", "--data", "-"], b'{"a": NaN}', 3, b"NaN"),
        (["gone.png", "--data", "-"], b"{}", 3, b"gone.png"),
        (["small.png", "--data", "-", "--fail-on", "guess"], b"{}", 2, b"guess"),
        (["small.png", "--data", "-", "--min-confidence", "2"], b"{}", 2, b"2"),
    ],
)
def test_a_mistake_gives_its_exit_code_and_a_hint(
    small: Path, args: list[str], stdin: bytes | None, code: int, words: bytes
) -> None:
    """Each mistake ends with its code, a line that names it, a hint and no traceback."""
    done = verify(*args, stdin=stdin, cwd=small)
    assert done.returncode == code
    assert words in done.stderr
    assert b"hint: " in done.stderr
    assert b"Traceback" not in done.stderr


def test_odd_values_are_asked_for_in_peace(small: Path) -> None:
    """Lone surrogates, control characters and huge numbers are values like others; the output stays JSON."""
    done = verify(
        "small.png",
        "--data",
        "-",
        "-f",
        "jsonl",
        stdin=rb'{"a": "\ud800\u0000", "b": 1e308, "c/~": "\u202eShop"}',
        cwd=small,
    )
    assert done.returncode == 0
    [record] = records(done.stdout)
    assert set(matches(record)) == {"/a", "/b", "/c~1~0"}


def test_records_without_a_line_are_an_error() -> None:
    """An empty list verifies nothing, which is no success."""
    done = verify("--records", "-", stdin=b"\n")
    assert done.returncode == 3
    assert b"no lines" in done.stderr


def test_data_nested_too_deep_ends_at_once() -> None:
    """A thousand brackets are refused with one line, before a worker sees them."""
    done = verify(SAMPLES / "letter.pdf", "--data", "-", stdin=b"[" * 900 + b"1" + b"]" * 900)
    assert done.returncode == 3
    assert b"levels deep" in done.stderr
    assert b"Traceback" not in done.stderr
