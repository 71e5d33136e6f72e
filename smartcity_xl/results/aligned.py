"""Several sides in rows: what of theirs belongs together stands in one row, with a key for each side or None."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

Aligned = tuple[str | None, ...]
Pair = tuple[str, str]


def align(own: Sequence[Sequence[str]], pairs: Callable[[int, int], Iterable[Pair]]) -> tuple[Aligned, ...]:
    """``own``: the keys of each side, in order; ``pairs(i, j)``: those of side i that are those of side j, for i < j.

    A key joins the row of the earliest side that has its like and whose row is still free for it. Rows stand in the
    order of the first side; what an earlier side lacks stands behind its neighbour of its own side.
    """
    rows: list[dict[int, str]] = [{0: key} for key in own[0]]
    place = {(0, key): row for key, row in zip(own[0], rows, strict=True)}
    for side in range(1, len(own)):
        for earlier in range(side):
            for theirs, key in pairs(earlier, side):
                row = place.get((earlier, theirs))
                if row is not None and side not in row and (side, key) not in place:
                    row[side] = key
                    place[side, key] = row
        at = 0
        for key in own[side]:
            if (side, key) in place:
                at = next(number for number, row in enumerate(rows) if row is place[side, key]) + 1
                continue
            made = {side: key}
            rows.insert(at, made)
            place[side, key] = made
            at += 1
    return tuple(tuple(row.get(side) for side in range(len(own))) for row in rows)
