"""What a model is asked of one document: windows, halves, parts, and pages that lack something once more."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.answering import Outcome
from vextract.errors import RefusedAnswer, TruncatedAnswer, VextractError
from vextract.tasks import Answer, Ask, Check, Lack, Question, Reply, Scope
from vextract.types import Call, PageRef, PageText
from vextract.windows import Windows, parted


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 15))
def test_windows_see_every_page_and_overlap(count: int, size: int, overlap: int) -> None:
    """Every page is in a window, none is too large, each has a page that the one before had not, and begins with its last ones."""
    windows = parted(range(1, count + 1), size, overlap)
    shared = min(overlap, size - 1)
    assert sorted({page for window in windows for page in window}) == list(range(1, count + 1))
    assert all(1 <= len(window) <= size for window in windows)
    for before, after in pairwise(windows):
        assert before[len(before) - shared :] == after[:shared]
        assert after[-1] > before[-1]
    assert len(windows) == 1 or count > size


@dataclass
class Task:
    """A task that looks at windows; the check and what it finds are a test's own."""

    lacking: Callable[[set[str]], list[Lack]] = lambda _: []
    SCOPE: Scope = "window"

    def ask(self, question: Question, pages: tuple[int, ...]) -> Ask:
        return Ask("test/1", (",".join(map(str, pages)), "part" if question.parts else "whole"), pages)

    def read(self, question: Question, replies: Sequence[Reply]) -> Answer:
        return Answer((question, replies))

    def check(self, question: Question) -> Check:
        del question
        return lambda replies: self.lacking({reply.text for reply in replies})

    def asks_of_parts(self, question: Question, page: int) -> tuple[Ask, ...]:
        del question
        return tuple(Ask("test/1", (f"{page}{part}",), (page,)) for part in ("up", "down"))


@dataclass
class Sayer:
    """Answers with the pages asked about, or with the error that a test wants."""

    failing: Callable[[str], VextractError | None] = lambda _: None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, ask: Ask) -> Outcome:
        text = str(ask.parts[0])
        self.asked.append(text)
        error = self.failing(text)
        call = Call(ask.pages, "test/1", None, text, "stop")
        return Outcome(ask, None if error else Reply(ask.pages, text), error, (call,))


def outcomes(task: Task, say: Sayer, count: int = 8, size: int = 4, overlap: int = 1) -> list[Outcome]:
    """What becomes of a document of so many pages."""
    pages = [PageText(PageRef("made up", n, 10, 10), (), "") for n in range(1, count + 1)]
    windows = Windows(task, Question(pages), say, size, overlap)
    found = asyncio.run(windows.outcomes(tuple(range(1, count + 1))))
    told = sorted(str(call.request_id) for outcome in found for call in outcome.calls)
    assert told == sorted(say.asked), "every call is accounted for, once"
    return found


def cut(most: int) -> Callable[[str], VextractError | None]:
    """Answers about more pages than that are cut off."""
    return lambda text: TruncatedAnswer("cut", "ask less") if text.count(",") >= most else None


def test_a_page_alone_is_asked_about_in_parts() -> None:
    """An answer about a single page that is cut off is asked for in parts; the record has no error."""
    say = Sayer(lambda text: TruncatedAnswer("cut", "") if text in ("1,2,3", "2,3", "2") else None)
    found = outcomes(Task(), say, count=3)
    assert [outcome.reply.text for outcome in found if outcome.reply] == ["1,2", "2up", "2down", "3"]
    assert [outcome.error for outcome in found if outcome.error] == []


def test_what_is_too_much_in_parts_is_an_error() -> None:
    """Where a part of a page is still too much that is the page's error; its other part is kept."""
    say = Sayer(lambda text: TruncatedAnswer("cut", "") if text in ("1", "1up") else None)
    found = outcomes(Task(), say, count=1)
    assert [(outcome.reply is None, outcome.error is None) for outcome in found] == [(True, False), (False, True)]


def test_pages_that_two_windows_come_down_to_are_asked_about_once() -> None:
    """Halves of different windows that are the same pages are one request, and none of them is an error."""
    say = Sayer(cut(1))
    found = outcomes(Task(), say, count=7)
    assert len(say.asked) == len(set(say.asked))
    assert sorted(outcome.reply.text for outcome in found if outcome.reply) == list("1234567")
    assert not any(outcome.error for outcome in found)


def test_pages_that_lack_something_are_looked_at_again() -> None:
    """First half as many pages at a time, then each page alone, then its parts: as long as each brings something."""

    def lacking(texts: set[str]) -> list[Lack]:
        steps = ["2,3", "2", "3up"]
        done = sum(step in texts for step in steps)
        return [Lack(2, 3 - done), Lack(3, 3 - done)][: 0 if done == len(steps) else 2]

    say = Sayer()
    outcomes(Task(lacking), say)
    assert say.asked == ["1,2,3,4", "4,5,6,7", "7,8", "2,3", "2", "3", "2up", "2down", "3up", "3down"]


def test_it_ends_where_nothing_new_comes() -> None:
    """Of many pages that seem to lack something a few are tried; if that brings nothing the others are left alone."""
    say = Sayer()
    outcomes(Task(lambda _: [Lack(n, 5) for n in range(1, 41)]), say, count=40)
    assert len(say.asked) == len(parted(range(1, 41), 4, 1)) + 4


def test_asking_again_does_no_harm() -> None:
    """That a model refuses to answer once more is no error of the document."""
    say = Sayer(lambda text: RefusedAnswer("no", "") if text == "2" else None)
    found = outcomes(Task(lambda texts: [Lack(2, 5)] if "2" not in texts else []), say, size=8)
    assert not any(outcome.error for outcome in found)
    assert len(found) == 2


def test_a_document_of_one_page() -> None:
    """A page that was asked about alone is looked at in parts at once."""
    say = Sayer()
    outcomes(Task(lambda texts: [] if "1up" in texts else [Lack(1, 5)]), say, count=1)
    assert say.asked == ["1", "1up", "1down"]


@pytest.mark.parametrize("scope", ["page", "document"])
def test_other_tasks_have_no_overlap(scope: Scope) -> None:
    """What is asked page by page, or about all pages at once, is asked once."""
    say = Sayer(cut(2))
    outcomes(Task(SCOPE=scope), say, count=3)
    assert say.asked == (["1", "2", "3"] if scope == "page" else ["1,2,3"])
