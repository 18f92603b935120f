"""From settings to the job that the workers get, and to the model that is asked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.cascade import LEAST
from vextract.errors import UsageError
from vextract.models import ModelName, is_model, model_name
from vextract.pipeline import LAYOUT, SHOW, Job, Vision, Words
from vextract.plugins import names
from vextract.profiles import ModelProfile, profile_for
from vextract.readers import ReadOptions, find_reader
from vextract.schema import load_schema
from vextract.settings import Settings
from vextract.sources import poppler
from vextract.sources.options import Limits, OpenOptions, PageSelection, VideoOptions
from vextract.voting import Vote

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vextract.making import Making

__all__ = ["EMBEDDED", "Lineup", "Work", "chosen_model", "job_for", "lineup", "profile_of"]

EMBEDDED = "embedded"
"""The model of `detect` that is none: detectors on this machine."""
# Tasks that need no model: a reader's words are enough.
_OFFLINE = frozenset({"ocr", "extract", "verify", "detect", SHOW})
# Tasks about what is there already: it is not asked for once more.
_MODEL_FREE = frozenset({"verify", SHOW})
# What tasks call their own way without a model, on the words of `reader`.
_OWN = {"detect": EMBEDDED, "extract": LAYOUT, "verify": LAYOUT, SHOW: LAYOUT}
# How freely models choose their words where the same is asked several times.
_VOTING_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be made of the documents.

    Attributes:
        task: its name.
        schema: what it is asked for; None where it needs none.
        ground: whether its values are to be found on the page.
        options: what else the task can be told.
        prompt: the user's own prompt for a model; None for the task's.
        words: which of a page's words are wanted where a model looks.
        least: of several models, the next one is asked about values less sure than this, 0..1.
    """

    task: str = "ocr"
    schema: "str | type[BaseModel] | None" = None
    ground: bool = True
    options: object = None
    prompt: str | None = None
    words: Words = "all"
    least: float = LEAST


OCR = Work()


@dataclass(frozen=True, slots=True)
class Lineup:
    """Who looks, in order: `reader` first, if that is not None (a reader's name, `layout` or `embedded`), then vision models."""

    reader: str | None
    models: tuple[ModelName, ...]

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return len(self.models) + (self.reader is not None) > 1


def lineup(settings: Settings) -> Lineup:
    """Who looks as the settings say: names parted by commas, each by itself or by an alias.

    Raises:
        UsageError: one is not of the form PROVIDER:MODEL, or there is no such provider; or a reader is not the first.
    """
    parts = [part.strip() for part in settings.model.split(",")] if "," in settings.model else [settings.model]
    named = [settings.aliases.get(part, part) for part in parts]
    for name in named[1:]:
        if not is_model(name):
            raise UsageError(f"{name!r} in -m {settings.model!r} is no PROVIDER:MODEL", _ORDER)
    reader = None if is_model(named[0]) else named[0]
    return Lineup(reader, tuple(model_name(name) for name in (named if reader is None else named[1:])))


_ORDER = (
    "of several, a reader or layout can only be the first, as in layout,ollama:qwen2.5vl,openai:gpt-4o; "
    "a model with a comma in its name needs an alias"
)


def chosen_model(settings: Settings) -> ModelName | None:
    """The first vision model that the settings name, by itself or by an alias; None where they name a reader alone.

    Raises:
        UsageError: as for `lineup`.
    """
    models = lineup(settings).models
    return models[0] if models else None


def profile_of(model: ModelName, settings: Settings) -> ModelProfile:
    """What is known of the model's family; of recorded answers, what was known when they were given.

    Otherwise the same pages would make other pictures, and so other requests.

    Raises:
        UsageError: an override of the settings makes no sense, or there are no recorded answers.
        InputError: the recorded answers are damaged.
    """
    if model.provider == "replay":
        from vextract.models._recording import read_model

        return read_model(Path(model.model).expanduser()).profile
    return profile_for(model.provider, model.model, settings.profiles)


def job_for(
    settings: Settings,
    pages: PageSelection,
    work: Work = OCR,
    *,
    pictures: bool = False,
    making: "Making | None" = None,
) -> Job:
    """The job, checked: what it needs is installed, and its schema can be loaded.

    Args:
        settings: in force.
        pages: of each document.
        work: what is made of them.
        pictures: whether the output format needs the pages' pictures.
        making: which pictures are made of the finished records.

    Raises:
        UsageError: the reader's or the model's name is unknown, the task needs a model and there is none, or it takes one and there
            are several.
        SchemaError: the schema cannot be used.
        DependencyError: something that it needs is missing.
    """
    reading = ReadOptions(settings.lang, settings.psm, settings.fast, settings.rotate, settings.page_timeout_s)
    lined = lineup(settings)
    _check(lined, settings, work)
    visions = () if work.task in _MODEL_FREE else tuple(_vision(settings, model, work) for model in lined.models)
    vision, further = (visions[0], visions[1:]) if visions and lined.reader is None else (None, visions)
    reader = settings.reader if lined.reader is None or lined.reader == _OWN.get(work.task) else lined.reader
    looking = _looking(work, vision)
    if (vision.words if vision else looking.words) == "all":
        checked = find_reader(reader)
        if settings.ocr != "never":
            checked.check(reading)
    if settings.pdf_renderer == "poppler":
        poppler.require()
    if work.schema is not None:
        load_schema(work.schema)
    limits = Limits(settings.max_bytes, settings.max_pages, settings.max_pixels, settings.fetch_timeout_s)
    colour = pictures or bool(visions) or making is not None
    video = VideoOptions(settings.every, settings.scenes, settings.frames)
    opening = OpenOptions(pages, settings.dpi, settings.password, settings.pdf_renderer, colour, limits, video)
    return Job(
        reader=reader,
        ocr=settings.ocr,
        reading=reading,
        opening=opening,
        pictures=pictures,
        task=work.task,
        schema=work.schema,
        ground=work.ground,
        second_look=work.ground and settings.second_look and not settings.fast,
        vision=vision,
        options=work.options,
        words=looking.words,
        detectors=looking.detectors,
        wanted=looking.wanted,
        making=replace(making, password=settings.password) if making else None,
        further=further,
        least=work.least,
        several=lined.several and bool(visions),
        vote=_vote(settings) if work.task == "extract" and visions else None,
    )


def _check(lined: Lineup, settings: Settings, work: Work) -> None:
    """Raises UsageError where the task cannot be done by those who are named."""
    if work.task in _MODEL_FREE:
        return
    if not lined.models and work.task not in _OFFLINE:
        named = f"{settings.model!r} is none" if "model" in settings.model_fields_set else "none is named"
        raise UsageError(f"{work.task} needs a vision model, and {named}", _WHICH)
    if not lined.several:
        return
    if work.task != "extract":
        raise UsageError(f"{work.task} takes one model, and -m names several: {settings.model!r}", "name one of them")
    if settings.vote > 1 and lined.reader is not None:
        raise UsageError(f"{lined.reader!r} has no vote: models alone have", f"leave it out of -m {settings.model!r}")
    if settings.vote == 1 and not work.ground:
        raise UsageError("--no-ground leaves nothing to go by from model to model", "name one model, or add --vote 2")


def _vote(settings: Settings) -> Vote | None:
    if settings.vote == 1:
        return None
    return Vote(settings.vote, None if settings.temperature is not None else _VOTING_TEMPERATURE, settings.seed or 0)


@dataclass(frozen=True, slots=True)
class _Looking:
    """What is looked for on this machine: detectors, their labels, and which words they and the task need."""

    words: Words = "all"
    detectors: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()


def _looking(work: Work, vision: Vision | None) -> _Looking:
    """What the task needs of a page besides a model.

    Raises:
        UsageError: nothing here finds what is asked for.
        DependencyError: what would find it is not installed.
    """
    if work.task == SHOW:
        return _Looking("none")
    if work.task != "detect":
        return _Looking()
    from vextract.tasks.detect import DetectOptions, check

    options = work.options if isinstance(work.options, DetectOptions) else DetectOptions()
    check(options, vision.profile if vision else None, work.prompt)
    if vision:
        return _Looking()
    from vextract.detectors import detectors_for, find_detector

    names, wanted = detectors_for(options.labels)
    detectors = [find_detector(name) for name in names]
    for detector in detectors:
        detector.check()
    return _Looking("all" if any(detector.needs_words for detector in detectors) else "none", names, wanted)


_WHICH = (
    "name one with -m, such as google_genai:MODEL, openai:MODEL, anthropic:MODEL (hosted), ollama:MODEL or hf:ORG/NAME (local); "
    "see `vextract models`"
)


def _vision(settings: Settings, model: ModelName, work: Work) -> Vision:
    if settings.reader not in names("vextract.readers"):
        raise UsageError(
            f"no reader is called {settings.reader!r}", f"choose one of: {', '.join(names('vextract.readers'))}"
        )
    return Vision(
        model=str(model),
        profile=profile_of(model, settings),
        prompt=work.prompt,
        window=settings.window,
        overlap=settings.overlap,
        words="layer" if work.task == "extract" and not work.ground else work.words,
    )
