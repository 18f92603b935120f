"""The detector `barcodes`: bar codes and two-dimensional codes, read with zxing-cpp.

It looks at the page as it is, light on dark, turned to where much on it points askew (linear codes are read along rows of pixels),
and enlarged if nothing was found. A code that cannot be decoded is not told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, dist, radians, sin
from typing import TYPE_CHECKING, Any

from vextract.detection import Detection, Point
from vextract.detectors import Detector
from vextract.detectors._directions import askew
from vextract.errors import DependencyError
from vextract.geometry import clip
from vextract.types import Box, Page, PageText

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["DETECTOR"]

# What zxing-cpp 3 calls them, in lower case.
_LINEAR = (
    *("codabar", "code 128", "code 32", "code 39", "code 39 extended", "code 39 standard", "code 93"),
    *("databar", "databar expanded", "databar expanded stacked", "databar limited", "databar omni"),
    *("databar stacked", "databar stacked omni", "dx film edge", "ean-13", "ean-8", "isbn", "itf", "itf-14"),
    *("pharmazentralnummer", "telepen", "telepen alpha", "telepen numeric", "upc-a", "upc-e"),
)
_STACKED = ("compact pdf417", "micropdf417", "pdf417")
_QR = ("micro qr code", "qr code", "qr code model 1", "qr code model 2", "rmqr code")
_MATRIX = ("aztec", "aztec code", "aztec rune", "data matrix", "maxicode")

# They carry no check digit that must be right: a row of pixels across a part of the bars, or across print, can be read as one. They
# count if they were read over so much of their length in height.
_UNCHECKED = ("codabar", "code 39", "code 39 extended", "code 39 standard", "dx film edge", "itf", "telepen")
_UNCHECKED_HEIGHT = 0.05
# Pixels: turned and enlarged pictures are not made larger than that.
_LARGEST_TURNED_PX = 9_000_000
_LARGEST_ENLARGED_PX = 16_000_000
_ENLARGED = 2
# How far around the line through its middle a code reaches at least, as a share of its length, where rows of pixels have read it.
_LEAST_REACH = 0.1
_SAME_REACH = 0.5  # where the other says the same


@dataclass(frozen=True, slots=True)
class _Code:
    """A code that was read; its corners in pixels of the page, from its top left one in the order of its own reading."""

    label: str
    text: str
    corners: tuple[Point, Point, Point, Point]

    @property
    def middle(self) -> Point:
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4

    @property
    def length(self) -> float:
        return dist(self.corners[0], self.corners[1])

    @property
    def height(self) -> float:
        return dist(self.corners[0], self.corners[3])

    def is_sure(self) -> bool:
        return self.label not in _UNCHECKED or self.height >= _UNCHECKED_HEIGHT * self.length

    def covers(self, other: "_Code") -> bool:
        """Whether the middle of the other lies on this one, or on the same code read over some of its height."""
        (x0, y0), (x1, y1), *_ = self.corners
        length = self.length or 1.0
        along = (x1 - x0) / length, (y1 - y0) / length
        right, down = other.middle[0] - self.middle[0], other.middle[1] - self.middle[1]
        same = (self.label, self.text) == (other.label, other.text)
        reach = max(self.height / 2, (_SAME_REACH if same else _LEAST_REACH) * length)
        return (
            abs(right * along[0] + down * along[1]) <= length / 2 and abs(down * along[0] - right * along[1]) <= reach
        )


def _check() -> None:
    try:
        import zxingcpp  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise DependencyError(
            f"bar codes cannot be read: {error}", "install zxing-cpp: pip install zxing-cpp"
        ) from error


def _detect(page: Page, _text: PageText) -> list[Detection]:
    """All codes of the page, decoded; no scores, since a code is read or it is not."""
    grey = page.image.convert("L")
    codes = [code for look in (_as_it_is, _light_on_dark, _turned) for code in look(grey)]
    codes = codes or list(_enlarged(grey))
    return [
        Detection(page.ref.number, group[0].label, _box(group, grey.size), None, group[0].text)
        for group in _by_place([code for code in codes if code.is_sure()])
    ]


def _as_it_is(grey: "Image") -> Iterator[_Code]:
    yield from _read(grey, lambda x, y: (x, y))


def _light_on_dark(grey: "Image") -> Iterator[_Code]:
    """zxing-cpp 3.1 inverts for two-dimensional codes alone."""
    from PIL import ImageChops

    yield from _read(ImageChops.invert(grey), lambda x, y: (x, y))


def _turned(grey: "Image") -> Iterator[_Code]:
    from PIL import Image as pil

    factor = 1
    while grey.width * grey.height / factor**2 > _LARGEST_TURNED_PX:
        factor += 1
    small = grey.reduce(factor) if factor > 1 else grey
    for degrees in askew(grey):
        picture = small.rotate(degrees, pil.Resampling.BICUBIC, expand=True, fillcolor=255)
        yield from _read(picture, _turned_back(small, picture, degrees, factor))


def _turned_back(small: "Image", turned: "Image", degrees: float, factor: int) -> Callable[[float, float], Point]:
    """Leads from a picture that was made smaller by the factor and turned counter-clockwise about its middle to the page."""
    angle = radians(degrees)

    def to_page(x: float, y: float) -> Point:
        right, down = x - turned.width / 2, y - turned.height / 2
        back = right * cos(angle) - down * sin(angle), right * sin(angle) + down * cos(angle)
        return (back[0] + small.width / 2) * factor, (back[1] + small.height / 2) * factor

    return to_page


def _enlarged(grey: "Image") -> Iterator[_Code]:
    from PIL import Image as pil

    width, height = grey.width * _ENLARGED, grey.height * _ENLARGED
    if width * height <= _LARGEST_ENLARGED_PX:
        picture = grey.resize((width, height), pil.Resampling.BICUBIC)
        yield from _read(picture, lambda x, y: (x / _ENLARGED, y / _ENLARGED))


def _read(picture: "Image", to_page: Callable[[float, float], Point]) -> Iterator[_Code]:
    import zxingcpp

    for code in zxingcpp.read_barcodes(picture):
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        a, b, c, d = (to_page(corner.x, corner.y) for corner in corners)
        yield _Code(*_told(code), (a, b, c, d))


def _told(code: Any) -> tuple[str, str]:
    """Label and content. Bytes that are no text are shown by name, as in `<NUL>`; GS1 data with its numbers in brackets.

    The bars of a UPC-A code are those of an EAN-13 code that begins with 0, and zxing-cpp calls it one.
    """
    label, text = str(code.format).lower(), str(code.text)
    return ("upc-a", text[1:]) if label == "ean-13" and text.startswith("0") else (label, text)


def _by_place(codes: list[_Code]) -> list[list[_Code]]:
    """The codes by where they lie, each with all readings that agree with it; in the order in which they were read first.

    At one place the longest is right: the others are the same, or a part of its bars misread.
    """
    places: list[list[_Code]] = []
    for code in sorted(codes, key=lambda code: -code.length):
        here = next((place for place in places if place[0].covers(code)), None)
        if here is None:
            places.append([code])
        elif (code.label, code.text) == (here[0].label, here[0].text):
            here.append(code)
    return sorted(places, key=lambda place: min(map(codes.index, place)))


def _box(codes: list[_Code], size: tuple[int, int]) -> Box:
    xs, ys = zip(*(corner for code in codes for corner in code.corners), strict=True)
    return clip(Box(min(xs) / size[0], min(ys) / size[1], max(xs) / size[0], max(ys) / size[1]))


DETECTOR = Detector(
    about="bar codes and two-dimensional codes such as QR, decoded",
    labels=tuple(sorted((*_LINEAR, *_STACKED, *_QR, *_MATRIX))),
    by_default=True,
    needs_words=False,
    check=_check,
    detect=_detect,
    synonyms={
        "qr code": _QR,
        "bar code": (*_LINEAR, *_STACKED),
        "matrix code": (*_QR, *_MATRIX),
        "qr": _QR,
        "linear code": _LINEAR,
        "1d code": _LINEAR,
        "2d code": (*_QR, *_MATRIX, *_STACKED),
        "code": (*_LINEAR, *_STACKED, *_QR, *_MATRIX),
    },
)
