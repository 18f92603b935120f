"""The task `classify`, without a model: labels, and the probabilities of the tokens that spell them."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.renderers.pages import page, unhurried
from vextract.requests import Token
from vextract.schema.problems import Problem
from vextract.tasks import Question, Reply
from vextract.tasks.classify import ClassifyOptions, ask, label_schema, read, scored

ONE = ClassifyOptions(("invoice", "label", "letter"))
ANY = ClassifyOptions(("invoice", "label", "letter"), several=True)


def question(options: ClassifyOptions) -> Question:
    """A question about one page."""
    return Question([page()], options=options)


def reply(value: object, *tokens: tuple[str, float]) -> Reply:
    """A reply, with the tokens that spelt it if they were given."""
    return Reply((1,), json.dumps(value), value, tokens=tuple(Token(text, logprob) for text, logprob in tokens))


@pytest.mark.parametrize(
    ("label", "tokens", "score"),
    [
        ("invoice", [('{"', -9), ("label", -9), ('":"', -9), ("inv", -0.5), ("oice", -0.25), ('"}', -9)], -0.75),
        ("invoice", [('{"label": "invoice"}', -2)], -2),
        ("label", [('{"label', -9), ('": "', -9), ("label", -0.5), ('"}', -9)], -0.5),
        ("letter", [("```json\n", -9), ('{"label":', -9), (' "letter', -1), ('"}', -9)], -1),
        ("letter", [('{"label": "', -9), ("letter", -math.inf), ('"}', -9)], -math.inf),
    ],
)
def test_the_score_is_that_of_the_label_alone(label: str, tokens: list[tuple[str, float]], score: float) -> None:
    """The probabilities of the tokens that spell the label are multiplied: not the key's, even if it is spelt the same."""
    answer = read(question(ONE), [reply({"label": label}, *tokens)])
    expected = dict.fromkeys(ONE.labels, None) | {label: pytest.approx(math.exp(score))}
    assert answer.data == {"labels": [label], "scores": expected}


@pytest.mark.parametrize("ascii_only", [False, True])
def test_labels_that_json_escapes(*, ascii_only: bool) -> None:
    """Quotes, backslashes and letters beyond ASCII are found as the model wrote them."""
    options = ClassifyOptions(('say "hé"\\', "other"))
    spelt = json.dumps({"label": options.labels[0]}, ensure_ascii=ascii_only)
    tokens = [(character, -0.125 if 11 <= at < len(spelt) - 2 else -9.0) for at, character in enumerate(spelt)]
    data = read(question(options), [reply({"label": options.labels[0]}, *tokens)]).data
    assert isinstance(data, dict)
    assert data["scores"][options.labels[0]] == pytest.approx(math.exp(-0.125 * (len(spelt) - 13)))


def test_unknown_probabilities_are_null() -> None:
    """Without tokens no score is made up; labels that were not chosen have none either, and all are named in the order given."""
    answer = read(question(ONE), [reply({"label": "letter"})])
    assert answer.data == {"labels": ["letter"], "scores": {"invoice": None, "label": None, "letter": None}}
    assert isinstance(answer.data, dict)
    assert [*answer.data["scores"]] == [*ONE.labels]


def test_several_labels() -> None:
    """Each label that was chosen counts once, with its own score; none at all is an answer too."""
    tokens = [('{"labels": ["', -9.0), ("letter", -0.5), ('", "', -9.0), ("invoice", -1.5), ('", "letter"]}', -9.0)]
    data = read(question(ANY), [reply({"labels": ["letter", "invoice", "letter"]}, *tokens)]).data
    assert data == {
        "labels": ["letter", "invoice"],
        "scores": {"invoice": pytest.approx(math.exp(-1.5)), "label": None, "letter": pytest.approx(math.exp(-0.5))},
    }
    nothing = read(question(ANY), [reply({"labels": []})])
    assert (nothing.data, nothing.errors) == ({"labels": [], "scores": dict.fromkeys(ANY.labels, None)}, ())


def test_an_answer_beside_the_labels() -> None:
    """What does not validate is no answer, and told with its place and a hint."""
    wrong = Reply((1,), "", {"label": "bill"}, (Problem("/label", "not one of them"),))
    answer = read(question(ONE), [wrong])
    assert answer.data is None
    assert [(e.kind, e.message, e.exit_code) for e in answer.errors] == [("validation", "/label: not one of them", 8)]
    assert all(error.hint for error in answer.errors)


@unhurried
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), min_size=1, max_size=6, unique=True))
def test_the_schema_takes_the_labels_and_nothing_else(labels: list[str]) -> None:
    """Every label validates, whatever characters it has; anything else does not."""
    one, many = (label_schema(ClassifyOptions(tuple(labels), several)) for several in (False, True))
    for label in labels:
        assert not one.validate({"label": label})[1]
    assert not many.validate({"labels": labels})[1]
    assert not many.validate({"labels": []})[1]
    assert one.validate({"label": "".join(labels) + "!"})[1]
    assert many.validate({"labels": [*labels, labels[0]]})[1]


def test_labels_are_named_in_the_question() -> None:
    """The model is told the labels and the key of its answer, and is asked for probabilities."""
    asked = ask(question(ONE), (1, 2))
    assert '"invoice", "label", "letter"' in str(asked.parts[-1])
    assert asked.logprobs
    assert asked.pages == (1, 2)


@pytest.mark.parametrize(("options", "chosen"), [(ONE, ["letter"]), (ANY, ["letter"])])
def test_zero_shot_scores(options: ClassifyOptions, chosen: list[str]) -> None:
    """With a probability for each label the best one is chosen, or all above even chance; all scores are told."""
    answer = read(question(options), [scored(options, (0.1, 0.3, 0.6))])
    assert answer.data == {"labels": chosen, "scores": {"letter": 0.6, "label": 0.3, "invoice": 0.1}}
