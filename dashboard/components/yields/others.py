"""Yields beyond first pass, with the counts that they are made of."""

from typing import Any

from dash import html

from dashboard.components.genealogy import serial_link
from dashboard.components.panels import panel
from dashboard.wording import NONE, count, counted
from db.queries.yield_shapes import OtherYieldsShape, YieldShape


def others(page: YieldShape) -> html.Section:
    """The panel: what, how much, of what."""
    found, unit = page["others"], page["unit_name"]
    rows = [html.Tr([html.Th(name, scope="row"), html.Td(value, className="number"),
                     html.Td(note, className="muted wraps")])
            for name, value, note in lines(found, unit)]  # fmt: skip
    content: list[Any] = [html.Table(html.Tbody(rows))]
    if found["skipped_count"]:
        content.append(_skipped(found))
    return panel("Beyond first pass", "same window", *content, part="others")


def lines(found: OtherYieldsShape, unit: str) -> list[tuple[str, str, str]]:
    """Each yield with its value and what it is made of; no counts, no ratio."""
    passed, scrapped, open_ = (
        found[key] for key in ("passed_count", "scrapped_count", "open_count")
    )
    started = passed + scrapped + open_
    mature = f"{(passed + scrapped) / started:.0%} decided" if started else "nothing started"
    return [
        ("Final yield, disposed", _share(found["final_disposed_ratio"]),
         f"{count(passed)} passed, {count(scrapped)} scrapped"),
        ("Final yield, on started", _share(found["final_started_ratio"]),
         f"of {counted(started, unit)} started; {mature}, {count(open_)} still open"),
        ("Rolled throughput yield", _share(found["rolled_ratio"]),
         "first-pass yields of all rack tests of the plant, multiplied"),
        ("Unit-rolled yield", _share(found["unit_rolled_ratio"]),
         f"of {counted(found['unit_rolled_count'], 'rack')} of the plant, passed all first time"),
        ("Retest rate", _share(found["retest_ratio"]),
         f"{counted(found['retest_count'], 'verdict')} after the first"),
        ("No trouble found", _share(found["ntf_ratio"]),
         f"{count(found['ntf_count'])} failed, then passed with nothing repaired"),
        ("Defects per unit", _number(found["defects_per_unit"]),
         f"{counted(found['defect_count'], 'defect')} recorded"),
        ("Runs without a verdict", count(found["no_verdict_count"]),
         "aborted, erroneous or skipped: not in any yield"),
        ("Skipped the operation", count(found["skipped_count"]),
         "racks of the plant past an operation that has no verdict of theirs"),
    ]  # fmt: skip


def _skipped(found: OtherYieldsShape) -> html.Details:
    more = found["skipped_count"] - len(found["skipped"])
    items = [html.Li([serial_link(serial), f" skipped {operation}"])
             for serial, operation in found["skipped"]]  # fmt: skip
    rest = [html.Li(f"and {counted(more, 'other')}")] if more > 0 else []
    return html.Details([html.Summary("Which ones skipped it"), html.Ul([*items, *rest])],
                        className="folded")  # fmt: skip


def _share(ratio: float | None) -> str:
    if ratio is None:
        return NONE
    return "99.9%" if 0.9995 <= ratio < 1 else f"{ratio:.1%}"


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"
