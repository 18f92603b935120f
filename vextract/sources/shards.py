"""One of several parts of the inputs, so that as many machines can each do theirs: a name is in the same part anywhere."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vextract.errors import UsageError
from vextract.sources.expand import Source

__all__ = ["Shard"]

_FORM = re.compile(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shard:
    """The part `index`, from 1, of `count` parts."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """From "2/8".

        Raises:
            UsageError: it is not of that form, or there is no such part.
        """
        found = _FORM.fullmatch(text)
        index, count = (int(part) for part in found.groups()) if found else (0, 0)
        if not 1 <= index <= count:
            raise UsageError(f"--shard cannot be {text[:40]!r}", "write it as 1/8 to 8/8")
        return cls(index, count)

    def of(self, sources: Iterable[Source], others: Callable[[Source], None] | None = None) -> Iterator[Source]:
        """Those of the sources that are in this part; `others` takes notice of the rest."""
        for source in sources:
            if self._has(source.name):
                yield source
            elif others:
                others(source)

    def _has(self, name: str) -> bool:
        digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count == self.index - 1
