"""A picture file as a PDF picture: JPEG data and most PNG data go in as they are, nothing is compressed twice."""

import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["EmbeddedPicture", "embed"]

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_SPACES = {"1": "/DeviceGray", "L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}
_ORIENTATION = 0x0112
# PNG's numbers for kinds of pixels (PNG specification, 11.2.1).
_GREY, _RGB, _INDEXED = 0, 2, 3


@dataclass(frozen=True, slots=True)
class EmbeddedPicture:
    """A picture as PDF wants it.

    Attributes:
        entries: of its dictionary, filter included.
        data: its bytes under that filter.
        orientation: the EXIF value 1..8 by which a viewer must turn the data to see the page upright.
    """

    entries: str
    data: bytes
    orientation: int


def embed(picture: bytes) -> EmbeddedPicture:
    """The picture file made ready for a PDF; transparent parts become white.

    Raises:
        PIL.UnidentifiedImageError: the bytes are no picture.
    """
    import PIL.Image

    with warnings.catch_warnings():
        # The page's size was judged when the source was opened.
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
        image = PIL.Image.open(BytesIO(picture))
    orientation = image.getexif().get(_ORIENTATION, 1)
    turned = orientation if orientation in range(1, 9) else 1
    if picture.startswith(_JPEG) and image.mode in _SPACES:
        return EmbeddedPicture(_jpeg_entries(image), picture, turned)
    return _from_png(picture if _is_simple_png(picture) else _simple_png(image), turned)


def _jpeg_entries(image: "Image") -> str:
    entries = f"{_head(*image.size)}/ColorSpace{_SPACES[image.mode]}/BitsPerComponent 8/Filter/DCTDecode"
    # Adobe's programs store CMYK with the values turned round, and say so with their own marker.
    inverted = image.mode == "CMYK" and "adobe" in image.info
    return f"{entries}/Decode[1 0 1 0 1 0 1 0]" if inverted else entries


def _from_png(png: bytes, orientation: int) -> EmbeddedPicture:
    """PDF's Flate filter with a PNG predictor reads a plain PNG's own data (ISO 32000-1, 7.4.4.4)."""
    chunks = list(_chunks(png))
    width, height, bits, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    space, colors = ("/DeviceRGB", 3) if kind == _RGB else ("/DeviceGray", 1)
    if palette := b"".join(data for name, data in chunks if name == b"PLTE" and kind == _INDEXED):
        space = f"[/Indexed/DeviceRGB {len(palette) // 3 - 1}<{palette.hex()}>]"
    entries = (
        f"{_head(width, height)}/ColorSpace{space}/BitsPerComponent {bits}/Filter/FlateDecode"
        f"/DecodeParms<</Predictor 15/Colors {colors}/BitsPerComponent {bits}/Columns {width}>>"
    )
    return EmbeddedPicture(entries, b"".join(data for name, data in chunks if name == b"IDAT"), orientation)


def _is_simple_png(picture: bytes) -> bool:
    """Whether it is a PNG without transparency, not interlaced, of at most 8 bits."""
    if not picture.startswith(_PNG):
        return False
    chunks = list(_chunks(picture))
    bits, kind, _, _, interlaced = chunks[0][1][8:13]
    plain = bits <= 8 and kind in (_GREY, _RGB, _INDEXED) and not interlaced
    return plain and all(name != b"tRNS" for name, _ in chunks)


def _simple_png(image: "Image") -> bytes:
    import PIL.Image

    if image.has_transparency_data:
        layered = image.convert("RGBA")
        image = PIL.Image.alpha_composite(PIL.Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    elif image.mode.startswith("I"):
        # Pillow would cut sixteen bits off at 255, not scale them.
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    elif image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    file = BytesIO()
    image.save(file, "PNG", exif=b"")
    return file.getvalue()


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at + 8 <= len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        yield name, png[at + 8 : at + 8 + length]
        at += 12 + length


def _head(width_px: int, height_px: int) -> str:
    return f"/Type/XObject/Subtype/Image/Width {width_px}/Height {height_px}"
