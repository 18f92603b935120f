"""A model's transcript on measured words: its text, their places, nothing invented."""

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from string import ascii_lowercase

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from tests.renderers.pages import page, render, text_line, unhurried
from vextract.aligning import align
from vextract.aligning.transcript import printed_words
from vextract.geometry import area, overlap, turn
from vextract.readers import ReadOptions, find_reader
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.tasks.ocr import page_text
from vextract.types import Box, Line, PageText, Word

MODEL = "openai:gpt-4o"
LITTLE = ["a", "of", "the", "in", "to", "is", "and"]


def _words(dice: Random, count: int) -> list[str]:
    """Words as of a text: a third little and often the same, some amounts, the rest each its own."""
    kinds = (
        lambda: dice.choice(LITTLE),
        lambda: f"{dice.randint(0, 999)}.{dice.randint(0, 99):02}",
        *[lambda: "".join(dice.choices(ascii_lowercase, k=dice.randint(4, 9)))] * 4,
    )
    return [dice.choice(kinds)() for _ in range(count)]


def _measured(lines: Sequence[str], blocks: Sequence[int] | None = None, rotation: int = 0) -> PageText:
    step = min(0.05, 0.9 / max(len(lines), 1))
    placed = [text_line(line, 0.05 + n * step, height=step / 2, character=0.008) for n, line in enumerate(lines)]
    return page(*placed, blocks=blocks, rotation=rotation)


def _rows(words: Sequence[str], each: int = 8) -> list[str]:
    return [" ".join(words[n : n + each]) for n in range(0, len(words), each)]


def _misread(text: str, dice: Random, share: float) -> str:
    """The text with so many of its characters replaced, lost or doubled; never empty."""
    noise = "".join(
        dice.choice([dice.choice(ascii_lowercase), "", char * 2]) if dice.random() < share else char for char in text
    )
    return noise or dice.choice(ascii_lowercase)


def _with_noise(text: PageText, seed: int, share: float = 0.1) -> PageText:
    dice = Random(seed)
    lines = [
        Line(tuple(Word(_misread(w.text, dice, share), w.box, w.confidence) for w in line.words), line.block)
        for line in text.lines
    ]
    return PageText(text.ref, tuple(lines), text.reader, text.rotation)


def _iou(a: Box, b: Box) -> float:
    shared = overlap(a, b)
    return shared / (area(a) + area(b) - shared)


def _right(found: PageText, truth: PageText) -> int:
    """How many true words were found with their text at their place, each counted once."""
    left = list(found.words)
    right = 0
    for true in truth.words:
        same = next((word for word in left if word.text == true.text and _iou(word.box, true.box) >= 0.9), None)
        if same:
            left.remove(same)
            right += 1
    return right


def _placed(measured: PageText, transcript: str) -> list[list[tuple[str, float, float]]]:
    """The lines with the sides of their words, in hundredths of the page's width."""
    lines = align(measured, transcript, model=MODEL).page.lines
    return [[(w.text, round(100 * w.box.x0, 1), round(100 * w.box.x1, 1)) for w in line.words] for line in lines]


def _drawn(file: Path, lines: Sequence[str]) -> tuple[PageText, dict[str, Box]]:
    """What Tesseract reads of a drawn page, and where the words really stand."""
    width, height, letters = 1000, 100 + 60 * len(lines), 30
    image = Image.new("L", (width, height), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(letters)
    truth = {}
    for n, line in enumerate(lines):
        for found in re.finditer(r"\S+", line):
            at = (60 + pen.textlength(line[: found.start()], font=font), 50 + 60 * n)
            pen.text(at, found[0], fill=0, font=font)
            x0, y0, x1, y1 = pen.textbbox(at, found[0], font=font)
            truth[found[0]] = Box(x0 / width, y0 / height, x1 / width, y1 / height)
    image.save(file)
    shown = open_file(file, file.name, OpenOptions()).page(1)
    return page_text(find_reader("tesseract").read(shown, ReadOptions(rotate=False)), shown.ref), truth


MARKDOWN = """# Delivery note 4711

Dear **customer**, please find

| Item | Amount |
|------|-------:|
| Bolts | 12.50 |
| Washers | 3.99 |

<!-- page 1 -->
Thank you!"""
PRINTED = [
    "Delivery note 4711",
    "Dear customer, please find",
    "Item Amount",
    "Bolts 12.50",
    "Washers 3.99",
    "Thank you!",
]


def test_on_a_page_that_tesseract_read(tmp_path: Path) -> None:
    """Every word of the model's Markdown stands where that word was drawn; line by line as printed, and no other."""
    measured, truth = _drawn(tmp_path / "a.png", PRINTED)
    aligned = align(measured, MARKDOWN, model=MODEL)
    assert (aligned.unplaced, aligned.unread) == (0, 0)
    assert [line.text for line in aligned.page.lines] == PRINTED
    for word in aligned.page.words:
        assert _iou(word.box, truth[word.text]) > 0.5, word
    assert (aligned.page.transcript, aligned.page.text) == (MARKDOWN, MARKDOWN)
    assert aligned.page.reader == f"{MODEL}+tesseract"


def test_what_was_misread_is_mended_in_place(tmp_path: Path) -> None:
    """Of a page that OCR misread, hOCR, ALTO, TSV and the searchable PDF have the model's text at the measured places."""
    measured, _ = _drawn(tmp_path / "a.png", PRINTED)
    misread = {"Delivery": "De1ivcry", "customer,": "cu5tomer.", "12.50": "I2.5O", "Thank": "Thamk"}
    lines = tuple(
        Line(tuple(Word(misread.get(w.text, w.text), w.box, w.confidence) for w in line.words), line.block)
        for line in measured.lines
    )
    aligned = align(PageText(measured.ref, lines, measured.reader), MARKDOWN, model=MODEL).page
    assert [(word.text, word.box) for word in aligned.words] == [(word.text, word.box) for word in measured.words]
    assert [word.text for word in aligned.words if word.confidence is None] == list(misread)
    hocr, alto, tsv = (render(name, aligned).decode() for name in ("hocr", "alto", "tsv"))
    place = next(word.box for word in measured.words if word.text == "12.50")
    x0, y0 = round(place.x0 * measured.ref.width_px), round(place.y0 * measured.ref.height_px)
    assert re.search(rf'<span class="ocrx_word" id="\S+" title="bbox {x0} {y0} \d+ \d+">12\.50</span>', hocr)
    assert re.search(rf'<String [^>]*HPOS="{x0}[."][^>]*CONTENT="12\.50"|CONTENT="12\.50"[^>]*HPOS="{x0}[."]', alto)
    assert "\t12.50\t" in tsv
    assert not any(wrong in text for wrong in misread.values() for text in (hocr, alto, tsv))
    with pdfium.PdfDocument(render("pdf", aligned, picture=(tmp_path / "a.png").read_bytes())) as document:
        width, height = document[0].get_size()
        text = document[0].get_textpage()
        assert text.get_text_range().split() == " ".join(PRINTED).split()
        sides = (place.x0 * width, (1 - place.y1) * height, place.x1 * width, (1 - place.y0) * height)
        assert text.get_text_bounded(*sides).strip() == "12.50"


@unhurried
@given(st.integers(0, 10**6), st.integers(1, 120), st.sampled_from([0, 90, 180, 270]))
def test_a_page_and_its_own_text(seed: int, count: int, rotation: int) -> None:
    """A page aligned with its own text stays as it is: every word, its box, its confidence, its line."""
    measured = _measured(_rows(_words(Random(seed), count)), rotation=rotation)
    aligned = align(measured, measured.text, model=MODEL)
    assert (aligned.unplaced, aligned.unread) == (0, 0)
    assert aligned.page.lines == measured.lines
    assert aligned.page.rotation == rotation


@unhurried
@given(st.lists(st.text("合計金額東京都日本語、。のをは12ab", min_size=1, max_size=5), min_size=1, max_size=40))
def test_chinese_and_japanese_and_their_own_text(words: list[str]) -> None:
    """Where no spaces part the words, the measured words part the model's text: each keeps its own box."""
    measured = _measured(_rows(words))
    aligned = align(measured, measured.text, model=MODEL)
    assert (aligned.unplaced, aligned.unread) == (0, 0)
    assert "".join(word.text for word in aligned.page.words) == "".join(words)
    assert [word.box for word in aligned.page.words] == [word.box for word in measured.words]


@pytest.mark.parametrize("seed", range(6))
def test_one_character_in_ten_misread(seed: int) -> None:
    """At least 97 of 100 words keep their place where one of ten characters was misread, lost or doubled."""
    truth = _measured(_rows(_words(Random(seed), 400)))
    found = align(_with_noise(truth, seed), truth.text, model=MODEL).page
    assert _right(found, truth) >= 0.97 * len(truth.words)


@pytest.mark.parametrize("seed", range(6))
def test_invented_sentences_have_no_place(seed: int) -> None:
    """Sentences that are not on the page are counted and placed nowhere; all other words keep their places."""
    dice = Random(seed)
    measured = _measured(_rows(_words(dice, 120)))
    rows = measured.text.split("\n")
    for at in (15, 8, 3, 0):
        rows.insert(at, " ".join(dice.choices(["QQWX", "ZZKJV", "XXQQZ", "JJKWZ", "VVQXW"], k=7)))
    aligned = align(measured, "\n".join(rows), model=MODEL)
    assert aligned.page.lines == measured.lines
    assert (aligned.unplaced, aligned.unread) == (28, 0)
    assert "QQWX" in aligned.page.text


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_columns_in_another_order(seed: int, noise: float) -> None:
    """Parts of the page that the model reads in another order keep their places, and stand in the model's order."""
    dice = Random(seed)
    rows = _rows(_words(dice, 240))
    truth = _measured(rows, blocks=[n // 6 for n in range(len(rows))])
    order = dice.sample(range(5), 5)
    found = align(
        _with_noise(truth, seed, noise), "\n\n".join("\n".join(rows[6 * n : 6 * n + 6]) for n in order), model=MODEL
    ).page
    assert _right(found, truth) >= (0.97 if noise else 1) * len(truth.words)
    if not noise:
        assert [line.text for line in found.lines] == [rows[6 * n + m] for n in order for m in range(6)]
        assert [line.block for line in found.lines] == [n // 6 for n in range(len(rows))]


@pytest.mark.parametrize("seed", range(8))
def test_the_text_of_another_page(seed: int) -> None:
    """Of a text that is not that of the page, few words have a place, and none of them a word unlike its own."""
    measured = _measured(_rows(_words(Random(seed), 300)))
    aligned = align(measured, " ".join(_words(Random(seed + 100), 300)), model=MODEL)
    assert aligned.unplaced >= 0.8 * 300
    assert aligned.unplaced + len(aligned.page.words) >= 300


def test_a_part_that_stands_elsewhere() -> None:
    """A single misread or glued word that the model reads in another order is found where it stands."""
    measured = _measured([*_rows(_words(Random(3), 40)), "RSTRNONE", *_rows(_words(Random(4), 40)), "Cardh0lder"])
    rows = measured.text.split("\n")
    transcript = "\n".join(["Cardholder", *rows[:5], *rows[6:11], "RSTR NONE"])
    aligned = align(measured, transcript, model=MODEL)
    assert (aligned.unplaced, aligned.unread) == (0, 0)
    assert [line.text for line in aligned.page.lines][::11] == ["Cardholder", "RSTR NONE"]
    assert aligned.page.lines[0].box == measured.lines[-1].box


def test_what_might_be_in_two_places() -> None:
    """A misread word that is as like one place as another, out of order, is placed at neither."""
    rows = _rows(_words(Random(5), 40))
    measured = _measured([*rows, "Cardh0xder", *_rows(_words(Random(6), 40)), "Cardh0yder"])
    aligned = align(measured, "\n".join(["Cardholder", *rows, *measured.text.split("\n")[6:11]]), model=MODEL)
    assert (aligned.unplaced, aligned.unread) == (1, 2)


def test_a_model_that_repeats_itself() -> None:
    """Of what a model says over and over, so much has a place as is printed, and the rest is counted."""
    measured = _measured(_rows(_words(Random(7), 80)))
    aligned = align(measured, measured.text + "\n" + "again and " * 3000, model=MODEL)
    assert aligned.page.lines == measured.lines
    assert aligned.unplaced == 6000


def test_rows_that_the_model_reads_as_columns() -> None:
    """A measured line that crosses two columns is parted where the model goes on in the other order."""
    measured = _measured(["alpha bravo charlie november oscar", "delta echo foxtrot papa quebec"])
    lines = _placed(measured, "alpha bravo charlie delta echo foxtrot\n\nnovember oscar papa quebec")
    assert [" ".join(word for word, *_ in line) for line in lines] == [
        "alpha bravo charlie",
        "delta echo foxtrot",
        "november oscar",
        "papa quebec",
    ]


def test_split_and_glued_words() -> None:
    """A word that OCR split gets the box around its parts; of words that it glued, each gets its part by characters."""
    measured = _measured(["in vo ice total:12.50 EUR", "T O T A L 9.00"])
    assert _placed(measured, "invoice total: 12.50 EUR\nTOTAL 9.00") == [
        [("invoice", 10.0, 17.2), ("total:", 18.0, 22.8), ("12.50", 22.8, 26.8), ("EUR", 27.6, 30.0)],
        [("TOTAL", 10.0, 17.2), ("9.00", 18.0, 21.2)],
    ]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_glued_words_on_a_turned_page(rotation: int) -> None:
    """On a page that lies on its side a glued word is parted along its text."""
    found = align(_measured(["glued:here"], rotation=rotation), "glued: here", model=MODEL).page
    sides = [[round(turn(word.box, rotation).x0, 3), round(turn(word.box, rotation).x1, 3)] for word in found.words]
    assert sides == [[0.1, 0.148], [0.148, 0.18]]


def test_right_to_left() -> None:
    """Hebrew words stay in reading order; of glued ones the first is the right part of the box."""
    first, second = "שלום", "עולמי"
    measured = page([("טקסט", 0.6, 0.1, 0.7, 0.12), (first + second, 0.41, 0.1, 0.5, 0.12)])
    assert _placed(measured, f"טקסט {first} {second}") == [
        [("טקסט", 60.0, 70.0), (first, 46.0, 50.0), (second, 41.0, 46.0)]
    ]


def test_a_word_broken_at_the_end_of_a_line() -> None:
    """A word that the model made whole stands in both lines as it is printed, hyphen and all, and is in no box over both."""
    measured = _measured(["the long trans-", "lation of it"])
    assert _placed(measured, "the long translation of it") == _placed(measured, measured.text)


def test_marks_of_chinese_text_that_ocr_missed() -> None:
    """What OCR missed inside a measured word belongs to it; what it missed beside is counted and has no place."""
    measured = _measured(["合計額 東京"])
    aligned = align(measured, "合計金額、東京都港区", model=MODEL)
    assert [word.text for word in aligned.page.words] == ["合計金額、", "東京"]
    assert [word.box for word in aligned.page.words] == [word.box for word in measured.words]
    assert aligned.unplaced == 1


def test_short_words_are_known_by_their_neighbours() -> None:
    """A single sign that OCR took for something else keeps its place between its neighbours."""
    assert _placed(_measured(["quantity 7 pieces"]), "quantity 1 pieces") == [
        [("quantity", 10.0, 16.4), ("1", 17.2, 18.0), ("pieces", 18.8, 23.6)]
    ]


@pytest.mark.parametrize("transcript", ["", " \n", "<!-- nothing to read -->", "![a dog](dog.png)"])
def test_a_model_that_read_nothing(transcript: str) -> None:
    """Nothing is placed, all measured words are unread, and the page's text is what the model wrote."""
    aligned = align(_measured(["two words"]), transcript, model=MODEL)
    assert (aligned.page.lines, aligned.unplaced, aligned.unread) == ((), 0, 2)
    assert aligned.page.text == transcript


def test_a_page_without_measured_words() -> None:
    """All of the model's words are unplaced; what the page says of itself is kept."""
    empty = PageText(page().ref, (), "tesseract", 90, blank=True)
    aligned = align(empty, "three words here", model=MODEL)
    assert (aligned.page.lines, aligned.unplaced, aligned.unread) == ((), 3, 0)
    assert (aligned.page.rotation, aligned.page.blank) == (90, True)


@unhurried
@given(
    st.lists(st.lists(st.text("abeo1 0合計。-:", min_size=1, max_size=6), max_size=6), max_size=6),
    st.lists(st.text("abeo1 0合計。-:|*#<>\n", max_size=6), max_size=30),
)
def test_nothing_is_invented(lines: list[list[str]], said: list[str]) -> None:
    """Whatever was measured and said: boxes lie within the line's words, texts are the model's, counts add up."""
    measured = _measured([" ".join(line) for line in lines])
    transcript = " ".join(said)
    aligned = align(measured, transcript, model=MODEL)
    wanted = re.sub(r"[\s-]", "", "".join(printed_words(transcript)))
    letters = iter(wanted)
    assert all(char in letters for word in aligned.page.words for char in word.text if char != "-")
    measured_lines = [line.box for line in measured.lines if line.words]
    for line in aligned.page.lines:
        assert any(overlap(line.box, box) >= area(line.box) - 1e-9 for box in measured_lines)
    assert 0 <= aligned.unread <= len(measured.words)
    assert bool(aligned.page.words) == (aligned.unread < len(measured.words))


@pytest.mark.parametrize(
    ("transcript", "words"),
    [
        ("plain text, as is", "plain text, as is"),
        ("## A *b* **c**d `e` ~f~", "A b cd e ~f~"),
        ("3) three\n4) four\n\n- dot", "3) three 4) four dot"),
        ("| a | b\\|c |\n|---|---|\n| 1 | |", "a b|c 1"),
        ("<table><tr><td>A<br>B</td><td>H<sub>2</sub>O &amp; C</td></tr></table>", "A B H2O & C"),
        ("```markdown\n# T\n**b**\n```", "T b"),
        ("$x_{1} * y_{2} * z$ cost $5.00 or *$6.00*", "$x_{1} * y_{2} * z$ cost $5.00 or $6.00"),
        (r"\(a_*b*\) and \[c*d*\]", r"\(a_*b*\) and \[c*d*\]"),
        ("a < b, 5 <6 and a_b_c", "a < b, 5 <6 and a_b_c"),
        ("    indented\n[1]: http://a.b", "indented [1]: http://a.b"),
        ("[text](http://a.b) <!-- no --> ![no](x.png)", "text"),
        ("<script>never **ended**\n\nrest", "never **ended** rest"),
        ("<![foo[ x", "<![foo[ x"),
        ("", ""),
    ],
)
def test_words_of_a_transcript(transcript: str, words: str) -> None:
    """Marks of Markdown and HTML are no words; numbers of lists, formulas and mere signs are."""
    assert printed_words(transcript) == words.split()


@unhurried
@given(st.lists(st.sampled_from([*"<>![]-/?&#1;$\\|*`_~()\n a", "script", "table", "td", "<!--", "```"])).map("".join))
def test_any_transcript_can_be_read(transcript: str) -> None:
    """No text stops the reading of it, however broken its marks are."""
    assert all(word and not re.search(r"\s", word) for word in printed_words(transcript))
