"""The throughput page: output against plan by hour and why, times, WIP, bottleneck, OEE.

One question, one reading, one as-of; reports and exports ask the same. The number of statements
does not depend on how much there is.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from db.clock import utc_now
from db.domain.calendar import DAY
from db.domain.misses import lost_by_kind
from db.domain.wip import leads
from db.models import CapacityResource, Source
from db.queries.flow_hours import Cells, add_notes, add_reasons, board, cells, output
from db.queries.flow_process import (
    LITTLE_DAYS,
    STAYS_DAYS,
    alive,
    completed,
    in_process,
    law,
    times,
    wip,
)
from db.queries.flow_racks import (
    Track,
    by_serial,
    racks_of,
    route,
    scrapped,
    states,
    tracks,
    visits,
)
from db.queries.flow_shapes import (
    BottleneckShape,
    ChoiceShape,
    FlowFilter,
    FlowShape,
    LostShape,
    OeeShape,
)
from db.queries.flow_stations import STATES_BEFORE, Floor, bottleneck, oee_of, slot_uses, stops
from db.queries.flow_window import Window, flow_window, window_shape
from db.queries.fresh import freshness, sources_of
from db.queries.plants import Home, home, iso, iso_or_none
from db.queries.quarantine import weakened
from db.queries.scope import Scope
from db.queries.shifts import shifts_around

FEEDS = ("unit_step", "plan_hour", "station_state")
LABOUR = (
    "Labour utilisation is not known: no source says who was present, and no standard labour hours "
    "are set. It would be standard hours of what was made over hours present."
)
SHARED = {"test_power": "test power", "coolant": "coolant"}
"""What all lines of a plant share, as a constraint of its own."""


def flow(
    session: Session, scope: Scope, asked: FlowFilter, at: datetime | None = None
) -> FlowShape:
    """What the page shows for what is asked; raises NotInScope. An unknown line shows nothing."""
    now = at or utc_now()
    own = home(session, asked.plant, scope)
    window, stale_at = _window(session, own, asked, now)
    lines = [one.code for one in own.lines if asked.line in ("", one.code)]
    found = cells(session, own, window, asked.line)
    floor, ways = _floor(session, own, window, asked.line)
    hours = board(own, window, found, asked.line)
    usual = [floor.racks[one.serial]
             for one in completed(ways, window.until - STAYS_DAYS * DAY, window.until)
             if one.serial in floor.racks]  # fmt: skip
    way_out = leads(usual, own.output or "")
    told = add_reasons(hours, stops(floor, way_out, lines))
    add_notes(session, own, window, hours, asked.line)
    here = [one.serial for one in in_process(ways, window.until)]
    narrow, effective = _stations(floor, lines, found_plan=_planned(found), asked=asked)
    score = output(own, window, found)
    return FlowShape(
        plant=own.code,
        plant_name=own.plant.name,
        zone=own.plant.zone,
        zone_label=own.plant.zone_label,
        as_of_at=iso(now),
        stale_at=iso_or_none(stale_at),
        line=asked.line,
        lines=[ChoiceShape(value=one.code, label=one.name) for one in own.lines],
        shifts=_shifts(session, own, now),
        operations=[
            ChoiceShape(value=one.code, label=one.name) for one in floor.route.operations
        ],
        window=window_shape(window, own, now),
        output=score,
        hours=hours.rows,
        lost=[LostShape(kind=one.kind, racks=one.racks, hour_count=one.hour_count)
              for one in lost_by_kind(told)],
        times=times(ways, floor.racks, window, score["done"] + score["outside_count"]),
        wip=wip(ways, floor.racks, own, window.until, route=floor.route.codes,
                gone=scrapped(session, own, here)),
        little=law(ways, window.until, _loaded_from(session, own)),
        bottlenecks=narrow,
        oee=effective,
        slot_uses=slot_uses(floor, lines),
        labour_sentence=LABOUR,
        power_sentence=_shared(session, own.code),
        lacks=weakened(session, own.code, dict.fromkeys(FEEDS, (window.start, window.until))),
    )  # fmt: skip


def _window(
    session: Session, own: Home, asked: FlowFilter, now: datetime
) -> tuple[Window, datetime | None]:
    """The window as far as it can be told; and the last of old data (by the rule of the wall), if
    that is where it ends."""
    window = flow_window(session, own, asked, now)
    fresh = freshness(sources_of(session, own.code), now)["score"]
    if fresh["state"] != "stale" or fresh["as_of_at"] is None:
        return window, None
    end = datetime.fromisoformat(fresh["as_of_at"])
    return (window.told_until(end), end) if end < window.until else (window, None)


def _floor(session: Session, own: Home, window: Window, line: str) -> tuple[Floor, list[Track]]:
    """The floor around a window, and the ways of the racks of the last two weeks."""
    way = route(session, own, line)
    since = window.until - LITTLE_DAYS * DAY
    ways = [one for one in tracks(session, own, since, window.until) if line in ("", one.line)]
    begin = min(window.start, window.until - STAYS_DAYS * DAY)
    wanted = [one.serial for one in alive(ways, begin, window.until)]
    told = visits(session, own, wanted, window.until)
    said = states(
        session,
        own,
        [one.code for one in way.stations],
        window.start - STATES_BEFORE,
        window.until,
    )
    return Floor(own, window, way, said, told, racks_of(by_serial(told), own)), ways


def _planned(found: Cells) -> dict[str, float]:
    """Racks planned in the whole window by line."""
    total: dict[str, float] = {}
    for (_, line, _), qty in found.plan.items():
        total[line] = total.get(line, 0.0) + qty
    return total


def _stations(
    floor: Floor, lines: Sequence[str], *, found_plan: dict[str, float], asked: FlowFilter
) -> tuple[list[BottleneckShape], OeeShape | None]:
    """Each line's bottleneck, and the OEE of the operation asked for, else of the first of them."""
    if not floor.window.spans:
        return [], None
    states = {line: floor.states(line) for line in lines}
    narrow = [
        bottleneck(floor, line, states[line], found_plan.get(line, 0.0))
        for line in lines
        if floor.route.places(line)
    ]
    known = [
        one for one in floor.route.codes if any(one == s.operation for s in floor.route.stations)
    ]
    led = [one[method]["operation"] for method in ("first", "second") for one in narrow]
    code = next((one for one in (asked.operation, *led, *known[-1:]) if one in known), None)
    every = [one for line in lines for one in states[line]]
    return narrow, oee_of(floor, code, every, lines) if code else None


def _shifts(session: Session, own: Home, now: datetime) -> list[ChoiceShape]:
    """The plant's shifts by code."""
    names = {one.code: one.name for one in shifts_around(session, own.code, now)}
    return [ChoiceShape(value=code, label=name) for code, name in sorted(names.items())]


def _shared(session: Session, plant: str) -> str:
    """Where test power and coolant stand as constraints, or that nobody says how much there is."""
    kinds = session.exec(select(CapacityResource.kind).where(CapacityResource.plant == plant))
    given = set(kinds)
    known = " and ".join(word for kind, word in SHARED.items() if kind in given)
    rest = " and ".join(word for kind, word in SHARED.items() if kind not in given)
    said = []
    if known:
        said.append(f"All lines share {known}: what that allows stands on the capacity page.")
    if rest:
        said.append(f"How much {rest} there is, no source says: no constraint is known of it.")
    return " ".join([*said, "Stops that name them as their reason are among the stops."])


def _loaded_from(session: Session, own: Home) -> datetime | None:
    """Since when visits are loaded."""
    return session.exec(
        select(Source.loaded_from_at).where(Source.plant == own.code, Source.feed == "unit_step")
    ).first()
