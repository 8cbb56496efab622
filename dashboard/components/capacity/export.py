"""The rows behind the capacity page, every one of them, for CSV and Excel."""

from typing import Any

from dashboard.address import label
from dashboard.components.capacity.behind import demand_rows, limit_rows
from dashboard.components.capacity.limits import focus
from dashboard.components.capacity.told import finding_rows
from dashboard.components.capacity.view import FIELDS, Site, View, foreseen, week_options
from dashboard.report import Asked, Column, Report, Table
from dashboard.wording import lacking
from db.domain.capacity.constraint import constraint_of
from db.domain.capacity.results import Quantity
from db.domain.catalog import METRICS

DEFINED = ("rated_racks", "demonstrated_racks", "supported_racks", "committed_racks",
           "optioned_racks", "headroom_racks", "committable_racks", "shipped_racks",
           "forecast_racks")  # fmt: skip
MEASURES = ("made", "shipped", "planned", "rated", "demonstrated", "supported", "committed",
            "optioned", "evaluation", "headroom")  # fmt: skip
LABELS = {"headroom": "Room of the week"}
WEEKS = (
    Column("Plant"), Column("Product"), Column("Week"), Column("From", "date"),
    Column("Hours", "number"), Column("Working hours", "number"), Column("Is over"),
    *(Column(f"{LABELS.get(name, name.capitalize())}, {unit}", "number")
      for name in MEASURES for unit in ("racks", "MW")),
    Column("At least"),
)  # fmt: skip
LIMITS = (
    Column("Plant"), Column("Week"), Column("Constraint"), Column("Racks", "number"),
    Column("How"), Column("Evidence"),
)  # fmt: skip
RESOURCES = (
    Column("Plant"), Column("Resource"), Column("Racks", "number"), Column("How"),
    Column("Evidence"), Column("Rank", "count"),
)  # fmt: skip
FORECAST = (
    Column("Plant"), Column("Week"), Column("Racks", "number"), Column("Low", "number"),
    Column("High", "number"),
)  # fmt: skip
PROMISES = (Column("Plant"), Column("Week"), Column("Racks", "number"))
DEMAND = (
    Column("Plant"), Column("Demand"), Column("Customer"), Column("Product"), Column("Kind"),
    Column("Racks", "count"), Column("Due", "date"), Column("Open until", "date"),
)  # fmt: skip
CLAIMS = (
    Column("Claim"), Column("About"), Column("Value", "number"), Column("Unit"),
    Column("Said on", "date"), Column("Source"),
)  # fmt: skip
FAULTS = (Column("Kind"), Column("Finding"))


def capacity_report(asked: Asked, view: View, as_of_at: str) -> Report:
    """What the page shows for a state, and the whole ledger by product behind it."""
    offered = {"week": week_options(view)}
    names = {plant["code"]: plant["name"] for plant in asked.plants}
    home = view.sites[0].plant if len(view.sites) == 1 else None
    span = [one.first_on.isoformat() for one in (*view.weeks[:1], *view.weeks[-1:])]
    return Report(
        title="Capacity",
        as_of_at=as_of_at,
        zone=home["zone"] if home else "UTC",
        zone_label=home["zone_label"] if home else "UTC",
        filters=[
            *((it.label, names.get(asked.state[it.name])
               or label(it, asked.state[it.name], offered.get(it.name, ()))) for it in FIELDS),
            ("Weeks of a total", view.total.clock),
        ],
        definitions=[
            *((METRICS[name].label, METRICS[name].definition) for name in DEFINED),
            *((title, f"{site.plant['name']}: {text}") for site in view.sites
              for title, text in lacking(site.held.lacks)),
        ],
        tables=[
            Table("Ledger", WEEKS, [row for site in view.sites for row in _ledger(site)]),
            Table("What limits", LIMITS, [_limit(view, site) for site in view.sites]),
            Table("Resources of the week", RESOURCES, limit_rows(view)),
            Table("Forecast", FORECAST, [row for site in view.sites for row in _foreseen(site)]),
            Table("Can be committed", PROMISES, [
                [site.plant["name"], week, racks] for site in view.sites
                for week, racks in site.held.ledger.committable.items()]),
            Table("Demand of the week", DEMAND, [_dated(row) for row in demand_rows(view)]),
            Table("Said in public", CLAIMS, [
                [one.subject, site.plant["name"] if one.plant else "the whole company", one.value,
                 one.unit, one.said_on.isoformat(), one.source]
                for site in view.sites for one in site.held.ledger.claims]),
            Table("Faults in the data", FAULTS, finding_rows(view)),
        ],
        plant=asked.state["plant"],
        span=span,
    )  # fmt: skip


def _ledger(site: Site) -> list[list[Any]]:
    """A row for each week, of all products and of each."""
    books = site.held.ledger
    return [
        [site.plant["name"], product, one.week.label, one.week.first_on.isoformat(),
         one.week.hours, one.week.working_hours, "yes" if one.is_past else "no",
         *(value for name in MEASURES for value in _both(getattr(one, name))),
         ", ".join(name for name in MEASURES if _is_part(getattr(one, name)))]
        for product, weeks in (("all", books.weeks), *books.by_product.items())
        for one in weeks
    ]  # fmt: skip


def _both(quantity: Quantity | None) -> tuple[float | None, float | None]:
    return (None, None) if quantity is None else (quantity.racks, quantity.mw)


def _is_part(quantity: Quantity | None) -> bool:
    return quantity is not None and (quantity.is_at_least or quantity.is_mw_at_least)


def _limit(view: View, site: Site) -> list[Any]:
    week = focus(view, site)
    if week is None:
        return [site.plant["name"], "", "no week is known", None, "", ""]
    found = constraint_of(site.held.ledger, week, site.held.blockers)
    return [site.plant["name"], week.week.label, found.name, found.racks, found.reason,
            found.evidence]  # fmt: skip


def _foreseen(site: Site) -> list[list[Any]]:
    return [[site.plant["name"], week, *bounds] for week, bounds in foreseen(site).items()]


def _dated(row: list[Any]) -> list[Any]:
    return [*row[:6], row[6].isoformat(), row[7].isoformat() if row[7] else None]
