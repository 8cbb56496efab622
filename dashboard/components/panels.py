"""Panels, charts and grids of desk pages. Every chart has a fixed height and a sentence."""

from collections.abc import Collection, Sequence
from typing import Any

import dash_ag_grid as dag
from dash import dcc, html

from dashboard.components.marks import attributes
from dashboard.figures.template import CONFIG
from db.domain.catalog import METRICS

GRID_BUNDLES = frozenset({"dash_ag_grid"})
GRID_THEME = """themeQuartz.withParams({
  backgroundColor: "var(--surface)", foregroundColor: "var(--text)",
  headerBackgroundColor: "var(--surface)", headerTextColor: "var(--muted)",
  headerFontWeight: 500, headerFontSize: 12, fontFamily: "inherit", fontSize: 13,
  accentColor: "var(--accent)", borderColor: "var(--hairline)", rowHoverColor: "var(--cell)",
  oddRowBackgroundColor: "var(--surface)", wrapperBorder: false, wrapperBorderRadius: 0,
  rowHeight: 36, headerHeight: 36, menuBackgroundColor: "var(--surface)", spacing: 8,
  inputBackgroundColor: "var(--surface)", inputBorder: "1px solid var(--outline)",
  iconColor: "var(--muted)", browserColorScheme: "inherit"
})"""
ROWS_SHOWN = 12
"""A grid with more rows scrolls within itself."""
ROW_PX, HEAD_PX = 36, 38


def strip(figures: Sequence[Any]) -> html.Div:
    """The page's figures (components.marks.figure) joined in one strip, at most four."""
    return html.Div(list(figures), className="figures")


def panel(title: str, note: Any, *content: Any, part: str = "") -> html.Section:
    """A titled box; `note` says the formula, the count or the unit, at the right. `part` is a
    class name for what only this panel looks like."""
    head = html.Header([html.H2(title), html.Span(note, className="muted note")])
    return html.Section([head, *content], className=f"panel {part}".strip())


def empty(text: str, *more: Any) -> html.P:
    """Said instead of an empty box: what took the data away, or that there is nothing wrong."""
    return html.P([text, *more], className="nothing")


def table(
    head: Sequence[str], rows: Sequence[Sequence[Any]], label: str, numbers: Collection[int] = ()
) -> html.Div:
    """A table that scrolls sideways within its panel; `numbers` are the columns set to the right.

    `label` names the region for those who do not see it. Each cell knows its column's name, for
    panels of the part "stacks", whose rows stand as blocks on a phone.
    """
    right = dict.fromkeys(numbers, "number")
    headings = [html.Th(it, scope="col", className=right.get(at)) for at, it in enumerate(head)]
    names = [attributes(data_label=it) for it in head]
    body = [
        html.Tr([html.Td(it, className=right.get(at), **names[at]) for at, it in enumerate(row)])
        for row in rows
    ]
    return html.Div(
        html.Table([html.Thead(html.Tr(headings)), html.Tbody(body)]),
        className="scroll",
        tabIndex="0",
        role="region",
        **attributes(aria_label=f"{label}, scrolls sideways"),
    )


def chart(id: str, figure: Any, sentence: str, height: int) -> html.Div:
    """A chart in a box of `height` pixels, read aloud as `sentence`, which holds its last value."""
    graph = dcc.Graph(id=id, figure=figure, config=CONFIG, style={"height": "100%"})
    return html.Div(
        graph,
        className="chart",
        role="img",
        style={"height": f"{height}px"},
        **attributes(aria_label=sentence),
    )


def picture(chart: str, *metrics: str) -> html.Button:
    """A button that saves a chart as PNG, under its panel's title, with its legend, what its words
    mean, the page's filters and the as-of (assets/57-picture.js); `metrics` are what it shows."""
    told = [f"{METRICS[name].label}: {METRICS[name].definition}" for name in metrics]
    return html.Button(
        "PNG", type="button", className="plain",
        **attributes(data_png=chart, data_told="\n".join(told),
                     aria_label="Save the chart as a PNG picture"),
    )  # fmt: skip


def grid(
    id: str,
    columns: Sequence[dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    row_id: str,
    **options: Any,
) -> dag.AgGrid:
    """Rows that people sort and filter; what they set stays while `rows` are replaced.

    `columns` are AG Grid's column definitions; numbers take `type: "rightAligned"`. `row_id` is
    the field by which a row is the same row. Few rows stand whole, also where cells wrap.
    """
    height = f"{HEAD_PX + ROW_PX * max(1, min(len(rows), ROWS_SHOWN)) + 2}px"
    is_whole = len(rows) <= ROWS_SHOWN
    return dag.AgGrid(
        id=id,
        columnDefs=list(columns),
        rowData=list(rows),
        getRowId=f"params.data.{row_id}",
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "theme": {"function": GRID_THEME},
            "animateRows": False,
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "domLayout": "autoHeight" if is_whole else "normal",
            **options,
        },
        style={"height": None if is_whole else height, "minHeight": height, "width": "100%"},
    )
