"""A picture in the terminal: by the graphics protocol of kitty or of iTerm2, by sixel, or as half blocks in colour.

Which of them is told from the environment alone. The terminal is never asked: an answer that comes late, or that nobody reads,
would appear at the user's prompt. Where the environment tells nothing, half blocks serve: any terminal with colours shows them.
"""

import base64
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO, cast, get_args

from vextract.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

__all__ = ["Protocol", "protocol_of", "refusal", "room", "show"]

Protocol = Literal["kitty", "iterm2", "sixel", "blocks"]

OVERRIDE = "VEXTRACT_PREVIEW"
_MULTIPLEXERS = ("TMUX", "STY", "ZELLIJ")
# By the beginning of TERM, then by TERM_PROGRAM, then by a variable that only this terminal sets. Where a terminal speaks several,
# the one it draws best.
_BY_TERM: tuple[tuple[str, Protocol], ...] = (
    *(("xterm-kitty", "kitty"), ("xterm-ghostty", "kitty")),
    *(("foot", "sixel"), ("mlterm", "sixel"), ("contour", "sixel"), ("yaft", "sixel")),
)
_BY_PROGRAM: dict[str, Protocol] = {"iTerm.app": "iterm2", "WezTerm": "iterm2", "mintty": "iterm2", "ghostty": "kitty"}
_BY_VARIABLE: dict[str, Protocol] = {"KITTY_WINDOW_ID": "kitty", "WT_SESSION": "sixel", "KONSOLE_VERSION": "sixel"}
# Of a VT340, on which sixels were defined; Windows Terminal draws by it whatever its font is.
_CELL_PX = (10, 20)
_KITTY_CHUNK = 4096
_SIXEL_BAND_PX = 6


def protocol_of(environ: Mapping[str, str], stream: TextIO | BinaryIO) -> Protocol:
    """How the terminal behind a stream shows pictures best, as far as the environment tells.

    Inside tmux, screen and Zellij it is half blocks: these forward the variables of the terminal around them, but not its pictures.

    Raises:
        UsageError: VEXTRACT_PREVIEW is no protocol.
    """
    asked = environ.get(OVERRIDE, "").lower()
    if asked in get_args(Protocol):
        return cast("Protocol", asked)
    if asked not in {"", "auto", "none"}:
        raise UsageError(f"{OVERRIDE} is {asked!r}", f"it is one of auto, none, {', '.join(get_args(Protocol))}")
    term = environ.get("TERM", "")
    if not stream.isatty() or term.startswith(("tmux", "screen")) or any(environ.get(name) for name in _MULTIPLEXERS):
        return "blocks"
    if found := next((protocol for start, protocol in _BY_TERM if term.startswith(start)), None):
        return found
    if found := _BY_PROGRAM.get(environ.get("TERM_PROGRAM", "")):
        return found
    # iTerm2 sets LC_TERMINAL because ssh forwards it.
    if environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    return next((protocol for name, protocol in _BY_VARIABLE.items() if environ.get(name)), "blocks")


def refusal(environ: Mapping[str, str], stream: TextIO | BinaryIO) -> str | None:
    """Why no picture can be shown on a stream, in words that follow "no preview: "; None if one can.

    A preview stands beside the data, so a run goes on without it. A protocol named by VEXTRACT_PREVIEW overrules NO_COLOR.
    """
    if not stream.isatty():
        return "standard error is no terminal"
    asked = environ.get(OVERRIDE, "").lower()
    if asked == "none":
        return f"{OVERRIDE} is none"
    if asked in get_args(Protocol):
        return None
    if environ.get("NO_COLOR"):
        return "NO_COLOR is set"
    return "the terminal is dumb" if environ.get("TERM", "dumb") == "dumb" else None


def room(stream: TextIO | BinaryIO) -> tuple[int, int]:
    """Columns and rows that a picture may take, so that it is still to be seen when the prompt is back.

    Those of the terminal, less a row; of a stream that is none, 80 and 23.
    """
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns = rows = 0
    return columns or 80, max(1, (rows or 24) - 1)


def show(
    image: "Image", stream: TextIO | BinaryIO, columns: int, rows: int, protocol: Protocol | Literal["auto"] = "auto"
) -> None:
    """Writes a picture where the cursor is, and leaves the cursor at the start of the line below.

    Args:
        image: of any size and mode; what is transparent becomes white. It is made smaller where it has to, never larger.
        stream: what a terminal reads; it is flushed.
        columns: the most cells that the picture may take across.
        rows: the same downwards.
        protocol: "auto": as `protocol_of` tells from this process's environment.

    Raises:
        UsageError: VEXTRACT_PREVIEW is no protocol.
    """
    chosen = protocol_of(os.environ, stream) if protocol == "auto" else protocol
    size = _fitted(image.width, image.height, columns, rows, (1, 2) if chosen == "blocks" else _cell_px(stream))
    drawn = _opaque(image).resize((size.width_px, size.height_px))
    if chosen == "blocks":
        text = _blocks(drawn, deep=_shows_all_colours(os.environ))
    else:
        text = {"kitty": _kitty, "iterm2": _iterm2, "sixel": _sixel}[chosen](drawn, size) + "\n"
    _write(stream, text)


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a picture in a terminal, in cells, and in the pixels that it is drawn with."""

    columns: int
    rows: int
    width_px: int
    height_px: int


def _fitted(width_px: int, height_px: int, columns: int, rows: int, cell_px: tuple[int, int]) -> _Size:
    """The largest size with the shape of the picture that fits the cells and does not enlarge it."""
    across, down = cell_px
    scale = min(1.0, columns * across / width_px, rows * down / height_px)
    width, height = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    return _Size(min(columns, -(-width // across)), min(rows, -(-height // down)), width, height)


def _cell_px(stream: TextIO | BinaryIO) -> tuple[int, int]:
    """Width and height of a cell in pixels as the kernel knows them from the terminal; else those of a VT340."""
    import fcntl
    import struct
    import termios

    try:
        answer = fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return _CELL_PX
    rows, columns, width, height = struct.unpack("HHHH", answer)
    return (width // columns, height // rows) if columns and rows and width >= columns and height >= rows else _CELL_PX


def _opaque(image: "Image") -> "Image":
    """The picture in RGB, on white."""
    from PIL import Image as images

    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = images.new("RGBA", layer.size, "white")
    return images.alpha_composite(ground, layer).convert("RGB")


def _png(image: "Image") -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _kitty(image: "Image", size: _Size) -> str:
    """Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/ (November 2026). q=2: the terminal answers nothing."""
    data = base64.b64encode(_png(image)).decode("ascii")
    chunks = [data[start : start + _KITTY_CHUNK] for start in range(0, len(data), _KITTY_CHUNK)]
    keys = [f"a=T,f=100,q=2,c={size.columns},r={size.rows},", *[""] * (len(chunks) - 1)]
    more = [*[1] * (len(chunks) - 1), 0]
    return "".join(f"\x1b_G{key}m={m};{chunk}\x1b\\" for key, m, chunk in zip(keys, more, chunks, strict=True))


def _iterm2(image: "Image", size: _Size) -> str:
    """Source: https://iterm2.com/documentation-images.html (November 2026)."""
    data = _png(image)
    keys = f"inline=1;size={len(data)};width={size.columns};height={size.rows};preserveAspectRatio=1"
    return f"\x1b]1337;File={keys}:{base64.b64encode(data).decode('ascii')}\x07"


def _sixel(image: "Image", _: _Size) -> str:
    """Encoded by timg, save for two things.

    It drops a last band that is not full, so it gets one that is; and it does not tell that pixels are square, which some terminals
    then take for twice as high as wide.
    """
    from PIL import Image as images
    from timg import SixelMethod

    height = -(-image.height // _SIXEL_BAND_PX) * _SIXEL_BAND_PX
    whole = images.new("RGB", (image.width, height), "white")
    whole.paste(image)
    encoded: str = SixelMethod(whole.quantize(256, images.Quantize.MEDIANCUT, dither=images.Dither.NONE)).to_string()
    body = encoded.removeprefix(SixelMethod.HEADER)
    return f'{SixelMethod.HEADER}"1;1;{image.width};{image.height}{body}'


def _shows_all_colours(environ: Mapping[str, str]) -> bool:
    """Whether colours of 24 bits are understood; if nothing says so, the 256 of xterm are."""
    return environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or environ.get("TERM", "").endswith("-direct")


def _blocks(image: "Image", *, deep: bool) -> str:
    """Two pixels a cell: the upper half in the foreground's colour, the lower one in the background's.

    The lower half of the last row stays as the terminal is where the height is odd.
    """
    import numpy as np

    pixels = np.asarray(image)
    codes = _codes_of_24_bits(pixels) if deep else _codes_of_256(pixels)
    lines = []
    for top in range(0, len(codes), 2):
        lower = codes[top + 1] if top + 1 < len(codes) else [""] * len(codes[top])
        lines.append(_line(codes[top], lower))
    return "".join(f"{line}\x1b[0m\n" for line in lines)


def _line(upper: Sequence[str], lower: Sequence[str]) -> str:
    """Cells, each with a colour only where it is another than before."""
    told: tuple[str, str] | None = None
    written = []
    for colours in zip(upper, lower, strict=True):
        if colours != told:
            above, below = colours
            written.append(f"\x1b[38;{above};48;{below}m" if below else f"\x1b[38;{above};49m")
            told = colours
        written.append("▀")
    return "".join(written)


def _codes_of_24_bits(pixels: "npt.NDArray[np.uint8]") -> list[list[str]]:
    return [[f"2;{red};{green};{blue}" for red, green, blue in row] for row in pixels.tolist()]


def _codes_of_256(pixels: "npt.NDArray[np.uint8]") -> list[list[str]]:
    """The nearest colours of xterm's palette: a cube of 6 x 6 x 6 from number 16 on, and 24 greys from 232 on."""
    import numpy as np

    wanted = pixels.astype(np.int32)
    levels = np.array([0, 95, 135, 175, 215, 255])
    steps = np.abs(wanted[..., None] - levels).argmin(-1)
    grey = ((wanted.mean(-1) - 8) / 10).round().clip(0, 23).astype(np.int32)
    off_cube = ((levels[steps] - wanted) ** 2).sum(-1)
    off_grey = (((8 + 10 * grey)[..., None] - wanted) ** 2).sum(-1)
    numbers = np.where(off_grey < off_cube, 232 + grey, 16 + steps @ np.array([36, 6, 1]))
    return [[f"5;{number}" for number in row] for row in numbers.tolist()]


def _write(stream: TextIO | BinaryIO, text: str) -> None:
    """As UTF-8, whatever encoding a text stream has."""
    raw = stream.buffer if isinstance(stream, io.TextIOWrapper) else stream
    stream.flush()
    if isinstance(raw, io.TextIOBase):
        raw.write(text)
    else:
        cast("BinaryIO", raw).write(text.encode())
    raw.flush()
