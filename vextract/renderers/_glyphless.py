"""The font of invisible text: its glyph has no area, and each character in use gets a number leading back to Unicode.

A real font would add megabytes and still lack somebody's script; text that is never painted needs no shapes, only
widths (half the font size for every character) and the way back from number to character.
"""

import struct

from vextract.renderers._pdf_file import ObjectFile

__all__ = ["ADVANCE", "HEIGHT", "GlyphlessFont"]

# Width of every character, and its height above the baseline, as shares of the font size. The height is that of real
# fonts, because readers judge by the font size whether a gap parts words or columns.
ADVANCE, HEIGHT = 0.5, 0.8
_EM = 1000
_TOP = round(HEIGHT * _EM)
_NAME = "Glyphless"
_REPLACEMENT = "\ufffd"
# Character numbers have two bytes and 0 means "no such character".
_MOST_CHARACTERS = 0xFFFF - 1
# ISO 32000-1, 9.10.3 with Adobe technical note 5014: a section of a character map holds at most 100 entries.
_SECTION = 100


class GlyphlessFont:
    """Numbers characters as they come, and writes the font's objects when all have been seen.

    Args:
        file: where its objects get their numbers.
    """

    def __init__(self, file: ObjectFile) -> None:
        self._file = file
        self._numbers: dict[str, int] = {}
        self.object_number = file.reserve()

    def encode(self, text: str) -> str:
        """The text as a PDF string of two-byte character numbers; it must hold no lone surrogates."""
        return f"<{''.join(f'{self._number(character):04x}' for character in text)}>"

    def objects(self) -> list[bytes]:
        """The font's objects, to be written once no text will be encoded any more."""
        file = self._file
        descendant, descriptor, program, characters, glyphs = (file.reserve() for _ in range(5))
        return [
            file.plain(
                self.object_number,
                f"<</Type/Font/Subtype/Type0/BaseFont/{_NAME}/Encoding/Identity-H"
                f"/DescendantFonts[{descendant} 0 R]/ToUnicode {characters} 0 R>>",
            ),
            file.plain(
                descendant,
                f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{_NAME}"
                "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
                f"/FontDescriptor {descriptor} 0 R/DW {round(ADVANCE * _EM)}/CIDToGIDMap {glyphs} 0 R>>",
            ),
            # A character's box stands on the baseline. Descent is -1 because readers take 0 for "not given" and guess.
            file.plain(
                descriptor,
                f"<</Type/FontDescriptor/FontName/{_NAME}/Flags 4/FontBBox[0 -1 {round(ADVANCE * _EM)} {_TOP}]"
                f"/ItalicAngle 0/Ascent {_TOP}/Descent -1/CapHeight {_TOP}/StemV 80/FontFile2 {program} 0 R>>",
            ),
            file.stream(program, _font_program(), f"/Length1 {len(_font_program())}"),
            file.stream(characters, self._character_map().encode("ascii")),
            file.stream(glyphs, b"\0\0" + b"\0\1" * len(self._numbers)),
        ]

    def _number(self, character: str) -> int:
        known = self._numbers.get(character)
        if known is not None:
            return known
        if len(self._numbers) >= _MOST_CHARACTERS and character != _REPLACEMENT:
            return self._number(_REPLACEMENT)
        self._numbers[character] = len(self._numbers) + 1
        return self._numbers[character]

    def _character_map(self) -> str:
        rows = [f"<{n:04x}> <{character.encode('utf-16-be').hex()}>\n" for character, n in self._numbers.items()]
        sections = [rows[at : at + _SECTION] for at in range(0, len(rows), _SECTION)]
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            + "".join(f"{len(section)} beginbfchar\n{''.join(section)}endbfchar\n" for section in sections)
            + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        )


def _font_program() -> bytes:
    """A TrueType font with just the tables that a PDF's font program must have.

    Its glyph 1 is a contour of two points, from the lower left to the upper right corner of a character's box: nothing
    to paint, but a bounding box, without which pdfium takes sideways text for having no width and drops it
    (seen in pypdfium2 5.15).

    Source: ISO 32000-1, 9.9 (which tables) and the OpenType specification 1.9, chapter "Font tables" (their layout).
    """
    advance = round(ADVANCE * _EM)
    corners = (0, 0, advance, _TOP)
    # Contours, box, last point of the contour, length of instructions, flags (at the origin; two-byte steps), steps.
    glyph = struct.pack(">hhhhhHHBBhh", 1, *corners, 1, 0, 0x31, 0x01, advance, _TOP)
    tables = {
        b"cvt ": b"\0\0",
        b"fpgm": b"\0",
        b"glyf": glyph,
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _EM, 0, 0, *corners, 0, 8, 2, 0, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, _TOP, -1, 0, advance, 0, 0, advance, 1, *(0,) * 7, 2),
        b"hmtx": struct.pack(">HhHh", advance, 0, advance, 0),
        b"loca": struct.pack(">HHH", 0, 0, len(glyph) // 2),
        b"maxp": struct.pack(">IH13H", 0x10000, 2, 2, 1, 0, 0, 2, *(0,) * 8),
        b"prep": b"\0",
    }
    place = 12 + 16 * len(tables)
    directory, body = b"", b""
    for tag, data in tables.items():
        padded = data + b"\0" * (-len(data) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", tag, checksum, place + len(body), len(data))
        body += padded
    # Nine tables: the binary search of the directory covers 8 of them at 16 bytes each.
    return struct.pack(">IHHHH", 0x10000, len(tables), 128, 3, 16 * len(tables) - 128) + directory + body
