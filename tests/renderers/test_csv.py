"""CSV of records: what the csv module reads back is the data; nothing is a formula, and nothing is left out silently."""

import csv
import gc
import json
import logging
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from vextract.errors import UsageError
from vextract.schema.fields import describe

from .pages import printable, unhurried
from .records import data as any_data
from .records import failed, record, rendered, write

NOTE: dict[str, Any] = {
    "seller": {"name": "Wren", "iban": None},
    "total": 9.5,
    "tags": ["a", "b"],
    "items": [{"name": "bread", "qty": 1}, {"name": "milk", "qty": 2}],
}
_TEXT = {"type": "string"}
_PART = {"type": "object", "properties": {"code": _TEXT}}
_ITEM = {"type": "object", "properties": {"name": _TEXT, "parts": {"type": "array", "items": _PART}}}
FIELDS = describe(
    {
        "type": "object",
        "properties": {
            "total": {"type": "number"},
            "seller": {"type": "object", "properties": {"name": _TEXT}},
            "items": {"type": "array", "items": _ITEM},
            "tags": {"type": "array", "items": _TEXT},
        },
    }
)


def rows(text: str) -> list[list[str]]:
    """What the csv module reads."""
    return list(csv.reader(StringIO(text, newline="")))


def file_rows(name: str) -> list[list[str]]:
    """What the csv module reads of a file."""
    return rows(Path(name).read_bytes().decode())


def unquoted(cell: str) -> str:
    """The cell's text without the apostrophe that keeps it from being a formula."""
    return cell[1:] if re.match("'+[=+\\-@\t\r\n＝＋－＠]", cell) else cell


def flat(value: object, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    """The values of nested objects with their places, in order; an oracle that knows nothing of tables."""
    if isinstance(value, dict) and value:
        return [leaf for key, part in value.items() for leaf in flat(part, (*path, key))]
    return [(path, value)]


def is_table(value: object) -> bool:
    """Whether it is a list of objects with keys."""
    return isinstance(value, list) and bool(value) and all(isinstance(member, dict) for member in value)


def shown(value: object) -> str:
    """A single value as text."""
    if isinstance(value, str):
        return printable(value.encode(errors="backslashreplace").decode())
    return "" if value is None or value in ([], {}) else json.dumps(value)


@unhurried
@given(any_data)
def test_data_reads_back(data: dict[str, Any]) -> None:
    """Any nested data: the csv module reads back every value, in order, under columns of which no two are alike."""
    header, row = rows(rendered("csv", record(data), beside=True))
    assert len(set(header)) == len(header) == len(row)
    leaves = [(path, value) for path, value in flat(data) if path and not is_table(value)]
    assert header[:2] == ["source", "status"]
    assert row[:2] == ["a.png", "ok"]
    assert len(row) == len(leaves) + 2
    for cell, (_, value) in zip(row[2:], leaves, strict=True):
        if not isinstance(value, list):
            assert (unquoted(cell) if isinstance(value, str) else cell) == shown(value)


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1", "-x", "@A1", "\tx", "\rx", "'=1", "''@", "＝1", "\n=1"])
def test_no_formula(text: str) -> None:
    """A text that begins as formulas do gets an apostrophe, which can be taken away again; numbers do not."""
    header, row = rows(rendered("csv", record({text: text, "n": -5, "x": "a=b", "q": "'a"})))
    assert row[2] == f"'{text}"
    assert header[2] == f"'{text}"
    assert unquoted(row[2]) == text
    assert row[3:] == ["-5", "a=b", "'a"]


def test_lists_of_values() -> None:
    """Values of a list are parted by "; "; where that would be unclear, and for all else that is nested, the cell is JSON."""
    told = {"a": ["x", 1, True], "b": ["x;y", "z"], "c": [None, "x"], "d": [[1], [2]], "e": [], "f": [{"k": 1}, 2]}
    _, row = rows(rendered("csv", record(told)))
    assert row[2] == "x; 1; true"
    assert [json.loads(cell) for cell in (*row[3:6], row[7])] == [told["b"], told["c"], told["d"], told["f"]]
    assert row[6] == ""


def test_rfc_4180() -> None:
    """Lines end in CR LF, and line breaks, commas and quotation marks within a cell are quoted."""
    assert rendered("csv", record({"a": 'x\n"y",z'}), data_only=True) == 'a\r\n"x\n""y"",z"\r\n'


def test_data_that_is_no_object() -> None:
    """Data that is a single value or a list of values is a column `value`."""
    assert rows(rendered("csv", record(7), data_only=True)) == [["value"], ["7"]]
    assert rows(rendered("csv", record(["a", "b"]), data_only=True)) == [["value"], ["a; b"]]


def test_own_columns_win() -> None:
    """Keys of the data that are called as our own columns, and dots within keys, are not confused with others."""
    told = {"status": "x", "a.b": 1, "a": {"b": 2}, "data": {"status": "y"}}
    header, row = rows(rendered("csv", record(told)))
    assert header == ["source", "status", "data.status", r"a\.b", "a.b", "data.data.status"]
    assert row == ["a.png", "ok", "x", "1", "2", "y"]


def test_deep_data() -> None:
    """Data nested hundreds of levels deep is written, as JSON from some level on."""
    deep: Any = 1
    for _ in range(400):
        deep = {"a": deep}
    assert rendered("csv", record(deep)).count('""a""') > 300


@pytest.mark.usefixtures("workdir")
def test_columns_of_the_schema() -> None:
    """With a schema every document has its columns, in its order, nulls and failures too; the header stands once."""
    fates = write("csv", "o.csv", failed(), record(NOTE), record({"total": None}, "b.png"), fields=FIELDS)
    assert fates == ["failed", "ok", "ok"]
    assert file_rows("o.csv") == [
        ["source", "status", "total", "seller.name", "tags"],
        ["bad.png", "failed", "", "", ""],
        ["a.png", "ok", "9.5", "Wren", "a; b"],
        ["b.png", "ok", "", "", ""],
    ]


@pytest.mark.usefixtures("workdir")
def test_columns_of_the_first_document(caplog: pytest.LogCaptureFixture) -> None:
    """Without a schema the first document with data gives the columns; what others have besides is named once, on stderr."""
    later = record({"a": 2, "new": 3, "o": {"x": 1}, "none": None}, "b.png")
    write("csv", "o.csv", failed(), record({"a": 1, "o": None}), later, later)
    table = file_rows("o.csv")
    assert table[:3] == [["source", "status", "a", "o"], ["bad.png", "failed", "", ""], ["a.png", "ok", "1", ""]]
    assert table[3][2:] == ["2", '{"x": 1}']
    assert [text for text in caplog.messages if "left out" in text] == [
        "csv: left out, for the first document does not have them: new"
    ]


@pytest.mark.usefixtures("workdir")
def test_all_failed() -> None:
    """Where all documents failed, they are told nevertheless."""
    write("csv", "o.csv", failed(), failed("b.png"))
    assert file_rows("o.csv") == [["source", "status"], ["bad.png", "failed"], ["b.png", "failed"]]


@pytest.mark.usefixtures("workdir")
def test_files_beside() -> None:
    """Lists of objects lie beside the file, also lists within lists, whose rows number the members around them."""
    note = {"items": [{"name": "x", "parts": []}, None, {"name": "y", "parts": [{"code": "p"}, {"code": "q"}]}]}
    write("csv", "o.csv", record(note), failed(), record(note, "b.png"))
    assert file_rows("o.items.csv")[:5] == [
        ["source", "index", "name"],
        *(["a.png", number, name] for number, name in [("1", "x"), ("2", ""), ("3", "y")]),
        ["b.png", "1", "x"],
    ]
    assert file_rows("o.items.parts.csv") == [
        ["source", "items", "index", "code"],
        *([source, "3", index, code] for source in ("a.png", "b.png") for index, code in [("1", "p"), ("2", "q")]),
    ]


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("target", ["out/", "out/{stem}.csv"])
def test_files_beside_each_document(target: str) -> None:
    """With a file for each document, its lists lie beside it; with a schema also where it has none."""
    assert write("csv", target, record(NOTE), record({}, "b.png"), fields=FIELDS) == ["ok", "ok"]
    names = [f"{stem}{part}.csv" for stem in "ab" for part in ("", ".items", ".items.parts")]
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(names)
    assert file_rows("out/b.items.csv") == [["source", "index", "name"]]


@pytest.mark.usefixtures("workdir")
def test_existing_file_beside() -> None:
    """A file that would lie beside and exists is kept: refused before any work if the schema tells of it; --force replaces it."""
    Path("o.items.csv").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match=r"'o.items.csv' exists and is kept"):
        write("csv", "o.csv", fields=FIELDS)
    with pytest.raises(UsageError, match=r"'o.items.csv' exists and is kept"):
        write("csv", "o.csv", record(NOTE))
    assert [str(path) for path in Path().iterdir()] == ["o.items.csv"]
    assert Path("o.items.csv").read_text("utf-8") == "mine"
    write("csv", "o.csv", record(NOTE), fields=FIELDS, force=True)
    assert len(file_rows("o.items.csv")) == 3


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("fields", [None, FIELDS])
def test_existing_file_beside_one_document(fields: Any) -> None:
    """With a file for each document, one that is in the way fails that document alone, which leaves nothing."""
    Path("a.items.csv").write_text("mine", "utf-8")
    fates = write("csv", "{stem}.csv", record(NOTE), record(NOTE, "b.png"), fields=fields)
    assert fates == ["'a.items.csv' exists and is kept", "ok"]
    assert not Path("a.csv").exists()
    assert Path("a.items.csv").read_text("utf-8") == "mine"
    assert Path("b.items.csv").exists()


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("fields", [None, FIELDS])
def test_file_beside_of_another(fields: Any) -> None:
    """A document's list and another document's own file never replace one another."""
    fates = write("csv", "{stem}.csv", record(NOTE), record(NOTE, "a.items.png"), fields=fields, force=True)
    assert fates == ["ok", "'a.items.csv' is already the result of 'a.png'"]
    assert file_rows("a.items.csv")[1][0] == "a.png"


@pytest.mark.usefixtures("workdir")
def test_names_of_lists_are_no_paths() -> None:
    """A key of the data cannot lead a file elsewhere, nor make two lists one file."""
    member = [{"x": 1}]
    write(
        "csv", "out/o.csv", record({"../../evil": member, "/etc/x\0": member, ".._.._evil": member, "a" * 999: member})
    )
    assert len(list(Path("out").iterdir())) == 5
    assert [path.name for path in Path().iterdir()] == ["out"]


@pytest.mark.usefixtures("workdir")
def test_lists_on_standard_output(caplog: pytest.LogCaptureFixture, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """On standard output the lists are left out, and once it is said which, and how to get them."""
    write("csv", None, record(NOTE), record(NOTE, "b.png"))
    assert len(rows(capfdbinary.readouterr().out.decode())) == 3
    assert [text for text in caplog.messages if "hint" not in text] == [
        "csv: lists are left out, they need files of their own: items"
    ]
    assert "--explode NAME" in caplog.text
    assert all(entry.levelno == logging.WARNING for entry in caplog.records)


@pytest.mark.parametrize("fields", [None, FIELDS])
def test_explode(fields: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An exploded list makes a row for each of its members; a document without members keeps one."""
    note = {"total": 1, "items": [{"name": "x"}, {"name": "y"}]}
    columns = {"fields": fields, "explode": "items"}
    table = rows(rendered("csv", record(note), **columns))
    names = table[0]
    assert [dict(zip(names, row, strict=True))["items.name"] for row in table[1:]] == ["x", "y"]
    assert {row[names.index("total")] for row in table[1:]} == {"1"}
    assert len(rows(rendered("csv", record({"total": 1, "items": []}), **columns))) == 2
    assert ("items.parts" in caplog.text) == (fields is not None)


@pytest.mark.usefixtures("workdir")
def test_explode_what_is_no_list() -> None:
    """A list that there is not is a UsageError that names those there are: before any work if there is a schema."""
    with pytest.raises(UsageError, match="'tags'") as caught:
        write("csv", "o.csv", fields=FIELDS, explode="tags")
    assert "items" in caught.value.hint
    with pytest.raises(UsageError, match="'x'") as caught:
        write("csv", "o.csv", failed(), record(NOTE), explode="x")
    assert "items" in caught.value.hint
    with pytest.raises(UsageError, match="jsonl"):
        write("jsonl", "o.jsonl", explode="items")
    del caught
    gc.collect()
    assert list(Path().iterdir()) == []


@pytest.mark.usefixtures("workdir")
def test_exploded_list_has_no_file() -> None:
    """The exploded list has no file of its own; others have."""
    write("csv", "o.csv", record(NOTE | {"taxes": [{"rate": 1}]}), explode="items")
    assert sorted(path.name for path in Path().iterdir()) == ["o.csv", "o.taxes.csv"]
    assert len(file_rows("o.csv")) == 3


@pytest.mark.usefixtures("workdir")
def test_data_only() -> None:
    """With --data there are no columns but the data's."""
    write("csv", "o.csv", record(NOTE), failed(), data_only=True)
    table = file_rows("o.csv")
    assert table[0] == ["seller.name", "seller.iban", "total", "tags"]
    assert table[2] == [""] * 4
    assert file_rows("o.items.csv")[:2] == [["index", "name", "qty"], ["1", "bread", "1"]]


def test_names_that_are_no_utf_8() -> None:
    """A file name that is not UTF-8 is written as in JSON."""
    told = record({"a": 1}, "b\udcff.png")
    assert rows(rendered("csv", told))[1][0] == r"b\udcff.png"
