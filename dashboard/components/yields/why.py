"""What differs in the failed units: ranked, with how sure it is and what would disprove it."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.address import State
from dashboard.components.marks import attributes, mark
from dashboard.components.panels import empty, panel
from dashboard.components.yields.figures import racks
from dashboard.components.yields.state import ALL, finding_link, is_chosen
from dashboard.page import address
from dashboard.wording import NONE, count, counted
from db.queries.yield_shapes import ExplanationShape, FindingShape

TITLE = "What differs in the failed {unit}s"
STANDINGS = {
    "likely": ("square", "likely", "red"),
    "possible": ("triangle", "possible", "amber"),
    "explained": ("dot", "explained", "none"),
    "time_wide": ("ring", "time-wide, not this factor", "outline"),
    "nothing": ("dot", "nothing stands out", "none"),
}
HEAD = (
    ("#", "rank"), ("Factor", ""), ("Exposed", "number"), ("Yield with", "number"),
    ("Yield without", "number"), ("Effect, points", "number effect"), ("Evidence", ""),
    ("Adjusted p", "number"),
)  # fmt: skip
LOTS = ("lot", "coolant_batch")
LEAST_SCALE = 5.0
"""Points of yield at which the bars end at least, so that small effects look small."""


def why(told: ExplanationShape, state: State, unit: str, plant: str) -> html.Section:
    """The panel with an explanation."""
    title = TITLE.format(unit=unit)
    pairs = " and pairs" if told["pairs_tried_count"] else ""
    tried = f"{counted(told['tried_count'], 'factor value')}{pairs}"
    whose = f"{counted(told['units'], unit)}{_whole(state)}"
    note = f"{whose} · association, not proof of cause · {tried} tested"
    lead = html.P([html.B(_capital(told["sentence"])), *_mix(told)], className="lead")
    notes = [html.Li(text) for text in told["notes"]]
    foot = [html.Ul(notes, className="muted asides")] if notes else []
    return panel(title, note, lead, _table(told["findings"], state, plant), *foot, part="why")


def _whole(state: State) -> str:
    """That units were compared whatever they carried, where the page counts some of them only."""
    is_narrowed = state["supplier"] != ALL or state["factor"]
    return ", whatever they carried" if is_narrowed else ""


def waiting(unit: str) -> html.Section:
    """Shown, at its final height, until the explanation is computed."""
    text = "Comparing units of the same days that carried each lot, station and program…"
    return panel(TITLE.format(unit=unit), "association, not proof of cause", empty(text),
                 part="why")  # fmt: skip


def nothing(unit: str, text: str) -> html.Section:
    """Said where there is nothing to explain."""
    return panel(TITLE.format(unit=unit), "", empty(text), part="why none")


def _table(findings: Sequence[FindingShape], state: State, plant: str) -> Any:
    if not findings:
        return empty("No factor value was carried by enough units to be compared.")
    scale = max([LEAST_SCALE, *(_reach(finding) for finding in findings)])
    head = [html.Th(name, scope="col", className=kind or None) for name, kind in HEAD]
    rows = [row for finding in findings for row in _rows(finding, state, scale, plant)]
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)]),
        className="scroll rows stack",
        tabIndex="0",
        role="region",
        **attributes(aria_label="Factors by evidence"),
    )


def _rows(finding: FindingShape, state: State, scale: float, plant: str) -> list[html.Tr]:
    """The figures of a finding, and below them what was seen and what would disprove it."""
    shape, word, plate = STANDINGS[finding["standing"]]
    chosen = "chosen" if is_chosen(state, finding) else ""
    cells = [
        html.Td(str(finding["rank"]), className="rank"),
        html.Th(_name(finding, state), scope="row"),
        html.Td(count(finding["exposed_units"]), className="number"),
        html.Td(_ratio(finding["with_ratio"]), className="number"),
        html.Td(_ratio(finding["without_ratio"]), className="number muted"),
        html.Td(_effect(finding, scale), className="number effect"),
        html.Td(mark(shape, finding["standing_text"] or word, plate)),
        html.Td(_p(finding["p_adjusted"]), className="number"),
    ]
    for cell, (label, _) in zip(cells, HEAD, strict=True):
        setattr(cell, "data-label", label)
    said = (_sentence(finding[key]) for key in ("sentence", "disproof"))
    seen = html.Td(
        [" ".join(said).strip(), *carriers(finding, plant)],
        colSpan=len(HEAD) - 1,
        className="muted seen",
    )
    return [
        html.Tr(cells, className=f"finding {chosen}".strip()),
        html.Tr([html.Td(), seen], className=f"because {chosen}".strip()),
    ]


def _name(finding: FindingShape, state: State) -> Any:
    label, value = finding["label"], finding["value"]
    lead = label.removesuffix(value)
    parts = [html.Span(lead, className="muted"), html.B(value)] if lead != label else [label]
    href = finding_link(state, finding)
    if href is None:
        return html.Span(parts, className="cut", title=label)
    return html.A(parts, href=href, className="cut", title=label, **attributes(data_stay="true"))


def _effect(finding: FindingShape, scale: float) -> Any:
    """Points of yield, as a bar to the left of zero with its interval as a line."""
    effect, between = finding["effect_points"], finding["effect_interval"]
    if effect is None:
        return NONE
    marks: list[Any] = [
        html.I(className="across", style=_span(min(effect, 0), max(effect, 0), scale))
    ]
    if between is not None:
        marks.append(html.I(className="interval", style=_span(*between, scale)))
    sure = f"{points(between[0])} to {points(between[1])} points" if between else None
    return html.Span([html.Span(marks, className="track", title=sure), points(effect)])


def _span(low: float, high: float, scale: float) -> dict[str, str]:
    """Where a stretch of points lies on a track from −scale to +scale/3."""
    width = scale * 4 / 3
    left, right = (min(max((value + scale) / width, 0.0), 1.0) for value in (low, high))
    return {"left": f"{100 * left:.1f}%", "width": f"{100 * (right - left):.1f}%"}


def points(value: float) -> str:
    """Points of yield with a true minus.

    >>> points(-4.94), points(0.04)
    ('−4.9', '0.0')
    """
    return f"{value:.1f}".replace("-0.0", "0.0").replace("-", "−")


def _reach(finding: FindingShape) -> float:
    return min(abs(finding["effect_points"] or 0.0), 40.0)


def carriers(finding: FindingShape, plant: str) -> list[Any]:
    """How many racks carry a lot now, as the way to their list; nothing for other factors."""
    part, _, lot = finding["value"].partition(" ")
    if finding["factor"] not in LOTS or not lot or finding["racks_in_process"] is None:
        return []
    held = racks(finding["racks_in_process"], "in process")
    text = f"Carried by {held}, {count(finding['racks_shipped'])} shipped: list them"
    href = f"{address('/lot/<part>/<lot>', part=part, lot=lot)}?plant={plant}"
    return [" ", html.A(text, href=href, className="exposed"), "."]


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _ratio(ratio: float | None) -> str:
    return NONE if ratio is None else f"{ratio:.1%}"


def _mix(told: ExplanationShape) -> list[Any]:
    rate, mix = told["rate_points"], told["mix_points"]
    if rate is None or mix is None:
        return []
    text = f" Of the change, {points(rate)} points are rate and {points(mix)} points product mix."
    return [html.Span(text, className="muted")]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    whole = _capital(text).rstrip(".")
    return f"{whole}." if whole else ""
