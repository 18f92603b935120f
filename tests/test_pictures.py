"""Pictures as they are sent to models."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vextract.pictures import as_sent, sent_size
from vextract.profiles import profile_for

FAMILIES = ["unknown", "gemini", "claude", "claude-opus-4-8", "qwen2.5-vl", "dots.ocr"]


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from(FAMILIES))
@settings(max_examples=25, deadline=None)
def test_the_size_is_told_beforehand(width: int, height: int, family: str) -> None:
    """What is sent has the size that `sent_size` says, odd sides and all, and the file has it too."""
    profile = profile_for("", family)
    sent = as_sent(Image.new("L", (width, height)), profile)
    assert (sent.width_px, sent.height_px) == sent_size(width, height, profile)
    with Image.open(io.BytesIO(sent.data)) as file:
        assert file.size == (sent.width_px, sent.height_px)


@pytest.mark.parametrize(
    ("size", "sent"),
    [((2048, 1), (2048, 1)), ((4097, 1), (2048, 1)), ((3, 9000), (1, 2048)), ((4001, 2999), (2048, 1535))],
)
def test_sizes(size: tuple[int, int], sent: tuple[int, int]) -> None:
    """The longer side becomes at most what the family looks at; nothing becomes larger, or nothing at all."""
    assert sent_size(*size, profile_for("", "gpt")) == sent
