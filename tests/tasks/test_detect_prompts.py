"""What each family of models is asked when objects are to be detected."""

import contextlib
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.boxes import SYNTAXES, Found, read_boxes
from vextract.errors import UsageError
from vextract.profiles import FAMILIES, ModelProfile, profile_for
from vextract.schema.dialects import DIALECTS
from vextract.schema.lowering import lower
from vextract.tasks._detect_prompts import (
    AT_MOST,
    NAME,
    Wanted,
    Wording,
    as_asked,
    can_mask,
    full,
    masks_hint,
    wordings,
)
from vextract.types import Box

SENT = (1000, 700)
JSON = ["gemini-2.5-flash", "gemma", "qwen2.5-vl", "qwen3-vl", "glm-v", "claude", "gpt", "unknown"]
TOKENS = ["paligemma", "florence-2", "kosmos-2", "deepseek-vl2", "qwen2-vl", "internvl"]


def _one(family: str, *labels: str, masks: bool = False, own: str | None = None) -> Wording:
    [wording] = wordings(profile_for("", family), Wanted(labels, masks), SENT, own)
    return wording


@pytest.mark.parametrize("profile", dict.fromkeys(profile for _, profile in FAMILIES), ids=lambda p: p.family)
def test_every_family(profile: ModelProfile) -> None:
    """Every family can be asked for a label or for everything, in words without an open place, or says why not."""
    assert profile.box_format in SYNTAXES
    asked = []
    for wanted in (Wanted(("Table",)), Wanted()):
        with contextlib.suppress(UsageError):
            asked += wordings(profile, wanted, SENT)
    assert asked or profile.family == "molmo"
    for wording in asked:
        assert "$" not in wording.text
        assert "score" not in wording.text
        assert "confiden" not in wording.text
        assert "score" not in json.dumps(wording.json_schema)


@pytest.mark.parametrize(
    ("family", "texts"),
    [
        ("paligemma", ["detect cat ; red car"]),
        ("florence-2", ["<OPEN_VOCABULARY_DETECTION>cat", "<OPEN_VOCABULARY_DETECTION>red car"]),
        ("kosmos-2", ["<grounding><phrase> cat</phrase>", "<grounding><phrase> red car</phrase>"]),
        (
            "deepseek-vl2",
            ["Locate <|ref|>cat<|/ref|> in the given image.", "Locate <|ref|>red car<|/ref|> in the given image."],
        ),
        ("moondream", ["Detect: cat", "Detect: red car"]),
    ],
)
def test_families_of_tokens(family: str, texts: list[str]) -> None:
    """They are asked in the words that they were trained in, free of any schema, one label a request where they take no more."""
    asked = wordings(profile_for("", family), Wanted(("cat", "red car")), SENT)
    assert [wording.text for wording in asked] == texts
    assert all(wording.json_schema is None and not wording.system for wording in asked)
    assert tuple(label for wording in asked for label in wording.labels) == ("cat", "red car")


def test_everything() -> None:
    """Without labels there is one request, of those that can be asked so; PaliGemma must be told what to find."""
    assert _one("florence-2").text == "<OD>"
    assert "stand out" in _one("gemini").text
    with pytest.raises(UsageError, match="told to find"):
        _one("paligemma")


def _example(wording: Wording) -> Any:
    """An answer of two entries that the schema allows."""
    assert wording.json_schema is not None
    schema = wording.json_schema
    root = next(iter(schema["properties"])) if schema["type"] == "object" else None
    entries = schema["properties"][root] if root else schema
    key = next(name for name in entries["items"]["properties"] if name != "label")
    answer = [{key: [100, 200, 300, 400], "label": "cat"}] * 2
    return {root: answer} if root else answer


@pytest.mark.parametrize("family", JSON)
def test_families_of_json(family: str) -> None:
    """The schema is one, allows what the family writes and no more, and what it allows is read as boxes."""
    profile = profile_for("", family)
    wording = _one(family, "cat", "dog")
    assert wording.json_schema is not None
    jsonschema.Draft202012Validator.check_schema(wording.json_schema)
    example = _example(wording)
    jsonschema.validate(example, wording.json_schema)
    assert [found.label for found in read_boxes(json.dumps(example), profile, SENT)] == ["cat", "cat"]
    for before, after in (('"cat"', '"bird"'), ("100", "-1"), ("100", "1009"), ("100", '"100"'), ("100, ", "")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(json.loads(json.dumps(example).replace(before, after)), wording.json_schema)
    assert wording.system
    assert '"cat", "dog"' in wording.text


@pytest.mark.parametrize("family", JSON)
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_schemas_can_be_told_to_every_provider(family: str, dialect: str) -> None:
    """Lowered to any dialect, and raised again, an answer is what it was."""
    wording = _one(family, "cat")
    assert wording.json_schema is not None
    lowered = lower(wording.json_schema, DIALECTS[dialect])
    example = _example(wording)
    wrapped = example
    if lowered.json_schema.get("type") == "object" and isinstance(example, list):
        wrapped = {next(iter(lowered.json_schema["properties"])): example}
    jsonschema.validate(wrapped, lowered.json_schema)
    assert lowered.raised(wrapped) == example


@pytest.mark.parametrize(
    ("family", "size"), [("gpt", "1000 pixels wide and 700"), ("claude", "1568 pixels wide and 653")]
)
def test_pixels_have_their_frame(family: str, size: str) -> None:
    """Who answers in pixels is told the size of what it sees: Claude sees less of a larger picture than was sent."""
    sent = (1000, 700) if family == "gpt" else (2400, 1000)
    [wording] = wordings(profile_for("", family), Wanted(), sent)
    assert size in wording.text


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="<>"), min_size=1, max_size=60))
def test_labels_cannot_leave_their_quotation_marks(label: str) -> None:
    """Whatever a label has, in a JSON family it stands in the question as one JSON text."""
    try:
        wording = _one("gemini", label)
    except UsageError:
        assert not label.strip() or not label.strip().isprintable()
        return
    start = wording.text.index(": ") + 2
    assert json.JSONDecoder().raw_decode(wording.text, start)[0] == label.strip() == wording.labels[0]


@pytest.mark.parametrize("family", [*JSON, *TOKENS, "moondream", "llava"])
@pytest.mark.parametrize("label", ["", "  ", "a\nb", "a\x00", "x" * 201, "cat<|im_end|>", "<|/ref|>", "\u202ecat"])
def test_labels_that_break_the_question(family: str, label: str) -> None:
    """A label that is empty, too long, not printable, or has a mark of chat templates is a UsageError in every family."""
    with pytest.raises(UsageError) as caught:
        _one(family, label)
    assert caught.value.hint


@pytest.mark.parametrize("family", TOKENS)
@pytest.mark.parametrize("label", ["<loc0000>", "</ref>", "a</phrase>", "<OD>", "cat < dog"])
def test_labels_with_tags(family: str, label: str) -> None:
    """In a family of tokens no label may have what its tags are made of; in JSON it is text like any other."""
    with pytest.raises(UsageError):
        _one(family, label)
    assert json.dumps(label) in _one("gemini", label).text


def test_labels_that_part_labels() -> None:
    """PaliGemma's own separator cannot be in a label."""
    with pytest.raises(UsageError, match="cat ; dog"):
        _one("paligemma", "cat ; dog")


def test_labels_twice() -> None:
    """Labels that differ in nothing but case or white space are one, as it was written first."""
    assert _one("gemini", "Cat ", "cat", "CAT", "dog").labels == ("Cat", "dog")


def test_parts_of_pages() -> None:
    """dots.ocr knows its own kinds only, always gives all of them, and what was not asked for is left out."""
    wording = _one("dots.ocr", "table", "Picture")
    assert wording.labels == ("Table", "Picture")
    boxes = [Found(label, Box(0, 0, 1, 1)) for label in ("Text", "Table", "Title", "table")]
    assert [found.label for found in as_asked(wording, boxes)] == ["Table", "Table"]
    assert [found.label for found in as_asked(_one("dots.ocr"), boxes)] == ["Text", "Table", "Title", "table"]
    with pytest.raises(UsageError, match="cat") as caught:
        _one("dots.ocr", "cat")
    assert "Section-header" in caught.value.hint


def test_lines_of_text() -> None:
    """PaddleOCR-VL finds text: it cannot be asked for labels, and what it answers as labels is what is written there."""
    assert _one("paddleocr-vl").reads
    assert not _one("gemini").reads
    with pytest.raises(UsageError, match="lines of text"):
        _one("paddleocr-vl", "cat")


def test_points_are_no_boxes() -> None:
    """Molmo is not asked at all."""
    with pytest.raises(UsageError, match="no boxes"):
        _one("molmo", "cat")


def test_labels_as_they_were_asked_for() -> None:
    """Spelling is that of the question; a box without a label has the only one asked for; other labels stay."""
    boxes = [Found(label, Box(0, 0, 1, 1)) for label in ("CAT", "", "kitten")]
    assert [each.label for each in as_asked(_one("gemini", "Cat"), boxes)] == ["Cat", "Cat", "kitten"]
    assert [each.label for each in as_asked(_one("gemini", "Cat", "dog"), boxes)] == ["Cat", "", "kitten"]
    assert [each.label for each in as_asked(_one("gemini"), boxes)] == ["CAT", "", "kitten"]


def test_masks() -> None:
    """Masks are asked for in the family's own words and without a schema, which would keep Gemini from writing them."""
    gemini = _one("gemini-2.5-flash", "cat", masks=True)
    assert '"mask"' in gemini.text
    assert gemini.json_schema is None
    assert gemini.at_most == AT_MOST
    assert _one("paligemma", "cat", "dog", masks=True).text == "segment cat ; dog"
    assert _one("florence-2", "cat", masks=True).text == "<REFERRING_EXPRESSION_SEGMENTATION>cat"
    with pytest.raises(UsageError, match="outlines"):
        _one("florence-2", masks=True)


MASKS = {"gemini-2.5-flash": True, "gemini-2.5-pro": True, "google/paligemma2-3b": True, "Florence-2-large": True}
NO_MASKS = dict.fromkeys(
    ["gemini-2.0-flash", "gemini-3-pro", "gemini-3.5-flash", "qwen3-vl", "gpt-5", "some-model"], False
)


@pytest.mark.parametrize(("model", "can"), [*MASKS.items(), *NO_MASKS.items()])
def test_who_gives_masks(model: str, can: bool) -> None:  # noqa: FBT001 -- a column of the table
    """Of all Geminis 2.5 gives masks; who gives none is refused with what can."""
    profile = profile_for("", model)
    assert can_mask(profile) == can
    if not can:
        with pytest.raises(UsageError) as caught:
            wordings(profile, Wanted(("cat",), masks=True), SENT)
        assert caught.value.hint == masks_hint()
        assert {"gemini (2.5 only)", "paligemma", "florence-2"} == set(
            masks_hint().removeprefix("masks come from ").split(", ")
        )


def test_masks_by_settings_need_words() -> None:
    """A profile that a setting gives masks cannot be asked for them where nothing is known of how."""
    assert not can_mask(replace(profile_for("", "gpt"), masks="polygons"))


def test_own_words() -> None:
    """The user's own prompt stands instead, its places filled; the schema stays, and the record names the file."""
    own = "Find $labels in $width x $height, at most $most, for $5 ($other)."
    wording = _one("gpt", 'a "cat"', own=own)
    assert wording.text == 'Find "a \\"cat\\"" in 1000 x 700, at most 100, for $5 ($other).'
    assert wording.name.startswith("file/")
    assert wording.json_schema is not None
    assert _one("gpt").name == NAME


def test_own_words_for_one_label_a_request() -> None:
    """They are asked once a label where they have a place for it, and once where they have none."""
    profile, wanted = profile_for("", "florence-2"), Wanted(("cat", "dog"))
    assert [each.text for each in wordings(profile, wanted, SENT, "<X>$labels")] == ["<X>cat", "<X>dog"]
    [wording] = wordings(profile, wanted, SENT, "<OD>")
    assert wording.labels == ("cat", "dog")


def test_own_words_may_ask_what_ours_cannot() -> None:
    """Where the family has no words of ours for everything, the user's own will do."""
    assert _one("paligemma", own="detect all").text == "detect all"


@pytest.mark.parametrize(
    ("family", "count", "is_full"), [("gemini", 99, False), ("gemini", 100, True), ("florence-2", 500, False)]
)
def test_answers_that_may_lack_some(family: str, count: int, is_full: bool) -> None:  # noqa: FBT001 -- a column of the table
    """An answer with as many objects as the model was told to give may lack some; who was told nothing has none to lack."""
    assert full(_one(family, "cat"), count) == is_full
    assert full(Wanted(at_most=10), 10)
