"""What the plan has used of a part since its stock was last read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from db.domain.calendar import DAY, HOUR
from db.domain.material.bom import Bill
from db.domain.material.facts import Facts, PlannedHour
from db.domain.material.need import Load, explode
from db.domain.material.plan import A_MOMENT, seconds, spread
from db.domain.material.supply import Supply

MOST_SILENT = timedelta(days=7)
"""Of a stock not read for longer, what was used before is not told: nothing is sure of it then."""


def used_since(
    facts: Facts, hours: Sequence[PlannedHour], bill: Bill, supply: Mapping[str, Supply], load: Load
) -> dict[str, Supply]:
    """The supply of every part with what the plan has used of it since its stock was read.

    Days before the plant's business date use the bills of the day before it.
    """
    read_at = {part: at for part, at in facts.counted_at.items() if at < facts.at}
    if not read_at:
        return dict(supply)
    start = max(min(read_at.values()), facts.at - MOST_SILENT)
    today = max(start, min(facts.day_edges[0], facts.at))
    before = replace(
        facts,
        at=start,
        days=(facts.today - DAY, facts.today),
        day_edges=(start, today, facts.at),
    )
    begun = [hour for hour in hours if start - HOUR < hour.hour_at < facts.at]
    since = {part: max(0.0, seconds(at, start)) for part, at in read_at.items()}
    parts = tuple(sorted(supply))
    need = explode(
        spread(before, begun, sorted(set(since.values()))),
        bill,
        supply,
        load,
        before,
        bought=parts,
        when="",
    )
    starts = need.plan.grid[:-1] + A_MOMENT
    return {
        part: replace(supply[part], used=float(need.used[row, starts > since[part]].sum()))
        if part in since
        else supply[part]
        for row, part in enumerate(parts)
    }
