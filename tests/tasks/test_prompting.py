"""Prompts: the fence around a document's words, and the user's own words instead of ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.renderers.pages import page, text_line, texts, unhurried
from vextract.tasks._prompting import SYSTEM, fenced, worded


@unhurried
@given(st.lists(st.one_of(texts, st.sampled_from(["</page_text>", "<page_text", "</page_text"])), max_size=6))
def test_no_words_close_the_fence(words: list[str]) -> None:
    """Whatever is printed on a page, its words stand between one opening and one closing mark, and can be encoded."""
    told = fenced(page([(word, 0.1, 0.1, 0.2, 0.2) for word in words if word]))
    assert told.encode().startswith(b'<page_text page="1">\n')
    assert told.endswith("\n</page_text>")
    assert len(re.findall("<page_text", told)) == len(re.findall("</page_text", told)) == 1


def test_what_is_on_a_page_is_no_instruction() -> None:
    """The standing instructions say what the fence means, and the fence names its page."""
    assert "page_text" in SYSTEM
    assert fenced(page(text_line("Tea 60.30", 0.1))) == '<page_text page="1">\nTea 60.30\n</page_text>'


@pytest.mark.parametrize(
    ("own", "prompt"),
    [
        ("What? $question", "What? Why $labels?"),
        ("${question}!", "Why $labels?!"),
        ("for $5, $nobody $$ $question", "for $5, $nobody $ Why $labels?"),
        ("no place", "no place"),
    ],
)
def test_places_of_ones_own_prompt(own: str, prompt: str) -> None:
    """$-places that the task fills are filled, once; others stay as they are, and what is filled in is not looked into."""
    told, name = worded("ask/1", "$question", own, question="Why $labels?", labels="cat")
    assert told == prompt
    assert re.fullmatch("file/[0-9a-f]{12}", name)


def test_the_name_of_a_prompt() -> None:
    """The task's own prompt has its name and version, another file another name."""
    assert worded("ask/1", "$question", None, question="Why?") == ("Why?", "ask/1")
    assert worded("ask/1", "", "a")[1] != worded("ask/1", "", "b")[1]
