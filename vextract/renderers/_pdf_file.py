"""The outer form of a PDF file: numbered objects, the table of where each begins, and the trailer.

Written here rather than by a library because a library keeps the whole document until it is saved: this one hands out
each object as bytes and remembers only its place. It reads nothing and knows nothing of pages.
"""

import hashlib
import zlib

__all__ = ["ObjectFile", "number", "text_string"]

# The bytes after the percent sign tell file transfer programs that the file is binary (ISO 32000-1, 7.5.2).
_HEAD = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"


class ObjectFile:
    """Gives out object numbers and turns objects into bytes, in the order in which they must be written."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._count = 0
        self._length = 0
        self._digest = hashlib.sha256()

    def reserve(self) -> int:
        """A new object number; the object itself may be written later."""
        self._count += 1
        return self._count

    def head(self) -> bytes:
        """The first bytes of the file."""
        return self._written(_HEAD)

    def plain(self, number_: int, body: str) -> bytes:
        """An object that is not a stream."""
        return self._object(number_, body.encode("ascii"))

    def stream(self, number_: int, data: bytes, entries: str = "", *, packed: bool = False) -> bytes:
        """A stream object. Unless the data is `packed` (the entries name its filter), it is deflated."""
        if not packed:
            data, entries = zlib.compress(data), f"{entries}/Filter/FlateDecode"
        head = f"<<{entries}/Length {len(data)}>>\nstream\n".encode("ascii")
        return self._object(number_, head + data + b"\nendstream")

    def tail(self, root: int, info: int) -> bytes:
        """The table of places and the trailer; the identifier is drawn from the content, not from time or chance."""
        rows = [f"{self._places[n]:010d} 00000 n \n" for n in range(1, self._count + 1)]
        identifier = f"<{self._digest.hexdigest()[:32]}>"
        return (
            f"xref\n0 {self._count + 1}\n0000000000 65535 f \n{''.join(rows)}"
            f"trailer\n<</Size {self._count + 1}/Root {root} 0 R/Info {info} 0 R/ID[{identifier}{identifier}]>>\n"
            f"startxref\n{self._length}\n%%EOF\n"
        ).encode("ascii")

    def _object(self, number_: int, body: bytes) -> bytes:
        self._places[number_] = self._length
        return self._written(b"%d 0 obj\n%b\nendobj\n" % (number_, body))

    def _written(self, data: bytes) -> bytes:
        self._length += len(data)
        self._digest.update(data)
        return data


def number(value: float) -> str:
    """A PDF number with at most four decimals; PDF knows no exponents."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_string(text: str) -> str:
    """Any Unicode text as a PDF string; it must hold no lone surrogates."""
    return f"<feff{text.encode('utf-16-be').hex()}>"
