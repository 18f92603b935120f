"""Numbers and end marks, as all syntaxes have them."""

from vextract.boxes.failures import empty, unreadable
from vextract.boxes.types import Corners, Point

__all__ = ["around", "four", "index", "is_number", "says_nothing", "without_ends"]

# What models of these families say at the end or the beginning of an answer, where the decoder leaves it in.
_ENDS = (
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<pad>",
    "<|endoftext|>",
    "<|im_end|>",
    "<|end_of_sentence|>",
    "<｜end▁of▁sentence｜>",
)
_LARGEST = 1e12
_NOTHING = {"none", "none.", "there are none."}


def is_number(value: object) -> bool:
    """Whether it is a number that a place can have; True and False are none, nor is what a float cannot hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST < value < _LARGEST


def four(value: object) -> Corners | None:
    """The four numbers of a list of exactly these, else None."""
    if isinstance(value, list) and len(value) == 4 and all(is_number(number) for number in value):
        return float(value[0]), float(value[1]), float(value[2]), float(value[3])
    return None


def around(points: tuple[Point, ...]) -> Corners:
    """The smallest box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def without_ends(text: str) -> str:
    """The answer without the marks of its beginning and end, and without white space around it.

    Raises:
        EmptyAnswer: it has no text at all, not even such a mark.
    """
    stripped = text.strip()
    if not stripped:
        raise empty()
    for mark in _ENDS:
        stripped = stripped.replace(mark, "")
    return stripped.strip()


def says_nothing(stripped: str) -> bool:
    """Whether an answer in tokens, without its end marks, says that there is nothing to be found.

    A model of token families that finds nothing ends its answer at once, or says "none". An answer that has boxes is no such one;
    any other text does not say it.
    """
    return not stripped or stripped.lower() in _NOTHING


def index(digits: str, count: int) -> int:
    """The number of a location token.

    Raises:
        UnreadableAnswer: the family has no such token, as it has only `count`.
    """
    if (number := int(digits)) >= count:
        raise unreadable(f"the answer has a location that is not within 0..{count - 1}", number)
    return number
