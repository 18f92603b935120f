"""From the parsed flags of `ask` to a conversation."""

import glob
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vextract.asking import Asker
from vextract.cli._asking import Asking, utf8
from vextract.cli._console import check_reader, terminable, waiting
from vextract.cli._run import Chosen, named_sources
from vextract.cli._watching import Console
from vextract.connecting import secure
from vextract.conversation import Conversation
from vextract.errors import BrokenPipe, ExitCode, InputError, Interrupted, UsageError
from vextract.jobs import Work, job_for
from vextract.renderers import RenderOptions, find_format
from vextract.renderers.text import inert
from vextract.runner import Summary
from vextract.schema import load_schema
from vextract.settings import Settings
from vextract.sinks import Nowhere, Output, open_output
from vextract.sources.expand import Source
from vextract.sources.options import PageSelection
from vextract.sources.remote import is_remote
from vextract.tasks.ask import AskOptions
from vextract.types import ErrorInfo, Record

__all__ = ["Chosen", "Wanted", "parted", "run"]

log = logging.getLogger("vextract")

_MOST_SOURCES = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The first question, "" if there is none yet, and what the answers are to be."""

    question: str
    schema: str | None
    reason: bool
    album: bool
    chat: bool
    prompt: str | None


def parted(arguments: list[str], *, chat: bool) -> tuple[list[str], str]:
    """The sources' names, and the question after them; in a chat that may be missing.

    Raises:
        UsageError: there is no question, or it is no text.
    """
    if not arguments:
        raise UsageError(
            "nothing to ask", 'name files and then the question: vextract ask chart.png "Which year was best?"'
        )
    *names, question = arguments
    if _is_source(question):
        names, question = arguments, ""
    word = next((name for name in names if name.isalpha() and not os.path.lexists(name)), None)
    if word is not None:
        raise UsageError(f"no such file: {word!r}", "put the question in quotes, if that is a part of it")
    if chat or question.strip():
        return names, utf8("the question", question.strip())
    culprit = f"{names[-1]!r} is a source" if names == arguments else "it is empty"
    raise UsageError(f"the last argument is the question, and {culprit}", 'add the question: "What is this?"')


def _is_source(argument: str) -> bool:
    """Whether the argument names what is there, or an address: nobody asks that."""
    if argument == "-" or _is_address(argument) or os.path.lexists(argument):
        return True
    if argument.startswith("@"):
        return os.path.lexists(argument[1:])
    return any(True for _ in glob.iglob(argument))


def _is_address(argument: str) -> bool:
    return re.fullmatch(r"https?://\S+", argument, re.IGNORECASE) is not None or is_remote(argument)


def run(settings: Settings, chosen: Chosen, wanted: Wanted, asking: Asking) -> int:
    """Asks, and writes the answers.

    Returns:
        The exit code.

    Raises:
        VextractError: nothing could be asked, or the run was cut short.
    """
    if not chosen.names and chosen.from_file is None:
        raise UsageError("nothing to look at", "name a file, a directory, a URL, or - for standard input")
    _check(chosen, wanted)
    secure(settings)
    selection = PageSelection.parse(chosen.pages) if chosen.pages else PageSelection()
    form = find_format(chosen.form, pages=False)
    job = job_for(settings, selection, Work("ask", wanted.schema, prompt=wanted.prompt, words="layer"))
    options = AskOptions(load_schema(wanted.schema) if wanted.schema else None, wanted.reason, wanted.album)
    rendering = RenderOptions(
        settings.box_unit,
        several=wanted.chat and chosen.form != "text",
        data_only=chosen.data_only,
        fields=options.schema.fields if options.schema else None,
    )
    live = options.free and chosen.form == "text" and chosen.output in (None, "-") and _terminal() and not asking.show
    asker = asking.asker(settings)
    assert isinstance(asker, Asker), "the job was checked to have one model"
    output: Output = Nowhere()
    try:
        with terminable(), closing(asker), tempfile.TemporaryDirectory(prefix="vextract-") as scratch:
            if not (live or asking.show):
                output = open_output(chosen.output, chosen.form, form, rendering, force=chosen.force)
            sources = [*_few(named_sources(chosen))]
            target = _admitted(output, sources)
            if target is None:
                Console(None).kept(sources[0])
                return int(ExitCode.OK)
            told = _Told(output, target, Console(None), reason=wanted.reason, live=live)
            with closing(Conversation(sources, asker, job, Path(scratch), wanted.prompt)) as conversation:
                for question in _questions(wanted):
                    with waiting("asking the model", shown=not live):
                        answer = conversation.ask(question, options, told.piece if live else None)
                    told.add(*answer)
    except KeyboardInterrupt as interrupt:
        output.close()
        raise Interrupted("interrupted", "what was answered is written") from interrupt
    output.close()
    if chosen.output in (None, "-"):
        check_reader()
    return told.summary.exit_code


def _check(chosen: Chosen, wanted: Wanted) -> None:
    if wanted.album and wanted.schema:
        raise UsageError("--album and --schema each say what the answer is to be", "leave one of them out")
    if wanted.chat and ("-" in chosen.names or chosen.from_file == "-"):
        raise UsageError("--chat reads questions from standard input, where the sources come from", "name files")
    target = chosen.output or ""
    if wanted.chat and ("{" in target or target.endswith("/") or os.path.isdir(target)):
        raise UsageError(f"the answers of a chat go into one file, and -o {target!r} is none", "name it: -o chat.jsonl")
    if wanted.prompt is not None and not re.search(r"\$(question\b|\{question\})", wanted.prompt):
        raise UsageError("the --prompt-file has no place for the question", "write $question where it belongs")


def _admitted(output: Output, sources: Sequence[Source]) -> Source | None:
    """What the answer's own file is named after, the first source; None if that file exists and is kept.

    Raises:
        InputError: there are no sources, or the file cannot be written.
    """
    if not sources:
        raise InputError("there is nothing to look at", "is the folder or list empty?")
    # Each of them is shown to the output, so that none is written over.
    first, *_ = [output.admit(source) for source in sources]
    if first is not None and first.problem is not None and sources[0].problem is None:
        raise first.problem
    return first


class _Told:
    """Tells answers as they come: live on a terminal, else as records, and the steps that led to them on stderr."""

    def __init__(self, output: Output, target: Source, console: Console, *, reason: bool, live: bool) -> None:
        self._output, self._target, self._console, self._reason, self._live = output, target, console, reason, live
        self._said = ""
        self._told: set[ErrorInfo] = set()
        self.summary = Summary()

    def piece(self, text: str) -> None:
        """A piece of an answer."""
        self._said += text
        self._show(text)

    def add(self, record: Record[Any], steps: Sequence[str]) -> None:
        """The whole answer."""
        if self._live:
            self._end(record)
        for step in steps if self._reason else ():
            print(inert(step), file=sys.stderr)
        record = self._output.done(self._target, record)
        self.summary.add(record)
        # What is wrong with a source is told with the first answer, not with all of a chat.
        news = tuple(error for error in record.errors if error not in self._told)
        self._told.update(news)
        self._console.done(Source(record.source), replace(record, errors=news), ())

    def _end(self, record: Record[Any]) -> None:
        text = record.data["text"] if record.data else self._said
        if self._said.strip() != text.strip():
            # It broke off and was asked for again, so that what is to be seen is not the answer.
            log.warning("the answer began anew; here it is as a whole")
            self._show(f"\n{text}")
        if text and not text.endswith("\n"):
            self._show("\n")
        self._said = ""

    def _show(self, text: str) -> None:
        try:
            print(inert(text.encode(errors="replace").decode()), end="", flush=True)
        except BrokenPipeError as error:
            raise BrokenPipe("standard output was closed") from error


def _questions(wanted: Wanted) -> Iterator[str]:
    if wanted.question:
        yield wanted.question
    if not wanted.chat:
        return
    # A prompt only where someone sees it.
    prompt = "> " if sys.stdin is not None and sys.stdin.isatty() else ""
    print(prompt, end="", file=sys.stderr, flush=True)
    for line in sys.stdin.buffer if sys.stdin else ():
        if question := line.decode(errors="replace").strip():
            yield question
        print(prompt, end="", file=sys.stderr, flush=True)


def _few(sources: Iterator[Source]) -> Iterator[Source]:
    for number, source in enumerate(sources):
        if number >= _MOST_SOURCES:
            raise UsageError(
                f"over {_MOST_SOURCES} documents in one question", "ask about fewer; `extract` takes any number"
            )
        yield source


def _terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
