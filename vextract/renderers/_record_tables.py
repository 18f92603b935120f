"""The tables that nested data makes: its values are columns, each of its lists of objects is a table of its own.

It knows nothing of how tables are written. Whatever fits into no table stays in one cell, as JSON: nothing gets lost here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vextract.schema.fields import FieldSpec

__all__ = ["KeyPath", "Shape", "at", "cell_text", "column", "members", "not_in", "rooted", "shape_of"]

KeyPath = tuple[str, ...]
# The key of data that is no object but a list or a single value.
_ROOT = "value"
# What is nested deeper stays in one cell.
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a table and the tables within it.

    Attributes:
        path: where the list stands in the object around it; () for the whole data.
        leaves: where the value of each column stands in a member of the list.
        lists: the lists of objects within a member.
    """

    path: KeyPath = ()
    leaves: tuple[KeyPath, ...] = ()
    lists: "tuple[Shape, ...]" = ()


@dataclass(slots=True)
class _Node:
    """What was seen at one place: a value, an object, a list of objects, or several of these in several members."""

    leaf: bool = False
    closed: bool = False
    fields: "dict[str, _Node]" = field(default_factory=dict)
    item: "_Node | None" = None


def shape_of(data: object = None, fields: FieldSpec | None = None, *, nulls: bool = True) -> Shape:
    """The tables of what the fields ask for, in their order, and after that of what the data has beyond them.

    Args:
        data: JSON-like; data that is no object is taken for an object with the key "value".
        fields: the schema as a whole.
        nulls: null and empty values make columns too.
    """
    root = _Node()
    if fields is not None:
        _add_spec(root, fields if fields.kind == "object" else _object_of(replace(fields, name=_ROOT)))
    _add(root, rooted(data), _DEEPEST)
    return _shape(root, nulls=nulls)


def rooted(data: object) -> Mapping[str, object]:
    """The data as an object: itself, or under the key "value"; empty for None."""
    if isinstance(data, Mapping):
        return data
    return {} if data is None else {_ROOT: data}


def at(member: object, path: KeyPath) -> object:
    """The value at that place; None where there is none."""
    for key in path:
        if not isinstance(member, Mapping):
            return None
        member = member.get(key)
    return member


def members(around: object, path: KeyPath) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The objects of the list at that place with their numbers from 1; null is an object without values."""
    found = at(around, path)
    for number, member in enumerate(found if isinstance(found, list) else (), 1):
        if member is None or isinstance(member, Mapping):
            yield number, member or {}


def not_in(known: Shape, seen: Shape, above: KeyPath = ()) -> Iterator[KeyPath]:
    """Where the one shape has values that find no place in the other."""
    lists = {shape.path: shape for shape in known.lists}
    for leaf in seen.leaves:
        if not _within(leaf, known.leaves):
            yield above + leaf
    for shape in seen.lists:
        if shape.path in lists:
            yield from not_in(lists[shape.path], shape, above + shape.path)
        elif not _within(shape.path, known.leaves):
            yield above + shape.path


def column(path: KeyPath) -> str:
    r"""The path as people write it, `seller.name`; a dot within a key is written `\.`."""
    return ".".join(key.replace("\\", "\\\\").replace(".", "\\.") for key in path)


def cell_text(value: object) -> str:
    """The value in one cell: null is empty, values of a list are parted by "; ", all else that is nested is JSON."""
    match value:
        case _ if value is None or value in ([], {}):
            return ""
        case str():
            return value
        case list() if all(_joins(member) for member in value):
            return "; ".join(cell_text(member) for member in value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _joins(member: object) -> bool:
    """Whether it can be told apart in a row of values."""
    if isinstance(member, str):
        return bool(member.strip()) and ";" not in member and not member.startswith("[")
    return isinstance(member, (int, float))


def _within(path: KeyPath, leaves: Sequence[KeyPath]) -> bool:
    """Whether the path or a place above it is a column."""
    return any(path[:length] in leaves for length in range(1, len(path) + 1))


def _object_of(spec: FieldSpec) -> FieldSpec:
    return FieldSpec("", "object", fields=(spec,))


def _add_spec(node: _Node, spec: FieldSpec) -> None:
    if spec.kind == "object" and spec.fields:
        for member in spec.fields:
            _add_spec(node.fields.setdefault(member.name, _Node()), member)
    elif spec.kind == "list" and spec.item and spec.item.kind == "object" and spec.item.fields:
        node.item = _Node()
        _add_spec(node.item, spec.item)
    else:
        node.leaf = node.closed = True


def _add(node: _Node, value: object, deepest: int) -> None:
    if node.closed or value is None or value in ([], {}):
        return
    if isinstance(value, Mapping) and deepest:
        for key, part in value.items():
            _add(node.fields.setdefault(key, _Node()), part, deepest - 1)
    elif isinstance(value, list) and deepest and all(m is None or isinstance(m, Mapping) for m in value) and any(value):
        node.item = node.item or _Node()
        for member in value:
            _add(node.item, member, deepest - 1)
    else:
        node.leaf = True


def _shape(root: _Node, *, nulls: bool) -> Shape:
    leaves: list[KeyPath] = []
    lists: list[Shape] = []

    def walk(node: _Node, path: KeyPath) -> None:
        if node.leaf or (nulls and not node.fields and not node.item):
            leaves.append(path)
        for key, part in node.fields.items():
            walk(part, (*path, key))
        if node.item:
            lists.append(replace(_shape(node.item, nulls=nulls), path=path))

    for key, part in root.fields.items():
        walk(part, (key,))
    return Shape((), tuple(leaves), tuple(lists))
