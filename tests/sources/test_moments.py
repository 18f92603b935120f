"""Which frames are chosen, for any times."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vextract.sources.moments import every, thinned

steps = st.lists(st.floats(0.002, 7), max_size=60)


@given(steps, st.floats(0.01, 20), st.floats(0, 5))
def test_every_moment_has_its_frame(gaps: list[float], interval_s: float, last_s: float) -> None:
    """What is shown at each multiple of the interval is chosen, in order, each frame once; the first always is."""
    times = [0.0]
    for gap in gaps:
        times.append(times[-1] + gap)
    end = times[-1] + last_s
    chosen = every(times, end, interval_s)
    assert chosen[0] == 0
    assert chosen == sorted(set(chosen))
    moments = [k * interval_s for k in range(int(end / interval_s) + 1)]
    # Within a millisecond of a change either frame will do.
    clear = [m for m in moments if m < end - 0.001 and all(abs(m - time) > 0.001 for time in times)]
    shown = {max(n for n, time in enumerate(times) if time <= moment) for moment in clear}
    assert shown <= set(chosen)
    for number in chosen[1:]:
        until = times[number + 1] if number + 1 < len(times) else end
        assert any(times[number] - 0.001 <= moment <= until + 0.001 for moment in moments)


@given(st.integers(1, 500), st.integers(1, 100))
def test_thinning_is_even(count: int, most: int) -> None:
    """At most so many are left, each once, no gap more than one longer than another, the ends among them."""
    left = thinned(range(count), most)
    assert len(left) == min(count, most)
    assert left[0] == 0
    assert left[-1] == count - 1 or most == 1
    gaps = [after - before for before, after in pairwise(left)]
    assert not gaps or (min(gaps) >= 1 and max(gaps) - min(gaps) <= 1)
