"""Parts × days: the projected balance at the end of each day, as a table people can copy."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dash import html

from dashboard.components.marks import attributes, mark
from dashboard.components.panels import empty, panel
from dashboard.components.shortages.rows import LOW_DAYS, Row, Site
from dashboard.components.times import local, moment, on_day
from dashboard.page import address
from dashboard.wording import compact, counted

FORMULA = "on hand + receipts − scheduled use; days are business days"
WIDE_DAYS = 14
"""With more days than that, when the line stops stands before them, so that it is in sight."""
MOST_ROWS = 60
"""More are named by their count, and found by searching or in the export."""
SHAPES = {"red": "square", "amber": "triangle"}


def heat(rows: Sequence[Row], days: Sequence[str], *, is_many: bool, now: datetime) -> html.Section:
    """The panel; `is_many` names the plant in each row."""
    if not rows:
        text = "No part of those chosen runs out in this time. “All parts” shows the others."
        return panel("Projected balance at end of day", FORMULA, empty(text))
    is_long = len(days) > WIDE_DAYS
    shown = rows[:MOST_ROWS]
    rest = len(rows) - len(shown)
    more = [empty(f"{counted(rest, 'more part')}: search, narrow the filters, or export.")]
    return panel(
        "Projected balance at end of day",
        FORMULA,
        _legend(),
        *_plan_ends(rows, days),
        html.Div(
            html.Table(
                [
                    html.Thead(_head(days)),
                    html.Tbody([_row(row, days, is_many=is_many, now=now) for row in shown]),
                ],
                className="heat long" if is_long else "heat",
            ),
            className="scroll",
            tabIndex="0",
            role="region",
            **attributes(aria_label="Projected balance by part and day, scrolls sideways"),
        ),
        *(more if rest else []),
    )


def cells(row: Row, days: Sequence[str]) -> list[tuple[str, str]]:
    """For each day: first (the line stops), short (after it), low, ok, or none, and the balance.

    Days after the plan's end are none: a balance that nothing is taken from says nothing.
    """
    ends = plan_ends(row.site)
    dates, balances = row.site.outlook["days"], row.future["balances"]
    by_day = {
        day: (at, balance) for at, (day, balance) in enumerate(zip(dates, balances, strict=True))
    }
    low = LOW_DAYS * row.part["need_per_day"]

    def cell(day: str) -> tuple[str, str]:
        at, balance = by_day.get(day, (-1, None))
        if balance is None or (ends and day > ends):
            return "none", ""
        kind = "short" if balance < 0 else "low" if balance < low else "ok"
        return ("first" if at == row.stop_day else kind), compact(balance)

    return [cell(day) for day in days]


def plan_ends(site: Site) -> str | None:
    """The last day, in the plant's own dates, of which something is planned; None: no plan."""
    until = site.outlook["plan_until_at"]
    last = datetime.fromisoformat(until) - timedelta(seconds=1) if until else None
    return local(last.isoformat(), site.plant).date().isoformat() if last else None


def _plan_ends(rows: Sequence[Row], days: Sequence[str]) -> list[html.P]:
    """Of which plants the plan ends within the days shown."""
    sites = {row.plant["code"]: row.site for row in rows}
    ended = {
        site.plant["name"]: ends
        for site in sites.values()
        if (ends := plan_ends(site)) and days and ends < days[-1]
    }
    told = (f"{name}'s plan ends {on_day(date.fromisoformat(day))}" for name, day in ended.items())
    text = f"{', '.join(told)}: what is needed after that is not known."
    return [html.P(mark("hatch", text, "stale-outline"), className="facts")] if ended else []


def stop_mark(row: Row, now: datetime) -> html.Span:
    """When a line stops for the part."""
    stop = row.stop_at
    if stop is None and row.is_carried:
        gone = moment(row.future["stops_at"], row.plant, now)
        return mark("ring", f"no stop: runs out {gone}, alternates carry it")
    if stop is None:
        return mark("dot", "covered")
    shape = SHAPES.get(row.level, "dot")
    if row.hours_left is not None and row.hours_left <= 0:
        return mark("square", "Out now", "red")
    return mark(shape, moment(stop, row.plant, now), row.level if shape != "dot" else "none")


def _legend() -> html.Div:
    return html.Div(
        [
            mark("square", "first day short", "red"),
            mark("triangle", f"under {LOW_DAYS} days of use", "amber"),
            html.Span([html.I(className="swatch"), "still short"], className="muted"),
        ],
        className="keys",
    )


def _head(days: Sequence[str]) -> html.Tr:
    return html.Tr(
        [
            html.Th("Part", scope="col"),
            html.Th("Line stops", scope="col", className="stops narrow"),
            *(_day(date.fromisoformat(day)) for day in days),
            html.Th("Line stops", scope="col", className="stops wide"),
        ]
    )


def _day(day: date) -> html.Th:
    weekend = "day off" if day.weekday() >= 5 else "day"
    return html.Th(
        [f"{day:%a}", html.Br(), str(day.day)], scope="col", className=weekend, title=on_day(day)
    )


def _row(row: Row, days: Sequence[str], *, is_many: bool, now: datetime) -> html.Tr:
    part = row.part
    link = address("/part/<number>", number=part["part"]) + f"?plant={row.plant['code']}"
    note = f"{part['part']} · {row.plant['code'].upper()}" if is_many else part["part"]
    stop = stop_mark(row, now)
    name: list[Any] = [
        html.A(part["name"] or part["part"], href=link),
        " ",
        html.Span(note, className="muted"),
    ]
    return html.Tr(
        [
            html.Th(name, scope="row", title=row.sentence or None),
            html.Td(stop, className="stops narrow"),
            *(html.Td(text, className=kind) for kind, text in cells(row, days)),
            html.Td(stop, className="stops wide"),
        ]
    )
