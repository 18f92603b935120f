"""What a terminal is sent for a picture, decoded as a terminal does and compared with the picture, pixel by pixel."""

import fcntl
import io
import itertools
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
import time
import uuid
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.terminals import blocks, cells, halves, iterm2, kitty, rgb, sixel
from vextract import preview
from vextract.errors import UsageError

_XTERM_LEVELS = (0, 95, 135, 175, 215, 255)
XTERM = {
    **{16 + n: rgb for n, rgb in enumerate(itertools.product(_XTERM_LEVELS, repeat=3))},
    **{232 + n: (8 + 10 * n,) * 3 for n in range(24)},
}
"""The colours of xterm's palette by number; its first 16 are whatever the user likes."""


def picture(width: int, height: int) -> Image.Image:
    """Of which no two neighbouring pixels are alike."""
    rows, columns = np.indices((height, width))
    return Image.fromarray(
        np.stack([rows * 37 % 256, columns * 53 % 256, (rows + columns) * 91 % 256], -1).astype(np.uint8)
    )


def sent(image: Image.Image, columns: int, rows: int, protocol: preview.Protocol) -> str:
    """What `show` writes for a terminal of that protocol."""
    stream = io.BytesIO()
    preview.show(image, stream, columns, rows, protocol)
    return stream.getvalue().decode()


# Each protocol


def test_kitty_gets_the_very_pixels() -> None:
    """A PNG in chunks of 4096 bytes at most, for so many cells, and with the order to answer nothing."""
    image = picture(300, 170)
    keys, seen = kitty(sent(image, 80, 24, "kitty"))
    assert np.array_equal(seen, np.asarray(image))
    assert {key: keys[key] for key in "afqcr"} == {"a": "T", "f": "100", "q": "2", "c": "30", "r": "9"}


def test_iterm2_gets_the_very_pixels() -> None:
    """A PNG, shown where the cursor is, for so many cells."""
    image = picture(300, 170)
    keys, seen = iterm2(sent(image, 80, 24, "iterm2"))
    assert np.array_equal(seen, np.asarray(image))
    assert (keys["inline"], keys["width"], keys["height"], keys["preserveAspectRatio"]) == ("1", "30", "9", "1")


@pytest.mark.parametrize(("width", "height"), [(30, 12), (31, 13), (7, 1), (64, 17)])
def test_sixels_are_the_picture(width: int, height: int) -> None:
    """Up to 256 colours come through to the percent, whatever the height; pixels are told to be square."""
    levels = np.array([0, 51, 102, 204, 255], np.uint8)
    rows, columns = np.indices((height, width))
    image = Image.fromarray(np.stack([levels[rows % 5], levels[columns % 5], levels[(rows + columns) % 5]], -1))
    seen = sixel(sent(image, 80, 24, "sixel"))
    assert seen.shape == (height, width, 3)
    assert np.abs(seen.astype(int) - np.asarray(image) / 2.55).max() <= 1


def test_more_colours_than_sixel_has() -> None:
    """A picture of thousands of colours comes close."""
    ramp = np.linspace(0, 255, 120)
    image = Image.fromarray(np.stack([*np.meshgrid(ramp, ramp), np.full((120, 120), 90.0)], -1).astype(np.uint8))
    seen = sixel(sent(image, 80, 24, "sixel"))
    assert np.abs(seen.astype(int) - np.asarray(image) / 2.55).mean() < 4


@pytest.mark.parametrize("height", [8, 9])
def test_half_blocks_of_all_colours(monkeypatch: pytest.MonkeyPatch, height: int) -> None:
    """With COLORTERM=truecolor each half of a cell is a pixel; below an odd last row nothing is drawn."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    image = picture(20, height)
    shown = halves(blocks(sent(image, 80, 24, "blocks")))
    assert np.array_equal(rgb(shown[:height]), np.asarray(image))
    assert shown[height:] == [["49"] * 20] * (height % 2)


def test_half_blocks_of_256_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without COLORTERM each pixel has the nearest colour of xterm's palette."""
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    image = picture(40, 20)
    palette = np.array(list(XTERM.values()))
    for row, pixels in zip(halves(blocks(sent(image, 80, 24, "blocks"))), np.asarray(image), strict=True):
        for code, pixel in zip(row, pixels, strict=True):
            kind, number = code.split(";")
            assert kind == "5"
            offs = ((palette - pixel) ** 2).sum(-1)
            assert ((np.array(XTERM[int(number)]) - pixel) ** 2).sum() == offs.min()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_every_mode_is_shown(mode: str) -> None:
    """Whatever a picture is stored as, it is shown as it looks, on white."""
    image = picture(12, 6).convert(mode)
    if mode in {"LA", "RGBA"}:
        image.putalpha(Image.new("L", image.size, 0))
    _, seen = kitty(sent(image, 80, 24, "kitty"))
    wanted = np.full((6, 12, 3), 255) if mode in {"LA", "RGBA"} else np.asarray(image.convert("RGB"))
    assert np.array_equal(seen, wanted)


# Size


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 3000),
    st.integers(1, 3000),
    st.integers(1, 120),
    st.integers(1, 60),
    st.sampled_from(["kitty", "iterm2", "blocks"]),
)
def test_a_picture_fits_and_keeps_its_shape(
    width: int, height: int, columns: int, rows: int, protocol: preview.Protocol
) -> None:
    """It takes no more cells than it may, is not enlarged, and its sides have their ratio but for rounding to pixels."""
    text = sent(Image.new("RGB", (width, height), "teal"), columns, rows, protocol)
    if protocol == "blocks":
        shown = halves(blocks(text))
        shown = shown[:-1] if shown[-1][0] == "49" else shown
        across, down = len(shown[0]), len(shown)
        assert across <= columns
        assert down <= 2 * rows
    else:
        keys, seen = kitty(text) if protocol == "kitty" else iterm2(text)
        down, across = seen.shape[:2]
        cells_across, cells_down = int(keys.get("c") or keys["width"]), int(keys.get("r") or keys["height"])
        assert cells_across <= columns
        assert cells_down <= rows
        assert 0 <= cells_across * 10 - across < 10
        assert 0 <= cells_down * 20 - down < 20
    assert across <= width
    assert down <= height
    sides = ((across, width), (down, height))
    at_least = max((side - 0.5) / whole if side > 1 else 0 for side, whole in sides)
    assert at_least <= min((side + 0.5) / whole for side, whole in sides) * (1 + 1e-9)


# Which protocol, and whether


class Terminal(io.BytesIO):
    """What says that it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM": "xterm-256color", "WT_SESSION": "5f1c"}, "sixel"),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "240800"}, "sixel"),
        ({"TERM": "foot-extra"}, "sixel"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "blocks"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, "blocks"),
        ({"TERM": "linux"}, "blocks"),
        ({}, "blocks"),
        ({"TERM": "tmux-256color", "TMUX": "/run/t,1,0", "KITTY_WINDOW_ID": "1"}, "blocks"),
        ({"TERM": "screen.xterm-256color", "LC_TERMINAL": "iTerm2"}, "blocks"),
        ({"TERM": "xterm-256color", "STY": "1.pts", "WT_SESSION": "5f1c"}, "blocks"),
        ({"TERM": "xterm-kitty", "ZELLIJ": "0"}, "blocks"),
        ({"TERM": "xterm-kitty", "VEXTRACT_PREVIEW": "Sixel"}, "sixel"),
        ({"TERM": "tmux-256color", "TMUX": "t", "VEXTRACT_PREVIEW": "kitty"}, "kitty"),
        ({"TERM": "xterm-kitty", "VEXTRACT_PREVIEW": "auto"}, "kitty"),
        ({"TERM": "xterm-kitty", "VEXTRACT_PREVIEW": ""}, "kitty"),
    ],
)
def test_terminals_are_known_by_their_environment(environ: dict[str, str], protocol: str) -> None:
    """Each terminal gets what it draws; inside a multiplexer, which draws none of it, half blocks."""
    assert preview.protocol_of(environ, Terminal()) == protocol


def test_an_unknown_protocol_is_a_mistake() -> None:
    """VEXTRACT_PREVIEW must be a protocol; the error lists them."""
    with pytest.raises(UsageError, match="'jpeg'") as caught:
        preview.protocol_of({"VEXTRACT_PREVIEW": "jpeg"}, Terminal())
    assert "sixel" in caught.value.hint


@pytest.mark.parametrize(
    ("environ", "stream", "words"),
    [
        ({"TERM": "xterm"}, Terminal(), None),
        ({"TERM": "xterm"}, io.StringIO(), "no terminal"),
        ({"TERM": "xterm", "VEXTRACT_PREVIEW": "kitty"}, io.BytesIO(), "no terminal"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, Terminal(), "NO_COLOR"),
        ({"TERM": "xterm", "NO_COLOR": ""}, Terminal(), None),
        ({"TERM": "xterm", "NO_COLOR": "1", "VEXTRACT_PREVIEW": "blocks"}, Terminal(), None),
        ({"TERM": "xterm", "VEXTRACT_PREVIEW": "none"}, Terminal(), "VEXTRACT_PREVIEW"),
        ({"TERM": "dumb"}, Terminal(), "dumb"),
        ({}, Terminal(), "dumb"),
    ],
)
def test_why_there_is_no_preview(environ: dict[str, str], stream: io.StringIO, words: str | None) -> None:
    """It is said what stands in the way; an empty NO_COLOR is none, as no-color.org says."""
    told = preview.refusal(environ, stream)
    assert (told is None) if words is None else (words in (told or ""))


# Real terminals

_SCRIPT = """\
import sys
from PIL import Image
from vextract import preview
with Image.open(sys.argv[1]) as image:
    preview.show(image, sys.stderr, *preview.room(sys.stderr))
"""


def run_in_terminal(path: Path, environ: dict[str, str], size: tuple[int, int, int, int]) -> str:
    """What a process writes on a terminal of so many rows and columns, and pixels across and down; nobody types there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size))
    with subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", **environ},
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 1 << 16):
                written += piece
        except OSError:
            pass  # the other side is closed
        assert process.stdout is not None
        assert process.stdout.read() == b""
        assert process.wait(60) == 0
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_with_pixels(tmp_path: Path) -> None:
    """The size of its cells is taken from the kernel: a picture too wide for it fills it, whatever the locale; it is not asked."""
    picture(900, 300).save(tmp_path / "a.png")
    keys, seen = kitty(run_in_terminal(tmp_path / "a.png", {"TERM": "xterm-kitty"}, (40, 60, 60 * 8, 40 * 17)))
    assert (seen.shape[1], seen.shape[0]) == (480, 160)
    assert (keys["c"], keys["r"]) == ("60", "10")


def test_a_terminal_without_pictures(tmp_path: Path) -> None:
    """It gets half blocks, one row less than it has, though standard input and output are no terminals."""
    picture(90, 300).resize((300, 900)).save(tmp_path / "a.png")
    environ = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    grid = blocks(run_in_terminal(tmp_path / "a.png", environ, (24, 80, 0, 0)))
    assert (len(grid), {len(row) for row in grid}) == (23, {15})


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_tmux_shows_the_picture(tmp_path: Path) -> None:
    """In a real terminal each cell is as it should be, the cursor stands below, and nothing was typed at the prompt."""
    image = picture(30, 20)
    image.save(tmp_path / "a.png")
    (tmp_path / "show.py").write_text(_SCRIPT)
    server = f"vextract-{uuid.uuid4().hex}"
    environ = {**os.environ, "COLORTERM": "truecolor"}
    for name in ("TMUX", "NO_COLOR", "VEXTRACT_PREVIEW"):
        environ.pop(name, None)

    def tmux(*arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", server, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout

    command = f"{sys.executable} {tmp_path}/show.py {tmp_path}/a.png; echo DONE; exec cat"
    try:
        tmux("-f", os.devnull, "new-session", "-d", "-x", "70", "-y", "20", command)
        for _ in range(1200):
            if "DONE" in (shown := tmux("capture-pane", "-p", "-e")):
                break
            time.sleep(0.1)
        lines = shown.rstrip("\n").split("\n")
    finally:
        subprocess.run(["tmux", "-L", server, "kill-server"], env=environ, capture_output=True, timeout=60, check=False)
    assert lines[10].endswith("DONE")
    assert lines[11:] == []
    grid = [list(cells(line)) for line in lines[:10]]
    assert np.array_equal(rgb(halves(grid)), np.asarray(image))
