"""Which station holds a line back, by two methods side by side, and when that cannot be said.

Active period (Roser, Nakano and Tanaka, 2001 and 2002): a station is active while it does not wait
for another; the one whose uninterrupted active period is longest is the bottleneck of the moment,
and where one such period ends within the next the bottleneck shifts between the two. Turning point
(Li, Chang and Ni, 2009): stations before the bottleneck are blocked more than starved, those after
it starved more than blocked. Without states, what is left are queues that grow and the load of
slots, test power and coolant.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from db.domain.calendar import HOUR, Span
from db.domain.vocabulary import StationCondition

FEWEST_COVERED = 0.8
SLOTS_BUSY = 0.95
"""A station with slots is active while so many of them are: one free slot of five and it waits."""

WAITING = frozenset(
    {StationCondition.BLOCKED, StationCondition.STARVED, StationCondition.NO_OPERATOR}
)
NOT_ACTIVE = WAITING | {StationCondition.NOT_SCHEDULED}


@dataclass(frozen=True, slots=True)
class State:
    """A stretch in which a station, or one of its slots, was in a StationCondition."""

    station: str
    condition: str
    started_at: datetime
    ended_at: datetime | None
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Lead:
    """How long a station led, as shares of the time in which any did.

    `sole_ratio`: it alone was the bottleneck; `shifting_ratio`: together with the one before or
    after it. `led_ratio`: with shifting time divided among those that shared it; all add up to 1.
    """

    station: str
    led_ratio: float
    sole_ratio: float
    shifting_ratio: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one method says: the station, None when it cannot tell, and why in a sentence."""

    method: str
    station: str | None
    sentence: str
    leads: tuple[Lead, ...] = ()
    periods: tuple[tuple[str, datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of a resource and what there is of it, both in `unit` (slot-hours, kWh, …)."""

    resource: str
    kind: str
    required: float
    available: float
    unit: str

    @property
    def ratio(self) -> float | None:
        """Required ÷ available; None when there is nothing available."""
        return self.required / self.available if self.available > 0 else None


@dataclass(frozen=True, slots=True)
class Queue:
    """Racks waiting in front of a station at the start and at the end of a window."""

    station: str
    start_count: int
    end_count: int


def coverage(
    states: Iterable[State], stations: Sequence[str], start: datetime, end: datetime
) -> dict[str, float]:
    """The share of [start, end) for which each station's state is known, its slots averaged.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> coverage([State("A", "running", six, six + 6 * HOUR)], ["A", "B"], six, six + 8 * HOUR)
    {'A': 0.75, 'B': 0.0}
    """
    return _coverage(_by_slot(states, start, end), stations, (start, end))


def active_period(
    states: Sequence[State], stations: Sequence[str], start: datetime, end: datetime
) -> Verdict:
    """The bottleneck of [start, end) by active periods; refused below 80 % coverage of a station.

    A state that begins before `start` counts for the length of its period, not for any share.

    >>> from datetime import UTC
    >>> six = datetime(2026, 7, 6, 11, tzinfo=UTC)
    >>> says = [("A", "running", 0, 4), ("A", "blocked", 4, 8), ("B", "starved", 0, 2),
    ...         ("B", "running", 2, 8)]
    >>> states = [State(on, is_, six + a * HOUR, six + b * HOUR) for on, is_, a, b in says]
    >>> [(one.station, one.led_ratio) for one in
    ...  active_period(states, ["A", "B"], six, six + 8 * HOUR).leads]
    [('B', 0.625), ('A', 0.375)]
    """
    return _active_period(_by_slot(states, _first(states, start), end), stations, (start, end))


def _active_period(slots: "Slots", stations: Sequence[str], window: Span) -> Verdict:
    """As `active_period`, of slots that are told from their first state on."""
    method, (start, end) = "active period", window
    refusal = _refusal(_coverage(_within(slots, start), stations, window))
    if refusal:
        return Verdict(method, None, refusal)
    periods = [
        (station, a, b)
        for station in stations
        for a, b in _active([spans for (on, _), spans in slots.items() if on == station])
        if b > start
    ]
    chain = _chain(periods, start)
    leads = _leads(chain, start, end)
    if not leads:
        return Verdict(method, None, "no station was active: every one waited all the time")
    top = leads[0]
    told = (
        f"{top.station} had the longest active period {top.led_ratio:.0%} of the time "
        f"({top.sole_ratio:.0%} alone)"
    )
    return Verdict(method, top.station, told, leads, tuple(chain))


def turning_point(
    states: Sequence[State], stations: Sequence[str], start: datetime, end: datetime
) -> Verdict:
    """The first station, from upstream, that neither blocks behind nor starves before others.

    Its forerunner is blocked more than starved, its follower starved more than blocked, and it
    waits less than both. Refused below 80 % coverage of a station.
    """
    return _turning_point(_by_slot(states, start, end), stations, (start, end))


def _turning_point(slots: "Slots", stations: Sequence[str], window: Span) -> Verdict:
    method = "turning point"
    refusal = _refusal(_coverage(slots, stations, window))
    if refusal:
        return Verdict(method, None, refusal)
    blocked, starved = (
        _shares(slots, stations, condition)
        for condition in (StationCondition.BLOCKED, StationCondition.STARVED)
    )
    surplus = [blocked[one] - starved[one] for one in stations]
    waits = [blocked[one] + starved[one] for one in stations]
    last = len(stations) - 1
    for n, station in enumerate(stations):
        is_turn = (n == 0 or surplus[n - 1] > 0) and (n == last or surplus[n + 1] < 0)
        others = [waits[m] for m in (n - 1, n + 1) if 0 <= m <= last]
        if is_turn and all(waits[n] < other for other in others):
            told = f"{station} waits {waits[n]:.0%} of the time; before it stations are blocked"
            return Verdict(method, station, f"{told}, after it they are starved")
    return Verdict(method, None, "blocking does not turn into starving at any one station")


def by_load(loads: Sequence[Load], queues: Sequence[Queue] = ()) -> Verdict:
    """The resource asked for most of what it has, and whether the queue before it grows.

    >>> by_load([Load("BURN-IN", "slots", 5760, 6048, "slot-hours"),
    ...          Load("POWER", "test_power", 900, 800, "kWh")],
    ...         [Queue("POWER", 3, 9)]).sentence
    'POWER is asked for 112 % of what it has (900 of 800 kWh); 6 more racks wait before it'
    """
    method = "queue growth and load"
    growth = {one.station: one.end_count - one.start_count for one in queues}
    known = [
        (one.ratio, growth.get(one.resource, 0), one) for one in loads if one.ratio is not None
    ]
    if known:
        ratio, more, top = max(known, key=lambda one: (one[0], one[1], one[2].resource))
        told = (
            f"{top.resource} is asked for {100 * ratio:.0f} % of what it has "
            f"({top.required:.0f} of {top.available:.0f} {top.unit})"
        )
        waits = f"; {more} more racks wait before it" if more > 0 else ""
        return Verdict(method, top.resource, told + waits)
    grown = max(growth, key=lambda station: (growth[station], station), default=None)
    if grown is None or growth[grown] <= 0:
        return Verdict(method, None, "no load is known and no queue grows")
    told = f"the queue before {grown} grew by {growth[grown]} racks, more than any other"
    return Verdict(method, grown, told)


def bottlenecks(
    states: Sequence[State],
    stations: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    loads: Sequence[Load] = (),
    queues: Sequence[Queue] = (),
) -> tuple[Verdict, Verdict]:
    """Two methods: active period and turning point where states exist, else load beside a refusal.

    Methods are known to disagree; both are told.
    """
    slots, window = _by_slot(states, _first(states, start), end), (start, end)
    first = _active_period(slots, stations, window)
    loaded = by_load(loads, queues)
    if first.station is None:
        return first, loaded
    second = _turning_point(_within(slots, start), stations, window)
    return first, second if second.station is not None else loaded


def _refusal(covered: Mapping[str, float]) -> str:
    """Why nothing is said: the station of whose time least is known; "" when all have enough."""
    if not covered:
        return "no station is named, so no bottleneck can be told"
    station = min(covered, key=lambda one: (covered[one], one))
    if covered[station] >= FEWEST_COVERED:
        return ""
    return (
        f"the states of {station} cover {covered[station]:.0%} of the time, "
        f"{FEWEST_COVERED:.0%} is needed: no bottleneck by states"
    )


Stretch = tuple[datetime, datetime, str]
Slots = dict[tuple[str, str], list[Stretch]]
"""Station and slot → what it was doing, one stretch after the other."""


def _first(states: Iterable[State], start: datetime) -> datetime:
    return min((one.started_at for one in states), default=start)


def _within(slots: Slots, start: datetime) -> Slots:
    """The slots from `start` on."""
    return {
        key: [(max(a, start), b, is_) for a, b, is_ in spans if b > start]
        for key, spans in slots.items()
    }


def _coverage(slots: Slots, stations: Sequence[str], window: Span) -> dict[str, float]:
    """The share of a window for which the state of each station is known."""
    length = (window[1] - window[0]) / HOUR
    known: dict[str, list[float]] = defaultdict(list)
    for (station, _), spans in slots.items():
        known[station].append(sum((b - a) / HOUR for a, b, _ in spans) / length)
    return {station: _mean(known[station]) for station in stations}


def _by_slot(states: Iterable[State], start: datetime, end: datetime) -> Slots:
    """The states of each slot within [start, end), a later start ending the one before."""
    found: dict[tuple[str, str], list[Stretch]] = defaultdict(list)
    for one in sorted(states, key=lambda s: s.started_at):
        a, b = max(one.started_at, start), min(one.ended_at or end, end)
        held = found[one.station, one.slot]
        if held and held[-1][1] > a:
            held[-1] = (held[-1][0], a, held[-1][2])
        if a < b:
            held.append((a, b, one.condition))
    return {key: [s for s in spans if s[0] < s[1]] for key, spans in found.items()}


def _active(slots: Sequence[Sequence[Stretch]]) -> list[Span]:
    """Stretches in which nearly all slots of a station are active, those that touch joined."""
    changes: dict[datetime, int] = defaultdict(int)
    for spans in slots:
        for a, b, condition in spans:
            if condition not in NOT_ACTIVE:
                changes[a] += 1
                changes[b] -= 1
    found: list[Span] = []
    count = 0
    for a, b in pairwise(sorted(changes)):
        count += changes[a]
        if count and count >= SLOTS_BUSY * len(slots):
            if found and found[-1][1] == a:
                found[-1] = (found[-1][0], b)
            else:
                found.append((a, b))
    return found


Period = tuple[str, datetime, datetime]


def _chain(periods: Sequence[Period], start: datetime) -> list[Period]:
    """The bottlenecks one after the other: as one ends, the longest period then running is next."""
    found: list[Period] = []
    at = start
    while True:
        running = [one for one in periods if one[1] <= at < one[2]]
        if not running:
            later = [one[1] for one in periods if one[1] > at]
            if not later:
                return found
            at = min(later)
            continue
        best = max(running, key=lambda one: (one[2] - one[1], one[0]))
        found.append(best)
        at = best[2]


def _leads(chain: Sequence[Period], start: datetime, end: datetime) -> tuple[Lead, ...]:
    clipped = [(station, max(a, start), min(b, end)) for station, a, b in chain]
    edges = sorted({edge for _, a, b in clipped for edge in (a, b)})
    led: dict[str, float] = defaultdict(float)
    sole: dict[str, float] = defaultdict(float)
    shared: dict[str, float] = defaultdict(float)
    for a, b in pairwise(edges):
        on = [station for station, c, d in clipped if c <= a and b <= d]
        for station in on:
            led[station] += (b - a) / HOUR / len(on)
            (sole if len(on) == 1 else shared)[station] += (b - a) / HOUR
    total = sum(led.values())
    return tuple(
        Lead(one, led[one] / total, sole[one] / total, shared[one] / total)
        for one in sorted(led, key=lambda one: (-led[one], one))
    )


def _shares(slots: Slots, stations: Sequence[str], what: str) -> dict[str, float]:
    """The share of known time each station spent in a condition."""
    hours: dict[str, float] = defaultdict(float)
    known: dict[str, float] = defaultdict(float)
    for (station, _), spans in slots.items():
        known[station] += sum((b - a) / HOUR for a, b, _ in spans)
        hours[station] += sum((b - a) / HOUR for a, b, is_ in spans if is_ == what)
    return {one: hours[one] / known[one] for one in stations}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
