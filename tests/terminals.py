"""What terminals make of the bytes that show a picture: small decoders that take nothing but what they are meant to read."""

import base64
import io
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["Pixels", "blocks", "cells", "halves", "iterm2", "kitty", "rgb", "sixel"]

Pixels = npt.NDArray[np.uint8]


def kitty(text: str) -> tuple[dict[str, str], Pixels]:
    """The keys of a kitty command in chunks, which is to be all of the text, and its picture."""
    commands = re.findall(r"\x1b_G([^;\x1b]*);([A-Za-z0-9+/=]*)\x1b\\", text)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in commands) + "\n" == text
    told = [dict(pair.split("=") for pair in keys.split(",")) for keys, _ in commands]
    assert [keys["m"] for keys in told] == ["1"] * (len(told) - 1) + ["0"]
    assert all(set(keys) == {"m"} for keys in told[1:])
    assert all(len(data) <= 4096 for _, data in commands)
    assert all(len(data) % 4 == 0 for _, data in commands)
    return told[0], png("".join(data for _, data in commands))


def iterm2(text: str) -> tuple[dict[str, str], Pixels]:
    """The keys of an iTerm2 command, which is to be all of the text, and its picture."""
    found = re.fullmatch(r"\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07\n", text)
    assert found
    return dict(pair.split("=") for pair in found[1].split(";")), png(found[2])


def png(data: str) -> Pixels:
    """The picture of a PNG in base64."""
    with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def sixel(text: str) -> Pixels:
    """The picture of a sixel string, which is to be all of the text; colours in percent, -1 where nothing is drawn."""
    found = re.fullmatch(r"\x1bPq\"1;1;(\d+);(\d+)(.*)\x1b\\\n", text, re.DOTALL)
    assert found
    width, height, body = int(found[1]), int(found[2]), found[3]
    commands = re.findall(r"#\d+(?:;2;\d+;\d+;\d+)?|!\d+[?-~]|[?-~]|\$|-", body)
    assert "".join(commands) == body
    canvas = np.full((height + 6, width, 3), -1, np.int16)
    palette: dict[int, list[int]] = {}
    x = y = colour = 0
    for command in commands:
        if command[0] == "#":
            colour, *rgb = (int(part) for part in command[1:].replace(";2;", ";", 1).split(";"))
            if rgb:
                palette[colour] = rgb
        elif command == "$":
            x = 0
        elif command == "-":
            x, y = 0, y + 6
        else:
            count, bits = int(command[1:-1] or 1) if command[0] == "!" else 1, ord(command[-1]) - 63
            for row in (row for row in range(6) if bits >> row & 1):
                canvas[y + row, x : x + count] = palette[colour]
            x += count
    return canvas[:height].astype(np.uint8)


def blocks(text: str) -> list[list[tuple[str, str]]]:
    """The colours of each cell's upper and lower half, which are to be all of the text but resets."""
    lines = text.split("\n")
    assert lines.pop() == ""
    return [list(cells(line)) for line in lines]


def cells(line: str) -> Iterator[tuple[str, str]]:
    """The colours of the upper and lower half of each cell of a line."""
    upper = lower = "39"
    for written in re.findall(r"\x1b\[[\d;]*m|.", line):
        if written == "▀":
            yield upper, lower
            continue
        codes = re.fullmatch(r"\x1b\[([\d;]*)m", written)
        assert codes, written
        for code in re.findall(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+", codes[1]):
            if code == "0":
                upper = lower = "39"
            elif code == "49":
                lower = "49"
            elif code.startswith("38;"):
                upper = code[3:]
            else:
                assert code.startswith("48;"), code
                lower = code[3:]


def halves(grid: list[list[tuple[str, str]]]) -> list[list[str]]:
    """The rows of pixels that cells show."""
    return [[cell[half] for cell in row] for row in grid for half in (0, 1)]


def rgb(codes: list[list[str]]) -> Pixels:
    """The colours of "2;red;green;blue"."""
    return np.array([[[int(part) for part in code.split(";")[1:]] for code in row] for row in codes], np.uint8)
