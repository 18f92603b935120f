"""The parts of the engine ray that need no cluster: what may be spent together, rates that are shared, and what is refused."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.drawing import draw_lines
from tests.models.asking import connection
from tests.running import vextract
from vextract.answering import Policy
from vextract.asking import Asker
from vextract.engines._ray_purse import Purse
from vextract.engines._ray_worker import Spending
from vextract.errors import BudgetReached
from vextract.meter import Meter, Tally
from vextract.sending import Keeping
from vextract.store import Store
from vextract.types import Usage


def _paid(meter: Meter, *costs: float | None) -> tuple[Purse, list[Sequence[Usage]]]:
    """A purse out of which that was paid, and what was told of it."""
    told: list[Sequence[Usage]] = []
    purse = Purse(meter, told.append)
    purse.spent(Spending(tuple(Usage(10, 5, 0, cost_usd=cost) for cost in costs), stored=1))
    return purse, told


def test_without_a_limit_there_is_always_room() -> None:
    """Nothing is counted against what has no limit."""
    purse, told = _paid(Meter(), 1.0, None)
    assert purse.room(10**6, 1, 2)
    assert (purse.meter.now.answers, purse.meter.now.stored) == (2, 1)
    assert [len(usages) for usages in told] == [2]


def test_the_first_documents_go_one_to_a_worker() -> None:
    """Before anything is known of the cost, each worker gets one document; kept answers tell nothing."""
    purse, told = _paid(Meter(max_cost_usd=1.0))
    assert [purse.room(documents, 0, 3) for documents in (0, 2, 3)] == [True, True, False]
    assert not told


def test_documents_under_way_are_reckoned_with() -> None:
    """A document is begun if it and those under way fit into the limit, each with as many answers as others had."""
    purse, _ = _paid(Meter(max_cost_usd=1.0), *[0.1] * 4)
    assert [purse.room(documents, 4, 2) for documents in (0, 5, 6)] == [True, True, False]
    assert [purse.room(documents, 2, 2) for documents in (0, 2, 3)] == [True, True, False]
    purse, _ = _paid(Meter(max_tokens=150, before=Tally(5, 0, 50, 25)), 0.1)
    assert [purse.room(documents, 1, 2) for documents in (0, 3, 4)] == [True, True, False]


def test_what_is_spent_ends_the_run() -> None:
    """With no room for one more and nothing under way the limit is reached; where a cost is not known it cannot be kept."""
    purse, _ = _paid(Meter(max_cost_usd=0.35), *[0.1] * 3)
    with pytest.raises(BudgetReached, match="--max-cost"):
        purse.room(0, 3, 2)
    with pytest.raises(BudgetReached, match="not known"):
        _paid(Meter(max_cost_usd=1.0), None)[0].room(0, 1, 2)


def test_workers_share_a_rate(tmp_path: Path) -> None:
    """Each of three workers sends at a third of the rate that is given, or was found by others; what it finds is one of three."""
    to = connection("http://127.0.0.1:9", "openai")
    store = Store(str(tmp_path / "store.sqlite"))

    def rate(**more: float) -> float | None:
        asker = Asker(to, Policy(), keeping=Keeping(store, among=3, **more))  # type: ignore[arg-type]
        try:
            pacer = asker._sender._pacer
            return pacer.rate if pacer else None
        finally:
            asker.close()

    alone = Asker(to, Policy(), keeping=Keeping(store))
    server = alone._sender._server
    alone.close()
    assert rate() is None
    assert rate(rpm=360) == pytest.approx(2, rel=0.01)
    store.runs.note_pace(server, 9.0)
    assert rate() == pytest.approx(0.95 * 3)
    assert store.runs.pace(server) == pytest.approx(9.0), "noted as all of them together"
    store.close()


@pytest.mark.usefixtures("workdir")
def test_the_package_is_named_where_it_is_missing() -> None:
    """--engine ray without Ray ends with exit 5 and says what to install; an engine that nobody knows is a usage error."""
    draw_lines(["a"], (80, 40)).save("a.png")
    assert vextract("ocr", "a.png", "--engine", "spark").code == 2
    if importlib.util.find_spec("ray") is not None:
        pytest.skip("the extra ray is installed")
    done = vextract("ocr", "a.png", "--engine", "ray")
    assert done.code == 5
    assert "vextract[ray]" in done.err
