"""Reads a golden case: one plant in plain words, by its own clock."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from db.domain.material.facts import (
    BomItem,
    Delivery,
    Facts,
    FloorRack,
    MeasuredYield,
    OnHand,
    OpenBuild,
    PartFact,
    PlannedHour,
    Promise,
    Replacement,
)

FOLDER = Path(__file__).parents[3] / "golden" / "material"
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_START = time(6)


class Clock:
    """The plant's clock in the week of the case: 'Tue 08:00', 'Mon+1' a week later."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.monday: date = told.get("monday", date(2026, 7, 6))
        self.zone = ZoneInfo(told.get("zone", "America/Chicago"))

    def on(self, text: str) -> date:
        name, _, weeks = text.partition("+")
        return self.monday + timedelta(days=NAMES.index(name), weeks=int(weeks or 0))

    def local(self, day: date, clock: str) -> datetime:
        moment = datetime.combine(day, time.fromisoformat(clock), self.zone)
        return moment.astimezone(UTC)

    def at(self, text: str) -> datetime:
        day, _, clock = text.partition(" ")
        return self.local(self.on(day), clock)

    def say(self, at: datetime | None) -> str:
        if at is None:
            return "never"
        local = at.astimezone(self.zone)
        weeks, day = divmod((local.date() - self.monday).days, 7)
        return f"{NAMES[day]}{f'+{weeks}' if weeks else ''} {local:%H:%M}"

    def day(self, on: date | None) -> str:
        if on is None:
            return "never"
        weeks, day = divmod((on - self.monday).days, 7)
        return f"{NAMES[day]}{f'+{weeks}' if weeks else ''}"


class Case:
    """A case as told, and the facts it makes."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.told = tomllib.loads((folder / "case.toml").read_text())
        self.clock = Clock(self.told)
        self.facts = self.facts_of(self.told, "here")
        self.expected: Mapping[str, Any] = self.told["expect"]

    def other(self) -> Facts:
        """The facts of the other plant, where there is one."""
        shared = {key: self.told[key] for key in ("now", "days", "shifts") if key in self.told}
        return self.facts_of(shared | self.told["other"], "there")

    def facts_of(self, told: Mapping[str, Any], plant: str) -> Facts:
        clock, days = self.clock, self._days(told)
        spans = [span for day in days for span in self._working(told, day)]
        return Facts(
            at=clock.at(told.get("now", "Mon 06:00")),
            today=days[0],
            days=days,
            day_edges=tuple(
                clock.local(days[0] + timedelta(days=n), "06:00") for n in range(len(days) + 1)
            ),
            working=tuple(spans),
            plan=tuple(self._plan(told, days)),
            bom=tuple(self._rows(BomItem, told, "bom")),
            stock=tuple(self._rows(OnHand, told, "stock")),
            counted_at={part: clock.at(at) for part, at in told.get("counted_at", {}).items()},
            promises=tuple(self._promise(row, days) for row in told.get("receipt", ())),
            builds=tuple(self._rows(OpenBuild, told, "build")),
            floor=tuple(self._floor(told)),
            parts=tuple(self._rows(PartFact, told, "part")),
            yields=tuple(self._rows(MeasuredYield, told, "yield")),
            replacements=tuple(self._rows(Replacement, told, "replacement")),
            deliveries=tuple(self._deliveries(told)),
            conversions={
                (row.get("part", ""), row["from"], row["to"]): row["factor"]
                for row in told.get("conversion", ())
            },
            kw=told.get("kw", {}),
            plant=plant,
            zone=str(clock.zone),
        )

    def _days(self, told: Mapping[str, Any]) -> tuple[date, ...]:
        first = self.clock.on(told.get("now", "Mon 06:00").split(" ")[0])
        return tuple(first + timedelta(days=n) for n in range(told.get("days", 4)))

    def _shifts(self, told: Mapping[str, Any], day: date) -> list[tuple[datetime, datetime]]:
        if day in [self.clock.on(name) for name in told.get("closed", ())]:
            return []
        return [self._span(day, text) for text in told.get("shifts", ["06:00-18:00"])]

    def _span(self, day: date, text: str) -> tuple[datetime, datetime]:
        start, _, end = text.partition("-")
        first = day + timedelta(days=time.fromisoformat(start) < DAY_START)
        last = first + timedelta(days=end <= start)
        return self.clock.local(first, start), self.clock.local(last, end)

    def _working(self, told: Mapping[str, Any], day: date) -> Iterable[tuple[datetime, datetime]]:
        pauses = [self._span(day, text) for text in told.get("breaks", ())]
        for start, end in self._shifts(told, day):
            begin = start
            for pause, back in pauses:
                if start <= pause < end:
                    yield begin, pause
                    begin = back
            yield begin, end

    def _plan(self, told: Mapping[str, Any], days: tuple[date, ...]) -> Iterable[PlannedHour]:
        for row in told.get("plan", ()):
            chosen = [self.clock.on(name) for name in row.get("days", ())] or days
            for day in chosen:
                spans = list(self._working(told, day))
                for start, end in self._shifts(told, day):
                    for hour in range(round((end - start) / timedelta(hours=1))):
                        low = start + timedelta(hours=hour)
                        high = low + timedelta(hours=1)
                        worked = sum(
                            (max(timedelta(0), min(b, high) - max(a, low)) for a, b in spans),
                            timedelta(0),
                        )
                        qty = row["racks_per_hour"] * (worked / timedelta(hours=1))
                        yield PlannedHour(row.get("line", "L1"), row["product"], low, qty)

    def _rows(self, kind: Any, told: Mapping[str, Any], name: str) -> Iterable[Any]:
        known = {field.name for field in fields(kind)}
        for row in told.get(name, ()):
            values = {key: self._value(key, value) for key, value in row.items()}
            assert values.keys() <= known, f"{self.name}: {name} has no {values.keys() - known}"
            yield kind(**values)

    def _value(self, key: str, value: Any) -> Any:
        if key.endswith("_on") and isinstance(value, str):
            return self.clock.on(value)
        return self.clock.at(value) if key.endswith("_at") else value

    def _floor(self, told: Mapping[str, Any]) -> Iterable[FloorRack]:
        for row in told.get("floor", ()):
            yield FloorRack(**(row | {"passed": frozenset(row["passed"])}))

    def _promise(self, row: Mapping[str, Any], days: tuple[date, ...]) -> Promise:
        values = {"is_confirmed": True, "key": row.get("order_no", "")} | {
            key: self._value(key, value) for key, value in row.items()
        }
        if "usable_at" in values and "promised_on" not in values:
            usable = values["usable_at"]
            values["promised_on"] = max(
                [d for d in days if self.clock.local(d, "06:00") <= usable], default=days[0]
            )
        return Promise(**values)

    def _deliveries(self, told: Mapping[str, Any]) -> Iterable[Delivery]:
        """[supplier, days from today: promised first, promised last, came (none: still open)]."""
        today = self._days(told)[0]
        for row in told.get("delivery", ()):
            first, last, came = (row.get(key) for key in ("first", "last", "came"))
            yield Delivery(
                row["supplier"],
                row.get("part", "clip"),
                today + timedelta(days=first),
                today + timedelta(days=first if last is None else last),
                None if came is None else today + timedelta(days=came),
                row.get("qty", 0.0),
                row.get("origin_country", ""),
            )


CASES = sorted(path.parent for path in FOLDER.glob("*/case.toml"))
