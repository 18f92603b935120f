"""About how many tokens a request has, before it is sent: texts by a rule of thumb, pictures as the model's maker documents."""

import json
from dataclasses import dataclass

from vextract.prices import estimated_tokens, picture_tokens
from vextract.requests import Clip, Request

__all__ = ["Weight", "weigh"]


@dataclass(frozen=True, slots=True)
class Weight:
    """Tokens of a request; `pictures` is None where nobody says how many a picture of that model has."""

    text: int
    pictures: int | None

    @property
    def total(self) -> int | None:
        """Of all; None if those of pictures are not known."""
        return None if self.pictures is None else self.text + self.pictures


def weigh(request: Request, family: str) -> Weight:
    """The tokens of a request to a model of that family (`ModelProfile.family`)."""
    texts = [request.system, *(part for turn in request.turns for part in turn.parts if isinstance(part, str))]
    text = sum(map(estimated_tokens, texts))
    if request.json_schema is not None:
        text += estimated_tokens(json.dumps(request.json_schema))
    by_picture = [picture_tokens(family, picture.width_px, picture.height_px) for picture in request.pictures]
    if any(isinstance(part, Clip) for turn in request.turns for part in turn.parts):
        by_picture.append(None)  # how much of a video a model looks at is its own choice
    known = [tokens for tokens in by_picture if tokens is not None]
    return Weight(text, sum(known) if len(known) == len(by_picture) else None)
