"""Runs that are killed without warning, and gone on with."""

from pathlib import Path

from tests.killing import draw_pictures, killed_runs


def test_nothing_is_lost_doubled_or_paid_twice(tmp_path: Path) -> None:
    """Killed ten times at random moments, a run has one record for each input, in order, and repeats no answered request."""
    names = draw_pictures(tmp_path / "in", 150)
    came = killed_runs(tmp_path, names, 10, seed=1, delay_s=0.02)
    assert came.kills >= 5, "the command came to its end before it was killed"
    assert came.sources == names
    assert came.answers == len(names)
    assert came.requests == len(names) + came.lost
