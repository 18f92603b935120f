"""What is said when boxes cannot be read out of an answer."""

from vextract.errors import EmptyAnswer, TruncatedAnswer, UnreadableAnswer

__all__ = ["cut_off", "empty", "unreadable"]

_LONGEST = 80


def unreadable(problem: str, piece: object | None = None) -> UnreadableAnswer:
    """The error for an answer that is not what its family writes; `piece` is the part at fault."""
    return UnreadableAnswer(_message(problem, piece), "ask again, or see the family's syntax in docs/boxes.md")


def cut_off(problem: str, piece: object | None = None) -> TruncatedAnswer:
    """The error for an answer that stops before its end; `piece` is the part that stops."""
    return TruncatedAnswer(_message(problem, piece), "ask again with a larger --max-tokens, or for fewer boxes")


def empty() -> EmptyAnswer:
    """The error for an answer without any text: whether there was nothing to find, it does not say."""
    return EmptyAnswer("the answer is empty", "ask again; a model that finds nothing says so, as in []")


def _message(problem: str, piece: object | None) -> str:
    if piece is None:
        return problem
    shown = repr(piece)
    return f"{problem}: {shown if len(shown) <= _LONGEST else shown[:_LONGEST] + '…'}"
