"""Rows on stdout: as a table for people, or as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

WIDEST = 2_000
"""Columns a table may take: a terminal wraps long lines, but a key cut short is of no use."""
NOTHING = {"None", "nan", "NaT", "<NA>"}
"""How values write themselves that stand for what is not known."""


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Plain rows that share their keys."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_table(rows[0] if rows else (), (row.values() for row in rows))


def print_table(columns: Iterable[object], rows: Iterable[Iterable[Any]]) -> None:
    """A table for people."""
    table = Table(*map(str, columns))
    for row in rows:
        table.add_row(*map(said, row))
    Console(width=WIDEST).print(table)


def said(value: Any) -> str:
    """A value in a table for people: no microseconds, nothing for what is not known.

    >>> said(datetime(2026, 11, 1)), said({"bad_time": 2}), said(float("nan")), said("nan")
    ('2026-11-01', 'bad_time 2', '', 'nan')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    if not isinstance(value, str) and str(value) in NOTHING:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.tzinfo is None else f"{value:%Y-%m-%d %H:%M:%SZ}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
