"""The task `detect`: labelled boxes of what is on a page, by detectors on this machine or by a vision model.

A model's boxes are what it says; they are put from the picture that it saw onto the page, and never corrected. A score is one that
was measured: the numbers that models write about themselves are dropped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from vextract.answers import Parsed, read_json
from vextract.boxes import read_boxes
from vextract.boxes.types import Found
from vextract.detection import Detection, Detections, Point
from vextract.errors import ExitCode, UnreadableAnswer, UsageError
from vextract.geometry import cut_px, from_part, from_pixels
from vextract.masks import mask_of
from vextract.pictures import sent_size
from vextract.profiles import ModelProfile
from vextract.tasks import Answer, Ask, Question, Reply, Sight
from vextract.tasks._detect_prompts import AT_MOST, Wanted, Wording, as_asked, full, masks_hint, wordings
from vextract.tasks._prompting import SYSTEM
from vextract.tiling import merge_tiles, nms, tiles
from vextract.types import Box, ErrorInfo, PageRef

__all__ = ["SCOPE", "DetectOptions", "Seen", "answer", "ask", "asks", "check", "read"]

SCOPE = "page"
# Two boxes of one label that agree as well as this are one object named twice.
_SAME = 0.9
# Pictures this much larger than what a model looks at are cut into tiles if that is left to us.
_WORTH_TILING = 1.25
_WHOLE = Box(0, 0, 1, 1)
# The label of what models find that only read.
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """How to look.

    Attributes:
        labels: what to find; () for everything that stands out.
        masks: whether outlines are wanted, of a model that gives them.
        min_score: objects whose score is known and lower are left out.
        nms: of objects of one label whose boxes have this IoU one stays, 0..1; None: of those that are nearly the same.
        tile: longest side of the parts in which a large page is looked at, in pixels; "auto": as large as the model sees; None: the
            page is looked at as a whole.
        overlap: share of a tile that its neighbour sees too.
        at_most: how many objects a model is asked for at most, on a page or tile.
        mask_weights: the file of weights for PaliGemma's masks.
    """

    labels: tuple[str, ...] = ()
    masks: bool = False
    min_score: float | None = None
    nms: float | None = None
    tile: int | Literal["auto"] | None = None
    overlap: float = 0.2
    at_most: int = AT_MOST
    mask_weights: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one answer has, in fractions of the picture that was shown.

    `full`: it has as many objects as were asked for, and may lack some. `reads`: its labels are what is written there.
    """

    found: tuple[Found, ...]
    full: bool
    reads: bool = False


def check(options: DetectOptions, profile: ModelProfile | None, prompt: str | None) -> None:
    """Nothing, if what looks can be asked so; `profile` is None where no model does.

    Raises:
        UsageError: it cannot.
    """
    if profile is None:
        if options.masks:
            raise UsageError("embedded finds boxes, and gives no masks", masks_hint())
        if options.tile is not None:
            raise UsageError("embedded looks at whole pages at their full size", "leave out --tile")
        return
    if options.min_score is not None:
        raise UsageError(
            "--min-score needs scores, and vision models give none: a number that they write is no measurement",
            "leave it out",
        )
    wordings(profile, Wanted(options.labels, options.masks, options.at_most), (1000, 1000), prompt)


def answer(question: Question) -> Answer:
    """What detectors on this machine have found."""
    return Answer(Detections(_kept(question.objects, _options(question))))


def ask(question: Question, pages: tuple[int, ...]) -> Ask:
    """The first of what is asked about the pages."""
    return asks(question, pages)[0]


def asks(question: Question, pages: tuple[int, ...]) -> tuple[Ask, ...]:
    """Every tile of the pages, with all that the model's family has to be asked about it.

    Raises:
        UsageError: the family has no boxes, or cannot be asked so.
    """
    assert question.profile is not None, "models are asked by their profile"
    options, refs = _options(question), {page.ref.number: page.ref for page in question.pages}
    return tuple(
        one
        for page in pages
        for region in _regions(refs[page], options, question.profile)
        for one in _asks(question, question.profile, refs[page], region)
    )


def _asks(question: Question, profile: ModelProfile, ref: PageRef, region: Box | None) -> Iterable[Ask]:
    options = _options(question)
    left, top, right, bottom = cut_px(region or _WHOLE, ref.width_px, ref.height_px)
    sent_px = sent_size(right - left, bottom - top, profile)
    wanted = Wanted(options.labels, options.masks, options.at_most)
    for wording in wordings(profile, wanted, sent_px, question.prompt):
        yield Ask(
            wording.name,
            (Sight(ref.number, region=region), wording.text),
            (ref.number,),
            SYSTEM if wording.system else "",
            json_schema=wording.json_schema if profile.structured else None,
            special=wording.json_schema is None and not wording.system and question.prompt is None,
            parse=partial(_seen, profile=profile, wording=wording, sent_px=sent_px),
        )


def _seen(text: str, profile: ModelProfile, wording: Wording, sent_px: tuple[int, int]) -> Parsed:
    """The boxes of an answer.

    Raises:
        AnswerError: it is cut off, empty, or not what the family writes.
    """
    found = tuple(as_asked(wording, read_boxes(text, profile, sent_px)))
    return Parsed(Seen(found, full(wording, len(found)), wording.reads), _mended(text))


def _mended(text: str) -> tuple[str, ...]:
    try:
        return read_json(text).mended
    except UnreadableAnswer:  # an answer in tokens
        return ()


def read(question: Question, replies: Sequence[Reply]) -> Answer:
    """The objects of all pages, put where they are on the page; those that several tiles saw are one.

    An answer with a mask that cannot be read is an error of its page, and leaves those about other pages and tiles as they are.

    Raises:
        DependencyError: what is needed to read masks is missing.
    """
    options, refs = _options(question), {page.ref.number: page.ref for page in question.pages}
    by_page: dict[int, dict[Box, list[Detection]]] = {}
    unread: list[ErrorInfo] = []
    lacking: dict[int, ErrorInfo] = {}
    for reply in replies:
        (sight,) = reply.sights
        seen = reply.value
        assert isinstance(seen, Seen), "answers are read by `_seen`"
        ref = refs[sight.page]
        region = _cut(sight.region, ref)
        try:
            placed = [_placed(found, ref, region, options) for found in seen.found]
        except UnreadableAnswer as error:
            unread.append(ErrorInfo(error.kind, error.message, error.hint, sight.page, error.exit_code))
            continue
        at = by_page.setdefault(sight.page, {}).setdefault(region, [])
        at += [replace(each, label=_TEXT, text=each.label) for each in placed] if seen.reads else placed
        if seen.full:
            lacking[sight.page] = _may_lack(len(seen.found), sight.page)
    objects: list[Detection] = []
    for page, parts in sorted(by_page.items()):
        ref = refs[page]
        merged = merge_tiles(list(parts.items()), ref.width_px, ref.height_px)
        objects += _kept(merged, options)
    errors = (*unread, *lacking.values())
    return Answer(Detections(tuple(objects)) if by_page or not unread else None, (), errors)


def _regions(ref: PageRef, options: DetectOptions, profile: ModelProfile) -> tuple[Box | None, ...]:
    side = options.tile
    longest = max(ref.width_px, ref.height_px)
    if side == "auto":
        side = profile.max_edge_px if longest > _WORTH_TILING * profile.max_edge_px else None
    if side is None or side >= longest:
        return (None,)
    return tiles(ref.width_px, ref.height_px, side, options.overlap)


def _cut(region: Box | None, ref: PageRef) -> Box:
    """The part that was shown, by whole pixels, in fractions of the page."""
    width, height = ref.width_px, ref.height_px
    return from_pixels(cut_px(region or _WHOLE, width, height), width, height)


def _placed(found: Found, ref: PageRef, region: Box, options: DetectOptions) -> Detection:
    """The object on the page. What the model said of its score is dropped: it is a word like any other."""
    found = replace(
        found,
        box=from_part(found.box, region),
        polygons=tuple(tuple(_point(point, region) for point in polygon) for polygon in found.polygons),
    )
    mask = mask_of(found, ref.width_px, ref.height_px, options.mask_weights) if options.masks else None
    return Detection(ref.number, found.label, found.box, mask=mask)


def _point(point: Point, region: Box) -> Point:
    box = from_part(Box(*point, *point), region)
    return box.x0, box.y0


def _kept(found: Sequence[Detection], options: DetectOptions) -> tuple[Detection, ...]:
    """Without what is too unsure, and without what is there twice."""
    least = options.min_score
    sure = [each for each in found if least is None or each.score is None or each.score >= least]
    pages = sorted({each.page for each in sure})
    threshold = _SAME if options.nms is None else options.nms
    return tuple(each for page in pages for each in nms([one for one in sure if one.page == page], threshold))


def _may_lack(count: int, page: int) -> ErrorInfo:
    return ErrorInfo(
        "truncated",
        f"the answer has {count} objects, as many as the model was asked for: there may be more",
        "look at parts of the page with --tile, or ask for more with --at-most",
        page,
        ExitCode.ANSWER,
    )


def _options(question: Question) -> DetectOptions:
    return question.options if isinstance(question.options, DetectOptions) else DetectOptions()
