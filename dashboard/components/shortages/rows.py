"""The parts a reader asked for, each with its future in the chosen case."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from dashboard.address import Option, State
from db.domain.limits import Level, Limits
from db.queries.outlook_shapes import (
    Case,
    CaseShape,
    LineStopShape,
    OutlookShape,
    PartOutlookShape,
)
from db.queries.shapes import PlantShape
from db.queries.stops import level_of, sentence_of, whole_stop

ALL = "all"
LOW_DAYS = 1.5
"""Less than so many days of use left at a day's end is low."""


@dataclass(frozen=True)
class Site:
    """A plant and its outlook."""

    plant: PlantShape
    outlook: OutlookShape


@dataclass(frozen=True)
class Row:
    """A part of a plant in the chosen case.

    `stop_at` is when its lines stop for it, what alternates carry counted; hours count to it.
    """

    site: Site
    part: PartOutlookShape
    case: Case
    future: CaseShape
    stop_at: str | None
    hours_left: float | None
    level: Level

    @property
    def plant(self) -> PlantShape:
        """The plant whose stock this is."""
        return self.site.plant

    @property
    def sentence(self) -> str:
        """Which part, which receipt, which rule; "" when it does not run out."""
        return sentence_of(self.part, self.case)

    @property
    def stop_day(self) -> int | None:
        """Which of the outlook's days a line stops on; None: on none of them."""
        return self._day(self.stop_at)

    @property
    def is_carried(self) -> bool:
        """Whether it runs out, and alternates carry its lines on, for a while at least."""
        return self.future["stops_at"] not in (None, self.stop_at)

    def stops_within(self, days: int) -> bool:
        """Whether a line stops for it within the first so many days."""
        return self.stop_day is not None and self.stop_day < days

    def is_carried_within(self, days: int) -> bool:
        """Whether it runs out in the first so many days and stops no line in them."""
        day = self._day(self.future["stops_at"])
        return day is not None and day < days and not self.stops_within(days)

    def _day(self, at: str | None) -> int | None:
        edges = self.site.outlook["day_edges"]
        if at is None or at >= edges[-1]:
            return None
        return max(0, bisect_right(edges, at) - 1)


def sites(
    outlooks: Iterable[OutlookShape], plants: Iterable[PlantShape], wanted: str
) -> list[Site]:
    """The outlooks of the wanted plants, in the plants' order."""
    by_plant = {outlook["plant"]: outlook for outlook in outlooks}
    return [
        Site(plant, by_plant[plant["code"]])
        for plant in plants
        if plant["code"] in by_plant and wanted in (ALL, plant["code"])
    ]


def horizon(found: Sequence[Site], days: int) -> list[str]:
    """The dates shown, over all plants."""
    return sorted({day for site in found for day in site.outlook["days"]})[:days]


def rows(found: Sequence[Site], state: State, now: datetime) -> list[Row]:
    """The parts the filters let through, the earliest stop first, then the least cover."""
    case = cast(Case, state["case"])
    asked = [
        _row(site, part, case, now)
        for site in found
        for part in site.outlook["parts"]
        if _is_asked(part, state)
    ]
    return sorted(asked, key=_urgency)


def line_stops(found: Sequence[Site], state: State) -> list[tuple[Site, LineStopShape]]:
    """The lines' stops in the chosen case."""
    return [
        (site, stop)
        for site in found
        for stop in site.outlook["line_stops"]
        if stop["case"] == state["case"] and state["line"] in (ALL, stop["line"])
    ]


def choices(found: Sequence[Site]) -> dict[str, list[Option]]:
    """Lines, commodities and suppliers there are."""
    parts = [part for site in found for part in site.outlook["parts"]]
    lines = {stop["line"]: stop["name"] or stop["line"]
             for site in found for stop in site.outlook["line_stops"]}  # fmt: skip
    return {
        "line": [Option(ALL, "All lines"), *(Option(*it) for it in sorted(lines.items()))],
        "commodity": _named("All commodities", (part["commodity"] for part in parts)),
        "supplier": _named("All suppliers", (it for part in parts for it in _suppliers(part))),
    }


def _named(everything: str, names: Iterable[str]) -> list[Option]:
    return [Option(ALL, everything), *(Option(it, it) for it in sorted(set(names)) if it)]


def _suppliers(part: PartOutlookShape) -> set[str]:
    return {it["code"] for it in part["suppliers"]} | {it["supplier"] for it in part["receipts"]}


def _is_asked(part: PartOutlookShape, state: State) -> bool:
    text = state["q"].casefold()
    return (
        state["line"] in (ALL, *part["lines"])
        and state["commodity"] in (ALL, part["commodity"])
        and (state["supplier"] == ALL or state["supplier"] in _suppliers(part))
        and (text in part["part"].casefold() or text in part["name"].casefold())
    )


def _row(site: Site, part: PartOutlookShape, case: Case, now: datetime) -> Row:
    stop = whole_stop(part, case)
    hours = (datetime.fromisoformat(stop) - now).total_seconds() / 3600 if stop else None
    level = level_of(part, now, limits_of(site.plant), case)
    return Row(site, part, case, part["cases"][case], stop, hours, level)


def limits_of(plant: PlantShape) -> Limits:
    """The hours before a line stop from which a plant's screens turn amber or red."""
    return Limits(
        stop_red_hours=plant["stop_red_hours"], stop_amber_hours=plant["stop_amber_hours"]
    )


def red_count(found: Iterable[Site], now: datetime) -> int:
    """Parts that stop a line now or within the hours that turn a screen red, if promises hold."""
    return sum(
        level_of(part, now, limits_of(site.plant)) == "red"
        for site in found
        for part in site.outlook["parts"]
    )


def _urgency(row: Row) -> tuple[float, float, str]:
    cover = row.part["cover_days"]
    never = float("inf")
    return (
        never if row.hours_left is None else row.hours_left,
        never if cover is None else cover,
        row.part["part"],
    )
