"""The task `caption`: what a picture or page shows, in words, by a vision model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vextract.tasks import Answer, Ask, Question, Reply, Sight
from vextract.tasks._prompting import SYSTEM, worded

__all__ = ["PROMPT", "SCOPE", "STYLES", "CaptionOptions", "Style", "ask", "read"]

SCOPE = "page"
Style = Literal["brief", "detailed", "alt", "hashtags", "story"]

PROMPT = (
    "$style\n$length\nWrite in the language: $language. Answer with the text alone, without a title or quotation marks."
)
NAME = "caption/1"

STYLES: dict[Style, str] = {
    "brief": "Say in one sentence what this picture shows.",
    "detailed": "Describe what this picture shows: what and who is where, colours, text that can be read, and what kind of picture "
    "it is.",
    "alt": "Write alternative text for this picture, for a reader who cannot see it: what matters in it, in at most 125 "
    "characters, not beginning with 'picture of'.",
    "hashtags": "Give 5 to 15 hashtags for what this picture shows, parted by spaces, the most fitting first.",
    "story": "Tell a short story that begins in this picture. What it says of the picture must be seen there.",
}


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """How to write. `language`: its name or code; `words`: about how many, None for what suits the style."""

    style: Style = "brief"
    language: str = "English"
    words: int | None = None


def ask(question: Question, pages: tuple[int, ...]) -> Ask:
    """One page's picture, and how to describe it."""
    options = question.options if isinstance(question.options, CaptionOptions) else CaptionOptions()
    length = f"Use about {options.words} words." if options.words else ""
    prompt, name = worded(
        NAME, PROMPT, question.prompt, style=STYLES[options.style], length=length, language=options.language
    )
    return Ask(name, (*(Sight(page) for page in pages), prompt), pages, SYSTEM)


def read(question: Question, replies: Sequence[Reply]) -> Answer:
    """The caption of each page; `text` has all of them, parted by empty lines."""
    del question
    pages = [{"number": reply.pages[0], "text": reply.text.strip()} for reply in replies]
    return Answer({"text": "\n\n".join(str(page["text"]) for page in pages), "pages": pages})
