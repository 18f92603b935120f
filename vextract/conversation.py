"""Questions about several documents at once, one after another: what `ask` does, without the command line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vextract import pipeline
from vextract.asking import Asker, draws
from vextract.engines.workers import Inline
from vextract.errors import Halted, InputError, VextractError
from vextract.interrupting import result_of
from vextract.pipeline import Job, error_info
from vextract.requests import Clip, Picture, Turn
from vextract.runner import as_exception
from vextract.sending import Draw
from vextract.sources.expand import Source
from vextract.sources.fetch import is_stream, spool
from vextract.sources.shot import describe_shot, read_shot
from vextract.tasks import Answer, Sight
from vextract.tasks.ask import AskOptions, Material, ask, read, steps
from vextract.types import Call, ErrorInfo, Record, total

__all__ = ["Conversation"]

# Gemini takes requests of up to 20 MB; pictures and films grow by a third on the way.
_LARGEST_CLIP = 14 << 20


class Conversation:
    """Documents that are open, and what was said about them so far.

    Args:
        sources: what the questions are about.
        asker: asks the model; not closed here.
        job: how documents are opened, and the model's profile.
        scratch: an empty folder for what has to be fetched.
        own: the user's own prompt.

    Raises:
        VextractError: none of the sources can be opened; the first failure.
    """

    def __init__(
        self, sources: Iterable[Source], asker: Asker, job: Job, scratch: Path, own: str | None = None
    ) -> None:
        assert job.vision is not None, "jobs for ask have a model"
        self._asker, self._job, self._vision, self._own = asker, job, job.vision, own
        self._here = Inline()
        self._names: list[str] = []
        self._draws: list[Draw] = []
        self._digests: list[str] = []
        self._before: tuple[Turn, ...] = ()
        self.materials: list[Material] = []
        self.problems: list[ErrorInfo] = []
        failures: list[VextractError] = []
        for source in sources:
            try:
                self._open(source, scratch)
            except VextractError as error:
                failures.append(error)
                self.problems.append(error_info(error))
        if not self.materials:
            nothing = InputError(
                "there is nothing to look at", "name a picture, a PDF or a video; is the folder empty?"
            )
            raise failures[0] if failures else nothing

    def close(self) -> None:
        """Closes the document that is still open."""
        self._here.submit(pipeline.forget)

    def ask(
        self, question: str, options: AskOptions, on_text: Callable[[str], None] | None = None
    ) -> tuple[Record[Any], Sequence[str]]:
        """The answer as a record, and the steps that led to it; the next question follows upon it.

        Args:
            question: in the user's words.
            options: what the answer is to be.
            on_text: is called with pieces of the answer as they come, where it is free text.
        """
        names = self._names
        asked = ask(question, self.materials, options, self._before, self._own)
        outcome = result_of(self._asker.question(asked, _Draws(self._draws), "ask", ", ".join(names), on_text))
        if isinstance(outcome.error, Halted) and self._asker.halted:
            raise self._asker.halted
        failed = [error_info(outcome.error)] if outcome.error else []
        if outcome.reply is None:
            return self._record(None, failed, outcome.calls, options), ()
        said = Turn("assistant", (outcome.reply.text,))
        self._before = (*self._before, Turn("user", asked.parts), said)  # type: ignore[arg-type]  # drawn when they are sent
        # The model was told the files' names alone; whoever reads the answer has files of one name in several folders.
        materials = [replace(material, name=name) for material, name in zip(self.materials, names, strict=True)]
        answer = read(outcome.reply, options, materials)
        return self._record(answer, [*answer.errors, *failed], outcome.calls, options), steps(outcome.reply, options)

    def _open(self, source: Source, scratch: Path) -> None:
        if source.problem:
            raise source.problem
        spooled = spool(source, scratch, self._job.opening.limits) if is_stream(source) else None
        started = pipeline.start(source, spooled, scratch, self._job)
        reads = [started.first]
        shot = read_shot(started.path)
        film = started.document.media_type.startswith("video/")
        clip = None
        if film and self._vision.profile.video and started.path.stat().st_size <= _LARGEST_CLIP:
            clip = Clip(started.path.read_bytes(), started.document.media_type)
        else:
            reads += [_outcome(started.path, source.name, page, self._job) for page in started.numbers[1:]]
        problems = [page for page in reads if isinstance(page, ErrorInfo)]
        pages = tuple(page.text for page in reads if not isinstance(page, ErrorInfo))
        if not pages:
            raise as_exception(problems[0])
        self.problems += problems
        spot = None if shot.latitude is None or shot.longitude is None else (shot.latitude, shot.longitude)
        self.materials.append(Material(source.file_name, pages, describe_shot(shot), spot, clip))
        self._names.append(source.name)
        self._draws.append(draws(started.path, source, pages, self._job, self._here))
        self._digests.append(started.document.sha256)

    def _record(
        self, answer: Answer | None, errors: list[ErrorInfo], calls: tuple[Call, ...], options: AskOptions
    ) -> Record[Any]:
        single = len(self.materials) == 1
        usage = total([call.usage for call in calls])
        # What ended the question comes first: its exit code is the run's.
        told = [*errors, *self.problems]
        return Record(
            source=", ".join(self._names),
            sha256=self._digests[0] if single else None,
            task="ask",
            model=self._vision.model,
            status="failed" if answer is None else "partial" if told else "ok",
            data=answer.data if answer else None,
            schema=options.schema.name if options.schema else None,
            pages=tuple(page.ref for page in self.materials[0].pages) if single else (),
            usage=usage,
            seconds=None if usage.seconds is None else round(usage.seconds, 3),
            errors=tuple(told),
            calls=calls,
        )


@dataclass(frozen=True, slots=True)
class _Draws:
    """Draws what is asked for by the document's own; see `vextract.sending.Draw`."""

    documents: Sequence[Draw]

    async def __call__(self, sight: Sight) -> Picture | Clip:
        """The picture."""
        return await self.documents[sight.document](sight)

    async def told(self, sight: Sight) -> object:
        """What it depends on."""
        return await self.documents[sight.document].told(sight)


def _outcome(path: Path, name: str, number: int, job: Job) -> "pipeline.PageRead | ErrorInfo":
    try:
        return pipeline.read(path, name, number, job)
    except VextractError as error:
        return error_info(error, number)
