"""`--estimate`: what a run would take, with nothing sent."""

import json
from pathlib import Path

import pytest

from tests.killing import draw_pictures
from tests.models.emulator import Emulator
from tests.running import KEY, vextract

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(autouse=True)
def _work(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key, and a store that is used."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("VEXTRACT_CACHE", "use")
    draw_pictures(workdir / "in", 30)


def caption(emulator: Emulator, *more: object) -> tuple[str, ...]:
    """Captions the pictures."""
    return ("caption", *map(str, more), "-m", "openai:gpt-4o", "--base-url", f"{emulator.url}/v1", "-j", "1")


def test_nothing_is_sent_and_all_pages_are_counted() -> None:
    """More documents than are looked at closely count in full; what no answer has told is null."""
    with Emulator("a colour") as emulator:
        told = vextract(*caption(emulator, "in/", SAMPLES / "invoice_scan.pdf"), "--estimate").data
        assert not emulator.requests
    assert (told["documents"], told["pages"], told["sampled_pages"]) == (31, 32, 20)
    assert told["requests"] == 32
    assert told["input_tokens"] > 0
    assert told["input_cost_usd"] > 0
    assert (told["output_tokens"], told["cost_usd"], told["seconds"]) == (None, None, None)


def test_earlier_answers_tell_what_answers_take() -> None:
    """Once some questions were answered, tokens, dollars and time of answers are known, and kept answers cost nothing."""
    with Emulator("a colour") as emulator:
        assert vextract(*caption(emulator, *[f"in/{n:06}.png" for n in range(4)])).code == 0
        told = vextract(*caption(emulator, "in/"), "--estimate").data
        assert len(emulator.requests) == 4
    assert told["stored"] == 4
    assert told["answers_known"] == 4
    assert told["requests"] == 24  # 16 of the 20 that are looked at closely, of 30
    assert told["output_tokens"] == 24 * 32
    assert told["cost_usd"] > told["input_cost_usd"] > 0
    assert told["seconds"] > 0


def test_unknown_prices_are_unknown() -> None:
    """A model without a price has pages, requests and tokens, and no dollars."""
    told = vextract("caption", "in/000001.png", "-m", "ollama:qwen2.5vl:7b", "--estimate").data
    assert told["requests"] == 1
    assert told["cost_usd"] is None
    assert told["input_cost_usd"] is None


def test_what_cannot_be_read_is_told() -> None:
    """A damaged file counts as one that cannot be read."""
    Path("in/broken.png").write_bytes(b"\x89PNG no more")
    told = vextract("caption", "in/broken.png", "in/000001.png", "-m", "openai:gpt-4o", "--estimate").data
    assert (told["documents"], told["unreadable"], told["pages"]) == (2, 1, 1)


def test_readers_cost_nothing() -> None:
    """Without a model there is nothing to estimate, which is said."""
    done = vextract("ocr", "in/000001.png", "--estimate")
    assert done.code == 2
    assert json.dumps(done.out.decode()) == '""'
