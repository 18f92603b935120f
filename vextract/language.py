"""Which language a text is in, or None where that cannot be told."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["language_of"]

# Below this many letters the classifier answers, but by chance: a till receipt's ten words are often "Nigerian Pidgin".
_LETTERS_NEEDED = 60
_SURE = 0.95
_NOT_A_LANGUAGE = {"zxx", "und"}


def language_of(text: str) -> str | None:
    """The ISO 639 code of the text's language ("en", "de", …); None for short, mixed or unclear texts."""
    letters = re.sub(r"[\W\d_]+", " ", text)
    if len(letters.replace(" ", "")) < _LETTERS_NEEDED:
        return None
    code, sure = _identifier().classify(letters)
    return code if sure >= _SURE and code not in _NOT_A_LANGUAGE else None


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
