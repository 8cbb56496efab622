"""Publishing what a plant's TOML says: who it is, its lines and stations, calendar and sources."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from db.clock import utc_now
from db.ingest import version
from db.ingest.dialect import dialect_of, storage_errors, table_of
from db.models import (
    CapacityClaim,
    CapacityRamp,
    CapacityResource,
    Line,
    Operation,
    Plant,
    Source,
    Station,
    UnitConversion,
)

CONFIGURED = (
    "plant", "feed", "connector", "interval_seconds", "allowed_lag_seconds", "overlap_seconds",
    "reconcile_days", "is_enabled",
)  # fmt: skip
"""What the TOML says of a source; its other columns tell how it is doing and are left alone."""
REPLACED: tuple[type[SQLModel], ...] = (
    Line, Operation, Station, UnitConversion, CapacityResource, CapacityRamp, CapacityClaim,
)  # fmt: skip
"""Tables in which a plant's row that is no longer published is taken out."""


def publish_plant(engine: Engine, rows: Sequence[SQLModel], sources: Sequence[Source]) -> None:
    """Bring the store's master data of one plant to what `rows` and `sources` say.

    `rows` are Plant, Product, ShiftInstance objects and those of the `REPLACED` tables. Shifts and
    products that are not among them stay; rows of the replaced tables go; sources are disabled.
    Publishing the same again changes nothing. Raises ValueError for rows of several plants.
    """
    plant = _only_plant([*rows, *sources])
    with storage_errors(), Session(engine, autoflush=False) as session:
        dialect_of(session.connection()).lock_plant(session.connection(), plant)
        for model in {type(row) for row in rows} | set(REPLACED):
            published = [row for row in rows if type(row) is model]
            _publish(session, model, plant, published, is_whole=model in REPLACED)
        _publish_sources(session, plant, sources)
        if session.new or session.dirty or session.deleted:
            session.flush()
            version.bump(session.connection(), plant, utc_now())
        session.commit()


def _only_plant(rows: Sequence[SQLModel]) -> str:
    codes = {str(values["plant"]) for row in rows if "plant" in (values := row.model_dump())}
    codes.update(row.code for row in rows if isinstance(row, Plant))
    if len(codes) != 1:
        raise ValueError(f"one plant is published at a time, got {sorted(codes) or 'none'}")
    return codes.pop()


def _publish(
    session: Session, model: type[SQLModel], plant: str, rows: Sequence[SQLModel], *, is_whole: bool
) -> None:
    """Add and change rows of one table; take out the plant's others when `rows` is all there is."""
    key_of = _key_of(model)
    held = {key_of(row): row for row in _held(session, model, plant)}
    for row in rows:
        _put(session, held.pop(key_of(row), None), row)
    for other in held.values() if is_whole else ():
        session.delete(other)


def _publish_sources(session: Session, plant: str, sources: Sequence[Source]) -> None:
    held = {row.code: row for row in _held(session, Source, plant)}
    for source in sources:
        row = held.pop(source.code, None)
        if row is None:
            session.add(Source(**source.model_dump()))
        else:
            _assign(row, {name: getattr(source, name) for name in CONFIGURED})
    for other in held.values():
        _assign(other, {"is_enabled": False})


def _held(session: Session, model: type[SQLModel], plant: str) -> list[Any]:
    columns = table_of(model).columns
    if "plant" in columns:
        return list(session.exec(select(model).where(columns["plant"] == plant)))
    return list(session.exec(select(model)))


def _put(session: Session, held: SQLModel | None, row: SQLModel) -> None:
    if held is None:
        session.add(type(row)(**row.model_dump()))
    else:
        _assign(held, row.model_dump())


def _assign(held: SQLModel, values: dict[str, Any]) -> None:
    """Set only what differs, so that an unchanged row is not written."""
    for name, value in values.items():
        if getattr(held, name) != value:
            setattr(held, name, value)


def _key_of(model: type[SQLModel]) -> Callable[[SQLModel], tuple[Any, ...]]:
    names = [column.name for column in table_of(model).primary_key]
    return lambda row: tuple(getattr(row, name) for name in names)
