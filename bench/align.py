"""CPU of putting a transcript on the words of a page: 1000 words of which OCR misread some, and how it grows.

Run: python bench/align.py [--json]. The baseline, measured in the same run, is one edit distance over the characters of both texts
with its operations (rapidfuzz, in C++), which knows no words, no places and no other order.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from functools import partial
from string import ascii_lowercase

from vextract.aligning import align
from vextract.types import Box, Line, PageRef, PageText, Word

WORDS, A_LINE = 1000, 10
NOISE = 0.1  # share of characters that OCR misread
TIMES = (1, 2, 4)
LITTLE = ("a", "of", "the", "in", "to", "is", "and")


def page(words: int, seed: int) -> PageText:
    """A page of made-up words and amounts, a quarter of them little and often the same."""
    dice = random.Random(seed)
    rows = words // A_LINE
    return PageText(
        PageRef("made up", 1, 1000, 1400),
        tuple(
            Line(
                tuple(
                    Word(_text(dice), Box(n / A_LINE, y / rows, (n + 0.9) / A_LINE, (y + 0.7) / rows), 0.9)
                    for n in range(A_LINE)
                ),
                y // 10,
            )
            for y in range(rows)
        ),
        "tesseract",
    )


def misread(text: PageText, noise: float, seed: int) -> PageText:
    """The page as OCR might read it."""
    dice = random.Random(seed)
    lines = (tuple(Word(_noisy(w.text, noise, dice), w.box, w.confidence) for w in line.words) for line in text.lines)
    numbered = zip(lines, text.lines, strict=True)
    return PageText(text.ref, tuple(Line(words, line.block) for words, line in numbered), text.reader)


def shuffled(text: PageText, seed: int) -> str:
    """The text with its blocks in another order, as of a page in columns."""
    blocks = text.text.split("\n\n")
    random.Random(seed).shuffle(blocks)
    return "\n\n".join(blocks)


def _text(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.25:
        return dice.choice(LITTLE)
    if kind < 0.4:
        return f"{dice.randint(0, 9999)}.{dice.randint(0, 99):02}"
    return "".join(dice.choices(ascii_lowercase, k=dice.randint(4, 9)))


def _noisy(text: str, noise: float, dice: random.Random) -> str:
    return "".join(dice.choice(ascii_lowercase) if dice.random() < noise else char for char in text)


def baseline(measured: PageText, transcript: str) -> int:
    """The least that any alignment of characters does."""
    from rapidfuzz.distance import Levenshtein

    return len(Levenshtein.opcodes("".join(word.text for word in measured.words), "".join(transcript.split())))


def cpu_ms(function: Callable[[], object], times: int = 5) -> float:
    """The least CPU time of several calls, in milliseconds."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return round(1000 * best, 2)


def in_place(truth: PageText, found: PageText) -> float:
    """The share of the true words that were found with their text and their box."""
    places = {(word.text, word.box) for word in found.words}
    return round(sum((word.text, word.box) in places for word in truth.words) / len(truth.words), 4)


def measure() -> dict[str, object]:
    """All numbers."""
    truth = page(WORDS, 1)
    read, others = misread(truth, NOISE, 2), page(WORDS, 3)
    run = partial(align, model="m")
    ms, base = cpu_ms(lambda: run(read, truth.text)), cpu_ms(lambda: baseline(read, truth.text))
    cases = {f"noise {noise}": (misread(truth, noise, 2), truth.text) for noise in (0.0, 0.05, NOISE, 0.2, 0.3)}
    cases["other order"] = (read, shuffled(truth, 4))
    cases["another page's text"] = (read, others.text)
    grown = {n * WORDS: (misread(page(n * WORDS, 1), NOISE, 2), page(n * WORDS, 1).text) for n in TIMES}
    return {
        "ms": ms,
        "baseline_ms": base,
        "ratio": round(ms / base, 1),
        "ms_by_case": {name: cpu_ms(partial(run, *case), 3) for name, case in cases.items()},
        "in_place_by_case": {name: in_place(truth, run(*case).page) for name, case in cases.items()},
        "ms_by_words": {words: cpu_ms(partial(run, *case), 3) for words, case in grown.items()},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    print(json.dumps(measure(), indent=None if parser.parse_args().json else 2))
