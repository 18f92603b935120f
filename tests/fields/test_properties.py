"""Whatever stands on a page: no crash, and nothing that the page does not carry."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.renderers.pages import boxes, texts, unhurried
from vextract.fields.extraction import extract_fields
from vextract.grounding import leaves
from vextract.schema import load_schema, ready_made
from vextract.types import Box, Line, PageRef, PageText, Word

LABELS = [
    "Total",
    "Invoice",
    "no.",
    "Date",
    "Bill",
    "to:",
    "Description",
    "Qty",
    "Price",
    "Amount",
    "IBAN",
    "VAT",
    "Type:",
]
VALUES = [
    "119.00",
    "1.234,56",
    "12",
    "03.04.2018",
    "16:42",
    "€",
    "GmbH",
    "ACME",
    "mail@example.com",
    "²",
    "١٢",
    "DE136695976",
]
SCHEMAS = [
    *ready_made(),
    "items[]: name, qty int, price? float; total float",
    "a, b[], c {d, e? date}",
    "[]: name, qty int",
]


@st.composite
def rows(draw: st.DrawFn) -> PageText:
    """Labels, values and any texts in rows, some with odd boxes."""
    word = st.sampled_from(LABELS) | st.sampled_from(VALUES) | texts
    lines = []
    for y in range(draw(st.integers(0, 8))):
        x, words = 0.02, []
        for text in draw(st.lists(word, max_size=6)):
            width = min(0.012 * len(text), 0.3)
            box = (
                draw(boxes())
                if draw(st.integers(0, 20)) == 0
                else Box(min(x, 0.99), 0.05 * y, min(x + width, 1), 0.05 * y + 0.02)
            )
            words.append(Word(text, box, draw(st.none() | st.floats(0, 1))))
            x += width + draw(st.sampled_from([0.006, 0.05, 0.2]))
        lines.append(Line(tuple(words), y))
    return PageText(PageRef("made up", draw(st.integers(1, 3)), 1000, 1400), tuple(lines), "tesseract")


@unhurried
@given(st.lists(rows(), max_size=2), st.sampled_from(SCHEMAS))
def test_values_come_from_the_page(drawn: list[PageText], name: str) -> None:
    """Each value has one evidence whose pointer resolves, with a box on the page and a quote of its words; all else has none."""
    pages = [PageText(PageRef("made up", n, 1000, 1400), p.lines, p.reader) for n, p in enumerate(drawn, 1)]
    schema = load_schema(name)
    data, evidence = extract_fields(schema, pages)
    found: dict[str, Any] = {pointer: value for pointer, value, _ in leaves(data) if value is not None}
    assert sorted(e.pointer for e in evidence) == sorted(found)
    for each in evidence:
        words = {word.text for page in pages if page.ref.number == each.page for word in page.words}
        assert each.box is not None
        assert each.quote is not None
        assert 0 <= each.box.x0 <= each.box.x1 <= 1
        assert 0 <= each.box.y0 <= each.box.y1 <= 1
        assert each.confidence is not None
        assert 0 <= each.confidence <= 1
        assert _made_of(each.quote, words)
    schema.validate(data)


def _made_of(quote: str, words: set[str]) -> bool:
    """Whether the quote is made of words of the page, parted by blanks."""
    rest = {0}
    for end in range(1, len(quote) + 1):
        if any(quote[max(0, end - len(w)) : end] == w and (end - len(w) in rest) for w in words if w):
            rest.add(end)
            if quote[end : end + 1] == " ":
                rest.add(end + 1)
    return len(quote) in rest
