"""Markdown output: structure where it is plain to see, and never a word lost or taken for markup."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from markdown_it import MarkdownIt

from vextract.renderers import RenderOptions, find_format
from vextract.types import Box, Line, PageRef, PageText, Word

from .pages import Placed, page, page_texts, printable, render, text_line, texts, unhurried

_PROSE = [
    "It was a bright cold day in spring and the clocks",
    "were striking one hour after another while people",
    "went home along the river.",
]
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _md(*pages: PageText, options: RenderOptions | None = None) -> str:
    return render("md", *pages, options=options).decode()


def _set(*rows: str, top: float = 0.1, height: float = 0.02) -> list[list[Placed]]:
    return [text_line(row, top + 1.5 * height * n, height=height) for n, row in enumerate(rows)]


def _shown(markdown: str) -> list[str]:
    """The words that a viewer shows."""
    words: list[str] = []
    for token in _PARSER.parse(markdown):
        assert token.type not in ("html_block", "code_block", "fence", "hr") or token.content.startswith("<!-- ")
        text = ""
        for child in token.children or ():
            assert child.type in ("text", "softbreak", "hardbreak", "text_special"), child
            text += " " if child.type.endswith("break") else child.content
        words += text.split()
    return words


@unhurried
@given(texts, texts)
def test_no_text_is_markup(first: str, second: str) -> None:
    """Whatever the words are, a viewer shows exactly them: nothing is emphasis, link, code, heading or HTML."""
    words = f"{printable(first)} {printable(second)}".split()
    lines = [Line((Word(first, Box(0.1, 0.1, 0.2, 0.12)), Word(second, Box(0.22, 0.1, 0.3, 0.12))))]
    markdown = _md(PageText(PageRef("a.png", 1, 100, 100), tuple(lines), "tesseract"))
    assume(not re.match(r"([-+*•·▪▫■□◦‣⁃●○–]|\d{1,2}[.)]) ", f"{first} "))
    assert _shown(markdown) == words


@pytest.mark.parametrize(
    "text",
    [
        *("# a", "###### a", "#", "a ##", "> a", "+ ", "---", "===", "***", ":--", "1234. a", "[a]: b"),
        *("~~a~~", "*a*", "_a_", "**a**", "`a`", "```", "[a](b)", "![a](b)", "|a|b|", "http://a.b/_c_"),
        *("<b>", "</b>", "<!-- a", "&amp;", "&#35;", "a\\", "\\*a*"),
    ],
)
def test_markup_is_shown_as_it_is(text: str) -> None:
    """What means something to Markdown, at the beginning of a paragraph, a broken line or a heading, is shown as it was read."""
    words = [(word, 0.1 + 0.1 * n) for n, word in enumerate(text.split())]
    low = [[(word, x, y, x + 0.05, y + 0.02) for word, x in words] for y in (0.1, 0.13, 0.16, 0.19)]
    high = [(word, x, 0.3, x + 0.05, 0.35) for word, x in [("start", 0.0), *words]]
    assert _shown(_md(page(*low, high, blocks=[0, 0, 0, 0, 1]))) == [*text.split() * 4, "start", *text.split()]


@unhurried
@given(page_texts())
def test_any_page_keeps_its_words(given_page: PageText) -> None:
    """No page makes it stumble, and the letters and digits of its words all come out in a viewer or as list marks."""

    def solid(text: str) -> list[str]:
        return sorted(re.sub(r"[\W_]", "", text))

    shown = "".join(_shown(_md(given_page)))
    marks = "".join(re.findall(r"^(\d{1,2})[.)] ", _md(given_page), re.MULTILINE))
    assert solid(shown + marks) == solid(printable("".join(word.text for word in given_page.words)))


def test_lines_of_a_block_are_one_paragraph() -> None:
    """Running text is joined; another block is another paragraph."""
    lines = [*_set(*_PROSE), text_line("Another paragraph here.", 0.5)]
    assert _md(page(*lines, blocks=[0, 0, 0, 1])) == f"{' '.join(_PROSE)}\n\nAnother paragraph here.\n"


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("all of this is a mere exam-", "ple of words", "all of this is a mere example of words"),
        ("all of this is a mere exam\u00ad", "ple of words", "all of this is a mere example of words"),
        ("this is the line to Baden-", "Baden from here", "this is the line to Baden- Baden from here"),
        ("some of the pages 10-", "20 are lost", "some of the pages 10- 20 are lost"),
        ("it was late -", "or so he said", "it was late - or so he said"),
    ],
)
def test_split_words_are_mended(above: str, below: str, joined: str) -> None:
    """A word split at a line's end is made whole; other hyphens stay."""
    assert _md(page(*_set(above, below))) == f"{joined}\n"


def test_short_lines_keep_their_breaks() -> None:
    """What may be an address or a poem keeps its lines."""
    assert _md(page(*_set("Ann Example", "12 Long Winding Road", "Town"))) == (
        "Ann Example  \n12 Long Winding Road  \nTown\n"
    )


def test_tall_short_lines_are_headings() -> None:
    """A line twice as tall as usual is a title, one of 1.4 times a heading; a long or finished one is neither."""
    title = text_line("The Title", 0.02, height=0.041)
    heading = text_line("A Heading", 0.08, height=0.029)
    long = text_line(" ".join(["word"] * 13), 0.3, height=0.029, character=0.005)
    sentence = text_line("Large text, no heading.", 0.36, height=0.029)
    lines = [title, heading, *_set(*_PROSE, *_PROSE, top=0.12), long, sentence]
    parts = _md(page(*lines, blocks=[0, 1, *[2] * 6, 3, 4])).split("\n\n")
    assert parts[:2] == ["# The Title", "## A Heading"]
    assert not any(part.startswith("#") for part in parts[2:])


def test_few_lines_have_no_headings() -> None:
    """Where hardly any lines are to compare with, none is a heading."""
    assert _md(page(text_line("Large", 0.1, height=0.1), text_line("small", 0.5))) == "Large  \nsmall\n"


def test_list_bullets_are_kept() -> None:
    """Bullets and numbers make list items; a line that goes on belongs to its item."""
    rows = ["Things to bring:", "• bread and", "butter", "– salt", "1. sugar", "2) a spoon"]
    assert _md(page(*_set(*rows))) == "Things to bring:\n\n- bread and butter\n- salt\n1. sugar\n2) a spoon\n"


def test_years_are_no_list() -> None:
    """A line that begins with a larger number and a full stop is text."""
    assert _md(page(text_line("1990. What a year", 0.1))) == "1990\\. What a year\n"


def test_columns_become_a_table() -> None:
    """Lines whose gaps stand one below the other become a table, also where a cell is empty or goes on below."""
    rows = ["Item          Qty    Price", "Bread | rye     2     4.20", "with seeds", "Milk            1     1.09"]
    rows += ["Delivery              3.50"]
    assert _md(page(*_set(*rows))) == (
        "| Item | Qty | Price |\n"
        "| --- | --- | --- |\n"
        "| Bread \\| rye | 2 | 4.20 |\n"
        "| with seeds |  |  |\n"
        "| Milk | 1 | 1.09 |\n"
        "| Delivery |  | 3.50 |\n"
    )


def test_text_around_a_table_stays_text() -> None:
    """What stands above and below a table is not drawn into it."""
    table = ["Bread     4.20", "Milk      1.09", "Butter    2.99"]
    lines = [*_set(*_PROSE), *_set(*table, top=0.19), *_set(*_PROSE, top=0.28)]
    found = _md(page(*lines, blocks=[0] * 3 + [1] * 3 + [2] * 3))
    prose = " ".join(_PROSE)
    assert found == f"{prose}\n\n| Bread | 4.20 |\n| --- | --- |\n| Milk | 1.09 |\n| Butter | 2.99 |\n\n{prose}\n"


def test_several_tables_are_found() -> None:
    """Tables that prose parts, or that have other columns, are tables of their own."""
    narrow = ["Bread     4.20", "Milk      1.09", "Butter    2.99"]
    wide = ["a    b    c    d    e", "f    g    h    i    j", "k    l    m    n    o"]
    lines = [*_set(*narrow, top=0.01), *_set(*_PROSE, top=0.1), *_set(*wide, top=0.19)]
    found = _md(page(*lines, blocks=[0] * 3 + [1] * 3 + [2] * 3))
    assert [line.count("|") for line in found.splitlines() if "---" in line] == [3, 6]


def test_single_cells_are_no_edge_of_a_table() -> None:
    """A caption above the columns and a note below them are not rows."""
    rows = ["Prices", "Bread     4.20", "Milk      1.09", "Butter    2.99", "in euros"]
    table = "| Bread | 4.20 |\n| --- | --- |\n| Milk | 1.09 |\n| Butter | 2.99 |"
    assert _md(page(*_set(*rows))) == f"Prices\n\n{table}\n\nin euros\n"


def test_two_lines_are_no_table() -> None:
    """Two lines with a common gap may be chance."""
    assert "|" not in _md(page(*_set("Bread     4.20", "Milk      1.09")))


def test_running_text_in_columns_is_no_table() -> None:
    """Two columns of sentences that the reader took for one block stay text."""
    row = "here is some running text      and here there is some more"
    assert "|" not in _md(page(*_set(*[row] * 5)))


def test_turned_page_reads_like_an_upright_one() -> None:
    """A table on a page that was given sideways is a table all the same."""
    table = ["Bread     4.20", "Milk      1.09", "Butter    2.99"]
    assert _md(page(*_set(*table), rotation=90)) == _md(page(*_set(*table)))


def test_pages_are_parted() -> None:
    """Each page but the first is announced by a comment with its number."""
    second = PageText(PageRef("a.pdf", 2, 10, 10), page(text_line("two", 0.1)).lines, "tesseract")
    assert _md(page(text_line("one", 0.1)), second) == "one\n\n<!-- page 2 -->\n\ntwo\n"


def test_a_transcript_is_printed_as_the_model_wrote_it() -> None:
    """Markdown of a model's stays Markdown, with words that have no place; a page where it read nothing has none."""
    first = replace(page(text_line("one", 0.1)), transcript="# One\n\n| a | *b* |\n|---|---|\n")
    assert _md(first, replace(first, transcript=" \n")) == ("# One\n\n| a | *b* |\n|---|---|\n\n<!-- page 1 -->\n")


def test_several_documents_are_named() -> None:
    """On a shared stream a comment names the document, whose name cannot end it."""
    ref = PageRef("a-->\n<b>.png", 1, 10, 10)
    found = _md(page(text_line("one", 0.1), ref=ref), options=RenderOptions(several=True))
    assert found == "<!-- a--&gt; <b>.png -->\n\none\n"
    assert find_format("md").concatenates


def test_blank_page_writes_nothing() -> None:
    """A page without words leaves no text, and a failed document nothing at all."""
    assert _md(page()) == ""
    second = PageText(PageRef("a.pdf", 2, 10, 10), page(text_line("two", 0.1)).lines, "tesseract")
    assert _md(page(), second) == "<!-- page 2 -->\n\ntwo\n"
    assert _md() == ""
