"""A screenshot of a program or web page: what it is, and every control with its text and state."""

from typing import Literal

from pydantic import BaseModel, Field

from vextract.schema.hints import printed

Role = Literal[
    "button", "link", "input", "checkbox", "radio", "switch", "select", "slider", "tab", "menu_item", "icon", "image", "heading",
    "text", "list_item", "dialog", "alert", "other",
]  # fmt: skip


class Element(BaseModel):
    """One element of the screen."""

    role: Role | None = printed("Role", "What the element is.")
    text: str | None = printed("Text", "The text on it, or its label.")
    value: str | None = printed("Value", "What is entered or chosen in it.")
    enabled: bool | None = printed("Enabled", "False where it is greyed out.")
    selected: bool | None = printed(
        "Selected", "Whether it is ticked, chosen or active; null where that has no meaning."
    )


class Ui(BaseModel):
    """A screenshot."""

    application: str | None = printed("Application", "The program or site, as far as it can be told.")
    title: str | None = printed("Title", "The title of the window or page.")
    url: str | None = printed("Address", "The address in the browser's bar.", format="uri")
    platform: Literal["web", "desktop", "mobile", "terminal", "other"] | None = printed("Platform", "Where it runs.")
    messages: list[str] = Field(
        default_factory=list, title="Messages", description="Errors, warnings and notices shown, word for word."
    )
    elements: list[Element] = Field(
        default_factory=list, title="Elements", description="The elements in reading order."
    )
    summary: str | None = printed("Summary", "What the screen is for, in one sentence.")
