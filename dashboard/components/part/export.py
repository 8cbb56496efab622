"""Every row behind a part's page, for CSV and Excel."""

from dashboard.components.part.head import Here
from dashboard.components.part.tables import said, source_rows
from dashboard.report import Asked, Column, Report, Table
from db.queries.outlook_shapes import CASES
from db.queries.part_shapes import PartDetailShape

DEFINITIONS = (
    (
        "Balance",
        "free to build with − used since the stock was read + receipts of the case − planned use",
    ),
    ("What covers each day", "the first day's need has what was used since the stock was read"),
    ("Counts", "confirmed, dated and not overdue: supply if promises hold"),
)


def part_report(asked: Asked, detail: PartDetailShape, here: Here | None) -> Report:
    """The hours of the projection, receipts, pegging, stock and source rows."""
    plant = here.plant if here else None
    return Report(
        title=f"Part {detail['part']} {detail['name']}".strip(),
        as_of_at=here.at["as_of_at"] if here else None,
        zone=plant["zone"] if plant else "UTC",
        zone_label=plant["zone_label"] if plant else "UTC",
        filters=[("Part", detail["part"]), ("Plant", plant["name"] if plant else "none knows it")],
        definitions=DEFINITIONS,
        tables=[_hours(here), _receipts(here), _pegging(here), _rows(here)] if here else [],
        plant=plant["code"] if plant else "none",
        span=(detail["part"],),
    )


def _hours(here: Here) -> Table:
    hourly = here.at["hourly"]
    columns = [Column("Hour", "instant"), *(Column(f"Balance, {it}", "number") for it in CASES),
               Column("Need", "number"), Column("Arrives", "number")]  # fmt: skip
    if hourly is None:
        return Table("Projection", columns, [])
    paths = [hourly["balances"][case] for case in CASES]
    values = zip(hourly["at"], *paths, hourly["needs"], hourly["arrivals"], strict=True)
    return Table("Projection", columns, list(values))


def _receipts(here: Here) -> Table:
    columns = [Column("Order"), Column("Supplier"), Column("Country"), Column("Open", "number"),
               Column("Unit"), Column("Needed", "date"), Column("First promise", "date"),
               Column("Promise", "date"), Column("Usable", "instant"), Column("Counts"),
               Column("Why not"), Column("Key")]  # fmt: skip
    own = here.at["outlook"]
    rows = [
        (
            it["order_no"], it["supplier"], it["origin_country"], it["open_qty"], it["unit"],
            it["need_on"], it["first_promised_on"], it["promised_on"], it["usable_at"],
            "yes" if it["counts"] else "no", it["why_not"], it["key"],
        )
        for it in (own["receipts"] if own else ())
    ]  # fmt: skip
    return Table("On order", columns, rows)


def _pegging(here: Here) -> Table:
    columns = [Column("Day", "date"), Column("Need", "number"), Column("From stock", "number"),
               Column("From receipts", "number"), Column("Not covered", "number")]  # fmt: skip
    rows = [
        (
            it["on"], it["need_qty"], it["from_stock_qty"],
            sum(qty for _, qty in it["from_receipts"]), it["uncovered_qty"],
        )
        for it in here.at["pegging"]
    ]  # fmt: skip
    return Table("What covers each day", columns, rows)


def _rows(here: Here) -> Table:
    columns = [Column("Kind"), Column("Source"), Column("Key there"), Column("Changed", "instant"),
               Column("Says")]  # fmt: skip
    told = [
        (kind, it["source"], it["source_key"], it["changed_at"], said(it))
        for kind, it in source_rows(here)
    ]
    return Table("Source rows", columns, told)
