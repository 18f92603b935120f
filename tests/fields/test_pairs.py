"""Free key and value pairs of forms."""

from tests.fields.reading import read, read_pages


def _entries(*rows: str) -> list[tuple[object, object]]:
    return [(entry["label"], entry["value"]) for entry in read("form", *rows)["entries"]]


def test_what_follows_a_colon_is_the_value() -> None:
    """After the colon, or in the next column."""
    assert _entries("Family name: Quillfeather", "Town:     Wick Haven") == [
        ("Family name", "Quillfeather"),
        ("Town", "Wick Haven"),
    ]


def test_a_field_left_empty_is_a_pair_without_value() -> None:
    """The key is there, its value is null; the next key is no value."""
    assert _entries("Phone:     E-mail:", "Fax:") == [("Phone", None), ("E-mail", None), ("Fax", None)]


def test_each_side_has_its_evidence() -> None:
    """Key and value are quoted from the page."""
    _, evidence = read_pages("form", ["Occupation: Instrument maker"])
    assert evidence["/entries/0/label"].quote == "Occupation:"
    assert evidence["/entries/0/value"].quote == "Instrument maker"


def test_other_lists_are_not_filled_with_pairs() -> None:
    """Only items that name a key and a value take them."""
    assert read("receipt", "Cashier: Ann", "Table: 4")["items"] == []
