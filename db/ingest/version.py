"""A plant's version: grows with every commit that changed what its screens show."""

from datetime import datetime

from sqlalchemy import Connection

from db.ingest.dialect import dialect_of, run


def bump(connection: Connection, plant: str, now: datetime) -> None:
    """Count one more change of the plant and wake the watchers."""
    run(
        connection,
        "INSERT INTO plant_version (plant, version, changed_at) VALUES (:plant, 1, :now) "
        "ON CONFLICT (plant) DO UPDATE SET version = plant_version.version + 1, changed_at = :now",
        plant=plant,
        now=now,
    )
    dialect_of(connection).announce(connection, plant)


def put_rollups_due(connection: Connection, plant: str, now: datetime) -> None:
    """Remember that facts were loaded which the plant's rollups do not hold yet."""
    run(
        connection,
        "INSERT INTO plant_version (plant, version, changed_at, rollups_due_at) "
        "VALUES (:plant, 0, :now, :now) ON CONFLICT (plant) DO UPDATE "
        "SET rollups_due_at = coalesce(plant_version.rollups_due_at, :now), serial_rules = ''",
        plant=plant,
        now=now,
    )


def clear_rollups_due(connection: Connection, plant: str) -> None:
    """The plant's rollups hold all its facts again."""
    run(
        connection,
        "UPDATE plant_version SET rollups_due_at = NULL WHERE plant = :plant",
        plant=plant,
    )
