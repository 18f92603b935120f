"""The task `verify`: anybody's JSON, and for each of its values where the document prints it, or that it does not."""

from vextract.grounding import ground
from vextract.tasks import Answer, Question

__all__ = ["answer"]


def answer(question: Question) -> Answer:
    """The values as they came, with their evidence."""
    return Answer(question.values, tuple(ground(question.values, question.pages, look=question.look)))
