"""Which item of one list belongs to which of another, whatever their order."""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

__all__ = ["align"]

# Far below any difference that means something; it makes equally alike items keep their order.
_TIE = 1e-6


def align(
    wanted: Sequence[object], got: Sequence[object], likeness: Callable[[object, object], float]
) -> list[tuple[int | None, int | None]]:
    """Pairs of indices such that the likeness of all pairs together is highest, in the order of `wanted`.

    What is left over on the longer side comes as (index, None) or, last, as (None, index). Identical items are paired first:
    it is quick, and an exact answer is never given away for two half ones.
    """
    partner = _identical(wanted, got)
    taken = set(partner.values())
    rows = [i for i in range(len(wanted)) if i not in partner]
    columns = [j for j in range(len(got)) if j not in taken]
    partner.update(_assigned(rows, columns, lambda i, j: likeness(wanted[i], got[j])))
    left = sorted(set(range(len(got))) - set(partner.values()))
    return [(i, partner.get(i)) for i in range(len(wanted))] + [(None, j) for j in left]


def _identical(wanted: Sequence[object], got: Sequence[object]) -> dict[int, int]:
    where: dict[str, deque[int]] = defaultdict(deque)
    for j, item in enumerate(got):
        where[_key(item)].append(j)
    found = {}
    for i, item in enumerate(wanted):
        if same := where.get(_key(item)):
            found[i] = same.popleft()
    return found


def _key(item: object) -> str:
    return json.dumps(item, sort_keys=True)


def _assigned(rows: list[int], columns: list[int], likeness: Callable[[int, int], float]) -> dict[int, int]:
    """The Hungarian method on what is left."""
    if not rows or not columns:
        return {}
    if len(rows) == len(columns) == 1:
        return {rows[0]: columns[0]}
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    total = len(rows) + len(columns)
    gain = np.array([[likeness(i, j) - _TIE * abs(i - j) / total for j in columns] for i in rows])
    chosen_rows, chosen_columns = linear_sum_assignment(gain, maximize=True)
    return {rows[r]: columns[c] for r, c in zip(chosen_rows, chosen_columns, strict=True)}
