"""Options that could still be exercised, and whether they could be honoured."""

from collections.abc import Iterable, Sequence
from datetime import date

from db.domain.calendar import DAY
from db.domain.capacity.facts import Wanted
from db.domain.capacity.results import OptionHeld, WeekLedger


def options_held(options: Iterable[Wanted], weeks: Sequence[WeekLedger]) -> tuple[OptionHeld, ...]:
    """Every live option by due date, then expiry; each is held against what those before leave.

    Options of the same week compete for its headroom, those that expire first being first.
    """
    left = {
        one.week.first_on: one.headroom.racks if one.headroom and not one.is_past else None
        for one in weeks
    }
    found = []
    for row in sorted(options, key=lambda one: (one.due_on, one.expires_on or date.max, one.key)):
        first = next((day for day in left if day <= row.due_on < day + 7 * DAY), None)
        room = left.get(first) if first else None
        if first and room is not None:
            left[first] = room - row.rack_count
        found.append(
            OptionHeld(
                row.key,
                row.customer,
                row.product,
                row.rack_count,
                row.due_on,
                row.expires_on,
                None if room is None else room >= row.rack_count,
            )
        )
    return tuple(found)
