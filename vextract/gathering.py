"""Questions put into files for batch jobs, in place of sending them; and answers of batch jobs, in place of asking.

Nothing is sent here. The files hold what documents show, so only their owner may read them, and they go when they were sent.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vextract.batches import Jobs, jobs_of
from vextract.egress import EgressLine, egress_line
from vextract.errors import Halted, OutputError, ProviderError, UsageError, VextractError
from vextract.models import Postable
from vextract.requests import Response
from vextract.sending import Missing
from vextract.store.batches import Question, Settled

if TYPE_CHECKING:
    from vextract.store import Store

__all__ = ["Gathering", "OnlyKept", "file_of", "is_being_made", "line_of"]

_HINT = "make room beside the store, or choose another --store"


@dataclass(slots=True)
class _File:
    """The file of the next job of one model; `bytes` and `questions` are what is in it."""

    job: int
    stream: IO[bytes]
    bytes: int = 0
    questions: int = 0


@dataclass(slots=True)
class Gathering:
    """Puts questions into the files of a batch; see `vextract.sending.Instead`. Used on one event loop, and after it.

    Attributes:
        store: where the batch is noted.
        command: the arguments of the command whose questions they are, secrets left out.
        output: the path of the command's results; None if there is none.
        job_size: most questions of one job; None: as many as the provider takes.
        batch: its number, once there is a question.
        questions: how many there are.
        under_way: how many more are under way in batches before.
        broken: why a file could not be written, if so: what is in it must not be sent.
    """

    store: "Store"
    command: tuple[str, ...]
    output: str | None
    job_size: int | None = None
    batch: int | None = None
    questions: int = 0
    under_way: int = 0
    broken: OutputError | None = None
    _lock: int | None = None
    _files: dict[str, _File] = field(default_factory=dict)
    _clients: dict[str, Jobs] = field(default_factory=dict)
    _seen: set[bytes] = field(default_factory=set)

    async def __call__(self, missing: Missing) -> Response:
        """Takes down what would be asked.

        Raises:
            Halted: it is; or it is under way already.
            VextractError: it cannot be asked in a batch, or not be written.
        """
        if missing.key not in self._seen:
            if self.store.batches.under_way(missing.key) is not None:
                self.under_way += 1
            else:
                await self._take(missing)
            self._seen.add(missing.key)
        raise Halted("its answer comes with a batch", "vextract batch fetch")

    def end(self) -> None:
        """Ends the files: there are no more questions.

        Raises:
            OutputError: one could not be written.
        """
        try:
            for each in self._files.values():
                each.stream.close()
        except OSError as error:
            self.broken = OutputError(f"the questions of a batch cannot be written: {error.strerror}", _HINT)
        self._files.clear()
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self.broken:
            raise self.broken

    def close(self) -> None:
        """Lets go of the batch: it is sent, or given up."""
        with suppress(OutputError):
            self.end()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def discard(self) -> None:
        """Forgets all that was gathered; nothing of it has left."""
        self.close()
        if self.batch is not None:
            batch = self.store.batches.get(self.batch)
            self.store.batches.forget(self.batch)
            if batch:
                shutil.rmtree(batch.spool, ignore_errors=True)

    async def _take(self, missing: Missing) -> None:
        model = missing.model
        if not isinstance(model, Postable):
            raise UsageError(f"{model.name} has no batch jobs", "leave out `batch submit` to ask it now")
        client = self._clients.get(model.name) or self._clients.setdefault(model.name, jobs_of(model))
        request = await missing.filled()
        unsent = await model.unsent(request)
        line = client.line(missing.key.hex(), unsent)
        assert model.address is not None, "only servers have batch jobs"
        leaves = egress_line(request, model.address, model=model.name, task=missing.task, source=missing.source)
        told = json.dumps(asdict(leaves) | {"time": leaves.time.isoformat()}, ensure_ascii=False)
        try:
            self._write(missing, client, line, unsent.features, Question(missing.key, missing.task, told))
        except OSError as error:
            self.broken = OutputError(f"the questions of a batch cannot be written: {error.strerror}", _HINT)
            raise self.broken from error

    def _write(self, missing: Missing, client: Jobs, line: bytes, features: str | None, question: Question) -> None:
        name = f"{missing.model.name} {features or ''}"
        file = self._files.get(name)
        limits = client.limits
        most = min(limits.requests, self.job_size or limits.requests)
        if file and (file.questions >= most or file.bytes + len(line) > limits.bytes):
            file.stream.close()
            file = None
        if file is None:
            file = self._files[name] = self._begin(missing, features)
        file.stream.write(line)
        file.bytes += len(line)
        file.questions += 1
        self.questions += 1
        self.store.batches.add(file.job, question, len(line))

    def _begin(self, missing: Missing, features: str | None) -> _File:
        batches = self.store.batches
        if self.batch is None:
            spool = self.store.path.parent / f"batch-{secrets.token_hex(8)}"
            spool.mkdir(mode=0o700)
            self._lock = _locked(spool)
            self.batch = batches.begin(self.command, self.output, str(spool.resolve()))
        batch = batches.get(self.batch)
        assert batch is not None, "it was begun"
        # Whoever sees the provider's list of jobs learns no more of this one.
        tag = f"vextract-{secrets.token_hex(12)}"
        server = missing.model.address or ""
        job = batches.add_job(self.batch, missing.model.name, server, tag, features)
        path = file_of(batch.spool, job)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return _File(job, os.fdopen(handle, "wb"))


def is_being_made(spool: str) -> bool:
    """Whether a process still gathers or sends the batch whose files these are."""
    try:
        os.close(_locked(Path(spool)))
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _locked(spool: Path) -> int:
    """A lock on the folder, which goes with the process, however that ends."""
    handle = os.open(spool, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def file_of(spool: str, job: int) -> Path:
    """Where the questions of a job lie until they are sent."""
    return Path(spool) / f"{job}.jsonl"


def line_of(question: Question) -> EgressLine:
    """The ledger's line for a question that leaves now."""
    told = json.loads(question.leaves)
    told.pop("time")
    return EgressLine(**(told | {"pictures": tuple(told["pictures"])}))


@dataclass(slots=True)
class OnlyKept:
    """Has questions answered by what batches have brought, and by nothing else; see `vextract.sending.Instead`.

    Attributes:
        store: where the batches are noted.
        missing: the sources of questions without an answer: their documents are left out.
    """

    store: "Store"
    missing: set[str] = field(default_factory=set)

    async def __call__(self, missing: Missing) -> Response:
        """What the model said, if that is not kept among the answers, such as a refusal.

        Raises:
            Halted: it was not answered, and may be asked again.
            VextractError: why it cannot be answered.
        """
        settled = self.store.batches.last(missing.key)
        if settled and settled.response:
            return replace(settled.response, stored=True)
        if settled and settled.state == "failed":
            raise _error_of(settled)
        self.missing.add(missing.source)
        raise Halted("no batch has brought its answer", "vextract batch submit, as before")


def _error_of(settled: Settled) -> VextractError:
    """The failure of a question as the exception that a live request would have raised."""
    made = next((each for each in _kinds(VextractError) if each.kind == settled.kind), ProviderError)
    return made(settled.message or "the provider does not say why", settled.hint or "")


def _kinds(base: type[VextractError]) -> Iterator[type[VextractError]]:
    for each in base.__subclasses__():
        yield each
        yield from _kinds(each)
