"""A description of any picture: caption, what is in it, the text on it, and an alternative text for the web."""

from typing import Literal

from pydantic import BaseModel, Field

from vextract.schema.hints import printed


class Subject(BaseModel):
    """A person, animal or thing in the picture."""

    name: str | None = printed("Name", "What it is, in one or two words.")
    count: int | None = printed("Count", "How many; null where they cannot be counted.")
    attributes: list[str] = Field(
        default_factory=list, title="Attributes", description="What is seen of it: colour, size, material, posture."
    )


class ImageDescription(BaseModel):
    """What a picture shows."""

    caption: str | None = printed("Caption", "What the picture shows, in one sentence.")
    description: str | None = printed(
        "Description", "A paragraph: the scene, what happens, and how the parts lie to one another."
    )
    alternative_text: str | None = printed(
        "Alternative text", "At most 125 characters for a reader who cannot see the picture, without 'image of'."
    )
    medium: (
        Literal["photograph", "screenshot", "scan", "drawing", "painting", "rendering", "chart", "map", "other"] | None
    ) = printed("Medium", "What sort of picture it is.")
    subjects: list[Subject] = Field(
        default_factory=list, title="Subjects", description="The persons, animals and things, the most prominent first."
    )
    setting: str | None = printed("Setting", "Where and when: a kitchen, a street at night.")
    colours: list[str] = Field(
        default_factory=list, title="Colours", description="The main colours, the most frequent first."
    )
    text: list[str] = Field(
        default_factory=list, title="Text", description="All readable text, word for word, one line or sign each."
    )
    tags: list[str] = Field(default_factory=list, title="Tags", description="Up to ten words to find the picture by.")
