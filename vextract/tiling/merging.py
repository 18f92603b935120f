"""What several tiles show of one object becomes that object.

Two tiles see the same strip where they overlap, and what stands there looks the same in both: so pieces of one label are of one
object if they agree within the strip, however far they reach out of it. Objects side by side do not agree there, and stay apart.
A piece that a tile cuts and its neighbour shows more of says nothing of its own. Pieces of one tile are of different objects.

Where tiles of several sizes were looked at, such as the whole page too, the finer ones say where the edges are that they show, and
the coarser ones what belongs together and where that ends.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from vextract.detection import Detection, Mask
from vextract.masks import union_of
from vextract.tiling.pieces import ROUNDING_PX, Corners, Link, Piece, link, repeated_in, seen, touch
from vextract.types import Box

__all__ = ["merge_tiles"]

# Tiles whose sides differ by less than this factor show things equally large.
_SAME_SCALE = 1.5
# By so much of its size a coarse box may differ from the fine one.
_COARSE = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """One object as far as it is known: its box in pixels, which edges may go on, the pieces that it is made of, and its place."""

    corners: Corners
    cut: tuple[bool, ...]
    pieces: tuple[Piece, ...]
    place: tuple[int, int]


def merge_tiles(
    found: Sequence[tuple[Box, Sequence[Detection]]], width_px: int, height_px: int, tolerance_px: float = 4.0
) -> list[Detection]:
    """The objects of a page, each once, in the order of the tiles.

    An object has the label, score and text that the tile which shows most of it gives. It has a mask if all the tiles that its box
    comes from give one.

    Args:
        found: each tile in fractions of the page, and what was found there, its boxes and masks already on the page.
        width_px: of the page.
        height_px: of the page.
        tolerance_px: by how many pixels two answers about one edge may differ in the smallest tiles; in larger ones as much more.
    """
    page_px = (width_px, height_px)
    known: list[_Whole] = []
    for scale, tiles in _by_scale([region for region, _ in found], page_px):
        tolerance = tolerance_px * scale
        pieces = [seen(each, tile, found[tile][0], page_px, tolerance) for tile in tiles for each in found[tile][1]]
        places = {piece: (piece.tile, i) for i, piece in enumerate(pieces)}
        wholes = [_whole(group, places) for group in _groups(pieces, tolerance)]
        known = _completed(known, wholes, tolerance) if known else wholes
    return [_detection(whole, page_px) for whole in sorted(known, key=lambda whole: whole.place)]


def _by_scale(regions: Sequence[Box], page_px: tuple[int, int]) -> Iterator[tuple[float, list[int]]]:
    """Tiles of about one size together, the smallest first, with how much larger than the very smallest they are."""
    sides = [max((r.x1 - r.x0) * page_px[0], (r.y1 - r.y0) * page_px[1]) for r in regions]
    left = sorted(range(len(regions)), key=sides.__getitem__)
    while left:
        same = [tile for tile in left if sides[tile] < sides[left[0]] * _SAME_SCALE]
        yield max(1.0, sides[left[0]] / min(sides)), sorted(same)
        left = left[len(same) :]


def _groups(pieces: Sequence[Piece], tolerance_px: float) -> list[list[Piece]]:
    """The pieces by the object that they are of; those that others repeat and extend are left out."""
    links = _links(pieces, tolerance_px)
    repeated = _repeated(links, tolerance_px)
    groups = {piece: [piece] for piece in pieces if piece not in repeated}
    for _, a, b in sorted(links, key=lambda each: each[0]):
        if a in repeated or b in repeated or groups[a] is groups[b]:
            continue
        if {piece.tile for piece in groups[a]}.isdisjoint(piece.tile for piece in groups[b]):
            groups[a].extend(groups[b])
            for piece in groups[b]:
                groups[piece] = groups[a]
    return list({id(group): group for group in groups.values()}.values())


def _links(pieces: Iterable[Piece], tolerance_px: float) -> list[tuple[Link, Piece, Piece]]:
    by_label: dict[tuple[int, str], dict[int, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    for piece in pieces:
        by_label[piece.found.page, piece.found.label.casefold()][piece.tile].append(piece)
    return [
        (linked, a, b)
        for by_tile in by_label.values()
        for first, second in combinations(by_tile.values(), 2)
        for a, b in _near(first, second, tolerance_px)
        if (linked := link(a, b, tolerance_px))
    ]


def _near(first: list[Piece], second: list[Piece], tolerance_px: float) -> Iterator[tuple[Piece, Piece]]:
    """Pairs of pieces of two tiles that touch, all but for the tolerance; no others can be of one object."""
    import numpy as np

    if not touch(first[0].frame, second[0].frame, 0):
        return
    ones = [piece for piece in first if touch(piece.corners, second[0].frame, tolerance_px)]
    others = [piece for piece in second if touch(piece.corners, first[0].frame, tolerance_px)]
    if ones and others:
        a, b = (np.array([piece.corners for piece in pieces]) for pieces in (ones, others))
        apart = np.maximum(a[:, None, :2] - b[None, :, 2:], b[None, :, :2] - a[:, None, 2:])
        for i, j in zip(*np.nonzero(np.all(apart <= tolerance_px + ROUNDING_PX, axis=2)), strict=True):
            yield ones[i], others[j]


def _repeated(links: Iterable[tuple[Link, Piece, Piece]], tolerance_px: float) -> set[Piece]:
    """Pieces that are cut by their own tile, and wholly shown by another one which goes on where they end."""
    repeated = set()
    for _, a, b in links:
        a_is, b_is = repeated_in(a, b.frame, tolerance_px), repeated_in(b, a.frame, tolerance_px)
        if a_is != b_is:
            repeated.add(a if a_is else b)
    return repeated


def _whole(pieces: list[Piece], places: Mapping[Piece, tuple[int, int]]) -> _Whole:
    """The object that pieces make together."""
    corners = _around([piece.corners for piece in pieces])
    outermost = (next(p for p in pieces if p.corners[i] == corners[i]) for i in range(4))
    cut = tuple(piece.cut[i] for i, piece in enumerate(outermost))
    return _Whole(corners, cut, tuple(pieces), min(places[piece] for piece in pieces))


def _around(boxes: Sequence[Corners]) -> Corners:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _completed(fine: list[_Whole], coarse: list[_Whole], tolerance_px: float) -> list[_Whole]:
    """The finer objects with what the coarser look adds: objects of its own, and the ends of those that were cut.

    A coarser object that is a finer one again adds nothing. One that fits several cut ones is what they are parts of.
    """
    fitting = [
        (sum(apart), i, j)
        for i, large in enumerate(coarse)
        for j, small in enumerate(fine)
        if (apart := _fit(small, large, tolerance_px)) is not None
    ]
    fitting.sort()
    again: set[int] = set()
    used: set[int] = set()
    for _, i, j in fitting:
        if i not in again and j not in used and not any(fine[j].cut):
            again.add(i)
            used.add(j)
    parts: dict[int, list[_Whole]] = defaultdict(list)
    for _, i, j in fitting:
        if i not in again and j not in used and any(fine[j].cut):
            parts[i].append(fine[j])
            used.add(j)
    joined = {part for group in parts.values() for part in group}
    added = [_joined(parts[i], large) for i, large in enumerate(coarse) if i not in again]
    return [*(whole for whole in fine if whole not in joined), *added]


def _fit(fine: _Whole, coarse: _Whole, tolerance_px: float) -> list[float] | None:
    """By how much the edges that the finer look shows differ in the coarser one; None: they are not of one object."""
    one, other = fine.pieces[0].found, coarse.pieces[0].found
    if one.page != other.page or one.label.casefold() != other.label.casefold():
        return None
    apart = []
    for i, (near, far) in enumerate(zip(fine.corners, coarse.corners, strict=True)):
        slack = max(tolerance_px, _COARSE * (coarse.corners[i % 2 + 2] - coarse.corners[i % 2]))
        beyond = (far - near) * (1 if i > 1 else -1)
        if beyond < -slack or (beyond > slack and not fine.cut[i]):
            return None
        apart.append(0.0 if fine.cut[i] else abs(beyond))
    return apart


def _joined(parts: list[_Whole], coarse: _Whole) -> _Whole:
    """A coarser object with the edges that its finer parts show."""
    if not parts:
        return coarse
    corners = list(coarse.corners)
    for i in range(4):
        shown = [part.corners[i] for part in parts if not part.cut[i]]
        if shown:
            corners[i] = max(shown) if i > 1 else min(shown)
    place = min(part.place for part in parts)
    return _Whole((corners[0], corners[1], corners[2], corners[3]), coarse.cut, coarse.pieces, place)


def _detection(whole: _Whole, page_px: tuple[int, int]) -> Detection:
    width, height = page_px
    x0, y0, x1, y1 = whole.corners
    most = max(whole.pieces, key=lambda p: (p.corners[2] - p.corners[0]) * (p.corners[3] - p.corners[1]))
    if len(whole.pieces) == 1 and whole.corners == most.corners:
        return most.found
    masks = [piece.found.mask for piece in whole.pieces]
    return replace(
        most.found, box=Box(x0 / width, y0 / height, x1 / width, y1 / height), mask=_mask(masks, most, whole, page_px)
    )


def _mask(masks: list[Mask | None], most: Piece, whole: _Whole, page_px: tuple[int, int]) -> Mask | None:
    """What the masks cover together, or that of the piece that shows all; None if one is missing that would belong to it."""
    if not any(most.cut) and most.corners == whole.corners:
        return most.found.mask
    given = [mask for mask in masks if mask is not None]
    return union_of(given, *page_px) if given and len(given) == len(masks) else None
