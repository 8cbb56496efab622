"""What the yield page's address holds, and the links that change it by a click."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from dashboard.address import LONGEST_TEXT, Field, Option, State, label, search_of
from db.queries.shapes import PlantShape
from db.queries.yield_shapes import (
    DEFAULT_DAYS,
    GROUPS,
    ChoiceShape,
    ChoicesShape,
    FindingShape,
    YieldFilter,
)

ALL = "all"
PATH = "/yield"
DATES = "dates"
CHOSEN_DATES = Option(DATES, "Chosen dates")
KINDS = (
    Option("ewma", "EWMA line"),
    Option("p", "p chart"),
    Option("laney", "Laney p′ chart"),
)
UNITS = ("racks", "hours", "mw")


def freeze_days(days: str, now: datetime) -> Mapping[str, str]:
    """The last n days as dates, for a link that shows the same tomorrow.

    >>> freeze_days("2", datetime(2026, 11, 22, 12))
    {'days': 'dates', 'from': '2026-11-21', 'to': '2026-11-22'}
    """
    if days == DATES:
        return {"days": DATES}
    since = now.date() - timedelta(days=int(days) - 1)
    return {"days": DATES, "from": f"{since}", "to": f"{now.date()}"}


def _last(days: Iterable[int]) -> tuple[Option, ...]:
    return tuple(Option(str(n), f"Last {n} days") for n in days)


FIELDS = (
    Field("plant", "Plant", ALL),
    Field("operation", "Operation", ALL),
    Field("days", "Range", str(DEFAULT_DAYS),
          (*_last((2, 7, DEFAULT_DAYS, 30, 90)), CHOSEN_DATES), freeze=freeze_days),
    Field("grain", "A dot for each", "shift",
          (Option("shift", "Per shift"), Option("day", "Per day"), Option("last", "Per n units")),
          "segmented"),
    Field("line", "Line", ALL, is_folded=True),
    Field("product", "Product", ALL, is_folded=True),
    Field("station", "Station", ALL, is_folded=True),
    Field("supplier", "Supplier", ALL, is_folded=True),
    Field("shift", "Shift", ALL, is_folded=True),
    Field("group", "Group by", ALL,
          (Option(ALL, "No groups"), *(Option(it, f"By {it}") for it in GROUPS)), is_folded=True),
    Field("chart", "Chart", "ewma", KINDS, is_folded=True),
    Field("n", "Units in a dot", "50",
          tuple(Option(str(n), f"{n} units a dot") for n in (20, 50, 100, 200)), is_folded=True),
    Field("from", "From", control="date", is_folded=True),
    Field("to", "To", control="date", is_folded=True),
    Field("rule", "First-verdict rule", control="hidden"),
    Field("symptom", "Failure code", control="hidden"),
    Field("factor", "Factor", control="hidden"),
    Field("value", "Factor value", control="hidden"),
    Field("point", "Dot", control="hidden"),
    Field("serial", "Genealogy of", control="hidden"),
    Field("unit", "Failure codes in", UNITS[0], tuple(Option(it, it) for it in UNITS), "hidden"),
)  # fmt: skip
NARROWING = ("line", "product", "station", "supplier", "shift")
CHIPS = (*NARROWING, "rule", "symptom", "point")
"""Filters that a chip names and clears, beside the factor with its value."""


def filter_of(state: State, plant: str) -> YieldFilter:
    """What the store is asked for a state, of a plant; clicks that only mark rows are not in it."""
    chosen = {name: _or_all(state[name]) for name in (*NARROWING, "operation", "group")}
    is_dated = state["days"] == DATES
    until = _date(state["to"]) if is_dated else None
    since = _date(state["from"]) if is_dated else None
    return YieldFilter(
        plant,
        factor=state["factor"],
        value=state["value"],
        since_on=since,
        until_on=until,
        grain=state["grain"],  # type: ignore[arg-type]
        last=int(state["n"]),
        rule=state["rule"],
        **chosen,  # type: ignore[arg-type]
    )


def link(state: State, **changes: str) -> str:
    """The address of the page with some filters changed; "" puts one back to its default.

    >>> at_rest = {field.name: field.default for field in FIELDS}
    >>> link(at_rest, symptom="LEAK-02"), link(at_rest, unit="")
    ('/yield?symptom=LEAK-02', '/yield')
    """
    defaults = {field.name: field.default for field in FIELDS}
    given = {name: value or defaults[name] for name, value in changes.items()}
    return PATH + search_of(FIELDS, {**state, **given})


def filters_said(state: State) -> list[tuple[str, str]]:
    """The filters that are not at rest, in words."""
    return [(field.label, label(field, state[field.name])) for field in FIELDS
            if state[field.name] not in (field.default, ALL)]  # fmt: skip


def toggled(state: State, name: str, value: str) -> str:
    """The address with a filter set to `value`, or cleared where it is that already."""
    return link(state, **{name: "" if state[name] == value else value})


OWN_FILTERS = {"station": "station", "line": "line", "shift": "shift"}
"""Factors that are a filter of their own."""
CARRIED_AS = {
    "lot": "lot",
    "coolant_batch": "lot",
    "part_revision": "part revision",
    "supplier": "part supplier",
    "country": "part country",
    "slot": "slot",
    "fixture": "fixture",
    "program": "program",
    "firmware": "firmware",
    "crew": "crew",
    "upstream_station": "upstream station",
    "queue_age": "hours in queue",
}
"""Factors that the store can narrow units by, and how it calls them; pairs are no filter."""


def finding_filters(finding: FindingShape) -> dict[str, str]:
    """The filters that narrow the page to the units of a finding; none where it cannot.

    >>> finding_filters({"factor": "shift", "value": "N"})
    {'shift': 'N'}
    >>> finding_filters({"factor": "coolant_batch", "value": "COOLANT-25 B7"})
    {'factor': 'lot', 'value': 'COOLANT-25 B7'}
    """
    factor, value = finding["factor"], finding["value"]
    if not 0 < len(value) <= LONGEST_TEXT or not value.isprintable():
        return {}
    if factor in OWN_FILTERS:
        return {OWN_FILTERS[factor]: value}
    return {"factor": CARRIED_AS[factor], "value": value} if factor in CARRIED_AS else {}


def is_chosen(state: State, finding: FindingShape) -> bool:
    """Whether the page is narrowed to a finding."""
    filters = finding_filters(finding)
    return bool(filters) and all(state[name] == value for name, value in filters.items())


def finding_link(state: State, finding: FindingShape) -> str | None:
    """The address that narrows the page to a finding, or back; None where it cannot."""
    filters = finding_filters(finding)
    if is_chosen(state, finding):
        return link(state, **dict.fromkeys(filters, ""))
    return link(state, **filters) if filters else None


def options(
    choices: ChoicesShape, plants: Sequence[PlantShape], shown: tuple[str, str], is_drop: bool
) -> dict[str, list[Option]]:
    """What each filter may be set to. `shown`: the names of the plant and operation that "all"
    leads to; with a drop that is where most is lost."""
    word = "Worst" if is_drop else "First"
    plant, operation = (Option(ALL, f"{word}: {name}") for name in shown)
    lists = {name: choices[f"{name}s"] for name in NARROWING}  # type: ignore[literal-required]
    return {
        "plant": [plant, *(Option(it["code"], it["name"]) for it in plants)],
        "operation": [operation, *_options(choices["operations"])],
        **{name: [Option(ALL, f"All {name}s"), *_options(found)] for name, found in lists.items()},
    }


def _options(found: Iterable[ChoiceShape]) -> list[Option]:
    return [Option(it["value"], it["label"]) for it in found]


def _or_all(value: str) -> str:
    return "" if value == ALL else value


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
