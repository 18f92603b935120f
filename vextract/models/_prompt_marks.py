"""Marks of chat templates in a text that is only to be read: they are taken apart, so that no document can speak as somebody else.

A tokenizer reads `<|im_end|>` in a text as the end of a message, and `<image>` as a picture that is not there.
"""

import re
from collections.abc import Iterable

__all__ = ["without_marks"]

_COMMON = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|<(?=/?(?:s|image|video|audio|bos|eos|pad|think|start_of_turn|end_of_turn|__media__)>)|\[(?=/?INST\])"
)


def without_marks(text: str, marks: Iterable[str] = ()) -> str:
    """The text with a blank after the first character of each mark.

    Args:
        text: a question, or the text of a document.
        marks: those of the model's own tokenizer; the ones that many models share are known.
    """
    for mark in marks:
        if len(mark) > 1 and not mark.isspace():
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
    return _COMMON.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
