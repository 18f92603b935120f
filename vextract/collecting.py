"""What became of one document, page by page, and the record that it comes to."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vextract.detection import Detection
from vextract.pipeline import LAYOUT, SHOW, Asked, Concluded, PageRead, Unread
from vextract.types import Call, Document, ErrorInfo, OcrResult, PageRef, PageText, Record, total

if TYPE_CHECKING:
    from vextract.making import Made

__all__ = ["Collector"]

# Tasks that give nothing for a document as a whole.
_ANSWERLESS = frozenset({"ocr", SHOW})


@dataclass(slots=True)
class Collector:
    """Gathers what became of one document; `record` is what is to be said of it at the end.

    `keeps`: the texts of pages are wanted to the end, also where each page is a result of its own. `givers`: of several models
    those that gave something.
    """

    source: str
    task: str = "ocr"
    schema: str | None = None
    model: str | None = None
    givers: tuple[str, ...] = ()
    document: Document | None = None
    errors: list[ErrorInfo] = field(default_factory=list)
    refs: list[PageRef] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)
    texts: list[PageText] = field(default_factory=list)
    objects: list[Detection] = field(default_factory=list)
    keeps: bool = False
    drawn: bool = False
    concluded: Concluded | None = None
    calls: list[Call] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, page: PageRead | Unread | ErrorInfo) -> None:
        """Takes note of a page; its text is kept where the task needs all of them."""
        if isinstance(page, ErrorInfo):
            self.errors.append(page)
            return
        self.calls += page.calls
        if isinstance(page, Unread):
            self.errors.append(page.error)
            return
        self.refs.append(page.text.ref)
        if self.task != "ocr" or self.keeps:
            self.texts.append(page.text)
        self.objects += page.objects
        self.readers.update(reader for reader in page.text.reader.split("+") if reader)
        self.seconds += page.seconds

    def asked(self, asked: Asked) -> bool:
        """Takes note of what a model said of the document; gives whether anything can be made of that."""
        self.calls += asked.calls
        self.errors += asked.errors
        self.givers = asked.models or self.givers
        return bool(asked.replies)

    @property
    def unanswered(self) -> bool:
        """Whether pages are there whose task answers for the whole document, and has not yet."""
        return self.task not in _ANSWERLESS and bool(self.texts)

    def conclude(self, concluded: Concluded | ErrorInfo | None) -> None:
        """Takes the answer for the whole document; None if there can be none."""
        self.texts, self.objects = [], []
        if concluded is None:
            return
        if isinstance(concluded, ErrorInfo):
            self.errors.append(concluded)
            return
        self.concluded = concluded
        self.givers = concluded.standing.givers if concluded.standing else self.givers
        self.errors += concluded.answer.errors
        self.seconds += concluded.seconds

    def finish(self, made: "tuple[Made, ...] | ErrorInfo") -> "tuple[Made, ...]":
        """Takes note of the pictures that were made, or why there are none; gives those that there are."""
        self.drawn, self.texts = True, []
        if isinstance(made, ErrorInfo):
            self.errors.append(made)
            return ()
        return made

    def record(self) -> Record[object]:
        """The record. For tasks that work page by page its data is left out: the pages have gone ahead one by one."""
        answer = self.concluded.answer if self.concluded else None
        there = bool(self.refs) if self.task in _ANSWERLESS else answer is not None and answer.data is not None
        return Record(
            source=self.source,
            sha256=self.document.sha256 if self.document else None,
            task=self.task,
            model=self._model(),
            status="ok" if not self.errors else "partial" if there else "failed",
            data=answer.data if answer else None,
            evidence=answer.evidence if answer else (),
            schema=self.schema,
            pages=tuple(self.refs),
            usage=total([call.usage for call in self.calls]),
            seconds=round(self.seconds + sum(call.usage.seconds or 0 for call in self.calls), 3) if self.refs else None,
            errors=tuple(self.errors),
            calls=tuple(self.calls),
        )

    def shown(self) -> Record[object]:
        """The record, with the texts that were kept."""
        record = self.record()
        return replace(record, data=OcrResult(tuple(self.texts))) if self.task == "ocr" else record

    def _model(self) -> str | None:
        first, *others = self.givers or (self.model,)
        return ", ".join([told, *others]) if (told := self._with_readers(first)) else None

    def _with_readers(self, model: str | None) -> str | None:
        if model and model != LAYOUT:
            return "+".join([model, *sorted(self.readers - {model})])
        readers = "+".join(sorted(self.readers)) or None
        if self.task == "detect":
            return f"embedded+{readers}" if readers else "embedded"
        return f"layout+{readers}" if self.task == "extract" and readers else readers
