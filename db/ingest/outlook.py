"""Writing a plant's material outlook: whole, by the newest reading of the store, or its failure."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from db.clock import utc_now
from db.ingest import version
from db.ingest.dialect import dialect_of, run, storage_errors


def store_outlook(
    engine: Engine,
    plant: str,
    *,
    as_of_at: datetime,
    load_id: int | None,
    formula_version: str,
    payload: str,
) -> bool:
    """Put the outlook in the place of an older one; False when a newer one is there already.

    Two loads may compute at once: the one whose reading began last has seen what both wrote.
    """
    now = utc_now()
    with storage_errors(), engine.begin() as connection:
        dialect_of(connection).lock_plant(connection, plant)
        is_newest = run(
            connection,
            "INSERT INTO material_outlook (plant, as_of_at, computed_at, load_id, formula_version, "
            "payload, error) VALUES (:plant, :as_of_at, :now, :load_id, :formula, :payload, '') "
            "ON CONFLICT (plant) DO UPDATE SET as_of_at = excluded.as_of_at, "
            "computed_at = excluded.computed_at, load_id = excluded.load_id, "
            "formula_version = excluded.formula_version, payload = excluded.payload, "
            "error = '', error_at = NULL WHERE material_outlook.as_of_at IS NULL "
            "OR material_outlook.as_of_at <= excluded.as_of_at",
            plant=plant,
            as_of_at=as_of_at,
            now=now,
            load_id=load_id,
            formula=formula_version,
            payload=payload,
        )
        if is_newest:
            version.bump(connection, plant, now)
        return bool(is_newest)


def note_outlook_failure(engine: Engine, plant: str, error: str) -> None:
    """The newest calculation failed; the last good outlook stays as it is."""
    now = utc_now()
    with storage_errors(), engine.begin() as connection:
        dialect_of(connection).lock_plant(connection, plant)
        if _is_said(connection, plant, error):
            return
        run(
            connection,
            "INSERT INTO material_outlook (plant, formula_version, payload, error, error_at) "
            "VALUES (:plant, '', '', :error, :now) ON CONFLICT (plant) DO UPDATE SET "
            "error = excluded.error, error_at = excluded.error_at",
            plant=plant,
            error=error,
            now=now,
        )
        version.bump(connection, plant, now)


def _is_said(connection: Connection, plant: str, error: str) -> bool:
    """Whether the same failure is on record: saying it again would wake every screen."""
    return bool(
        run(
            connection,
            "UPDATE material_outlook SET error = error WHERE plant = :plant AND error = :error",
            plant=plant,
            error=error,
        )
    )
