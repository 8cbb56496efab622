"""What the stations of a window did: bottleneck, load, OEE, use of test slots, stops."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.domain.bottleneck import Load, Queue, State, Verdict, bottlenecks, coverage
from db.domain.calendar import HOUR
from db.domain.misses import STOPS, Stop
from db.domain.oee import Busy, Oee, Run, oee, slot_utilisation
from db.domain.slots import condition_minutes, slot_states, slots_of
from db.domain.vocabulary import OperationKind, StepResult
from db.domain.wip import Rack, queues
from db.models import Operation
from db.queries.flow_racks import Route, Said, Told, occupied, states_by_operation
from db.queries.flow_shapes import (
    BottleneckShape,
    LeadShape,
    LoadShape,
    LossShape,
    OeeShape,
    SlotUseShape,
    VerdictShape,
)
from db.queries.flow_window import Window
from db.queries.plants import Home

STATES_BEFORE = timedelta(days=1)
"""How far before a window the floor is seen: an active period begun earlier counts from there."""


@dataclass(frozen=True)
class Floor:
    """Everything seen on the floor around a window, from one reading of the store."""

    own: Home
    window: Window
    route: Route
    said: Sequence[Said]
    told: Sequence[Told]
    racks: Mapping[str, Rack]

    def states(self, line: str) -> list[State]:
        """A line's states by operation and slot."""
        places = self.route.places(line)
        names = {one.station for one in places}
        reported = states_by_operation(self.said, dict.fromkeys(names, ""))
        since = self.window.start - STATES_BEFORE
        held = [
            one
            for one in self.told
            if one.station in names and (one.ended_at is None or one.ended_at > since)
        ]
        return slot_states(reported, occupied(held), places, self.window.until)

    def operation(self, code: str) -> Operation:
        """An operation of the route."""
        return next(one for one in self.route.operations if one.code == code)


def bottleneck(floor: Floor, line: str, states: Sequence[State], planned: float) -> BottleneckShape:
    """A line's bottleneck by two methods; `planned` racks over the whole window."""
    window, slots = floor.window, slots_of(floor.route.places(line))
    codes = [one for one in floor.route.codes if one in slots]
    loads = _loads(floor, line, planned)
    waiting = _queues(floor, line)
    first, second = bottlenecks(
        states,
        codes,
        window.start,
        window.until,
        loads=list(loads.values()),
        queues=[Queue(code, *waiting[code]) for code in codes],
    )
    covered = coverage(states, codes, window.start, window.until) if window.spans else {}
    names = {one.code: one.name for one in floor.route.operations}
    return BottleneckShape(
        line=line,
        line_name=next((one.name for one in floor.own.lines if one.code == line), line),
        first=_verdict(first, names),
        second=_verdict(second, names),
        leads=[
            LeadShape(operation=one.station, name=names[one.station], led_ratio=one.led_ratio,
                      sole_ratio=one.sole_ratio, shifting_ratio=one.shifting_ratio)
            for one in first.leads
        ],
        loads=[
            LoadShape(
                operation=code,
                name=names[code],
                kind="slots" if _is_test(floor.operation(code)) else "stations",
                required_hours=loads[code].required if code in loads else None,
                available_hours=_available(floor, code, slots[code]),
                ratio=loads[code].ratio if code in loads else None,
                start_queue=waiting[code][0],
                end_queue=waiting[code][1],
                coverage_ratio=covered.get(code, 0.0),
            )
            for code in codes
        ],
    )  # fmt: skip


def _verdict(told: Verdict, names: Mapping[str, str]) -> VerdictShape:
    code = told.station or ""
    sentence = told.sentence.replace(code, names.get(code, code)) if code else told.sentence
    return VerdictShape(
        method=told.method, operation=code, name=names.get(code, ""), sentence=sentence
    )


def _is_test(operation: Operation) -> bool:
    return operation.kind == OperationKind.TEST


def _available(floor: Floor, code: str, slots: int) -> float:
    """Slot-hours of a window: tests run at all hours, people in working ones."""
    window = floor.window
    real = (window.end - window.start) / HOUR
    hours = real if _is_test(floor.operation(code)) else window.working_minutes / 60
    return slots * hours


def _loads(floor: Floor, line: str, planned: float) -> dict[str, Load]:
    """What the plan asks of each operation of a line: racks × standard time × visits a rack."""
    found: dict[str, Load] = {}
    if planned <= 0:
        return found
    slots = slots_of(floor.route.places(line))
    repeats = _visits_a_rack(floor, line)
    for code, number in slots.items():
        standard = floor.operation(code).standard_seconds / 3600
        if standard <= 0:
            continue
        kind = "slots" if _is_test(floor.operation(code)) else "station"
        required = planned * standard * repeats.get(code, 1.0)
        available = _available(floor, code, number)
        found[code] = Load(code, kind, required, available, f"{kind.removesuffix('s')}-hours")
    return found


def _visits_a_rack(floor: Floor, line: str) -> dict[str, float]:
    """How often a rack visits an operation, over the racks that did."""
    visits: dict[str, int] = defaultdict(int)
    seen: dict[str, set[str]] = defaultdict(set)
    for one in floor.told:
        if one.line == line and one.ended_at is not None:
            visits[one.operation] += 1
            seen[one.operation].add(one.serial)
    return {code: visits[code] / len(serials) for code, serials in seen.items()}


def _queues(floor: Floor, line: str) -> dict[str, tuple[int, int]]:
    """Racks that wait before each operation of a line at the window's start and now."""
    stages = {one.code: one.stage for one in floor.own.operations}
    on_line = {one.serial for one in floor.told if one.line == line}
    racks = [rack for serial, rack in floor.racks.items() if serial in on_line]
    begin, end = (
        queues(racks, at, stages, floor.route.codes)
        for at in (floor.window.start, floor.window.until)
    )
    return defaultdict(
        lambda: (0, 0),
        {code: (begin.get(code, 0), end.get(code, 0)) for code in {*begin, *end}},
    )


def oee_of(floor: Floor, code: str, states: Sequence[State], lines: Sequence[str]) -> OeeShape:
    """OEE of an operation's stations on some lines within the window's shifts."""
    window, operation = floor.window, floor.operation(code)
    slots = sum(slots_of(floor.route.places(line)).get(code, 0) for line in lines)
    own = [one for one in states if one.station == code]
    pauses = [span for shift in window.shifts for span in shift.breaks]
    minutes = condition_minutes(own, window.spans, pauses, slots)
    scheduled = slots * sum((b - a).total_seconds() / 60 for a, b in window.spans)
    standard = operation.standard_seconds / 60 or None
    told = oee([Busy(scheduled, minutes)], _runs(floor, code, lines, standard))
    return _oee_shape(operation, slots, standard, told)


def _runs(floor: Floor, code: str, lines: Sequence[str], standard: float | None) -> list[Run]:
    """Visits that ended in the window; good are those completed at a rack's first visit."""
    firsts: dict[str, datetime] = {}
    for one in floor.told:
        if one.operation == code:
            firsts[one.serial] = min(one.started_at, firsts.get(one.serial, one.started_at))
    made = good = 0
    for one in floor.told:
        if one.operation != code or one.line not in lines or one.ended_at is None:
            continue
        if any(start <= one.ended_at < end for start, end in floor.window.spans):
            made += 1
            is_first = one.started_at == firsts[one.serial]
            good += is_first and one.result == StepResult.COMPLETED
    return [Run(code, standard, made, good)] if made else []


def _oee_shape(operation: Operation, slots: int, standard: float | None, told: Oee) -> OeeShape:
    return OeeShape(
        operation=operation.code,
        name=operation.name,
        slots=slots,
        run_minutes_planned=standard,
        busy_minutes=told.busy_minutes,
        run_minutes=told.run_minutes,
        good_minutes=told.good_minutes,
        produced_count=told.produced_count,
        good_count=told.good_count,
        availability=told.availability,
        effectiveness=told.effectiveness,
        quality=told.quality,
        oee=told.oee,
        losses=[LossShape(kind=one.kind, minutes=one.minutes) for one in told.losses],
        faults=list(told.faults),
    )


def slot_uses(floor: Floor, lines: Sequence[str]) -> list[SlotUseShape]:
    """How much of the test slots a rack was in, at all hours of the window so far."""
    window = floor.window
    hours = (window.until - window.start) / HOUR
    slots: dict[str, int] = defaultdict(int)
    for line in lines:
        for code, number in slots_of(floor.route.places(line)).items():
            slots[code] += number
    used: dict[str, float] = defaultdict(float)
    for one in floor.told:
        end = one.ended_at or window.until
        if end > window.start and one.line in lines:
            length = min(end, window.until) - max(one.started_at, window.start)
            used[one.operation] += max(0.0, length / HOUR)
    found = []
    for operation in floor.route.operations:
        if operation.code not in slots or not _is_test(operation):
            continue
        use = slot_utilisation(used[operation.code], slots[operation.code], hours)
        found.append(
            SlotUseShape(
                operation=operation.code,
                name=operation.name,
                slots=slots[operation.code],
                used_hours=use.used_hours,
                available_hours=use.available_hours,
                ratio=use.ratio,
            )
        )
    return found


def stops(floor: Floor, leads_hours: Mapping[str, float], lines: Sequence[str]) -> list[Stop]:
    """Stations that stood still, with the usual way from each to the output.

    Without a known way, only the output's own stops count.
    """
    output = floor.route.codes[-1] if floor.route.codes else ""
    places = {one.code: one for one in floor.route.stations if one.line in lines}
    number: dict[tuple[str, str], int] = defaultdict(int)
    for one in places.values():
        number[one.line, one.operation] += 1
    found = []
    for said in floor.said:
        place = places.get(said.station)
        if place is None or said.condition not in STOPS:
            continue
        lead = 0.0 if place.operation == output else leads_hours.get(place.operation)
        if lead is None:
            continue
        found.append(
            Stop(
                place.line,
                place.operation,
                said.station,
                said.condition,
                said.reason,
                said.started_at,
                said.ended_at,
                1 / number[place.line, place.operation] / (place.slots if said.slot else 1),
                timedelta(hours=lead),
            )
        )
    return found
