"""A field that is added to a schema costs that field; what is known of the others stays."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.models.emulator import Emulator, Received
from tests.running import KEY, gpt, vextract

RECEIPT = Path(__file__).parents[2] / "samples" / "receipt.png"
VALUES = {"merchant": "CORNER STORE", "total": 93.32, "date": "2026-03-14", "cash": 100.0}


@pytest.fixture(autouse=True)
def _work(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key, and a store that is used."""
    del workdir
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("VEXTRACT_CACHE", "use")


def asked_for(received: Received) -> list[str]:
    """The properties of the schema that came with a request."""
    return list(received.body["response_format"]["json_schema"]["schema"]["properties"])


def reply(received: Received) -> str:
    """The values of what is asked for."""
    return json.dumps({name: VALUES[name] for name in asked_for(received)})


def extracted(emulator: Emulator, schema: str, *more: str) -> Any:
    """The record."""
    done = vextract("extract", RECEIPT, "-s", schema, "-f", "json", "--fast", *gpt(emulator), *more)
    assert done.code == 0, done.err
    return done.data


def test_only_the_new_field_is_asked_for() -> None:
    """With a field more the model is asked for that field alone, and the record has all of them, each with its place."""
    with Emulator(reply) as emulator:
        extracted(emulator, "merchant, total float")
        record = extracted(emulator, "merchant, total float, cash float")
        assert [asked_for(received) for received in emulator.requests] == [["merchant", "total"], ["cash"]]
    assert record["data"] == {"merchant": "CORNER STORE", "total": 93.32, "cash": 100.0}
    assert {evidence["pointer"] for evidence in record["evidence"]} == {"/merchant", "/total", "/cash"}
    assert len(record["requests"]) == 1


def test_fields_that_are_known_are_not_asked_for() -> None:
    """Fewer fields, or the same in other company, are answered without a request; --refresh asks all the same."""
    with Emulator(reply) as emulator:
        extracted(emulator, "merchant, total float, cash float")
        assert extracted(emulator, "cash float, merchant")["data"] == {"cash": 100.0, "merchant": "CORNER STORE"}
        assert len(emulator.requests) == 1
        extracted(emulator, "cash float, merchant", "--refresh")
        assert len(emulator.requests) == 2


def test_fields_that_cannot_be_kept_cost_no_answer() -> None:
    """An answer that is paid for and kept is used, also where there is no more room to note its fields one by one."""
    with Emulator(reply) as emulator:
        extracted(emulator, "merchant, total float", "--store", "store.sqlite")
        with closing(sqlite3.connect("store.sqlite")) as store:
            store.execute("CREATE TRIGGER full BEFORE INSERT ON fields BEGIN SELECT RAISE(FAIL, 'full'); END")
        record = extracted(emulator, "date, cash float", "--store", "store.sqlite")
    assert record["data"] == {"date": "2026-03-14", "cash": 100.0}


def test_a_field_that_changed_is_another_field() -> None:
    """Another type, a description, another prompt: what was answered then is no answer now."""
    with Emulator(reply) as emulator:
        extracted(emulator, "merchant, total float")
        extracted(emulator, 'merchant, total float "with tips"')
        Path("prompt.txt").write_text("Read carefully.", "utf-8")
        extracted(emulator, "merchant, total float", "--prompt-file", "prompt.txt")
        wanted = [["merchant", "total"], ["total"], ["merchant", "total"]]
        assert [asked_for(received) for received in emulator.requests] == wanted


def test_what_does_not_fit_together_is_asked_for_as_a_whole() -> None:
    """Where known values and new ones do not validate together, the whole is asked for."""
    schema = Path("money.py")
    schema.write_text(
        "from pydantic import BaseModel, model_validator\n\n\nclass Money(BaseModel):\n    total: float\n    cash: float\n\n"
        "    @model_validator(mode='after')\n    def enough(self) -> 'Money':\n        if self.cash < self.total:\n"
        "            raise ValueError('not enough')\n        return self\n",
        "utf-8",
    )
    answers = iter(
        ['{"total": 93.32}', '{"cash": 1.0}', '{"total": 93.32, "cash": 1.0}', '{"total": 93.32, "cash": 100.0}']
    )
    with Emulator(lambda _: next(answers)) as emulator:
        Path("total.py").write_text(
            "from pydantic import BaseModel\n\n\nclass Money(BaseModel):\n    total: float\n    tip: float | None = None\n"
        )
        extracted(emulator, "total.py:Money")
        record = extracted(emulator, "money.py:Money")
        assert asked_for(emulator.requests[-1]) == ["total", "cash"]
    assert record["data"] == {"total": 93.32, "cash": 100.0}
