"""The bench's own filling of a store is what the ingest would have derived from the same facts."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.ingest.factors import rebuild_factors
from db.ingest.rollups import rebuild_rollups
from tests.bench.yield_store import Size, fill

DERIVED = (
    "unit_operation", "hour_yield", "day_yield", "hour_output", "day_output", "unit_case",
    "factor_count", "factor_value",
)  # fmt: skip
SIZE = Size(units=3_500, recent=2_400)


@pytest.mark.slow
def test_the_filled_store_is_what_the_ingest_derives_from_its_facts(engine: Engine) -> None:
    fill(engine, SIZE)
    filled = derived(engine)
    assert len(filled["unit_case"]) == SIZE.units
    assert len({row[-2] for row in filled["unit_case"]}) > 60, "every sample has units"
    rebuild_rollups(engine, "mp")
    assert rebuild_factors(engine, "mp") == SIZE.units
    made = derived(engine)
    for table in DERIVED:
        assert filled[table] == made[table], table


def derived(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the derived tables, sorted."""
    with engine.connect() as connection:
        return {
            table: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {table}"))), key=str)
            for table in DERIVED
        }
