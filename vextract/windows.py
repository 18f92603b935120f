"""The questions that a model is asked about one document: windows of its pages, and what is asked again where answers fall short.

Windows overlap, so that a row which the edge of one cuts off another sees whole. Where an answer was cut off, or a request was too
long, halves of the window are asked about, and parts of a page that stands alone. Where the task finds that answers lack records
which the pages print, these pages are looked at again, fewer at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from vextract.answering import Outcome, unusable
from vextract.tasks import Ask, Check, CheckedTask, Lack, ModelTask, Question, Reply, SplitTask
from vextract.types import Call

__all__ = ["Say", "Windows", "parted"]

# Asking again is tried on so many windows first: where that brings nothing new, the rows are not what was asked for.
_FIRST = 4

Say = Callable[[Ask], Awaitable[Outcome]]
"""Asks one question."""

Pages = tuple[int, ...]
_Again = tuple[list[Pages], Callable[[Pages], Awaitable[list[Outcome]]]]
"""Pages to be asked about once more, and how."""


def parted(numbers: Sequence[int], size: int, overlap: int) -> list[Pages]:
    """Pages in windows of at most that size, each with the last `overlap` pages of the one before, if they are to be several.

    A window always has a page that the one before had not.
    """
    step = size - min(overlap, size - 1)
    last = max(1, len(numbers) - (size - step))
    return [tuple(numbers[at : at + size]) for at in range(0, last, step)]


class Windows:
    """Asks about one document.

    Args:
        task: what is asked.
        question: about the document.
        say: asks.
        size: most pages that one request is about, where the task leaves that open.
        overlap: how many of them the next request is about, too.
    """

    def __init__(self, task: ModelTask, question: Question, say: Say, size: int, overlap: int) -> None:
        self._task, self._question, self._say = task, question, say
        self._size, self._overlap = size, overlap
        self._asked: set[Pages] = set()

    async def outcomes(self, numbers: Pages) -> list[Outcome]:
        """What became of all questions about these pages, in the order of the pages."""
        scope = self._task.SCOPE
        size = {"page": 1, "window": self._size, "document": len(numbers)}[scope]
        windows = parted(numbers, size, self._overlap if scope == "window" else 0)
        if scope == "window" and len(windows) > 1:
            self._question = replace(self._question, parts=True)
        found = await self._all(windows)
        if isinstance(self._task, CheckedTask) and any(outcome.reply for outcome in found):
            found += await self._completed(found, self._task)
        return found

    async def _all(self, windows: Sequence[Pages]) -> list[Outcome]:
        return list(chain.from_iterable(await asyncio.gather(*map(self._window, windows))))

    async def _window(self, pages: Pages) -> list[Outcome]:
        """The answer about some pages; where that is too long for the model, about parts of them. Nothing is asked twice."""
        if pages in self._asked:
            return []
        self._asked.add(pages)
        if isinstance(self._task, SplitTask):
            return list(await asyncio.gather(*map(self._say, self._task.asks(self._question, pages))))
        outcome = await self._say(self._task.ask(self._question, pages))
        if outcome.reply or outcome.error is None or not unusable(outcome.error) or self._task.SCOPE != "window":
            return [outcome]
        if len(pages) > 1:
            self._question = replace(self._question, parts=True)
            overlap = min(self._overlap, len(pages) - 2)
            parts = await self._all(parted(pages, (len(pages) + overlap + 1) // 2, overlap))
            # Where all of them were asked about before, their answers stand there.
            return _paid(parts, outcome.calls) if parts else [replace(outcome, error=None)]
        parts = await self._in_parts(pages)
        return _paid(parts, outcome.calls) if parts else [outcome]

    async def _in_parts(self, pages: Pages) -> list[Outcome]:
        """The answers about parts of a page; nothing if it cannot be parted."""
        if not isinstance(self._task, CheckedTask):
            return []
        asks = [ask for page in pages for ask in self._task.asks_of_parts(self._question, page)]
        return list(await asyncio.gather(*map(self._say, asks)))

    async def _completed(self, found: Sequence[Outcome], task: CheckedTask) -> list[Outcome]:
        """What is answered when pages that lack records are asked about again, as long as that brings new ones."""
        check = task.check(self._question)
        lacking = await _checked(check, found)
        more: list[Outcome] = []
        for again in (self._fewer, self._alone, self._parts):
            windows, ask = again(lacking)
            for batch in (windows[:_FIRST], windows[_FIRST:]):
                if not batch:
                    continue
                self._question = replace(self._question, parts=True)
                answered = await asyncio.gather(*map(ask, batch))
                more += [_harmless(outcome) for outcome in chain.from_iterable(answered)]
                left = await _checked(check, [*found, *more])
                if _missing(left) >= _missing(lacking):
                    return more
                lacking = left
        return more

    def _fewer(self, lacking: Sequence[Lack]) -> _Again:
        """Half as many pages at a time."""
        runs = _runs(lacking, self._question)
        windows = [window for run in runs for window in parted(run, max(1, self._size // 2), self._overlap)]
        return [window for window in windows if window not in self._asked], self._window

    def _alone(self, lacking: Sequence[Lack]) -> _Again:
        """One page at a time."""
        return [page for page in _pages(lacking) if page not in self._asked], self._window

    def _parts(self, lacking: Sequence[Lack]) -> _Again:
        """Parts of one page at a time."""
        return _pages(lacking), self._in_parts


def _runs(lacking: Sequence[Lack], question: Question) -> Iterator[Pages]:
    """The pages, those that follow one another together."""
    order = {page.ref.number: n for n, page in enumerate(question.pages)}
    run: list[int] = []
    for number in sorted({lack.page for lack in lacking}, key=order.__getitem__):
        if run and order[number] != order[run[-1]] + 1:
            yield tuple(run)
            run = []
        run.append(number)
    if run:
        yield tuple(run)


def _pages(lacking: Sequence[Lack]) -> list[Pages]:
    return [(number,) for number in dict.fromkeys(lack.page for lack in lacking)]


async def _checked(check: Check, found: Sequence[Outcome]) -> Sequence[Lack]:
    replies: list[Reply] = [outcome.reply for outcome in found if outcome.reply]
    # Counting the rows of many pages takes a while, which must not hold up the loop.
    return await asyncio.to_thread(check, replies)


def _missing(lacking: Sequence[Lack]) -> int:
    return sum(lack.missing for lack in lacking)


def _paid(parts: list[Outcome], calls: tuple[Call, ...]) -> list[Outcome]:
    """The outcomes with the calls that led to them."""
    return [replace(parts[0], calls=(*calls, *parts[0].calls)), *parts[1:]]


def _harmless(outcome: Outcome) -> Outcome:
    """The outcome of asking once more: that it failed leaves what there was, and is told by what is still lacking."""
    return replace(outcome, error=None)
