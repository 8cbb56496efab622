"""What stops each line, in each case, and what hangs on it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np

from db.domain.material.ground import Futures, Ground
from db.domain.material.line_stops import Halt, halts
from db.domain.material.results import CASES, Blocker, CaseName, LineStop, PartOutlook
from db.domain.material.sentences import Speaker
from db.domain.material.told import instant


def line_stops(
    ground: Ground, futures: Futures, parts: Mapping[str, PartOutlook]
) -> tuple[LineStop, ...]:
    """Every planned line in every case, the cases of a line together."""
    lines = sorted({hour.line for hour in ground.hours})
    speaker = Speaker(ZoneInfo(ground.facts.zone))
    return tuple(
        _line_stop(ground, futures, line, case, blocker)
        for line in lines
        for case in CASES
        for blocker in [partial(_blocker, ground.facts.at, case, parts, speaker)]
    )


def _line_stop(
    ground: Ground,
    futures: Futures,
    line: str,
    case: CaseName,
    blocker: Callable[[Halt], Blocker],
) -> LineStop:
    found = futures.by_case[case]
    stopped = halts(found, futures.racks[case], line)
    at = ground.facts.at
    covered_at = None
    blockers = [blocker(halt) for halt in stopped[:2]]
    at_risk: tuple[float, float | None] = 0.0, 0.0
    if stopped:
        row = found.row[stopped[0].part]
        stop, cover = np.array([stopped[0].stop]), np.array([stopped[0].cover])
        (at_risk,) = futures.racks[case].at_risk([row], stop, cover, line)
        covered_at = instant(at, stopped[0].cover)
    return LineStop(
        line,
        ground.facts.line_names.get(line, line),
        case,
        blockers[0] if blockers else None,
        blockers[1] if len(blockers) > 1 else None,
        covered_at,
        *at_risk,
        _cannot_tell(ground, line),
    )


def _blocker(
    at: datetime,
    case: CaseName,
    parts: Mapping[str, PartOutlook],
    speaker: Speaker,
    halt: Halt,
) -> Blocker:
    part = parts[halt.part]
    stops_at = instant(at, halt.stop) or at
    told = speaker.blocker(part, stops_at, case)
    return Blocker(part.part, part.name, stops_at, told)


def _cannot_tell(ground: Ground, line: str) -> str:
    """Why nothing sure can be said of a line: a product it is to build has no sound bill."""
    products = sorted({hour.product for hour in ground.hours if hour.line == line})
    reasons = [ground.bill.why_unclear(product) for product in products]
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))
