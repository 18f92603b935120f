"""The record as it is published: JSON, format 1. Its JSON Schema is docs/record.schema.json.

Boxes are [x0, y0, x1, y1], origin top-left, in pixels of the page as listed under `pages`, or in fractions if so asked.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from vextract.detection import Detection, Detections, Mask
from vextract.geometry import BoxUnit, in_unit
from vextract.types import Box, Call, ErrorInfo, Evidence, OcrResult, PageRef, PageText, Record, Usage

__all__ = [
    "FORMAT_VERSION",
    "WireDetections",
    "WireOcr",
    "WireOcrPage",
    "WireRecord",
    "plain_data",
    "record_schema",
    "wire_ocr_page",
    "wire_record",
]

FORMAT_VERSION = 1
# Left out of evidence where there is nothing to say.
_ONLY_OF_SEVERAL = frozenset({"model", "agreement"})
WireBox = Annotated[list[float], Field(min_length=4, max_length=4, description="[x0, y0, x1, y1]")]
Confidence = Annotated[float, Field(ge=0, le=1)] | None


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


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
    """The text of one page. `rotation`: degrees clockwise to turn the page as given so that its text stands upright.

    `text` is the text of the lines, or what a model transcribed, verbatim: then the lines have those of its words that were found.
    """

    number: int
    text: str
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


class WireRle(_Wire):
    """COCO's run-length code of a page's pixels: `size` is its height and width in pixels."""

    size: Annotated[list[int], Field(min_length=2, max_length=2)]
    counts: str


class WirePolygons(_Wire):
    """Outlines: each the numbers x, y, x, y, … in the unit of the boxes."""

    polygons: list[list[float]]


class WireDetection(_Wire):
    """One object that was found. `score`: how sure the detector is, null where it does not tell; `text`: what is written there."""

    page: int
    label: str
    box: WireBox
    score: Confidence
    text: str | None
    mask: WireRle | WirePolygons | None


class WireDetections(_Wire):
    """What `detect` puts under `data`; `counts` says how many objects have each label."""

    objects: list[WireDetection]
    counts: dict[str, int]


class WirePage(_Wire):
    """A page that was looked at: its size in the pixels that boxes are given in, and their resolution if known.

    `time_s` is when a frame of a video is seen, in seconds from its start; null for other pages.
    """

    number: int
    width: int
    height: int
    dpi: float | None
    time_s: float | None


class WireEvidence(_Wire):
    """Where the value at `pointer` (RFC 6901, into data) is printed; match "none": it is not on the page.

    `model` and `agreement` are there only in runs with several models, or with a vote.
    """

    pointer: str
    page: int | None
    box: WireBox | None
    quote: str | None
    match: Literal["exact", "normalized", "fuzzy", "ambiguous", "none"]
    confidence: Confidence
    model: str | None = Field(None, description="Which of several models, asked one after another, gave the value.")
    agreement: Confidence = Field(None, description="Which share of the answers of a vote say so.")

    @model_serializer(mode="wrap")
    def _as_printed(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = serialize(self)
        return {key: value for key, value in told.items() if value is not None or key not in _ONLY_OF_SEVERAL}


class WireUsage(_Wire):
    """What a model reported to have used; null = not reported.

    `input_tokens` include `cached_tokens`, `output_tokens` include thinking. `cost_usd` comes from the price table, null where that
    does not know the model. `seconds` is the time that answers took, added up.
    """

    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    seconds: float | None
    cost_usd: float | None


class WireCall(_Wire):
    """One answered request to a model: which pages it was about, how it ended, what had to be mended in its JSON."""

    pages: list[int]
    prompt: str = Field(description="Name and version of the prompt.")
    model: str | None = Field(description="The model that the provider says has answered.")
    id: str | None = Field(description="The provider's name for the request.")
    finish: str | None = Field(description="Why the model stopped, in the provider's word.")
    attempts: int = Field(description="How often it was sent until it was answered.")
    mended: list[str]
    stored: bool = Field(
        False, description="The answer was given in an earlier run and kept: nothing was paid for it in this one."
    )
    usage: WireUsage


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
    box_unit: BoxUnit = Field(description="The unit of all boxes and outlines of this record.")
    data: WireOcr | WireDetections | Any = Field(
        description="What the task found: for `extract` and `verify` data of the schema's own shape."
    )
    evidence: list[WireEvidence]
    pages: list[WirePage]
    usage: WireUsage
    requests: list[WireCall] = Field(description="What a model was asked; empty where none was.")
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
        text=page.text,
        reader=page.reader,
        rotation=page.rotation,  # type: ignore[arg-type]  # a turn is one of the four
        blank=page.blank,
        mean_confidence=_rounded(page.mean_confidence),
        lines=lines,
    )


def wire_record(record: Record[Any], unit: BoxUnit = "pixel") -> WireRecord:
    """The record as it is published, data and all."""
    refs = {ref.number: ref for ref in record.pages}
    return WireRecord.model_construct(
        format=1,
        source=record.source,
        sha256=record.sha256,
        task=record.task,
        model=record.model,
        schema_name=record.schema,
        status=record.status,
        box_unit=unit,
        data=_wire_data(record.data, refs, unit),
        evidence=[_wire_evidence(evidence, refs, unit) for evidence in record.evidence],
        pages=[
            WirePage(number=r.number, width=r.width_px, height=r.height_px, dpi=r.dpi, time_s=r.time_s)
            for r in record.pages
        ],
        usage=_wire_usage(record.usage),
        requests=[_wire_call(call) for call in record.calls],
        seconds=record.seconds,
        errors=[_wire_error(error) for error in record.errors],
    )


def plain_data(record: Record[Any], unit: BoxUnit = "pixel") -> Any:
    """The record's data as JSON-like values, as they are published."""
    data = _wire_data(record.data, {ref.number: ref for ref in record.pages}, unit)
    return data.model_dump() if isinstance(data, BaseModel) else data


def record_schema() -> dict[str, Any]:
    """The JSON Schema of the record, as published in docs/record.schema.json."""
    schema = WireRecord.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "vextract record, format 1"}


def _wire_data(data: Any, refs: dict[int, PageRef], unit: BoxUnit) -> Any:
    match data:
        case OcrResult():
            return WireOcr.model_construct(
                text=data.text,
                language=data.language,
                mean_confidence=_rounded(data.mean_confidence),
                pages=[wire_ocr_page(page, unit) for page in data.pages],
            )
        case Detections():
            objects = [_wire_detection(found, refs[found.page], unit) for found in data.objects]
            return WireDetections.model_construct(objects=objects, counts=data.counts)
    return data


def _wire_detection(found: Detection, ref: PageRef, unit: BoxUnit) -> WireDetection:
    return WireDetection.model_construct(
        page=found.page,
        label=found.label,
        box=in_unit(found.box, ref, unit),
        score=_rounded(found.score),
        text=found.text,
        mask=_wire_mask(found.mask, ref, unit) if found.mask else None,
    )


def _wire_mask(mask: Mask, ref: PageRef, unit: BoxUnit) -> WireRle | WirePolygons:
    if mask.rle:
        return WireRle(size=[mask.rle.height_px, mask.rle.width_px], counts=mask.rle.counts)
    corners = [[in_unit(Box(x, y, x, y), ref, unit)[:2] for x, y in polygon] for polygon in mask.polygons]
    return WirePolygons(polygons=[[number for point in polygon for number in point] for polygon in corners])


def _wire_evidence(evidence: Evidence, refs: dict[int, PageRef], unit: BoxUnit) -> WireEvidence:
    located = evidence.box is not None and evidence.page is not None
    return WireEvidence(
        pointer=evidence.pointer,
        page=evidence.page,
        box=in_unit(evidence.box, refs[evidence.page], unit) if located else None,  # type: ignore[arg-type,index]
        quote=evidence.quote,
        match=evidence.match,
        confidence=_rounded(evidence.confidence),
        model=evidence.model,
        agreement=_rounded(evidence.agreement),
    )


def _wire_usage(usage: Usage) -> WireUsage:
    return WireUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cached_tokens,
        seconds=None if usage.seconds is None else round(usage.seconds, 3),
        cost_usd=usage.cost_usd,
    )


def _wire_call(call: Call) -> WireCall:
    return WireCall(
        pages=list(call.pages),
        prompt=call.prompt,
        model=call.model,
        id=call.request_id,
        finish=call.finish,
        attempts=call.attempts,
        mended=list(call.mended),
        stored=call.stored,
        usage=_wire_usage(call.usage),
    )


def _wire_error(error: ErrorInfo) -> WireError:
    return WireError(kind=error.kind, message=error.message, hint=error.hint, page=error.page)


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)
