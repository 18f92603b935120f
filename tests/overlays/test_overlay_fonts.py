"""Labels in letters of all kinds, with the fonts that are installed and without."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.overlays.fonts import Lettering, clean, without_glyph


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.integers(10, 300))
def test_any_text_is_written_within_its_width(text, width) -> None:
    """Whatever a label says, it is one printable line, no wider than allowed, and its ink has the size that was told."""
    lettering = Lettering(14)
    line = lettering.fit(clean(text), width)
    assert all(letter.isprintable() or letter in "\u200c\u200d" for letter in line)
    if line:
        assert lettering.size(line)[0] <= width + 2 * (14 // 4) + 1
        assert lettering.ink(line).size == lettering.size(line)


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("line\nbreak\t tab", "line break tab"),
        ("\x1b[31mred\x00", "\\x1b[31mred\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("a" + "\u0301" * 50, "a" + "\u0301" * 3),
    ],
)
def test_labels_are_made_harmless(label, written) -> None:
    """White space is one space; control characters, direction overrides and towers of accents do nothing."""
    assert clean(label) == written


def test_long_labels_keep_both_ends() -> None:
    """The beginning and the end stay, with an ellipsis between; ten thousand letters are no trouble."""
    label = "a very long label of " + "x" * 10_000 + " 0.93"
    written = Lettering(14).fit(clean(label), 200)
    assert written.startswith("a very long")
    assert "…" in written
    assert written.endswith("0.93")


def test_no_room_for_letters_gives_none() -> None:
    """A width of nothing takes no label."""
    assert Lettering(14).fit("label", 5) == ""


def test_letters_of_other_scripts_are_drawn_or_told() -> None:
    """A script that an installed font has is drawn letter by letter different; what none has is told."""
    lettering = Lettering(14)
    missing = without_glyph(["кот", "\U000e1234", "ok"])
    assert "o" not in missing
    if "к" in missing:
        pytest.skip("no installed font has Cyrillic")
    assert lettering.ink("к").tobytes() != lettering.ink("т").tobytes()


def test_without_fontconfig_nothing_fails() -> None:
    """Where fc-match is not installed, accents are left out, foreign letters are told, and labels are drawn all the same."""
    code = (
        "from vextract.overlays.fonts import Lettering, clean, without_glyph\n"
        "print(ascii(clean('caf\\xe9 \\u732b')), ascii(without_glyph(['caf\\xe9 \\u732b'])))\n"
        "print(Lettering(14).ink(clean('caf\\xe9 \\u732b')).getbbox() is not None)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n")[:2] == ["'cafe \\u732b' '\\u732b'", "True"]
