"""What models answer, as they answer it: each kind of answer gives its boxes in pixels, or an error that says what is wrong."""

import math

import pytest

import vextract
from vextract.boxes import Found, boxes_from_text, read_boxes
from vextract.errors import EmptyAnswer, TruncatedAnswer, UnreadableAnswer, UsageError, VextractError
from vextract.profiles import ModelProfile, profile_for
from vextract.types import Box

_SQUARE = (1000, 1000)
_WIDE = (2000, 500)

READ = [
    # JSON: fences, prose, quotes, commas, and what stands around the list.
    ("gemini", '```json\n[{"box_2d": [100, 200, 300, 400], "label": "cat"}]\n```', [("cat", (400, 50, 800, 150))]),
    (
        "gemini",
        'Two:\n```\n[{"box_2d": [0, 0, 500, 1000], "label": "a"},]\n```\nThat is all.',
        [("a", (0, 0, 2000, 250))],
    ),
    (
        "google_genai:gemini-3-flash",
        "[{'box_2d': [100, 200, 300, 400], 'label': \"it's\"}]",
        [("it's", (400, 50, 800, 150))],
    ),
    ("gemini", '[{"box_2d": [100, 200, 300, 400]}]', [("", (400, 50, 800, 150))]),
    ("gemini", '[{"box_2d": [100, 200, 300, 400], "label": null}]', [("", (400, 50, 800, 150))]),
    ("gemini", '{"box_2d": [100, 200, 300, 400], "label": 7}', [("7", (400, 50, 800, 150))]),
    ("gemini", '{"count": 1, "objects": [{"box_2d": [0, 0, 10, 10], "label": "a"}]}', [("a", (0, 0, 20, 5))]),
    ("gemini", "[[100, 200, 300, 400], [0, 0, 10, 10]]", [("", (400, 50, 800, 150)), ("", (0, 0, 20, 5))]),
    ("gemini", "[100, 200, 300, 400]", [("", (400, 50, 800, 150))]),
    (
        "gemini",
        '[{"label": "a", "box_2d": [[0, 0, 10, 10], [0, 0, 20, 20]]}]',
        [("a", (0, 0, 20, 5)), ("a", (0, 0, 40, 10))],
    ),
    # Corners by name are what they say, in any family.
    ("gemini", '[{"box": {"xmin": 100, "ymin": 200, "xmax": 300, "ymax": 400}}]', [("", (200, 100, 600, 200))]),
    (
        "claude",
        '[{"name": "x", "bounding_box": {"x1": 20, "y1": 10, "x2": 40, "y2": 30}}]',
        [("x", (25.51, 12.755, 51.02, 38.265))],
    ),
    (
        "moondream",
        '{"objects": [{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.4}]}',
        [("", (200, 100, 600, 200))],
    ),
    # The same key, another convention: pixels of 1988 x 504, and thousandths.
    ("ollama:qwen2.5vl:7b", '[{"bbox_2d": [497, 126, 994, 252], "label": "a"}]', [("a", (500, 125, 1000, 250))]),
    (
        "Qwen/Qwen2.5-VL-7B-Instruct",
        '[{"bbox_2d": [0, 0, 1988, 504], "text_content": "T"}]',
        [("T", (0, 0, 2000, 500))],
    ),
    (
        "qwen3-vl:8b",
        '[{"bbox_2d": [497, 126, 994, 252], "name_en": "a", "name_zh": "b"}]',
        [("a", (994, 63, 1988, 126))],
    ),
    (
        "rednote-hilab/dots.ocr",
        '[{"bbox": [0, 0, 994, 252], "category": "Title", "text": "T"}]',
        [("Title", (0, 0, 1000, 250))],
    ),
    ("glm-v", "<|begin_of_box|>[[100, 200, 300, 400]]<|end_of_box|>", [("", (200, 100, 600, 200))]),
    ("gpt-4o", '[{"label": "a", "bbox": [20, 10, 40.5, 30]}]', [("a", (20, 10, 40.5, 30))]),
    ("claude-opus-4-8", '[{"label": "a", "bbox": [20, 10, 40, 30]}]', [("a", (20, 10, 40, 30))]),
    # The square has margins of 750 above and below.
    ("llava", "It is at [0.1, 0.4, 0.3, 0.5].", [("", (200, 50, 600, 250))]),
    (
        "qwen2.5-vl",
        '```html\n<html><body><h1 data-bbox="0 0 994 126">A <b>b</b></h1><img data-bbox="0 126 497 252"/></body></html>\n```',
        [("A b", (0, 0, 1000, 125)), ("", (0, 125, 500, 250))],
    ),
    # Tokens.
    ("paligemma", "<loc0256><loc0128><loc0768><loc0640> black cat", [("black cat", (250, 125, 1250, 375))]),
    (
        "paligemma",
        "<loc0000><loc0000><loc0512><loc0512> a ; <loc0512><loc0512><loc0512><loc0512> b;<eos>",
        [
            ("a", (0, 0, 1000, 250)),
            ("b", (1000, 250, 1000, 250)),
        ],
    ),
    (
        "florence-2",
        "</s><s>car<loc_0><loc_0><loc_499><loc_999>door<loc_1><loc_1><loc_2><loc_2></s>",
        [
            ("car", (1, 0.25, 999, 499.75)),
            ("door", (3, 0.75, 5, 1.25)),
        ],
    ),
    (
        "florence-2",
        "car<loc_0><loc_0><loc_99><loc_99><loc_100><loc_100><loc_199><loc_199>",
        [
            ("car", (1, 0.25, 199, 49.75)),
            ("car", (201, 50.25, 399, 99.75)),
        ],
    ),
    (
        "florence-2",
        "<loc_0><loc_0><loc_99><loc_99><loc_100><loc_100><loc_199><loc_199>",
        [
            ("", (1, 0.25, 199, 49.75)),
            ("", (201, 50.25, 399, 99.75)),
        ],
    ),
    (
        "florence-2",
        "TOTAL<loc_10><loc_22><loc_60><loc_20><loc_60><loc_40><loc_10><loc_42>",
        [("TOTAL", (21, 10.25, 121, 21.25))],
    ),
    (
        "florence-2",
        "<loc_50><loc_10><loc_90><loc_50><loc_80><loc_90><loc_50><loc_90><loc_10><loc_50>",
        [("", (21, 5.25, 181, 45.25))],
    ),
    (
        "florence-2",
        "cat<poly><loc_1><loc_1><loc_9><loc_1><loc_9><loc_9><sep><loc_20><loc_1><loc_29><loc_1><loc_29><loc_9></poly>",
        [("cat", (3, 0.75, 59, 4.75))],
    ),
    ("florence-2", "{'<OD>': {'bboxes': [[4, 4, 6, 6]], 'labels': ['car']}}", [("car", (4, 4, 6, 6))]),
    (
        "florence-2",
        '{"<OCR_WITH_REGION>": {"quad_boxes": [[2, 2, 6, 4, 5, 6, 1, 5]], "labels": ["t"]}}',
        [("t", (1, 2, 6, 6))],
    ),
    ("florence-2", '{"<X>": {"polygons": [[[1, 1, 2, 1, 2, 2]]], "labels": [""]}}', [("", (1, 1, 2, 2))]),
    (
        "florence-2",
        '{"<REGION_TO_CATEGORY>": "a cat<loc_0><loc_0><loc_499><loc_999>"}',
        [("a cat", (1, 0.25, 999, 499.75))],
    ),
    (
        "kosmos-2",
        "<grounding> A<phrase> snowman</phrase><object><patch_index_0033><patch_index_0990></object> in the snow.",
        [("snowman", (93.75, 23.4375, 1906.25, 476.5625))],
    ),
    (
        "kosmos-2",
        (
            "<phrase>two cats</phrase><object><patch_index_0000><patch_index_0000></delimiter_of_multi_objects/>"
            "<patch_index_0002><patch_index_0004></object>"
        ),
        [("two cats", (0, 0, 62.5, 15.625)), ("two cats", (125, 0, 312.5, 15.625))],
    ),
    (
        "deepseek-ocr",
        "<|ref|>a<|/ref|><|det|>[[0, 0, 999, 999], [0, 0, 333, 666]]<|/det|>\nText",
        [
            ("a", (0, 0, 2000, 500)),
            ("a", (0, 0, 666.667, 333.333)),
        ],
    ),
    ("internvl", "Here: <ref>a b</ref><box>[[0, 100, 500, 200]]</box>.", [("a b", (0, 50, 1000, 100))]),
    ("internvl", "<box>[[0, 100, 500, 200]]</box>", [("", (0, 50, 1000, 100))]),
    (
        "qwen2-vl",
        (
            "<|object_ref_start|>a<|object_ref_end|>"
            "<|box_start|>(0,100),(500,200)<|box_end|><|box_start|>(1, 1),(2, 2)<|box_end|><|im_end|>"
        ),
        [("a", (0, 50, 1000, 100)), ("a", (2, 0.5, 4, 1))],
    ),
    ("qwen2-vl", "<ref>a</ref><box>(0,100),(500,200)</box>", [("a", (0, 50, 1000, 100))]),
    (
        "paddleocr-vl",
        "A < B<|LOC_10|><|LOC_20|><|LOC_30|><|LOC_22|><|LOC_30|><|LOC_42|><|LOC_10|><|LOC_40|>",
        [("A < B", (20, 10, 60, 21))],
    ),
]

NOTHING = [
    ("gemini", "```json\n[]\n```"),
    ("qwen2.5-vl", "[]"),
    ("moondream", '{"objects": []}'),
    ("paligemma", "<eos>"),
    ("florence-2", "</s><s></s>"),
    ("florence-2", '{"<DENSE_REGION_CAPTION>": {"bboxes": [], "labels": []}}'),
    ("deepseek-vl2", "<|ref|>cat<|/ref|><|det|>[]<|/det|>"),
    ("molmo", "There are none."),
    ("internvl", "none"),
]

CUT = [
    ("gemini", '[{"box_2d": [100, 200, 300, 400], "label": "a"}, {"box_2d": [1, 2'),
    ("gemini", '[{"box_2d": [100, 200, 300, 400], "label": "a"}'),
    ("gemini", "```json\n"),
    ("qwen2.5-vl", '<html><body><p data-bbox="1 2 3 4">a</p>'),
    ("paligemma", "<loc0256><loc0256><loc0768>"),
    ("paligemma", "<loc0256><loc0256><loc0768><loc0768>"),
    ("paligemma", "<loc0256><loc0256><loc0768><loc0768> a ; <loc0256><lo"),
    ("paligemma", "<loc0256><loc0256><loc0768><loc0768><seg001><seg002>"),
    ("florence-2", "car<loc_1><loc_1><loc_2><loc_2>door"),
    ("florence-2", "car<loc_1><loc_1><loc_2><loc_2>door<loc_1><loc_1>"),
    ("florence-2", "car<loc_1><loc_1><loc_2><loc_2>door<loc_1><loc"),
    ("florence-2", "a<loc_1><loc_1><loc_9><loc_1><loc_9><loc_9><loc_1><loc_9>b<loc_1><loc_1><loc_9><loc_1>"),
    ("florence-2", "cat<poly><loc_1><loc_1><loc_9><loc_1><loc_9><loc_9>"),
    ("kosmos-2", "<grounding> A<phrase> cat</phrase><object><patch_index_0044>"),
    ("kosmos-2", "<grounding> A<phrase> cat</phr"),
    ("deepseek-vl2", "<|ref|>a<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|><|ref|>b<|/ref|><|det|>[[1, 2"),
    ("internvl", "<ref>a</ref><box>[[1, 2, 3, 4]]</bo"),
    ("qwen2-vl", "<|object_ref_start|>a<|object_ref_end|>"),
    ("paddleocr-vl", "A<|LOC_10|><|LOC_20|><|LOC_30|><|LOC_22|><|LOC_30|><|LOC_42|><|LOC_10|>"),
    ("paddleocr-vl", "A<|LOC_1|><|LOC_1|><|LOC_9|><|LOC_1|><|LOC_9|><|LOC_9|><|LOC_1|><|LOC_9|>\nB"),
]

WRONG = [
    ("gemini", "I see a cat and a dog.", "no object and no list"),
    ("gemini", '[{"box_2d": [1, 2, 3, 4], "label": "a"}, {"label": "b"}]', "without a box"),
    ("gemini", '[{"box_2d": [1, 2, 3], "label": "a"}]', "four numbers"),
    ("gemini", '[{"box_2d": [1, 2, 3, 4, 5], "label": "a"}]', "four numbers"),
    ("gemini", '[{"box_2d": [], "label": "a"}]', "four numbers"),
    ("gemini", '[{"box_2d": null, "label": "a"}]', "four numbers"),
    ("gemini", '[{"box_2d": [1, 2, 3, NaN], "label": "a"}]', "NaN"),
    ("gemini", '[{"box_2d": [1, 2, 3, "4"], "label": "a"}]', "four numbers"),
    ("gemini", '[{"box_2d": [1, 2, 3, true], "label": "a"}]', "four numbers"),
    ("gemini", f'[{{"box_2d": [1, 2, 3, 1{"0" * 400}], "label": "a"}}]', "four numbers"),
    ("gemini", '[{"box_2d": [1, 2, 3, 4], "label": "a", "box_2d": [5, 6, 7, 8]}]', "several values"),
    ("gemini", '[{"box_2d": [1, 2, 3, 4], "bbox": [5, 6, 7, 8]}]', "two boxes"),
    ("gemini", '[{"box_2d": [1, 2, 3, 4], "label": ["a"]}]', "label"),
    ("gemini", '[{"point": [1, 2], "label": "a"}]', "without a box"),
    ("gemini", "[[]]", "without a box"),
    ("gemini", "{}", "without a box"),
    ("gemini", '{"cat": [[1, 2, 3, 4]]}', "without a box"),
    ("gemini", '[{"box_2d": [1, 2, 3, 4]}]\nor rather\n[{"box_2d": [1, 2, 3, 5]}]', "different"),
    ("gemini", '[{"box_2d": [0, 0, 5000, 400], "label": "a"}]', "not within 1000 x 1000"),
    ("gemini", '[{"box_2d": [1010, 0, 1090, 400], "label": "a"}]', "beside"),
    ("gpt", '[{"bbox": [10, 10, 300, 900]}]', "not within 2000 x 500"),
    ("llava", "[0.1, 0.1, 0.3, 0.2]", "beside"),
    ("qwen2.5-vl", '<html><p data-bbox="1 2 3">a</p></html>', "data-bbox"),
    ("qwen2.5-vl", '<html><p data-bbox="1 2 3 4 x">a</p></html>', "data-bbox"),
    ("qwen2.5-vl", "<html><p>a</p></html>", "no boxes"),
    ("paligemma", "the quick brown fox", "location"),
    ("paligemma", "<loc0256><loc0256><loc0768><loc0768><loc0768> cat", "four locations"),
    ("paligemma", "<loc0256><loc0256><loc0768> cat ; <loc0256><loc0256><loc0768><loc0768> cat", "four locations"),
    ("paligemma", "<loc0256><loc0256><loc0768><loc1024> cat", "0..1023"),
    ("paligemma", "<loc0256><loc0256><loc0768><loc768> cat", "location"),
    ("paligemma", "<loc0256><loc0256><loc0768><loc0768><seg001> cat ; <loc0256><loc0256><loc0768><loc0768> b", "four"),
    ("florence-2", "A caption of a cat.", "no locations"),
    ("florence-2", "a<loc_1><loc_1><loc_2>b<loc_1><loc_1><loc_2><loc_2>", "whole boxes"),
    ("florence-2", "a<loc_1><loc_1><loc_2><loc_1000>b<loc_1><loc_1><loc_2><loc_2>", "locations"),
    ("florence-2", '{"<OD>": {"bboxes": [[4, 4, 6, 6]], "labels": []}}', "as many labels"),
    ("florence-2", '{"<CAPTION>": "a cat"}', "no locations"),
    ("kosmos-2", "An image of a snowman.", "no boxes"),
    ("kosmos-2", "<phrase>a</phrase><object><patch_index_0044></object>", "two cells"),
    ("kosmos-2", "<phrase>a</phrase><object><patch_index_0044><patch_index_1024></object>", "0..1023"),
    ("deepseek-vl2", "<|det|>[[100, 200, 300, 400]]<|/det|>", "without a label"),
    ("deepseek-vl2", "<|ref|>a<|/ref|><|det|>[[100, 200, 300]]<|/det|>", "four numbers"),
    ("deepseek-vl2", "There is no cat.", "no boxes"),
    (
        "paddleocr-vl",
        "A<|LOC_1|><|LOC_1|>B<|LOC_1|><|LOC_1|><|LOC_9|><|LOC_1|><|LOC_9|><|LOC_9|><|LOC_1|><|LOC_9|>",
        "four points",
    ),
    ("paddleocr-vl", "just text", "no places"),
    ("molmo", '<point x="10.5" y="20.1" alt="cat">cat</point>', "a point is no box"),
    ("molmo2", '<points coords="1 1 500 600">cats</points>', "a point is no box"),
]


def _rounded(boxes: list[tuple[str, tuple[float, float, float, float]]]) -> list[tuple[str, list[float]]]:
    return [(label, [float(f"{value:.3g}") for value in box]) for label, box in boxes]


@pytest.mark.parametrize(("family", "text", "boxes"), READ)
def test_answers(family: str, text: str, boxes: list[tuple[str, tuple[float, float, float, float]]]) -> None:
    """Each family's boxes come out in pixels of the picture."""
    read = boxes_from_text(text, family, _WIDE)
    assert [label for label, _ in read] == [label for label, _ in boxes]
    for (_, found), (_, expected) in zip(read, boxes, strict=True):
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(("family", "text"), NOTHING)
def test_answers_of_nothing(family: str, text: str) -> None:
    """What says that there is nothing gives no boxes."""
    assert boxes_from_text(text, family, _WIDE) == []


@pytest.mark.parametrize(("family", "text"), CUT)
def test_cut_answers(family: str, text: str) -> None:
    """What is plainly cut off says so."""
    with pytest.raises(TruncatedAnswer):
        boxes_from_text(text, family, _WIDE)


@pytest.mark.parametrize(("family", "text", "problem"), WRONG)
def test_wrong_answers(family: str, text: str, problem: str) -> None:
    """What is not as the family writes it is no shorter list but an error of one line, with a hint."""
    with pytest.raises(UnreadableAnswer, match=problem) as caught:
        boxes_from_text(text, family, _WIDE)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "family", ["gemini", "paligemma", "florence-2", "kosmos-2", "internvl", "paddleocr-vl", "molmo"]
)
@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_answers(family: str, text: str) -> None:
    """An answer of nothing at all does not say that there is nothing."""
    with pytest.raises(EmptyAnswer):
        boxes_from_text(text, family, _SQUARE)


@pytest.mark.parametrize("family", ["", "resnet", "llama3.2-vision"])
def test_unknown_family(family: str) -> None:
    """A family that is not known is an error that names those that are."""
    with pytest.raises(UsageError, match="no family") as caught:
        boxes_from_text("[]", family, _SQUARE)
    assert "qwen2.5-vl, qwen2-vl, qwen3-vl" in caught.value.hint


@pytest.mark.parametrize("size", [(0, 480), (640, 0), (640, -100)])
def test_impossible_size(size: tuple[int, int]) -> None:
    """A picture without a size has no boxes."""
    with pytest.raises(UsageError, match=str(size[1])):
        boxes_from_text("[]", "gemini", size)


def test_edges() -> None:
    """A box a little over the edge is cut to the picture; corners the wrong way round are put in order; thin boxes stay."""
    text = '[{"box_2d": [-4, 900, 1003, 700]}, {"box_2d": [500, 100, 500, 900]}]'
    assert _rounded(boxes_from_text(text, "gemini", _SQUARE)) == [("", [700, 0, 900, 1000]), ("", [100, 500, 900, 500])]


def test_long_repeats_do_not_hang() -> None:
    """A model that runs on forever gives an error soon, whatever it repeats."""
    for family in ("gemini", "paligemma", "florence-2", "kosmos-2", "deepseek-vl2", "qwen2-vl", "paddleocr-vl"):
        for piece in ("[", "<", "a ", "<object>", "<|ref|>", "<|box_start|>", "{'a':"):
            with pytest.raises(VextractError):
                boxes_from_text(piece * 20_000, family, _SQUARE)


def test_scores_masks_and_outlines() -> None:
    """What a model gives beside the box is kept as it is; a score that is none is unknown."""
    gemini = profile_for("google_genai", "gemini-2.5-flash")
    text = '[{"box_2d": [0, 0, 500, 500], "mask": "data:x", "score": 0.9}, {"box_2d": [0, 0, 500, 500], "confidence": "high"}]'
    box = Box(0, 0, 0.5, 0.5)
    assert read_boxes(text, gemini, _SQUARE) == [Found("", box, 0.9, mask="data:x"), Found("", box)]
    codes = "".join(f"<seg{n:03}>" for n in range(16))
    seen = read_boxes(f"<loc0000><loc0000><loc0512><loc0512>{codes} cat", profile_for("", "paligemma"), _SQUARE)
    assert seen == [Found("cat", box, mask=tuple(range(16)))]
    quad = read_boxes(
        "t<loc_10><loc_22><loc_60><loc_20><loc_60><loc_40><loc_10><loc_42>", profile_for("", "florence-2"), _WIDE
    )
    assert quad[0].polygons == (((0.0105, 0.0225), (0.0605, 0.0205), (0.0605, 0.0405), (0.0105, 0.0425)),)


def test_unknown_models_are_asked_for_pixels() -> None:
    """A profile without a box format reads JSON with pixels of the picture as it was sent."""
    found = read_boxes('[{"label": "a", "box": [100, 50, 200, 100]}]', ModelProfile("unknown"), (400, 200))
    assert found == [Found("a", Box(0.25, 0.25, 0.5, 0.5))]


def test_settings_change_what_is_read() -> None:
    """A server that lets Qwen2.5-VL see less than usual is set right by its profile."""
    changed = profile_for("ollama", "qwen2.5vl:7b", {"qwen2.5-vl": {"max_pixels": 1_003_520}})
    found = read_boxes('[{"bbox_2d": [0, 0, 560, 560]}]', changed, (4000, 3000))
    assert changed.seen_size(4000, 3000) == (1148, 840)
    assert math.isclose(found[0].box.x1, 560 / 1148)


def test_exported() -> None:
    """`vextract.boxes_from_text` is the same function."""
    assert vextract.boxes_from_text is boxes_from_text
