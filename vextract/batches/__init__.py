"""Batch jobs of providers: questions go there in a file, and come back answered within a day, at half the price.

One file a provider; its stem is the provider's name, as in `vextract.models`. It is a module with `jobs(model) -> Jobs`, and speaks
through the provider's own client library. Which questions to ask, and what becomes of the answers, is decided above.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from vextract.errors import UsageError
from vextract.models import Connection, ModelName, Unsent, connect
from vextract.models._chat import ChatModel
from vextract.plugins import load, names

__all__ = ["Ended", "Jobs", "Limits", "Look", "Result", "State", "connect_jobs", "has_jobs", "jobs_of"]

State = Literal["running", "cancelling", "completed", "failed", "expired", "cancelled"]
Ended = Literal["answered", "failed", "expired", "cancelled"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many questions one job takes, and how many bytes its file may have."""

    requests: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Look:
    """A job as its provider sees it now.

    Attributes:
        name: the provider's, of the job.
        state: what that means.
        word: the provider's own for it.
        message: why it failed; None if it did not, or nobody says.
        requests: how many it has; None if that is not told.
        files: the provider's names of files that belong to it: the questions, and what they were answered.
    """

    name: str
    state: State
    word: str
    message: str | None = None
    requests: int | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question.

    Attributes:
        name: the question's, as `Jobs.line` was given it.
        ended: how.
        reply: the document that a live request would have been answered with, if it was answered.
        status: of a failure, in HTTP's terms; 200 if only its body says.
        body: of a failure, as JSON.
        request_id: the provider's name for the request.
    """

    name: str
    ended: Ended
    reply: dict[str, Any] | None = None
    status: int = 200
    body: str = ""
    request_id: str | None = None


class Jobs(Protocol):
    """The batch jobs of one provider, for one model; not to be used by several threads at once.

    All methods that speak to the provider raise VextractError: it does not answer, or not as hoped.
    """

    limits: Limits

    def line(self, name: str, unsent: Unsent) -> bytes:
        """A question as a line of the file, its end included."""
        ...

    def upload(self, path: Path, tag: str) -> str | None:
        """Sends the file of questions there; its name. None where it goes along with the job itself."""
        ...

    def create(self, path: Path, file: str | None, tag: str, features: str | None) -> Look:
        """Begins a job. Is tried once: if no answer comes, it may have begun all the same."""
        ...

    def find(self, tag: str, requests: int, since: float, known: frozenset[str]) -> Look | None:
        """The job that was begun with a tag, if it was.

        Args:
            tag: of the job.
            requests: how many it has.
            since: when it was begun at the earliest, in seconds since 1970.
            known: names of jobs that it is not.
        """
        ...

    def look(self, name: str) -> Look:
        """The job as it is now."""
        ...

    def results(self, look: Look) -> Iterator[Result]:
        """What became of the questions of a job that has ended; what it does not say something about is left out."""
        ...

    def cancel(self, name: str) -> None:
        """Asks for the end of a job; what is answered by then stays."""
        ...

    def delete(self, look: Look | None, file: str | None) -> None:
        """Deletes what lies there of a job: its files, and itself where that can be."""
        ...

    def close(self) -> None:
        """Closes connections."""
        ...


def has_jobs(provider: str) -> bool:
    """Whether the provider has batch jobs."""
    return provider in names("vextract.batches")


def connect_jobs(connection: Connection) -> Jobs:
    """The batch jobs of a provider; nothing is sent yet.

    Raises:
        UsageError: it has none.
        AuthenticationError: there is no key.
        DependencyError: the provider's package is not installed.
    """
    if not has_jobs(connection.name.provider):
        raise none_of(connection.name)
    return jobs_of(connect(connection))


def jobs_of(model: object) -> Jobs:
    """The batch jobs of a model that is connected.

    Raises:
        UsageError: there are none.
    """
    if not isinstance(model, ChatModel) or not has_jobs(model.connection.name.provider):
        raise none_of(getattr(model, "name", model))
    jobs: Jobs = load("vextract.batches", model.connection.name.provider).jobs(model)
    return jobs


def none_of(name: ModelName | object) -> UsageError:
    """What to say of a model whose provider has no batch jobs."""
    able = ", ".join(f"{provider}:" for provider in names("vextract.batches"))
    return UsageError(
        f"{str(name)!r} has no batch jobs", f"models of {able} have; leave out `batch submit` to ask it now"
    )
