"""Data and evidence as a whole."""

import json
from pathlib import Path

import pytest

from tests.fields.reading import read, read_pages
from tests.grounding.pages import page
from vextract.fields.extraction import extract_fields
from vextract.schema import load_schema

ROWS = ["ACME GmbH", "Invoice no.: A-17     Invoice date: 2018-10-03", "Total  119.00"]


def test_what_is_not_printed_is_null() -> None:
    """Every field of the schema is in the data, and only what was found has evidence."""
    data, evidence = read_pages("invoice", ROWS)
    assert list(data) == [field.name for field in load_schema("invoice").fields.fields]
    assert {f"/{key}" for key, value in data.items() if value not in (None, [])} == set(evidence)


def test_evidence_shows_value_and_place() -> None:
    """Page, box, quote and kind of match are those of the words that print the value."""
    found = read_pages("invoice", [], ROWS)[1]["/total"]
    assert (found.page, found.quote, found.match) == (2, "119.00", "normalized")
    assert found.box is not None
    assert found.box.y0 < 0.066 < found.box.y1
    assert found.box.x0 < 7 * 0.008 + 0.01 < found.box.x1


def test_doubtful_reading_gives_null() -> None:
    """Words that OCR hardly read are no values; the same words read surely are."""
    rows = ["Invoice no. A-17", "Total  119.00"]
    assert not any(read_pages("invoice", rows, reader="tesseract", sure=0.3)[1])
    assert set(read_pages("invoice", rows, reader="tesseract", sure=0.95)[1]) == {"/invoice_number", "/total"}


def test_confidence_is_score_times_reading() -> None:
    """The less surely the words were read, the less sure the value."""
    sure, unsure = (
        read_pages("invoice", ["Total  119.00"], reader="tesseract", sure=s)[1]["/total"].confidence for s in (1.0, 0.8)
    )
    assert unsure == pytest.approx(0.8 * (sure or 0))


def test_what_may_be_missing_but_not_null_is_missing(tmp_path: Path) -> None:
    """Data of a JSON Schema whose optional properties do not allow null is valid although nothing was found."""
    party = {"type": "object", "properties": {"iban": {"type": "string"}}, "required": ["iban"]}
    text, number = {"type": "string"}, {"type": "number"}
    path = tmp_path / "note.json"
    path.write_text(
        json.dumps(
            {"type": "object", "properties": {"sender": text, "total": number, "party": party}, "required": ["sender"]}
        )
    )
    data = read(str(path), "Sender: Ann Lee")
    assert data == {"sender": "Ann Lee"}
    assert load_schema(str(path)).validate(data)[1] == []
    assert read(str(path), "nothing") == {"sender": None}


def test_a_nested_object_is_null_where_nothing_of_it_is_printed() -> None:
    """An object that may be null is null rather than full of nulls; its fields are found where they are printed."""
    schema = "seller? {name, iban? iban}, total? float"
    assert read(schema, "Total 5.00") == {"seller": None, "total": 5}
    assert read(schema, "Name: Ann Lee") == {"seller": {"name": "Ann Lee", "iban": None}, "total": None}


def test_no_words_give_no_data() -> None:
    """Blank pages and no pages give a record of nulls."""
    assert read_pages("total? float", []) == ({"total": None}, {})
    assert extract_fields(load_schema("total? float"), []) == ({"total": None}, [])


def test_the_same_words_give_the_same_data() -> None:
    """Reading twice gives the same, evidence and its order too."""
    pages = [page(ROWS), page(["Total  119.00", "VAT  19.00"], 2)]
    schema = load_schema("invoice")
    assert extract_fields(schema, pages) == extract_fields(schema, pages)


def test_a_title_is_a_label_where_there_are_none() -> None:
    """A field without labels is found by its title and the words of its name."""
    assert read("customerNumber, due_date date", "Customer number: C-5", "Due date: 2018-10-03") == {
        "customerNumber": "C-5",
        "due_date": "2018-10-03",
    }
