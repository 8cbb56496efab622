"""The rows behind the what-if page: weeks and line stops before and after, plant by plant."""

from typing import Any

from dashboard.components.capacity.changes import in_words
from dashboard.components.capacity.export import LABELS
from dashboard.report import Asked, Column, Report, Table
from db.domain.capacity.scenario import scenario_text
from db.domain.capacity.whatif import Answer
from db.domain.catalog import METRICS
from db.queries.capacity_whatif import Standings
from db.queries.plants import iso_or_none

NAMES = ("rated", "demonstrated", "supported", "committed", "headroom")
DEFINED = ("rated_racks", "demonstrated_racks", "supported_racks", "committed_racks",
           "headroom_racks")  # fmt: skip
DEFINITIONS = (
    ("Before, after", "how the plant stands, and as it would with the changes of the scenario"),
    (
        "Racks bought",
        "over all weeks ahead together, of the least of rated, demonstrated and "
        "supported; a row of the sheet Weeks tells that of its week",
    ),
    *((METRICS[name].label, METRICS[name].definition) for name in DEFINED),
    ("At least", "figures of the week of which a part is not known: there is that much or more"),
)
WEEKS = (
    Column("Plant"), Column("Week"),
    *(Column(f"{LABELS.get(name, name.capitalize())}, {side}", "number")
      for name in NAMES for side in ("before", "after")),
    Column("Racks bought", "number"), Column("At least"),
)  # fmt: skip
STOPS = (
    Column("Plant"), Column("Line"), Column("Stops before", "instant"), Column("Part before"),
    Column("Stops after", "instant"), Column("Part after"), Column("Hours later", "number"),
)  # fmt: skip
BUILDS = (Column("Plant"), Column("Clear to build before", "count"),
          Column("Clear to build after", "count"), Column("Racks bought", "number"))  # fmt: skip


def whatif_report(asked: Asked, found: Answer, standings: Standings) -> Report:
    """Everything the page shows of a scenario."""
    names = {plant["code"]: plant["name"] for plant in asked.plants}
    words = [in_words(change, standings, names) for change in found.scenario.changes]
    return Report(
        title="What if",
        as_of_at=standings.at.isoformat(),
        zone="UTC",
        zone_label="UTC",
        filters=[("Scenario", scenario_text(found.scenario)), *(("Change", it) for it in words)],
        definitions=DEFINITIONS,
        tables=[
            Table("Weeks", WEEKS, _weeks(found, names)),
            Table("Line stops", STOPS, _stops(found, names)),
            Table("Clear to build", BUILDS, [
                [names[one.plant], *one.buildable_now, one.racks_gained] for one in found.plants]),
            Table("Not done", (Column("Finding"),), [[one.sentence] for one in found.findings]),
        ],
    )  # fmt: skip


def _weeks(found: Answer, names: dict[str, str]) -> list[list[Any]]:
    rows = []
    for one in found.plants:
        expected = {delta.label: delta.expected for delta in one.weeks}
        for before, after in zip(one.before.ledger.weeks, one.after.ledger.weeks, strict=True):
            if not before.is_past:
                pairs = [getattr(week, name) for name in NAMES for week in (before, after)]
                values = [None if it is None else it.racks for it in pairs]
                label = before.week.label
                parts = [
                    name
                    for name in NAMES
                    if any(
                        (it := getattr(week, name)) and it.is_at_least for week in (before, after)
                    )
                ]
                rows.append([names[one.plant], label, *values, expected.get(label),
                             ", ".join(parts)])  # fmt: skip
    return rows


def _stops(found: Answer, names: dict[str, str]) -> list[list[Any]]:
    return [
        [names[one.plant], stop.line, iso_or_none(stop.before.stops_at), stop.before.name,
         iso_or_none(stop.after.stops_at), stop.after.name, stop.hours_later]
        for one in found.plants
        for stop in one.stops
    ]  # fmt: skip
