"""The record as it is published: JSON, format 1. Its JSON Schema is docs/record.schema.json.

Boxes are [x0, y0, x1, y1], origin top-left, in pixels of the page as listed under `pages`, or in fractions if so asked.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vextract.geometry import BoxUnit, in_unit
from vextract.types import ErrorInfo, Evidence, OcrResult, PageRef, PageText, Record

__all__ = ["FORMAT_VERSION", "WireOcrPage", "WireRecord", "record_schema", "wire_ocr_page", "wire_record"]

FORMAT_VERSION = 1
WireBox = Annotated[list[float], Field(min_length=4, max_length=4, description="[x0, y0, x1, y1]")]
Confidence = Annotated[float, Field(ge=0, le=1)] | None


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WireWord(_Wire):
    """One word."""

    text: str
    box: WireBox
    confidence: Confidence


class WireLine(_Wire):
    """One line; lines of the same `block` belong to one paragraph or column part."""

    text: str
    box: WireBox
    confidence: Confidence
    block: int
    words: list[WireWord]


class WireOcrPage(_Wire):
    """The text of one page. `rotation`: degrees clockwise to turn the page as given so that its text stands upright."""

    number: int
    reader: str
    rotation: Literal[0, 90, 180, 270]
    blank: bool
    mean_confidence: Confidence
    lines: list[WireLine]


class WireOcr(_Wire):
    """What `ocr` puts under `data`. `language` is an ISO 639 code, null where the text does not tell."""

    text: str
    language: str | None
    mean_confidence: Confidence
    pages: list[WireOcrPage]


class WirePage(_Wire):
    """A page that was looked at: its size in the pixels that boxes are given in, and their resolution if known."""

    number: int
    width: int
    height: int
    dpi: float | None


class WireEvidence(_Wire):
    """Where the value at `pointer` (RFC 6901, into data) is printed; match "none": it is not on the page."""

    pointer: str
    page: int | None
    box: WireBox | None
    quote: str | None
    match: Literal["exact", "normalized", "fuzzy", "ambiguous", "none"]
    confidence: Confidence


class WireUsage(_Wire):
    """What a model reported to have used; null = not reported."""

    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


class WireError(_Wire):
    """One failure; `page` if it concerns a single page."""

    kind: str
    message: str
    hint: str
    page: int | None


class WireRecord(_Wire):
    """One document through one task."""

    format: Literal[1]
    source: str
    sha256: str | None
    task: str
    model: str | None
    schema_name: str | None = Field(alias="schema")
    status: Literal["ok", "partial", "failed"]
    data: WireOcr | None
    evidence: list[WireEvidence]
    pages: list[WirePage]
    usage: WireUsage
    seconds: float | None
    errors: list[WireError]


def wire_ocr_page(page: PageText, unit: BoxUnit) -> WireOcrPage:
    """The page as it is published."""
    make_word, make_line = WireWord.model_construct, WireLine.model_construct
    lines = [
        make_line(
            text=line.text,
            box=in_unit(line.box, page.ref, unit),
            confidence=_rounded(line.confidence),
            block=line.block,
            words=[
                make_word(text=w.text, box=in_unit(w.box, page.ref, unit), confidence=_rounded(w.confidence))
                for w in line.words
            ],
        )
        for line in page.lines
    ]
    return WireOcrPage.model_construct(
        number=page.ref.number,
        reader=page.reader,
        rotation=page.rotation,  # type: ignore[arg-type]  # a turn is one of the four
        blank=page.blank,
        mean_confidence=_rounded(page.mean_confidence),
        lines=lines,
    )


def wire_record(record: Record[Any], unit: BoxUnit = "pixel") -> WireRecord:
    """The record as it is published, data and all."""
    data = None
    if isinstance(record.data, OcrResult):
        data = WireOcr.model_construct(
            text=record.data.text,
            language=record.data.language,
            mean_confidence=_rounded(record.data.mean_confidence),
            pages=[wire_ocr_page(page, unit) for page in record.data.pages],
        )
    refs = {ref.number: ref for ref in record.pages}
    return WireRecord(
        format=FORMAT_VERSION,
        source=record.source,
        sha256=record.sha256,
        task=record.task,
        model=record.model,
        schema=record.schema,
        status=record.status,
        data=data,
        evidence=[_wire_evidence(evidence, refs, unit) for evidence in record.evidence],
        pages=[WirePage(number=r.number, width=r.width_px, height=r.height_px, dpi=r.dpi) for r in record.pages],
        usage=WireUsage(
            input_tokens=record.usage.input_tokens,
            output_tokens=record.usage.output_tokens,
            cost_usd=record.usage.cost_usd,
        ),
        seconds=record.seconds,
        errors=[_wire_error(error) for error in record.errors],
    )


def record_schema() -> dict[str, Any]:
    """The JSON Schema of the record, as published in docs/record.schema.json."""
    schema = WireRecord.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "vextract record, format 1"}


def _wire_evidence(evidence: Evidence, refs: dict[int, PageRef], unit: BoxUnit) -> WireEvidence:
    located = evidence.box is not None and evidence.page is not None
    return WireEvidence(
        pointer=evidence.pointer,
        page=evidence.page,
        box=in_unit(evidence.box, refs[evidence.page], unit) if located else None,  # type: ignore[arg-type,index]
        quote=evidence.quote,
        match=evidence.match,
        confidence=_rounded(evidence.confidence),
    )


def _wire_error(error: ErrorInfo) -> WireError:
    return WireError(kind=error.kind, message=error.message, hint=error.hint, page=error.page)


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)
