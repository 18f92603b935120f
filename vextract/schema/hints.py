"""How a ready-made schema says where a field stands on paper: the words beside it, and the block that it belongs to.

The hints go into the JSON Schema, where readers, prompts and anyone else find them; they refuse no value.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from pydantic import Field

if TYPE_CHECKING:
    from pydantic.config import JsonDict

__all__ = ["Hints", "Section", "printed", "words"]


@dataclass(frozen=True, slots=True)
class Section:
    """A block of a page, such as the one about the buyer: its name in the schema, and what is printed over it."""

    name: str
    labels: str


class Hints(TypedDict, total=False):
    """Where a field is printed. Lists of words are written as one text, parted by semicolons, the most specific first.

    Attributes:
        labels: what stands beside the value, or above its column.
        not_labels: labels that look alike and belong to something else.
        section: the block of the page that the field belongs to.
        place: "letterhead" for who issued the paper, "address" for the lines below; "key" and "value" for the two sides of free
            pairs, as on forms.
        format: narrower than the type: "currency", "iban", "bic", "vat-id", "country", "email", "phone", "uri".
        pattern: a regular expression that the printed form matches; a hint, so that what is misprinted is read all the same.
    """

    labels: str
    not_labels: str
    section: Section
    place: Literal["letterhead", "address", "key", "value"]
    format: str
    pattern: str


def printed(title: str, description: str, **hints: Unpack[Hints]) -> Any:
    """A Pydantic field that is null where it is not printed, with its hints in the JSON Schema."""
    extra: JsonDict = {}
    for key, value in hints.items():
        if isinstance(value, Section):
            extra |= {"section": value.name, "section_labels": [*words(value.labels)]}
        else:
            extra[key] = [*words(str(value))] if key.endswith("labels") else str(value)
    return Field(default=None, title=title, description=description, json_schema_extra=extra)


def words(text: str) -> list[str]:
    """The labels of a text that parts them by semicolons, in order; one that languages share is named once."""
    return list(dict.fromkeys(word for part in text.split(";") if (word := part.strip())))
