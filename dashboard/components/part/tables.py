"""The tables of a part's page, down to the rows of the source systems."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.marks import mark
from dashboard.components.panels import empty, panel, table
from dashboard.components.part.head import Here, used
from dashboard.components.times import clock, day_of, moment
from dashboard.page import address
from dashboard.wording import NONE, count, counted
from db.queries.outlook_shapes import PartOutlookShape
from db.queries.part_shapes import RowShape

MOST_ROWS = 40
RISKS = {
    "single_source": "single source",
    "one_country": "more than 70 % from one country",
    "cover_below_lead_time": "cover below lead time",
}


def receipts(here: Here, part: PartOutlookShape) -> html.Section:
    """Open order lines, which of them count, and why the others do not."""
    note = "counts: confirmed, dated, not overdue"
    head = ["Order", "Supplier", "Country", "Open", "Needed", "First promise", "Promise", "Usable",
            "If late as usual", "Counts as supply"]  # fmt: skip
    rows = [
        [
            it["order_no"], it["supplier"] or NONE, it["origin_country"] or NONE,
            f"{count(it['open_qty'])} {it['unit']}", day_of(it["need_on"]),
            day_of(it["first_promised_on"]), day_of(it["promised_on"]),
            moment(it["usable_at"], here.plant, here.now),
            moment(it["late_usable_at"], here.plant, here.now),
            "yes" if it["counts"] else mark("ring", f"no: {it['why_not']}", "outline"),
        ]
        for it in part["receipts"]
    ]  # fmt: skip
    return _panel("On order", note, head, rows, "Nothing is on order.", numbers=[3])


def pegging(here: Here) -> html.Section:
    """Which receipts cover which day's need."""
    own = here.at["outlook"]
    orders = {it["key"]: it["order_no"] for it in own["receipts"]} if own else {}
    rows = [
        [
            day_of(it["on"]), count(it["need_qty"]), count(it["from_stock_qty"]),
            ", ".join(f"{count(qty)} of {orders.get(key, key)}" for key, qty in it["from_receipts"])
            or NONE,
            mark("square", count(it["uncovered_qty"]), "red") if it["uncovered_qty"] else "0",
        ]
        for it in here.at["pegging"]
        if it["need_qty"]
    ]  # fmt: skip
    head = ["Day", "Need", "From stock", "From receipts", "Not covered"]
    since = used(here, own) if own else ""
    note = "first come, first served; promises hold"
    note += f"; the first day's need begins where the stock was read: {since}" if since else ""
    return _panel("What covers each day", note, head, rows, "No need within the plan.",
                  numbers=[1, 2])  # fmt: skip


def promises(here: Here) -> html.Section:
    """What each order line said over time."""
    rows = [
        [
            it["order_no"], it["supplier"] or NONE, moment(it["said_at"], here.plant, here.now),
            day_of(it["promised_on"]), count(it["ordered_qty"]), count(it["received_qty"]),
            "confirmed" if it["is_confirmed"] else "not confirmed", it["status"],
        ]
        for it in sorted(here.at["promises"], key=lambda it: it["said_at"], reverse=True)
    ]  # fmt: skip
    head = [
        "Order",
        "Supplier",
        "Said on",
        "Promised",
        "Ordered",
        "Received",
        "Confirmed",
        "Status",
    ]
    return _panel("Promise history", "newest first", head, rows, "No promise was ever made.",
                  numbers=[4, 5])  # fmt: skip


def lots(here: Here) -> html.Section:
    """Stock by place and lot."""
    rows = [
        [
            it["location"] or NONE, it["lot"] or NONE, it["status"].replace("_", " "),
            f"{count(it['qty'])} {it['unit']}", count(it["allocated_qty"]), it["supplier"] or NONE,
            it["origin_country"] or NONE, moment(it["received_at"], here.plant, here.now),
            f"{it['row']['source']} {it['row']['source_key']}",
        ]
        for it in here.at["lots"]
    ]  # fmt: skip
    head = ["Place", "Lot", "Status", "Quantity", "Allocated", "Supplier", "Country", "Received",
            "Source row"]  # fmt: skip
    newest = max((it["as_of_at"] for it in here.at["lots"]), default=None)
    note = f"as of {clock(newest, here.plant)}" if rows else ""
    return _panel("Stock", note, head, rows, "No stock.", numbers=[3, 4])


def where_used(here: Here) -> html.Section:
    """The bills that call for the part."""
    rows = [
        [
            it["product"], " in ".join(it["path"]), f"{it['per_qty']:g} {it['unit']}",
            f"{it['each_qty']:,.3f}",
            f"instead of {it['alternate_of']}" if it["alternate_of"] else "",
            "" if it["is_effective"] else mark("ring", "not now", "outline"),
            f"{day_of(it['valid_from_on'])} to {day_of(it['valid_to_on'])}",
        ]
        for it in here.at["where_used"]
    ]  # fmt: skip
    head = [
        "Product",
        "Goes into",
        "Per parent",
        "Per rack, with scrap",
        "Alternate",
        "Effective",
        "Valid",
    ]
    return _panel("Where used", "", head, rows, "No bill calls for it.", numbers=[2, 3])


def alternates(here: Here) -> html.Section:
    """What may stand in."""
    rows = [
        [
            str(it["rank"]), html.A(it["name"] or it["part"],
                                    href=address("/part/<number>", number=it["part"])),
            it["part"], count(it["available_qty"]),
            moment(until, here.plant, here.now) if (until := it["lasts_until_at"]) else "no stop",
        ]
        for it in here.at["alternates"]
    ]  # fmt: skip
    head = ["Rank", "Part", "Number", "Available", "Lasts until"]
    return _panel("Alternates", "tried by rank, after the part itself", head, rows,
                  "None is allowed.", numbers=[3])  # fmt: skip


def suppliers(here: Here, part: PartOutlookShape | None) -> html.Section:
    """Who delivers it, from where, and how punctually."""
    rows = [
        [
            it["supplier"], it["country"] or NONE, count(it["open_qty"]), count(it["received_qty"]),
            _of(it["on_time_first"]), _of(it["on_time_last"]),
            "{} d; {} d if promised anew".format(*it["late_days"]) if it["late_days"] else NONE,
        ]
        for it in here.at["suppliers"]
    ]  # fmt: skip
    risks = [RISKS.get(it, it) for it in part["risks"]] if part else []
    if part and part["hhi"] is not None:
        risks.append(f"concentration (HHI) {part['hhi']:.2f}")
    if part and part["lead_time_days"] is not None:
        risks.append(f"lead time {counted(part['lead_time_days'], 'day')}")
    note = ", ".join(risks) or ("no concentration to name" if part else "")
    head = ["Supplier", "Country", "On order", "Delivered", "On time, first promise",
            "On time, last promise", "Late as usual, 80 %"]  # fmt: skip
    return _panel("Suppliers by country", note, head, rows, "No supplier is known.",
                  numbers=range(2, 7))  # fmt: skip


def raw(here: Here) -> html.Section:
    """The rows behind the figures, by the keys of the systems they came from."""
    rows = source_rows(here)
    body = [_raw(kind, row, here) for kind, row in rows[:MOST_ROWS]]
    note = f"{counted(len(rows), 'row')}; all of them are in the export"
    head = ["Kind", "Source", "Key there", "Changed", "Says"]
    content = html.Details([html.Summary("Show the rows"), table(head, body, "Source rows")])
    return panel("Rows this page came from", note, content if body else empty("None."))


def source_rows(here: Here) -> list[tuple[str, RowShape]]:
    """Kind and row of everything the page was worked out from."""
    at = here.at
    return [
        *([("Part", at["part_row"])] if at["part_row"] else []),
        *(("Stock", it["row"]) for it in at["lots"]),
        *(("Receipt", row) for row in at["receipt_rows"]),
        *(("Bill", it["row"]) for it in at["where_used"]),
        *at["assembly_rows"],
        *(("Plan", row) for row in at["plan_rows"]),
    ]


def said(row: RowShape) -> str:
    """What a row says, in one line.

    >>> said({"source": "", "source_key": "", "changed_at": "", "says": {"qty": 2.0, "lot": None}})
    'qty 2, lot —'
    """
    shown = (
        f"{name} {NONE if it is None else f'{it:g}' if isinstance(it, float) else it}"
        for name, it in row["says"].items()
    )
    return ", ".join(shown)


def _raw(kind: str, row: RowShape, here: Here) -> list[Any]:
    changed = moment(row["changed_at"], here.plant, here.now)
    return [kind, row["source"], row["source_key"], changed, said(row)]


def _of(counts: Sequence[int]) -> str:
    on_time, due = counts
    return f"{on_time} of {due}" if due else NONE


def _panel(
    title: str,
    note: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Any]],
    nothing: str,
    *,
    numbers: Any = (),
) -> html.Section:
    """A table whose rows stand as blocks on a phone, so that no column is out of sight there."""
    if not rows:
        return panel(title, note, empty(nothing))
    rest = len(rows) - MOST_ROWS
    more = [empty(f"{counted(rest, 'more row')} in the export.")] if rest > 0 else []
    return panel(title, note, table(head, rows[:MOST_ROWS], title, numbers), *more,
                 part="stacks")  # fmt: skip
