"""Records that wait in quarantine: what groups them, and what the numbers lack meanwhile."""

from typing import NamedTuple


class Group(NamedTuple):
    """Records of one source that wait for one reason in one field."""

    source: str
    reason: str
    field: str


WEAKENED: dict[str, tuple[str, str]] = {
    "unit_step": ("racks done and output exclude", "step"),
    "test_run": ("first-pass yield excludes", "run"),
    "defect": ("failure paretos exclude", "defect"),
    "genealogy": ("where-used and suspect lots exclude", "link"),
    "station_state": ("station states and stops exclude", "state"),
    "build": ("clear to build excludes", "order"),
    "part": ("part names, lead times and safety stock exclude", "part"),
    "lot": ("suppliers and origins exclude", "lot"),
    "stock": ("stock on hand excludes", "position"),
    "receipt": ("promised receipts exclude", "order line"),
    "bom": ("need excludes", "bill line"),
    "plan_hour": ("the plan excludes", "hour"),
    "demand": ("demand excludes", "line"),
}
"""Feed → which numbers lack its records, and what one of them is called."""


def sentence(feed: str, count: int) -> str:
    """Which numbers lack `count` records of a feed.

    >>> sentence("test_run", 14), sentence("unit_step", 1)
    ('first-pass yield excludes 14 runs', 'racks done and output exclude 1 step')
    """
    lack, unit = WEAKENED.get(feed, (f"numbers made of {feed.replace('_', ' ')} exclude", "record"))
    return f"{lack} {count:,} {unit}{'' if count == 1 else 's'}"
