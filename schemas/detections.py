"""Objects on pages: label, box, score and mask, in the shape that `vextract detect` gives and that `eval --truth` takes."""

from pydantic import BaseModel, Field

from vextract.schema.hints import printed


class Mask(BaseModel):
    """Which pixels an object covers: its outline, or COCO's run-length code; one of the two."""

    polygons: list[list[float]] | None = printed(
        "Polygons", "Outlines: each the numbers x, y, x, y, … as the box has them."
    )
    size: list[int] | None = printed("Size", "Of the run-length code: height and width of the page in pixels.")
    counts: str | None = printed("Counts", "The run-length code, compressed as COCO does.")


class DetectedObject(BaseModel):
    """One object."""

    page: int | None = printed("Page", "The number of the page, from 1.")
    label: str | None = printed("Label", "What it is, in one or two words.")
    box: list[float] | None = Field(
        default=None,
        title="Box",
        description="Left, top, right and bottom in pixels of the page.",
        min_length=4,
        max_length=4,
    )
    score: float | None = Field(
        default=None,
        title="Score",
        description="How sure the detector is, 0 to 1; null unless it measured that.",
        ge=0,
        le=1,
    )
    text: str | None = printed("Text", "What is written there, such as what a bar code says.")
    mask: Mask | None = Field(default=None, title="Mask", description="Its outline; null if only the box is known.")


class Detections(BaseModel):
    """The objects of all pages."""

    objects: list[DetectedObject] = Field(default_factory=list, title="Objects", description="Page by page.")
    counts: dict[str, int] | None = Field(
        default=None, title="Counts", description="How many objects have each label; reckoned from the objects."
    )
