"""Who is asked how often, and who is asked instead of whom."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from vextract.engines.rounds import Round
from vextract.pipeline import Asked, Job, Vision
from vextract.profiles import ModelProfile
from vextract.tasks import Reply
from vextract.types import ErrorInfo
from vextract.voting import Vote

PROFILE = ModelProfile("test")


@dataclass
class Models:
    """Answers at once, but for those models that fail, in one way or the other; remembers who was asked with which seed."""

    failing: frozenset[int] = frozenset()
    asked: list[tuple[int, int | None]] = field(default_factory=list)

    def ask(self, job: Job) -> "Future[Asked]":
        assert job.vision is not None
        number = int(job.vision.model.partition(":")[2])
        self.asked.append((number, job.ballot.seed if job.ballot else None))
        future: Future[Asked] = Future()
        if number not in self.failing:
            future.set_result(Asked((Reply((1,), str(number)),)))
        elif number % 2:
            future.set_result(Asked((), (ErrorInfo("server", "503"),)))
        else:
            future.set_exception(OSError("gone"))
        return future


def outcome(future: "Future[Any]") -> Any:
    """The result, or what went wrong."""
    error = future.exception()
    return ErrorInfo("gone", str(error)) if error else future.result()


def job(models: int, count: int) -> Job:
    """A panel, or one model, that votes so often; 1 is no vote."""
    visions = tuple(Vision(f"test:{n}", PROFILE) for n in range(models))
    vote = Vote(count, 0.7) if count > 1 else None
    return Job(task="extract", vision=visions[0], further=visions[1:], several=models > 1, vote=vote)


def asked(models: int, count: int, *failing: int) -> tuple[list[tuple[int, int | None]], Asked]:
    """Who was asked, and what came of it."""
    told = Models(frozenset(failing))
    round_ = Round(job(models, count), told.ask)
    while (found := round_.outcome(outcome)) is None:
        assert round_.pending
    assert not round_.pending
    return told.asked, found


@pytest.mark.parametrize(
    ("models", "count", "failing", "who", "numbers"),
    [
        (1, 1, (), [(0, None)], [0]),
        (2, 1, (), [(0, None)], [0]),
        (1, 3, (), [(0, 0), (0, 1), (0, 2)], [0, 1, 2]),
        (2, 2, (), [(0, None), (1, None)], [0, 1]),
        (2, 3, (), [(0, 0), (1, 1), (0, 2)], [0, 1, 2]),
        (3, 2, (0,), [(0, None), (1, None), (2, None)], [1, 2]),
        (2, 2, (1,), [(0, None), (1, None), (0, 2)], [0, 2]),
        (3, 3, (0, 2), [(0, None), (1, None), (2, None), (1, 4), (1, 7)], [1, 4, 7]),
        (1, 2, (0,), [(0, 0), (0, 1)], []),
        (2, 2, (0, 1), [(0, None), (1, None)], []),
    ],
)
def test_who_is_asked(
    models: int, count: int, failing: tuple[int, ...], who: list[tuple[int, int | None]], numbers: list[int]
) -> None:
    """Models take turns until there are as many answers as wanted; those that fail are asked no more; a panel of no use ends."""
    asked_, found = asked(models, count, *failing)
    assert asked_ == who
    assert [reply.ballot for reply in found.replies] == numbers
    assert len(found.errors) == len(who) - len(numbers)


def test_what_is_told() -> None:
    """Who replied is told in order; of several models, an error says whose it is, and of one it is as it was."""
    _, found = asked(3, 3, 1)
    assert found.models == ("test:0", "test:2")
    assert [error.message for error in found.errors] == ["test:1: 503"]
    _, found = asked(1, 1, 0)
    assert [error.message for error in found.errors] == ["gone"]


def test_nothing_is_told_before_all_have_answered() -> None:
    """While one question is under way there is no outcome."""
    futures: list[Future[Asked]] = []

    def ask(_job: Job) -> "Future[Asked]":
        futures.append(Future())
        return futures[-1]

    round_ = Round(job(1, 2), ask)
    assert round_.pending == futures
    futures[1].set_result(Asked((Reply((1,), "b"),)))
    assert round_.outcome(outcome) is None
    assert round_.pending == futures[:1]
    futures[0].set_result(Asked((Reply((1,), "a"),)))
    found = round_.outcome(outcome)
    assert found is not None
    assert [reply.text for reply in found.replies] == ["a", "b"]
