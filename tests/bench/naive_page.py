"""The page one would write first: a dcc.Interval, one query and six figures for every viewer.

`python -m tests.bench.naive_page URL PORT`. It shows what our wall shows, on the same store and the
same server; one combined callback, not six, is kind to it.
"""

import asyncio
import sys
from typing import Any

import plotly.graph_objects as go
import uvicorn
from dash import Dash, Input, Output, dcc, html
from dash.backends._fastapi import FastAPIDashServer

from db.clock import utc_now
from db.queries.shapes import WallShape
from db.queries.store import open_store
from db.queries.wall import wall

GRAPHS = [f"graph{number}" for number in range(6)]


def figures(shown: WallShape) -> list[go.Figure]:
    """Hours, plan, stations, stops, first pass and score, with Plotly's own look."""
    hours = [hour["label"] for hour in shown["hours"]]
    cells = [[cell["affected_count"] for cell in line["cells"]] for line in shown["lines"]]
    stops = shown["part_stops"]
    first = shown["first_pass"]
    return [
        go.Figure(go.Bar(x=hours, y=[hour["done"] for hour in shown["hours"]])),
        go.Figure(go.Scatter(x=hours, y=[hour["planned"] for hour in shown["hours"]])),
        go.Figure(go.Heatmap(z=cells, x=shown["stages"])),
        go.Figure(go.Bar(x=[it["hours_left"] for it in stops], y=[it["name"] for it in stops])),
        go.Figure(go.Bar(x=["first", "passed"], y=[first["first_count"], first["passed_count"]])),
        go.Figure(go.Bar(x=["done", "plan"], y=[shown["score"]["done"], shown["score"]["target"]])),
    ]


def main(url: str, port: int) -> None:
    """Serve until killed."""
    FastAPIDashServer.websocket_capability = False
    app = Dash(backend="fastapi", add_log_handler=False)
    app.layout = html.Div(
        [dcc.Interval(id="tick", interval=1000), *(dcc.Graph(id=name) for name in GRAPHS)]
    )
    store = open_store(url)

    @app.callback([Output(name, "figure") for name in GRAPHS], Input("tick", "n_intervals"))
    async def draw(ticks: int) -> list[Any]:
        return figures(await asyncio.to_thread(store.read, wall, "mp", utc_now()))

    uvicorn.run(app.server, port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
