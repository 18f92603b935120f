"""A folder with pictures, keys for all providers, and answers that are kept."""

from pathlib import Path

import pytest

from tests.batches.going import KEYS, SECRET, draw


@pytest.fixture
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory."""
    monkeypatch.delenv("VEXTRACT_CACHE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(workdir.parent / "state"))
    monkeypatch.setenv("VEXTRACT_JOBS", "1")  # each process takes its time to start
    for name in KEYS:
        monkeypatch.setenv(name, SECRET)
    draw(workdir)
    return workdir
