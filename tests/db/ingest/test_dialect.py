"""Rows go in whole, however many there are."""

import pytest
from sqlalchemy import Engine, text

from db.clock import utc_now
from db.ingest.dialect import insert_rows, table_of
from db.ingest.sqlite import ROWS_AT_ONCE
from db.models import PlantVersion


@pytest.mark.parametrize("many", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 1])
def test_every_row_goes_in_once(engine: Engine, many: int) -> None:
    table, now = table_of(PlantVersion), utc_now()
    columns = [table.columns[name] for name in ("plant", "version", "changed_at")]
    with engine.begin() as connection:
        insert_rows(connection, columns, [(f"p{n}", n, now) for n in range(many)])
        held = connection.execute(text("SELECT version FROM plant_version ORDER BY version"))
        assert held.scalars().all() == list(range(many))
