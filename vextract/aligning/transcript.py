"""The words of a transcript: plain text, or Markdown as models write it, HTML tables and formulas among it.

Marks of Markdown and HTML are no words, but for the numbers of lists, which are printed. Formulas in LaTeX are left as they are.
Pictures and comments say what is not printed, and are left out. Any text can be read; there is no invalid Markdown.
"""

import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

__all__ = ["printed_words"]

# Elements that stand within a word or between words of one line; all others part words (HTML Standard, 3.2.5.2.5).
_WITHIN_TEXT = re.compile(
    "a|abbr|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var|wbr"
)
# A model's whole answer often stands in a fence; these are the names that it then has.
_WRAPPERS = frozenset(("", "html", "markdown", "md", "plaintext", "text", "txt"))
# $…$ as Pandoc knows it: no space inside the marks, no digit after them, so that prices are none.
_FORMULA = re.compile(
    r"\$\$.{1,2000}?\$\$|\$(?![\s$])[^$]{0,2000}?(?<![\s\\])\$(?!\d)|\\\(.{1,2000}?\\\)|\\\[.{1,2000}?\\\]", re.DOTALL
)


def printed_words(transcript: str) -> list[str]:
    """What the transcript says is printed, in reading order: runs of characters without white space."""
    shown = _Shown()
    shown.feed(_html(transcript))
    shown.close()
    return "".join(shown.parts).split()


def _html(transcript: str) -> str:
    markdown = _markdown()
    tokens = markdown.parse(transcript)
    if len(tokens) == 1 and tokens[0].type == "fence" and tokens[0].info.strip().lower() in _WRAPPERS:
        tokens = markdown.parse(tokens[0].content)
    for token in tokens:
        # The printed number of a list's item; HTML would leave it to the browser.
        if token.type == "list_item_open" and token.info:
            token.meta["number"] = f"{token.info}{token.markup}"
    return str(markdown.renderer.render(tokens, markdown.options, {}))


@cache
def _markdown() -> "MarkdownIt":
    """CommonMark with tables. Indents are layout here, not code; and a line such as "[1]: see below" is printed."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True}).enable("table").disable(["code", "reference"])
    markdown.inline.ruler.before("escape", "formula", _formula)
    markdown.add_render_rule("list_item_open", lambda _, tokens, at, *__: f"<li>{tokens[at].meta.get('number', '')} ")
    return markdown


def _formula(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001  the library's own form
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("text", "", 0).content = found[0]
    state.pos = found.end()
    return True


class _Shown(HTMLParser):
    """Gathers the text that HTML shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    # Nothing that a model writes may hide what follows: neither a script that never ends nor a declaration that is none.

    def set_cdata_mode(self, elem: str, **options: bool) -> None:
        """Does nothing: the text of every element is read alike."""

    def parse_html_declaration(self, i: int) -> int:
        """Where the declaration at `i` ends."""
        end = self.rawdata.find(">", i)
        return len(self.rawdata) if end < 0 else end + 1

    def _part(self, tag: str) -> None:
        if not _WITHIN_TEXT.fullmatch(tag):
            self.parts.append(" ")
