"""`vextract classify` as a user runs it, against a server on this machine."""

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drawing import draw_lines
from tests.models.emulator import Received
from tests.running import KEY, Server, gpt, texts, vextract

LOGPROB = -0.25
"""Of each token of the emulator; it gives tokens of seven characters."""


def by_size(received: Received) -> str:
    """A label by the length of the picture."""
    [picture] = [part for part in received.body["messages"][-1]["content"] if part["type"] == "image_url"]
    return '{"label": "invoice"}' if len(picture["image_url"]["url"]) > 1200 else '{"label":"receipt"}'


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two pictures and a broken one; a key."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    draw_lines(["hello world, a long line"], (500, 60)).save("long.png")
    draw_lines(["x"], (40, 60)).save("short.png")
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return workdir


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that tells the two pictures apart."""
    with Server(by_size) as emulator:
        yield emulator


def test_rows_of_several_documents(server: Server) -> None:
    """Every row has the score of its own label, whichever label came first; the scores are the tokens' probabilities."""
    labels = ("--labels", "invoice, receipt,invoice")
    done = vextract("classify", "broken.png", "long.png", "short.png", *labels, *gpt(server), "-f", "csv", "-j", "1")
    assert done.code == 9
    rows = [*csv.DictReader(io.StringIO(done.out.decode()))]
    assert [(row["source"], row["labels"]) for row in rows] == [
        ("broken.png", ""),
        ("long.png", "invoice"),
        ("short.png", "receipt"),
    ]
    # '{"label' '": "inv' 'oice"}' and '{"label' '":"rece' 'ipt"}': two tokens each have letters of the label.
    assert float(rows[1]["scores.invoice"]) == pytest.approx(math.exp(2 * LOGPROB))
    assert float(rows[2]["scores.receipt"]) == pytest.approx(math.exp(2 * LOGPROB))
    assert (rows[1]["scores.receipt"], rows[2]["scores.invoice"]) == ("", "")
    assert server.requests[0].logprobs
    assert '"invoice", "receipt".' in texts(server.requests[0])


def test_text_is_the_labels_alone(server: Server) -> None:
    """One label a line; an answer beside the labels is exit 8."""
    assert vextract("classify", "long.png", "--labels", "invoice,receipt", *gpt(server)).out == b"invoice\n"
    server.reply = '{"labels": ["b", "a"]}'
    several = ("--labels", "a,b,c", "--several")
    assert vextract("classify", "long.png", *several, *gpt(server)).out == b"b\na\n"
    server.reply = '{"label": "bill"}'
    wrong = vextract("classify", "long.png", "--labels", "invoice,receipt", *gpt(server), "-f", "json")
    assert (wrong.code, wrong.data["data"], wrong.data["status"]) == (8, None, "failed")


@pytest.mark.parametrize("labels", ['say "hé"', "50%, off $labels", "a\nb", "x" * 300, "null", "]}"])
def test_labels_of_any_kind(server: Server, labels: str) -> None:
    """Quotes, newlines, dollars and brackets in labels come back as they were given."""
    first = labels.split(",", maxsplit=1)[0].strip()
    server.reply = '{"label": ' + json.dumps(first) + "}"
    done = vextract("classify", "long.png", "--labels", f"{labels},other", *gpt(server), "-f", "json", "--data")
    assert done.code == 0
    assert done.data["labels"] == [first]
    assert done.data["scores"][first] is not None


@pytest.mark.parametrize(
    "labels", [[], ["--labels", ""], ["--labels", " , ,"], ["--labels", "a,a"], ["--labels", "a,\udcff"]]
)
def test_nothing_to_choose_from(labels: list[str]) -> None:
    """Fewer than two labels that differ, or labels that are no text, are exit 2."""
    done = vextract("classify", "long.png", "-m", "openai:x", *labels)
    assert (done.code, done.out) == (2, b"")
    assert "labels" in done.err
