"""The task `ocr`: the text of a page, its lines and words, in reading order; by a reader, or by a model on a reader's places."""

from dataclasses import dataclass
from typing import Literal

from vextract.aligning import align
from vextract.layout import arrange
from vextract.tasks import Ask, Question, Reply, Sight
from vextract.tasks._prompting import SYSTEM, worded
from vextract.types import PageRef, PageText, Reading

__all__ = ["PROMPT", "SCOPE", "OcrOptions", "ask", "page_text", "read_page"]

SCOPE = "page"
PROMPT = "$form\nKeep the spelling, the figures and the order of reading. $language\nAnswer with the text alone."
NAME = "ocr/1"
_FORMS = {
    "plain": "Write down all text that can be read on this page, line by line as it is printed.",
    "markdown": "Write down all text that can be read on this page as Markdown: headings, lists, and tables as pipe tables.",
}


@dataclass(frozen=True, slots=True)
class OcrOptions:
    """How a model is to write the text down, and in which languages the page is, "" if that is not known."""

    form: Literal["plain", "markdown"] = "plain"
    languages: str = ""


def page_text(reading: Reading, ref: PageRef, *, blank: bool = False) -> PageText:
    """The page's words put in lines and reading order."""
    return PageText(ref, arrange(reading, ref), reading.reader, reading.rotation, blank)


def ask(question: Question, pages: tuple[int, ...]) -> Ask:
    """One page's picture, and how to write its text down."""
    options = question.options if isinstance(question.options, OcrOptions) else OcrOptions()
    language = f"It is written in: {options.languages}." if options.languages else ""
    prompt, name = worded(NAME, PROMPT, question.prompt, form=_FORMS[options.form], language=language)
    return Ask(name, (*(Sight(page) for page in pages), prompt), pages, SYSTEM)


def read_page(measured: PageText, reply: Reply, model: str) -> tuple[PageText, tuple[str, ...]]:
    """The page with the model's text, its words where they were measured; and what is to be noted about that."""
    aligned = align(measured, reply.text.strip("\n"), model=model)
    notes: tuple[str, ...] = ()
    if measured.words and aligned.unplaced:
        notes = (f"{aligned.unplaced} of the model's words were not measured on the page: they have no box",)
    return aligned.page, notes
