"""The golden cases: what a source said, and what became of it, one folder per rule."""

import json
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from etl.connectors.base import RawBatch
from etl.feeds.compile import compile_feed
from etl.feeds.parse import CompiledFeed, Parsed
from etl.plant_file import PlantFile

FOLDER = Path(__file__).parents[2] / "golden" / "feeds"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CASES = sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.glob("*/*/raw.json"))


@cache
def golden_plant() -> PlantFile:
    return PlantFile.model_validate(tomllib.loads((FOLDER / "plant.toml").read_text()))


def golden_feed(name: str, **source: Any) -> CompiledFeed:
    """The golden plant's feed, with some of its source's entry changed."""
    plant = golden_plant()
    entry = next(entry for entry in plant.sources if entry.feed == name)
    return compile_feed(plant, entry.model_copy(update=source))


def raw_batch(
    columns: tuple[str, ...], rows: list[tuple[Any, ...]], origin: str = "", fault: str = ""
) -> RawBatch:
    return RawBatch(columns, rows, NOW, NOW, origin, fault)


def as_dicts(feed: CompiledFeed, parsed: Parsed) -> list[dict[str, Any]]:
    """Rows by column, in the words of JSON."""
    return [
        {name: _plain(value) for name, value in zip(feed.columns, row, strict=True)}
        for row in parsed.rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def read_case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    raw, expected = (
        json.loads((FOLDER / name / file).read_text()) for file in ("raw.json", "expected.json")
    )
    return raw, expected
