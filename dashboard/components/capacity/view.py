"""What a state of the capacity page looks at: plants, weeks, unit; and how quantities read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from dashboard.address import Field, Option, State, search_of
from dashboard.wording import NONE, count
from db.domain.capacity.facts import Week
from db.domain.capacity.ledger import company
from db.domain.capacity.results import Company, CompanyWeek, Quantity, WeekLedger
from db.queries.capacity_ledger import Capacities, PlantCapacity
from db.queries.shapes import PlantShape

Unit = Literal["racks", "mw"]
PATH = "/capacity"
FEEDS = ("unit_step", "demand", "plan_hour", "build", "stock", "receipt")
"""What the capacity pages stand on."""
ALL, PEAK = "all", "peak"
UNITS = (Option("racks", "Racks"), Option("mw", "MW"))
BACK = tuple(Option(str(n), f"{n} weeks back") for n in (4, 8, 26))
FIELDS = (
    Field("plant", "Plant", ALL),
    Field("unit", "Unit", "racks", UNITS, "segmented"),
    Field("back", "Weeks", "8", BACK),
    Field("week", "Week", PEAK),
)
PER_WEEK = {"racks": "racks/wk", "mw": "MW/wk"}
WORDS = {"racks": "racks", "mw": "MW"}


class Site(NamedTuple):
    """A plant with its capacity."""

    plant: PlantShape
    held: PlantCapacity

    @property
    def ahead(self) -> list[WeekLedger]:
        """The week that runs and those to come."""
        return [one for one in self.held.ledger.weeks if not one.is_past]


@dataclass(frozen=True)
class View:
    """The chosen plants and their sum. `weeks` are those shown, one for each label, by date;
    `chosen` is the week looked at: the one named, else that with most committed."""

    sites: Sequence[Site]
    total: Company
    unit: Unit
    weeks: Sequence[Week]
    chosen: str
    is_named: bool

    @property
    def by_label(self) -> dict[str, CompanyWeek]:
        """The sum of each week."""
        return {one.label: one for one in self.total.weeks}

    @property
    def past(self) -> list[CompanyWeek]:
        """Weeks that are over at every chosen plant."""
        open_labels = {one.week.label for site in self.sites for one in site.ahead}
        return [one for one in self.total.weeks if one.label not in open_labels]

    @property
    def ahead(self) -> list[CompanyWeek]:
        """The week that runs and those to come, at any chosen plant."""
        over = {one.label for one in self.past}
        return [one for one in self.total.weeks if one.label not in over]

    def first_on(self, label: str) -> date:
        """The first day of a week; plants of another week rule have other labels."""
        return next(one.first_on for one in self._every if one.label == label)

    @property
    def _every(self) -> list[Week]:
        return [one.week for site in self.sites for one in site.held.ledger.weeks]


def view_of(found: Capacities, plants: Sequence[PlantShape], state: State) -> View:
    """What a state looks at; without plants nothing is known of it."""
    shapes = {plant["code"]: plant for plant in plants}
    sites = [
        Site(shapes[one.code], one)
        for one in found.plants
        if one.code in shapes and state["plant"] in (ALL, one.code)
    ]
    total = company([site.held.ledger for site in sites])
    named = state["week"] if state["week"] in {one.label for one in total.weeks} else ""
    unit: Unit = "mw" if state["unit"] == "mw" else "racks"
    bare = View(sites, total, unit, (), named, bool(named))
    return View(
        sites, total, unit, _shown(bare, int(state["back"])), named or peak(bare), bool(named)
    )


def _shown(view: View, back: int) -> list[Week]:
    weeks = {one.label: one for one in view._every}
    over = [one.label for one in view.past][-back:]
    return [weeks[label] for label in [*over, *(one.label for one in view.ahead)]]


def peak(view: View) -> str:
    """The week to come with most racks committed, of equals the first; "" without weeks."""
    ahead = view.ahead
    return max(ahead, key=lambda one: one.committed.racks).label if ahead else ""


def week_options(view: View) -> list[Option]:
    """The peak, then every week by date."""
    named = [Option(one.label, f"{one.label}, {day(one.first_on)}") for one in view.weeks]
    return [Option(PEAK, "Peak week"), *named]


def link(state: State, **changes: str) -> str:
    """The page's address with some filters changed."""
    return f"{PATH}{search_of(FIELDS, {**state, **changes})}"


def day(on: date) -> str:
    """A day of a week that has its year in its name.

    >>> day(date(2026, 12, 7))
    'Dec 7'
    """
    return f"{on:%b} {on.day}"


def amount(quantity: Quantity | None, unit: Unit) -> float | None:
    """The racks or MW of a quantity; None is not known.

    >>> amount(Quantity(100, 13.2), "mw"), amount(None, "racks")
    (13.2, None)
    """
    if quantity is None:
        return None
    return quantity.mw if unit == "mw" else quantity.racks


def number(value: float | None, unit: Unit) -> str:
    """A number of racks, or of MW with one decimal.

    >>> number(1234.4, "racks"), number(-0.75, "mw"), number(None, "mw")
    ('1,234', '−0.8', '—')
    """
    if value is None:
        return NONE
    if unit == "racks":
        return count(value)
    text = f"{abs(value):,.1f}"
    return f"−{text}" if value < 0 and text != "0.0" else text


def told(quantity: Quantity | None, unit: Unit) -> str:
    """A quantity in words: "at least" where a part of it is not known.

    >>> told(Quantity(40, None, True, True), "racks"), told(Quantity(40, None, True), "mw")
    ('at least 40', '—')
    """
    value = amount(quantity, unit)
    if quantity is None or value is None:
        return NONE
    is_part = quantity.is_mw_at_least if unit == "mw" else quantity.is_at_least
    return f"{'at least ' if is_part else ''}{number(value, unit)}"


def signed(value: float | None, unit: Unit) -> str:
    """A difference with its sign.

    >>> signed(12, "racks"), signed(-3, "racks"), signed(0, "racks")
    ('+12', '−3', '0')
    """
    text = number(value, unit)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.") else text


def names(sites: Sequence[Site]) -> str:
    """Plants in a sentence.

    >>> names([])
    ''
    """
    found = [site.plant["name"] for site in sites]
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def promised(view: View, label: str) -> Quantity | None:
    """Racks that can still be promised by the end of a week without breaking a later promise; "at
    least" where a plant's cannot be told. None when no plant's can."""
    known = [held[label] for site in view.sites if label in (held := site.held.ledger.committable)]
    return Quantity(sum(known), None, len(known) < len(view.sites), True) if known else None


def foreseen(site: Site) -> Mapping[str, tuple[float, float | None, float | None]]:
    """Racks foreseen of a plant by week label: middle, low, high, products added. The bounds of
    products are added too, so they are rather too wide than too narrow."""
    found: dict[str, tuple[float, float | None, float | None]] = {}
    for each in site.held.forecasts:
        for one in each.weeks:
            mid, low, high = found.get(one.week.label, (0.0, 0.0, 0.0))
            found[one.week.label] = (
                mid + one.racks,
                None if low is None or one.low is None else low + one.low,
                None if high is None or one.high is None else high + one.high,
            )
    return found
