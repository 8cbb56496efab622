"""Parts that are short more than once: covered by a receipt, and gone again."""

from datetime import datetime

import numpy as np

from db.domain.material.line_stops import Future, Racks
from db.domain.material.parts import NOTHING
from db.domain.material.plan import A_MOMENT
from db.domain.material.results import Again
from db.domain.material.told import instant


def stops_again(found: Future, racks: Racks, row: int, at: datetime) -> tuple[Again, ...]:
    """The stops of a part's lines after the first, alternates counted."""
    spans = _spans(found, row)
    starts, ends = (np.array([span[side] for span in spans]) for side in (0, 1))
    lost = racks.at_risk([row] * len(spans), starts, ends) if spans else []
    return tuple(
        Again(instant(at, start) or at, instant(at, end), *risk)
        for (start, end), risk in zip(spans, lost, strict=True)
    )


def _spans(found: Future, row: int) -> list[tuple[float, float]]:
    """(stop, cover) in seconds from now; a cover of nan: never."""
    grid, used = found.plan.grid, found.used[row]
    path = found.have[row] + found.lent[row] - found.need[row]
    short, cover = found.whole.short[row], float(found.whole.cover[row])
    spans: list[tuple[float, float]] = []
    while not np.isnan(cover):
        since = int(np.searchsorted(grid, cover - A_MOMENT))
        later = np.flatnonzero(short[since:])
        if not later.size:
            break
        first = since + int(later[0])
        left = max(0.0, float(path[first]))
        stop = float(grid[first] + left / used[first] * (grid[first + 1] - grid[first]))
        back = np.flatnonzero(path[first + 1 :] >= -NOTHING)
        cover = float(grid[first + 1 + int(back[0])]) if back.size else float("nan")
        spans.append((stop, cover))
    return spans
