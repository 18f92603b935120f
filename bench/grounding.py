"""CPU of finding values on pages that are read already: 50 values on 600 words, and how it grows with both.

Run: python bench/grounding.py [--json]. The baseline, measured in the same run, builds a list of the words and looks for each value
with `str.find`, which finds exact values only.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from functools import partial

from vextract.grounding import ground
from vextract.types import Box, Line, PageRef, PageText, Word

WORDS, VALUES = 600, 50
A_LINE = 8
TIMES = (1, 2, 4, 8)
SYLLABLES = (
    "ba",
    "con",
    "der",
    "el",
    "fi",
    "gra",
    "ho",
    "in",
    "ja",
    "kel",
    "lo",
    "mer",
    "nu",
    "or",
    "pal",
    "qui",
    "ro",
    "sta",
    "ter",
)


def page(words: int, seed: int) -> PageText:
    """A page of made-up words, dates and amounts, eight to a line."""
    dice = random.Random(seed)
    lines = []
    count = words // A_LINE
    for row in range(count):
        y = row / count
        texts = [_text(dice) for _ in range(A_LINE)]
        boxes = [Box(n / A_LINE, y, (n + 0.9) / A_LINE, y + 0.7 / count) for n in range(A_LINE)]
        lines.append(
            Line(tuple(Word(text, box, dice.random()) for text, box in zip(texts, boxes, strict=True)), row // 10)
        )
    return PageText(PageRef("made up", 1, 1000, 1400), tuple(lines), "tesseract")


def values(text: PageText, count: int, seed: int) -> dict[str, str]:
    """As many values of each kind: as printed, in another form, with a letter misread, absent."""
    dice = random.Random(seed)
    words = [word.text for word in text.words]
    asked = {}
    for n in range(count):
        at = dice.randrange(len(words) - 3)
        phrase = " ".join(words[at : at + dice.randint(1, 3)])
        kinds = (
            phrase,
            phrase.upper().replace(" ", "-"),
            _misread(phrase, dice),
            " ".join(_text(dice) for _ in range(2)),
        )
        asked[f"{words[at - 1]} {n}"] = kinds[n % len(kinds)]
    return asked


def _text(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.1:
        return f"{dice.randint(1, 28):02}/{dice.randint(1, 12):02}/20{dice.randint(10, 30)}"
    if kind < 0.25:
        return f"{dice.randint(0, 9999)}.{dice.randint(0, 99):02}"
    return "".join(dice.choice(SYLLABLES) for _ in range(dice.randint(1, 4)))


def _misread(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    return text if text[at].isdigit() else text[:at] + dice.choice("aeiou") + text[at + 1 :]


def baseline(asked: dict[str, str], text: PageText) -> int:
    """The least that any search does."""
    words = [word.text for line in text.lines for word in line.words]
    joined = " ".join(words).casefold()
    return sum(joined.find(value.casefold()) >= 0 for value in asked.values())


def cpu_ms(function: Callable[[], object], times: int = 7) -> float:
    """The least CPU time of several calls, in milliseconds."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return round(1000 * best, 2)


def measure() -> dict[str, object]:
    """All numbers."""
    text = page(WORDS, 1)
    asked = values(text, VALUES, 2)
    cold = time.process_time()
    found = ground(asked, [text])
    cold = time.process_time() - cold
    ms, base = cpu_ms(lambda: ground(asked, [text])), cpu_ms(lambda: baseline(asked, text))
    pages, many = [page(WORDS * n, 1) for n in TIMES], [values(text, VALUES * n, 2) for n in TIMES]
    grown_words = {len(p.words): cpu_ms(partial(ground, asked, [p])) for p in pages}
    grown_values = {len(v): cpu_ms(partial(ground, v, [text])) for v in many}
    return {
        "first_ms": round(1000 * cold, 1),
        "ms": ms,
        "baseline_ms": base,
        "ratio": round(ms / base),
        "located": sum(e.match != "none" for e in found),
        "ms_by_words": grown_words,
        "ms_by_values": grown_values,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    print(json.dumps(measure(), indent=None if parser.parse_args().json else 2))
