"""Colours that stay the same for a label, over runs and files, and that the colour-blind can tell apart.

Source: M. Okabe and K. Ito, "Color Universal Design", jfly.uni-koeln.de/color, 2008, without its black.
"""

import hashlib

__all__ = ["BLACK", "WHITE", "Colour", "colour_of", "contrast", "opposite", "relative_luminance"]

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255 (sRGB)."""

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

_BLUE: Colour = (0, 114, 178)
_VERMILION: Colour = (213, 94, 0)
_GREEN: Colour = (0, 158, 115)
_YELLOW: Colour = (240, 228, 66)
_PURPLE: Colour = (204, 121, 167)
_SKY: Colour = (86, 180, 233)
_ORANGE: Colour = (230, 159, 0)
_HUES = (_BLUE, _VERMILION, _GREEN, _YELLOW, _PURPLE, _SKY, _ORANGE)

_MATCHES = {"exact": _GREEN, "normalized": _SKY, "fuzzy": _ORANGE, "ambiguous": _VERMILION}
"""How sure a value's place is; so chosen that the doubtful kinds are warm and the sure ones cool."""

_SHADES = (0.0, -0.4, 0.45)
"""Towards black (below 0) or white, as a share of the way."""

_FREQUENT = (
    ("person", "car", "dog", "bicycle", "cup", "bus", "chair"),
    ("cat", "truck", "bottle", "motorcycle", "bird", "traffic light", "table"),
    ("face", "text", "qr code", "word", "barcode", "text line", "book"),
)
"""Labels that are met often, and together, have colours of their own: a row for each shade, a column for each hue."""

_OWN = {label: (hue, shade) for shade, row in enumerate(_FREQUENT) for hue, label in enumerate(row)}


def colour_of(key: str) -> Colour:
    """The colour that stands for a label or a kind of match: always the same one, whatever else is on the picture.

    Labels that are met often differ from each other. Others take one of the same 21 colours by their hash, so that two of them may
    share one: a label that changed its colour with its neighbours would say less. Case and outer white space do not count.
    """
    name = key.strip().casefold()
    if not name:
        return _BLUE
    if name in _MATCHES:
        return _MATCHES[name]
    hue, shade = _OWN.get(name) or _hashed(name)
    return _shaded(_HUES[hue], _SHADES[shade])


def _hashed(name: str) -> tuple[int, int]:
    number = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:4])
    return number % len(_HUES), number // len(_HUES) % len(_SHADES)


def _shaded(colour: Colour, share: float) -> Colour:
    end = 255 if share > 0 else 0
    red, green, blue = (round(part + (end - part) * abs(share)) for part in colour)
    return red, green, blue


def relative_luminance(colour: Colour) -> float:
    """How light a colour is, 0 (black) to 1 (white).

    Source: WCAG 2.2, "relative luminance".
    """
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: Colour, b: Colour) -> float:
    """The contrast ratio of two colours, 1 (none) to 21.

    Source: WCAG 2.2, "contrast ratio".
    """
    darker, lighter = sorted((relative_luminance(a), relative_luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def opposite(colour: Colour) -> Colour:
    """Black or white, whichever stands out more against the colour."""
    return max((BLACK, WHITE), key=lambda end: contrast(colour, end))
