"""From settings to jobs: which model, which reader, which words."""

from pathlib import Path
from typing import Any

import pytest

from vextract.errors import UsageError, VextractError
from vextract.jobs import Work, chosen_model, job_for, lineup, profile_of
from vextract.models import model_name
from vextract.pipeline import Job
from vextract.settings import load_settings
from vextract.sources.options import PageSelection
from vextract.tasks import Ballot

ALIASES = {"fast": "openai:gpt-4o", "eyes": "rapidocr", "tesseract": "textlayer"}


@pytest.fixture(autouse=True)
def place(workdir: Path) -> None:
    """No settings but those of the test."""
    del workdir


def job(work: Work, **settings: Any) -> Job:
    """The job that the settings make of the work."""
    return job_for(load_settings(**settings), PageSelection(), work)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("fast", "openai:gpt-4o"),
        ("Google:gemini-x", "google_genai:gemini-x"),
        ("claude:x", "anthropic:x"),
        ("eyes", "None"),
    ],
)
def test_which_model(name: str, model: str) -> None:
    """A name with a colon is a model's, by itself or by an alias; others are readers."""
    assert str(chosen_model(load_settings(model=name, aliases=ALIASES))) == model


@pytest.mark.parametrize("name", ["nobody:x", "openai:", ":x", "openai: "])
def test_no_such_model(name: str) -> None:
    """What has a colon and names no provider or no model is a usage error."""
    with pytest.raises(UsageError, match="no model is called"):
        chosen_model(load_settings(model=name))


def test_an_alias_of_a_reader() -> None:
    """Aliases name readers, too."""
    assert job(Work(), model="tesseract", aliases=ALIASES).reader == "textlayer"


@pytest.mark.parametrize(
    ("names", "reader", "models"),
    [
        ("rapidocr", "rapidocr", []),
        ("layout,fast", "layout", ["openai:gpt-4o"]),
        ("eyes , ollama:x:7b,claude:y", "rapidocr", ["ollama:x:7b", "anthropic:y"]),
        ("openai:a,fast", None, ["openai:a", "openai:gpt-4o"]),
    ],
)
def test_who_looks_in_order(names: str, reader: str | None, models: list[str]) -> None:
    """Names parted by commas, each by itself or by an alias; the first may be a reader or layout."""
    found = lineup(load_settings(model=names, aliases=ALIASES))
    assert (found.reader, [str(model) for model in found.models]) == (reader, models)
    assert found.several == ("," in names)


@pytest.mark.parametrize(
    "names", ["openai:a,layout", "layout,eyes", "layout,", "openai:a,,openai:b", "layout,nobody:x"]
)
def test_who_cannot_look(names: str) -> None:
    """A reader after the first, an empty name and an unknown provider are usage errors."""
    with pytest.raises(UsageError):
        lineup(load_settings(model=names, aliases=ALIASES))


def test_the_job_of_several_models() -> None:
    """Layout comes first and has no vision; each next job is that of the next model, without those before it."""
    several = job(Work("extract", "a, b", least=0.7), model="layout,openai:a,openai:b")
    assert (several.vision, several.reader, several.several, several.least) == (None, "tesseract", True, 0.7)
    assert [vision.model for vision in several.models] == ["openai:a", "openai:b"]
    second = several.next(None)
    assert second.vision is not None
    assert (second.vision.model, [v.model for v in second.further]) == ("openai:a", ["openai:b"])
    assert second.next(None).models == several.further[1:]
    assert job(Work("extract", "a, b"), model="layout", reader="textlayer").reader == "textlayer"
    assert not job(Work("verify"), model="layout,openai:a").models


def test_the_job_of_a_vote() -> None:
    """`vote` is for extract; models take turns, each with its own profile."""
    assert job(Work(), model="openai:a", vote=3).vote is None
    panel = job(Work("extract", "a, b"), model="openai:a,openai:gpt-5", vote=3)
    turns = [panel.turn(number) for number in range(3)]
    assert [turn.vision.model for turn in turns if turn.vision] == ["openai:a", "openai:gpt-5", "openai:a"]
    assert [turn.ballot for turn in turns] == [Ballot(0, 0.7, 0), Ballot(1, None, 1), Ballot(2, 0.7, 2)]


@pytest.mark.parametrize("task", ["caption", "classify", "ask"])
def test_tasks_that_need_a_model(task: str) -> None:
    """Without a model they say so and name what to type; no reader is looked for then."""
    with pytest.raises(UsageError, match=f"{task} needs a vision model") as caught:
        job(Work(task))
    assert "-m" in caught.value.hint


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (Work("extract", "a, b"), "all"),
        (Work("extract", "a, b", ground=False), "layer"),
        (Work("ask", words="layer"), "layer"),
        (Work("caption", words="none"), "none"),
    ],
)
def test_which_words_are_read_beside_a_model(work: Work, words: str) -> None:
    """Words are measured only where places are wanted."""
    vision = job(work, model="openai:x").vision
    assert vision is not None
    assert vision.words == words


def test_what_measures_beside_a_model() -> None:
    """The reader of a model's job is `reader`; one that there is not is known before anything is read."""
    assert job(Work(), model="openai:x", reader="textlayer").reader == "textlayer"
    with pytest.raises(UsageError, match="no reader is called 'eyes'"):
        job(Work("caption", words="none"), model="openai:x", reader="eyes")


def test_the_profile_of_answers_that_are_not_there() -> None:
    """A folder without recorded answers is an error before pages are drawn."""
    with pytest.raises(VextractError, match="has no recorded answers"):
        profile_of(model_name("replay:nowhere"), load_settings())


def test_verify_asks_no_model() -> None:
    """Where the settings name a vision model, `verify` goes by a reader all the same, and says so."""
    job = job_for(load_settings(model="ollama:qwen2.5vl"), PageSelection(), Work("verify"))
    assert job.vision is None
    assert job.reader == "tesseract"
