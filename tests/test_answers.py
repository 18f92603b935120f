"""What models answer is read whole or not at all: no cut, no guess, no loss."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vextract.answers import checked_text, read_json, repeats
from vextract.errors import (
    AnswerError,
    EmptyAnswer,
    LoopingAnswer,
    ProtocolError,
    RefusedAnswer,
    TruncatedAnswer,
    UnreadableAnswer,
)
from vextract.requests import Finish, Response

_RECEIPT = '{"shop": "Bäckerei {Nord}", "items": [{"name": "6\\" pan", "price": 12.5}, {"name": "[x]", "price": 3}], "paid": true}'

READ: list[tuple[str, object, tuple[str, ...]]] = [
    ('{"total": 12.50}', {"total": 12.5}, ()),
    (" \n[1, -2, 3e2]\n", [1, -2, 300.0], ()),
    ('\ufeff{"a": "x"}', {"a": "x"}, ()),
    ('{"a": "\\ud83d\\ude00 \\"quoted\\" {[,"}', {"a": '😀 "quoted" {[,'}, ()),
    ("{}", {}, ()),
    ('```json\n{"a": 1}\n```', {"a": 1}, ("code fence",)),
    ("```\n[]\n```\n", [], ("code fence",)),
    ('```json\n{"a": 1}', {"a": 1}, ("code fence",)),
    ('Here it is:\n\n{"a": [1, 2]}\n\nAnything else?', {"a": [1, 2]}, ("text around the JSON",)),
    ('As [the footer] says, {"a": 1} holds [page two](here).', {"a": 1}, ("text around the JSON",)),
    (
        'First ```json\n{"a": 1}\n``` and again {"a":1}',
        {"a": 1},
        ("code fence", "text around the JSON", "given several times"),
    ),
    ('{"a": [1, 2,], "b": {"c": null,},}', {"a": [1, 2], "b": {"c": None}}, ("trailing comma",)),
    ("{'a': 'x', 'b': 'it\\'s \"so\"'}", {"a": "x", "b": 'it\'s "so"'}, ("single quotes", "escaped apostrophes")),
    ('{"a": True, "b": None, "c": [False]}', {"a": True, "b": None, "c": [False]}, ("Python literals",)),
    ('{a: 1, unit_price: "2"}', {"a": 1, "unit_price": "2"}, ("unquoted keys",)),
    ('{"a": 1, // net\n "b": /* gross */ 2}\n', {"a": 1, "b": 2}, ("comments",)),
    ('{"a": 1, # net\n "b": 2}\n', {"a": 1, "b": 2}, ("comments",)),
    ('{"a": "one\ntwo\n"}', {"a": "one\ntwo\n"}, ("line breaks in strings",)),
    ('{"a": "one\\n",}', {"a": "one\n"}, ("trailing comma",)),
    ('{"a": 1\n "b": [{"c": 2} {"c": 3}]}', {"a": 1, "b": [{"c": 2}, {"c": 3}]}, ("missing comma",)),
    ('"a": 1, "b": [{"c": 2}]}', {"a": 1, "b": [{"c": 2}]}, ("missing opening brace",)),
    (
        'Voilà :\n```json\n  "a": [\n    {"b": 1}\n  ]\n}\n```',
        {"a": [{"b": 1}]},
        ("code fence", "text around the JSON", "missing opening brace"),
    ),
    ('{"a": {"b": 1, "b": 1}}', {"a": {"b": 1}}, ("repeated key",)),
    (
        '{"a": "https://x.org/#y", "b": "/* no */",}',
        {"a": "https://x.org/#y", "b": "/* no */"},
        ("trailing comma",),
    ),
    ("[[{} ], [ ], {},]", [[{}], [], {}], ("trailing comma",)),
]

UNREADABLE = [
    "I cannot see any total.",
    "12",
    '"12"',
    "true",
    "[a, b]",
    "[1, 2, ...]",
    '{"items": [{"a": 1}, …]}',
    '{"items": [1, 2 /* and 30 more */]}',
    '{"items": [1, 2, // rest omitted\n]}',
    "[1,,2]",
    "[,1]",
    '{"a": , "b": 2}',
    '{"a":}',
    '{"a" 1}',
    '{"a": 1_000}',
    '{"a": 007}',
    '{"a": +1}',
    '{"a": 1 000}',
    '{"a": 1/3}',
    '{"a": 12kg}',
    '{"a": NaN}',
    '{"a": 1e999}',
    '{"a": 1e999,}',
    '{"a": undefined}',
    '{"a": Acme}',
    '{"a": "so "called" name"}',
    '{"a": "x\\q"}',
    '{"a": "\\ud800"}',
    '["a" "b"]',
    "{'a', 'b'}",
    '{"a": (1, 2)}',
    '{"a": [1, 2}, "b": 3}',
    '{"a": 1}}',
    '{"a": 1}, "b": 2}',
    '{"a": 1} {"a": 2}',
    '{"a": 1} {"a": 1.0}',
    '[1] {"a": 1}',
    '```json\n{"a": 1}\n```\n```json\n{"a": 2}\n```',
    '{"a": 1, "a": 2}',
    '{"a": 1, "a": true}',
    "{'a': 1, 'a': 2}",
    '{"a": {"b": 1, "c": 2, "b": 3}, "d": 1}',
    '{"a": 1}, {"a": 1}',
    "[" * 150 + "]" * 150,
    "[1\u00a0, 2]",
    'The rest is "b": {"a": 1}',
]

TRUNCATED = [
    "{",
    '{"a',
    '{"a": tr',
    '{"a": "x',
    '{"a": [1, 2',
    '{"a": [1, 2]',
    '{"a": [1, 2],',
    '[{"a": 1},',
    '[{"a": 1}, {"a"',
    '{"a": 1},',
    '{"a": 1} {"a"',
    '```json\n{"a": 1,\n```',
    '{"a": 1 /* and',
    '"a": 1, "b": {"c": 2}',
    "Sure:\n```json\n",
    "{'a': 'x",
    "[" * 50,
]


@pytest.mark.parametrize(("text", "value", "mended"), READ)
def test_what_can_be_read(text: str, value: object, mended: tuple[str, ...]) -> None:
    """JSON is read as it stands; what is around it and small slips are mended, and it is said which."""
    parsed = read_json(text)
    assert json.dumps(parsed.value) == json.dumps(value)
    assert parsed.mended == mended


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read(text: str) -> None:
    """What would have to be guessed, completed or dropped is no answer."""
    with pytest.raises(UnreadableAnswer) as caught:
        read_json(text)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", TRUNCATED)
def test_what_is_cut_off(text: str) -> None:
    """An answer that ends inside of its JSON is told from one that is no JSON."""
    with pytest.raises(TruncatedAnswer):
        read_json(text)


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n"])
def test_nothing_is_no_answer(text: str) -> None:
    """White space is an EmptyAnswer."""
    with pytest.raises(EmptyAnswer):
        read_json(text)


@pytest.mark.parametrize(
    "text",
    [
        *(text for text, _, _ in READ),
        _RECEIPT,
        f"```json\n{_RECEIPT}\n```",
        f"The receipt says:\n{_RECEIPT}\nThat is all.",
        json.dumps([{"n": n, "text": "]}{[,:'" * n} for n in range(6)], indent=1),
        json.dumps({"a": {"b": [{"c": [[1, [2, 30]], {}, [], ""]}]}, "d": "```json {} ```"}),
    ],
)
def test_no_cut_is_taken_for_the_whole(text: str) -> None:
    """Cut at any character, an answer is refused, or its value is that of the whole answer."""
    whole = json.dumps(read_json(text).value)
    for end in range(len(text)):
        try:
            parsed = read_json(text[:end])
        except AnswerError:
            continue
        assert json.dumps(parsed.value) == whole, text[:end]


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12)
)
_UGLY_TEXT = st.text(st.sampled_from([*"ab {}[],:'\"\\/#\n\té…."]), max_size=8)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS | _UGLY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_UGLY_TEXT | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
_ROOTS = st.lists(_VALUES, max_size=4) | st.dictionaries(_UGLY_TEXT, _VALUES, max_size=4)
_FRAMES = st.sampled_from(
    ["{}", "```json\n{}\n```", "Here:\n{}", "{}\nI hope that this helps.", "A\n```\n{}\n```\nB", " \n{} "]
)
_INDENTS = st.sampled_from([None, 0, 1, "\t"])


@settings(max_examples=300, deadline=None)
@given(_ROOTS, _INDENTS, _FRAMES, st.randoms(use_true_random=False))
def test_any_json_is_read_and_no_cut_of_it(
    value: object, indent: int | str | None, frame: str, chance: random.Random
) -> None:
    """Any JSON in any formatting, fenced or in prose, gives its value; cut anywhere, that value or an error."""
    text = frame.replace("{}", json.dumps(value, indent=indent, ensure_ascii=chance.random() < 0.5))
    assert json.dumps(read_json(text).value) == json.dumps(value)
    for end in {chance.randrange(len(text)) for _ in range(25)}:
        _refused_or(value, text[:end])


def _refused_or(value: object, text: str) -> None:
    try:
        parsed = read_json(text)
    except AnswerError:
        return
    assert json.dumps(parsed.value) == json.dumps(value), text


def _sloppy(value: object, chance: random.Random) -> str:
    """The value as a careless writer of JSON would have it."""
    comma = chance.choice(["", ",", ", "])
    if isinstance(value, dict):
        inner = [f"{_quoted(key, chance)}:{_sloppy(each, chance)}" for key, each in value.items()]
        return "{" + _joined(inner, chance) + (comma if inner else "") + "}"
    if isinstance(value, list):
        inner = [_sloppy(each, chance) for each in value]
        return "[ " + _joined(inner, chance) + (comma if inner else "") + "\n]"
    if isinstance(value, str):
        return _quoted(value, chance)
    return chance.choice(
        [json.dumps(value), repr(value) if value is None or isinstance(value, bool) else json.dumps(value)]
    )


def _joined(parts: list[str], chance: random.Random) -> str:
    return "".join(
        part + chance.choice([",", ", ", " , // a note\n", ",\n /* a, b */"]) for part in parts[:-1]
    ) + "".join(parts[-1:])


def _quoted(text: str, chance: random.Random) -> str:
    double = json.dumps(text, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.5:
        return double
    return "'" + double[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


@settings(max_examples=400, deadline=None)
@given(_ROOTS, st.randoms(use_true_random=False))
def test_mending_loses_nothing_and_makes_up_nothing(value: object, chance: random.Random) -> None:
    """Sloppily written, whole or cut anywhere, an answer gives exactly its value or an error."""
    text = _sloppy(value, chance)
    _refused_or(value, text)
    for end in {chance.randrange(len(text)) for _ in range(25)}:
        _refused_or(value, text[:end])


_SNIPPETS = st.lists(
    st.sampled_from([*"{}[]:,\"'\\/*#`.1a- \n\u00a0", "null", "```json\n", '"k":', '{"a": 1}']), max_size=40
).map("".join)


@settings(max_examples=500, deadline=None)
@given(_SNIPPETS)
@example("{")
@example("[\x0c]")
@example('\u00a0{"a": 1}')
@example('{"a": 1}\u2028')
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever comes, it is an AnswerError or a value; one that is not mended is what `json` reads."""
    try:
        parsed = read_json(text)
    except AnswerError:
        return
    assert isinstance(parsed.value, dict | list)
    if not parsed.mended:
        assert json.loads(text) == parsed.value


# Why it stopped


@pytest.mark.parametrize(
    ("finish", "text", "error"),
    [
        ("length", _RECEIPT, TruncatedAnswer),
        ("length", "", TruncatedAnswer),
        ("length", "total: 0." + "0" * 3000, LoopingAnswer),
        ("refusal", _RECEIPT, RefusedAnswer),
        ("error", _RECEIPT, ProtocolError),
        ("stop", " \n", EmptyAnswer),
        ("stop", "{" + "\n" * 3000, LoopingAnswer),
    ],
)
def test_an_answer_that_did_not_end_well_is_not_used(finish: Finish, text: str, error: type[Exception]) -> None:
    """Cut off, refused, failed, empty or looping: an error, however good its text looks."""
    with pytest.raises(error):
        checked_text(Response(text, finish))


def test_the_reason_of_a_refusal_is_told() -> None:
    """The provider's word is in the message, on one line, and not endless."""
    with pytest.raises(RefusedAnswer) as caught:
        checked_text(Response("", "refusal", reason="SAFETY:\n" + "harm " * 100))
    assert "SAFETY" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


def test_a_good_answer_is_given_as_it_is() -> None:
    """White space and fences are left as they were."""
    assert checked_text(Response("\n```\nx\n```\n", "stop")) == "\n```\nx\n```\n"


# Loops

_SENTENCE = "The invoice was issued by the company and is payable within thirty days. "
_ITEM = '{"description": "Widget", "quantity": 1, "price": 2.5}, '


@pytest.mark.parametrize(
    "text",
    [
        "Total: 5" + "\n" * 400,
        '{"a": 1,' + " \n\t" * 200,
        "0.5" + "0" * 300,
        "0." + "142857" * 60,
        "Intro. " + _SENTENCE * 50,
        "Intro. " + _SENTENCE * 50 + _SENTENCE[:31],
        '{"items": [' + _ITEM * 60,
        '{"items": [' + _ITEM * 60 + '{"descr',
        "合計金額は次のとおりです。" * 60,
        "| 0 | 0 |\n" * 2000,
        "A" * 5000,
        "ha " * 500,
    ],
)
def test_a_loop_is_noticed(text: str) -> None:
    """White space, digits, words, items or rows without end are a loop, wherever in the piece the text stops."""
    assert repeats(text)


def _table(rows: int, row: Callable[[int], str]) -> str:
    return "| a | b |\n|---|---|\n" + "".join(row(number) for number in range(rows))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        _RECEIPT,
        _table(120, lambda _: "| 0 | 0 |\n"),
        _table(300, lambda number: f"| {number} | 0.00 |\n"),
        _table(30, lambda _: "| n/a | none |\n"),
        "Chapter 1 " + "." * 200,
        "_" * 300,
        "-" * 120 + "\n" + "=" * 120,
        "|" + "---|" * 60,
        "Jane Doe\n12 Elm Street\nSpringfield\n\n" * 30,
        "MILK 1.20\n" * 20,
        "1,000,000,000,000",
        '[{"mask": "data:image/png;base64,iVBORw0KGgo' + "A" * 6000,
        json.dumps({"counts": [0] * 500}),
        json.dumps([{"box_2d": [10, 20, 30, 40], "label": "car"}] * 25),
        "A page with a gap" + " " * 100 + "\n\n\n",
    ],
)
def test_an_honest_text_is_no_loop(text: str) -> None:
    """Rulers, leaders, rows of equal numbers, sheets of labels, masks in base64 and trailing blanks are no loop."""
    assert not repeats(text)


def test_a_loop_inside_of_cut_json_is_called_a_loop() -> None:
    """More tokens would not help there, so it is not called truncated."""
    with pytest.raises(LoopingAnswer):
        read_json('{"items": [' + _ITEM * 200)
