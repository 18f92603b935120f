"""From settings to the job that the workers get, and to the model that is asked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.errors import UsageError
from vextract.models import ModelName, is_model, model_name
from vextract.pipeline import SHOW, Job, Vision, Words
from vextract.plugins import names
from vextract.profiles import ModelProfile, profile_for
from vextract.readers import ReadOptions, find_reader
from vextract.schema import load_schema
from vextract.settings import Settings
from vextract.sources import poppler
from vextract.sources.options import Limits, OpenOptions, PageSelection, VideoOptions

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vextract.making import Making

__all__ = ["EMBEDDED", "Work", "chosen_model", "job_for", "profile_of"]

EMBEDDED = "embedded"
"""The model of `detect` that is none: detectors on this machine."""
# Tasks that need no model: a reader's words are enough.
_OFFLINE = frozenset({"ocr", "extract", "verify", "detect", SHOW})
# Tasks about what is there already: it is not asked for once more.
_MODEL_FREE = frozenset({"verify", SHOW})


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
    """

    task: str = "ocr"
    schema: "str | type[BaseModel] | None" = None
    ground: bool = True
    options: object = None
    prompt: str | None = None
    words: Words = "all"


OCR = Work()


def chosen_model(settings: Settings) -> ModelName | None:
    """The vision model that the settings name, by itself or by an alias; None where they name a reader.

    Raises:
        UsageError: it is not of the form PROVIDER:MODEL, or there is no such provider.
    """
    name = settings.aliases.get(settings.model, settings.model)
    return model_name(name) if is_model(name) else None


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
        UsageError: the reader's or the model's name is unknown, or the task needs a model and there is none.
        SchemaError: the schema cannot be used.
        DependencyError: something that it needs is missing.
    """
    reading = ReadOptions(settings.lang, settings.psm, settings.fast, settings.rotate, settings.page_timeout_s)
    named_model = chosen_model(settings)
    model = None if work.task in _MODEL_FREE else named_model
    if model is None and work.task not in _OFFLINE:
        named = f"{settings.model!r} is none" if "model" in settings.model_fields_set else "none is named"
        raise UsageError(f"{work.task} needs a vision model, and {named}", _WHICH)
    vision = _vision(settings, model, work) if model else None
    reader = settings.aliases.get(settings.model, settings.model)
    if named_model or (work.task == "detect" and reader == EMBEDDED):
        reader = settings.reader
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
    colour = pictures or vision is not None or making is not None
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
    )


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
