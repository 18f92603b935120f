"""The task `caption`, without a model."""

import pytest

from tests.renderers.pages import page
from vextract.tasks import Question, Reply, Sight
from vextract.tasks.caption import STYLES, CaptionOptions, Style, ask, read


@pytest.mark.parametrize("style", STYLES)
def test_what_is_asked(style: Style) -> None:
    """A page's picture comes before the words, which say style, length and language."""
    asked = ask(Question([page()], options=CaptionOptions(style, "German", 12)), (3,))
    assert asked.parts[0] == Sight(3)
    prompt = str(asked.parts[1])
    assert STYLES[style] in prompt
    assert "about 12 words" in prompt
    assert "German" in prompt
    assert (asked.prompt, asked.pages) == ("caption/1", (3,))


def test_no_length_unless_asked_for() -> None:
    """Nothing is said of the length by default, and no place is left unfilled."""
    prompt = str(ask(Question([page()]), (1,)).parts[1])
    assert "words" not in prompt
    assert "$" not in prompt


def test_captions_of_pages() -> None:
    """Each page keeps its number, also where others failed, and the text has all of them."""
    answer = read(Question([]), [Reply((1,), " A cat.\n"), Reply((3,), "A dog.")])
    assert answer.data == {
        "text": "A cat.\n\nA dog.",
        "pages": [{"number": 1, "text": "A cat."}, {"number": 3, "text": "A dog."}],
    }
