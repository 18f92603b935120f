"""What is made of a model's answers about the pages of a document."""

import base64
import io
from typing import Any

from PIL import Image

from vextract.boxes import Found
from vextract.detection import Detections
from vextract.tasks import Answer, Question, Reply, Sight
from vextract.tasks.detect import DetectOptions, Seen, read
from vextract.types import Box, PageRef, PageText

BROKEN = "data:image/png;base64,AAAA"


def mask() -> str:
    """As Gemini writes one that covers its whole box."""
    buffer = io.BytesIO()
    Image.new("L", (8, 8), 255).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def answered(*masks: str, regions: tuple[Box, ...] = ()) -> Answer:
    """What comes of an answer for each mask: about a page of its own, or a region of the only page."""
    sights = [Sight(1, region=region) for region in regions] or [Sight(n) for n, _ in enumerate(masks, 1)]
    pages = {sight.page: PageText(PageRef("a.tif", sight.page, 200, 100), (), "") for sight in sights}
    replies = []
    for sight, written in zip(sights, masks, strict=True):
        seen: Any = Seen((Found("cat", Box(0.25, 0.25, 0.75, 0.75), mask=written),), full=False)
        replies.append(Reply((sight.page,), "", seen, sights=(sight,)))
    return read(Question(tuple(pages.values()), options=DetectOptions(masks=True)), replies)


def found(answer: Answer) -> list[int]:
    """The pages of the objects."""
    assert isinstance(answer.data, Detections)
    assert all(each.mask for each in answer.data.objects)
    return [each.page for each in answer.data.objects]


def test_a_broken_mask_spoils_its_page_alone() -> None:
    """What was found on other pages is kept; the error names the page that it concerns."""
    answer = answered(mask(), BROKEN, mask())
    assert found(answer) == [1, 3]
    (error,) = answer.errors
    assert (error.kind, error.page, error.exit_code) == ("unreadable", 2, 8)


def test_a_broken_mask_spoils_its_tile_alone() -> None:
    """Of a page that was looked at in parts the other parts are kept."""
    answer = answered(mask(), BROKEN, regions=(Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1)))
    assert found(answer) == [1]
    assert [error.page for error in answer.errors] == [1]


def test_no_readable_answer_is_no_empty_answer() -> None:
    """Where nothing could be read, nothing is said to have been found: there is no data."""
    answer = answered(BROKEN)
    assert answer.data is None
    assert len(answer.errors) == 1
