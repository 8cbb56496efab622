"""What the capacity calculation is given: plain facts of one plant at one instant.

Everything here is read from the store or written by hand in a test. Instants are aware UTC, dates
plant business dates, hours real elapsed hours. What nobody has said is None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

ResourceKind = Literal["station", "slots", "test_power", "coolant", "labour"]
WeekRule = Literal["iso", "plant"]
"""iso: Monday to Sunday, named by ISO 8601. plant: from the plant's own first weekday."""
WEEK_WORDS: Mapping[str, str] = {"iso": "ISO", "plant": "plant"}


@dataclass(frozen=True, slots=True)
class Week:
    """Seven business days from `first_on`, in UTC: 168 hours, or 167 or 169 when clocks change.

    `working_hours` are those in which the lines are meant to run. `is_shutdown`: the plant has
    planned to stand still all week.
    """

    label: str
    first_on: date
    start_at: datetime
    end_at: datetime
    working_hours: float
    is_shutdown: bool = False

    @property
    def hours(self) -> float:
        """Real hours of the week.

        >>> from datetime import UTC
        >>> spring = Week("2026-W10", date(2026, 3, 2), datetime(2026, 3, 2, 12, tzinfo=UTC),
        ...               datetime(2026, 3, 9, 11, tzinfo=UTC), 120)
        >>> spring.hours
        167.0
        """
        return (self.end_at - self.start_at).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class ProductFact:
    """A product revision; `kw` is its dated nameplate power, `generation` what ramps alike."""

    product: str
    kw: float | None = None
    kw_from_on: date | None = None
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something racks need a share of for some hours: stations, slots, kW, coolant flow, people.

    `amount` in `unit` (slots, kW, l/min, people). `is_clock_bound`: it serves all hours of the week
    (burn-in runs at night); else only working hours. `availability_ratio` None: never measured,
    taken as 1 and said. `evidence` is what was seen of it lately.
    """

    code: str
    name: str
    kind: ResourceKind
    amount: float | None
    unit: str
    is_clock_bound: bool
    availability_ratio: float | None = None
    evidence: str = ""
    by_line: Mapping[str, float] = field(default_factory=dict)
    """Line → how much of the amount is its own; empty: not told apart by line."""
    amounts: tuple[tuple[date, float], ...] = ()
    """Amounts by the day from which they are there, ascending; empty: `amount` at all times."""

    def amount_in(self, week: Week) -> float | None:
        """What is there over a week, by its days; before the first dated amount, that one.

        >>> from datetime import UTC
        >>> week = Week("W", date(2026, 7, 6), datetime(2026, 7, 6, tzinfo=UTC),
        ...             datetime(2026, 7, 13, tzinfo=UTC), 120)
        >>> Resource("P", "Power", "test_power", 70, "kW", True,
        ...          amounts=((date(2026, 1, 1), 70), (date(2026, 7, 12), 140))).amount_in(week)
        80.0
        """
        if not self.amounts:
            return self.amount
        days = [week.first_on + timedelta(days=n) for n in range(7)]
        return sum(self._amount_on(day) for day in days) / 7

    def _amount_on(self, day: date) -> float:
        held = [amount for from_on, amount in self.amounts if from_on <= day]
        return held[-1] if held else self.amounts[0][1]


@dataclass(frozen=True, slots=True)
class Outage:
    """`amount` of a resource is not there on [from_on, to_on); None: all of it."""

    resource: str
    amount: float | None
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class Use:
    """What one rack of a product takes of a resource: `amount` of it for `hours`, each pass.

    `repeat_ratio` is passes beyond the first per rack (retests). `hours` None: no rate known.
    """

    resource: str
    product: str
    hours: float | None
    amount: float = 1.0
    repeat_ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class WeekOutput:
    """Good racks of a product by first completion in the week from `first_on`, and those shipped.

    `reversed_count` are racks that came back in this week. `shipped_count` None: not known.
    """

    product: str
    first_on: date
    good_count: int
    shipped_count: int | None = None
    reversed_count: int = 0


@dataclass(frozen=True, slots=True)
class PlannedWeek:
    """Good racks of a product the plan wants in the week from `first_on`.

    `is_part`: the plan ends within the week, so it wants at least so many.
    """

    product: str
    first_on: date
    qty: float
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A demand row; `kind` is a DemandKind. An option past `expires_on` is worth nothing."""

    key: str
    product: str
    kind: str
    rack_count: int
    due_on: date
    customer: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Supported:
    """Racks of a product material allows in all until the end of each day: (date, racks), rising.

    `order_count` is how many racks are on open builds: where all of them are covered, more might
    be. Nothing is known after `until_on`.
    """

    product: str
    by_day: tuple[tuple[date, int], ...]
    order_count: int
    until_on: date


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of capacity somebody made in public: dated, sourced, and no rating of anything.

    `plant` "" when it is about no single plant.
    """

    subject: str
    value: float
    unit: str
    said_on: date
    source: str
    plant: str = ""


@dataclass(frozen=True, slots=True)
class Ramp:
    """An earlier ramp of a product at a site: good racks and working hours week by week."""

    plant: str
    product: str
    generation: str
    good_counts: tuple[int, ...]
    working_hours: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CapacityFacts:
    """Everything about one plant's capacity at `at`.

    `weeks` ascend without gaps, past ones first; the one that holds `today` is the current.
    `week_label` says how weeks are named, for every figure by week.
    """

    plant: str
    at: datetime
    today: date
    weeks: tuple[Week, ...]
    products: tuple[ProductFact, ...] = ()
    resources: tuple[Resource, ...] = ()
    uses: tuple[Use, ...] = ()
    outputs: tuple[WeekOutput, ...] = ()
    plan: tuple[PlannedWeek, ...] = ()
    demand: tuple[Wanted, ...] = ()
    supported: tuple[Supported, ...] | None = None
    claims: tuple[Claim, ...] = ()
    ramps: tuple[Ramp, ...] = ()
    mix: Mapping[str, float] = field(default_factory=dict)
    """Product → share of racks; empty: taken from the plan, else from demand, else from output."""
    outages: tuple[Outage, ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    """Week label → what is expected of the plant over what it demonstrated; 1 where none is given.
    For scenarios: slots lost, shifts added, yield changed."""
    begun: Mapping[str, date] = field(default_factory=dict)
    """Product → the first day of the week in which this plant began to make it, where that was
    before the weeks given: how old its ramp is."""
    name: str = ""
    zone: str = "UTC"
    week_rule: WeekRule = "iso"
