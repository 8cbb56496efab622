"""Reads any database SQLAlchemy can reach, never writing to it."""

from typing import Annotated, Literal

from pydantic import Field

from etl.connectors.options import Options


class SqlOptions(Options):
    """One SELECT and how its rows change. The connector wraps the query, so it needs no WHERE.

    `change_column` None reads everything each time (snapshots). `change_format` says how the change
    time is stored: `native` (the database's own instants; zoneless ones are UTC), `local` (zoneless
    timestamps in the source's zone), `text` (see `change_text`, in the source's zone), or epoch.
    """

    url: Annotated[str, Field(description="SQLAlchemy URL", min_length=1)]
    query: Annotated[str, Field(description="One SELECT, no semicolon", min_length=1)]
    key_column: Annotated[str, Field(description="Column that orders equal change times")]
    change_column: Annotated[str | None, Field(description="Column of the change time")] = None
    change_format: Literal["native", "local", "text", "epoch_seconds", "epoch_ms"] = "native"
    change_text: Annotated[str, Field(description="strftime form of a text change time")] = (
        "%Y-%m-%d %H:%M:%S"
    )
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    horizon_seconds: Annotated[
        int, Field(ge=0, description="Longest that an open PostgreSQL transaction holds us back")
    ] = 3_600
