"""Any filled-in form: its title, and each field with its label and what was entered or ticked."""

from typing import Literal

from pydantic import BaseModel, Field

from vextract.schema.hints import printed


class Entry(BaseModel):
    """One field of the form and what it holds."""

    label: str | None = printed("Label", "The printed name of the field, without its colon.", place="key")
    value: str | None = printed(
        "Value", "What was entered, as written; null where the field was left empty.", place="value"
    )
    kind: Literal["text", "checkbox", "radio", "signature", "date", "number"] | None = printed(
        "Kind", "What sort of field it is."
    )
    checked: bool | None = printed("Checked", "For a box to tick: whether it is ticked; null for any other field.")
    section: str | None = printed("Section", "The heading that the field stands under.")


class Form(BaseModel):
    """A form and its entries, in reading order."""

    title: str | None = printed("Title", "The title of the form, as printed.")
    form_number: str | None = printed(
        "Form number",
        "The number or code of the form itself, not of the case.",
        labels="Form number; Form no.; Form; Formular-Nr.; Formularnummer; Vordruck; Vordruck-Nr.; Formulaire n°; "
        "Cerfa n°; Cerfa",
        not_labels="Case number; Reference number; Aktenzeichen; N° de dossier",
    )
    organisation: str | None = printed("Organisation", "Who issued the form.", place="letterhead")
    entries: list[Entry] = Field(
        default_factory=list, title="Entries", description="All fields, filled in or not, in order."
    )
    signed: bool | None = printed("Signed", "Whether the form bears a signature; null where it has no place for one.")
