"""Schemas made from examples, and how they are written down."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.schema import describe, load_schema
from vextract.schema.inference import infer
from vextract.schema.json_file import json_schema_model
from vextract.schema.writing import python_source

EXAMPLE = {
    "vendor": "Thistle & Wren",
    "issue-date": "2024-02-29",
    "printedAt": "2024-02-29T12:30:00",
    "class": "A",
    "date": "2024-03-01",
    "str": "x",
    "mail": "till@thistle.example",
    "iban": "DE89 3704 0044 0532 0130 00",
    "not an iban": "DE00 3704 0044 0532 0130 00",
    'said "so"': "it's",
    "total": 60.3,
    "paid": True,
    "note": None,
    "items": [{"name": "Tea", "qty": 2, "price": 1}, {"name": "Jam", "price": 4.5, "vat": {"rate": 7}}],
    "tags": [],
    "the_letterhead_of_the_paper": {"a_rather_long_name_of_a_member_too": "2024-13-01"},
}


def test_what_is_inferred() -> None:
    """Types, formats, lists of objects, and what is not in every example is not required."""
    fields = describe(infer([EXAMPLE, {**EXAMPLE, "vendor": 5, "date": "tomorrow"}], "Receipt"))
    found = {field.name: (field.kind, field.format) for field in fields.fields}
    assert fields.title == "Receipt"
    assert found["issue-date"] == ("date", "date")
    assert found["printedAt"] == ("datetime", "date-time")
    assert found["mail"] == ("text", "email")
    assert found["iban"] == ("text", "iban")
    assert found["not an iban"] == ("text", None)
    assert found["date"] == ("text", None)
    items = fields.member("items")
    assert items
    assert items.item
    assert {field.name: field.required for field in items.item.fields} == {
        "name": True,
        "price": True,
        "qty": False,
        "vat": False,
    }
    assert items.item.member("price").kind == "number"  # type: ignore[union-attr]


def _ruff(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("document", [EXAMPLE, [EXAMPLE["items"]], [1, 2], {"only": {"deep": {"deeper": [[1.5]]}}}, {}])
def test_the_python_file(workdir: Path, document: Any) -> None:
    """It is formatted and clean for ruff, loads, and takes the example that it was made from."""
    path = workdir / "made.py"
    path.write_text(python_source(describe(infer([document], "Made")), "Made"))
    selected = "E,F,W,I,UP,B,D,RUF,ANN,PL"
    check = _ruff("check", "--isolated", f"--select={selected}", "--ignore=D203,D213", "--line-length=88", str(path))
    assert check.returncode == 0, check.stdout + path.read_text()
    formatted = _ruff("format", "--isolated", "--diff", str(path))
    assert formatted.returncode == 0, formatted.stdout
    model, problems = load_schema("made.py:Made").validate(document)
    assert problems == []
    assert model


def test_the_python_file_says_the_same() -> None:
    """The classes have the titles, aliases and types that the example suggests."""
    source = python_source(describe(infer([EXAMPLE], "Made")), "Made")
    assert '    issue_date: dt.date = Field(alias="issue-date", title="Issue date")' in source
    assert '    class_: str = Field(alias="class", title="Class")' in source
    assert "    items: list[Item] = Field(" in source
    assert '    qty: int | None = Field(default=None, title="Qty")' in source


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=5)
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(DOCUMENTS, min_size=1, max_size=3))
def test_examples_fit_what_is_inferred_of_them(documents: list[Any]) -> None:
    """Any documents validate against the JSON Schema made of them, and the Python file of it compiles."""
    json_schema = infer(documents, "Made")
    model = json_schema_model(json_schema, "made", "made")
    for document in documents:
        assert model.model_validate(document).model_dump() == document
    compile(python_source(describe(json_schema), "Made"), "made.py", "exec")
