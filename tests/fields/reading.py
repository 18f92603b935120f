"""Reads fields off made-up pages."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from tests.grounding.pages import page
from vextract.fields.extraction import extract_fields
from vextract.schema import load_schema
from vextract.types import Evidence

__all__ = ["read", "read_pages"]


def read(schema: str | type[BaseModel], *rows: str) -> dict[str, Any]:
    """The data on a page of these rows; two blanks or more part columns."""
    return read_pages(schema, rows)[0]


def read_pages(
    schema: str | type[BaseModel], *pages: Sequence[str], reader: str = "textlayer", sure: float | None = None
) -> tuple[dict[str, Any], dict[str, Evidence]]:
    """The data on pages of rows, and its evidence by pointer."""
    drawn = [page(rows, number, reader, sure) for number, rows in enumerate(pages, 1)]
    data, evidence = extract_fields(load_schema(schema), drawn)
    return data, {each.pointer: each for each in evidence}
