"""Two trees of data, walked together: each pair of leaves with what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vextract.evaluation.align import align
from vextract.evaluation.compare import Shape, kind_of, same, shape_of, text_similarity
from vextract.pointers import join
from vextract.schema.fields import FieldSpec

__all__ = ["ABSENT", "Leaf", "Outcome", "compare_trees"]

Outcome = Literal["right", "wrong", "missing", "spurious", "null"]


class _Absent:
    """Stands where there is no counterpart at all: a document without a result, an item that has no partner."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of the truth beside one of the result.

    Attributes:
        field: its name for people, the same for all items of a list: `items[].name`.
        pointer: RFC 6901, into the truth; None inside an item that the truth does not have.
        got_pointer: the same into the result's data.
        wanted: the true value, None if there is none.
        got: the result's value, None if there is none.
        outcome: "null" means that both are null.
        similarity: its term of ANLS, 0..1; None unless the truth is a text.
    """

    field: str
    pointer: str | None
    got_pointer: str | None
    wanted: object
    got: object
    outcome: Outcome
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    field: str
    pointer: str | None
    got_pointer: str | None
    spec: FieldSpec | None

    def member(self, key: str) -> "_Place":
        step = join((key,))
        is_map = self.spec is not None and self.spec.kind == "map"
        inside = (self.spec.item if is_map else self.spec.member(key)) if self.spec else None
        name = "*" if is_map else key
        return _Place(
            f"{self.field}.{name}" if self.field else name,
            _add(self.pointer, step),
            _add(self.got_pointer, step),
            inside,
        )

    def item(self, i: int | None, j: int | None) -> "_Place":
        return _Place(
            f"{self.field}[]",
            None if i is None else _add(self.pointer, f"/{i}"),
            None if j is None else _add(self.got_pointer, f"/{j}"),
            self.spec.item if self.spec and self.spec.kind == "list" else None,
        )


def compare_trees(wanted: object, got: object, spec: FieldSpec | None = None) -> Iterator[Leaf]:
    """The leaves of both trees, side by side; items of lists are aligned first.

    Args:
        wanted: the truth.
        got: the result; ABSENT if there is none, so that its nulls earn nothing.
        spec: how the schema describes the whole, if there is one.
    """
    yield from _walk(wanted, got, _Place("", "", "", spec))


def _walk(wanted: object, got: object, at: _Place) -> Iterator[Leaf]:
    shapes = _shape(wanted), _shape(got)
    match shapes:
        case ("object", "object" | "null") | ("null", "object"):
            yield from _walk_object(wanted, got, at)
        case ("list", "list" | "null") | ("null", "list"):
            yield from _walk_list(wanted, got, at)
        case ("scalar", _) | ("null", "scalar"):
            yield _leaf(wanted if shapes[0] == "scalar" else None, got if shapes[1] != "null" else None, at)
        case ("null", "null"):
            if ABSENT not in (wanted, got):
                yield _null_leaf(wanted, got, at)
        case _:
            # A list or an object was wanted and something of another shape came: nothing of it is there, all that came is too much.
            yield from _walk(wanted, ABSENT, at)
            yield from _walk(ABSENT, got, at)


def _walk_object(wanted: object, got: object, at: _Place) -> Iterator[Leaf]:
    keys = [*(wanted if isinstance(wanted, dict) else ()), *(got if isinstance(got, dict) else ())]
    for key in dict.fromkeys(keys):
        yield from _walk(_member(wanted, key), _member(got, key), at.member(key))


def _walk_list(wanted: object, got: object, at: _Place) -> Iterator[Leaf]:
    true_items = wanted if isinstance(wanted, list) else []
    items = got if isinstance(got, list) else []
    place = at.item(0, 0)
    for i, j in align(true_items, items, lambda a, b: sum(map(_likeness, _walk(a, b, place)))):
        one = ABSENT if i is None else true_items[i]
        other = ABSENT if j is None else items[j]
        yield from _walk(one, other, at.item(i, j))


def _leaf(wanted: object, got: object, at: _Place) -> Leaf:
    if wanted is None:
        return Leaf(at.field, at.pointer, at.got_pointer, None, got, "spurious")
    kind = kind_of(wanted, at.spec)
    is_text = kind in ("text", "code", "choice")
    if got is None:
        return Leaf(at.field, at.pointer, at.got_pointer, wanted, None, "missing", 0.0 if is_text else None)
    if same(wanted, got, kind):
        return Leaf(at.field, at.pointer, at.got_pointer, wanted, got, "right", 1.0 if is_text else None)
    similarity = text_similarity(wanted, got) if is_text else None
    return Leaf(at.field, at.pointer, at.got_pointer, wanted, got, "wrong", similarity)


def _null_leaf(wanted: object, got: object, at: _Place) -> Leaf:
    is_list = isinstance(wanted, list) or isinstance(got, list) or (at.spec is not None and at.spec.kind == "list")
    return Leaf(f"{at.field}[]" if is_list else at.field, at.pointer, at.got_pointer, None, None, "null")


def _likeness(leaf: Leaf) -> float:
    return 1.0 if leaf.outcome == "right" else leaf.similarity or 0.0


def _shape(value: object) -> Shape:
    return "null" if value is ABSENT else shape_of(value)


def _member(value: object, key: str) -> object:
    if isinstance(value, dict):
        return value.get(key)
    return ABSENT if value is ABSENT else None


def _add(pointer: str | None, step: str) -> str | None:
    return None if pointer is None else pointer + step
