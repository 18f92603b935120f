"""Every way to name a schema ends here as one thing: a Pydantic class, its JSON Schema, its fields, and a way to validate data."""

from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.fields import FieldSpec, describe
from vextract.schema.loading import Schema, load_schema, ready_made
from vextract.schema.problems import Problem

__all__ = [
    "Checked",
    "FieldSpec",
    "Inconsistency",
    "Problem",
    "Schema",
    "describe",
    "load_schema",
    "ready_made",
]
