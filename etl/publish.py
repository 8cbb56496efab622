"""What a plant TOML says, as rows of the store: the plant, its lines, routing, shifts, sources."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import SQLModel

from db.clock import utc_now
from db.domain.calendar import breaks_text
from db.ingest.reference import publish_plant
from db.models import (
    CapacityClaim,
    CapacityRamp,
    CapacityResource,
    Line,
    Operation,
    Plant,
    Product,
    ShiftInstance,
    Source,
    Station,
    UnitConversion,
)
from etl.feeds.compile import plant_calendar
from etl.plant_file import PlantFile, ResourceEntry

CALENDAR_BEHIND = timedelta(days=8)
CALENDAR_AHEAD = timedelta(days=98)
"""The capacity ledger looks twelve weeks ahead, and the week that runs ends with them."""


def publish(engine: Engine, plants: Sequence[PlantFile]) -> None:
    """Bring the store's master data to what the plant files say; changes nothing when it is."""
    now = utc_now()
    for plant in plants:
        publish_plant(engine, master_rows(plant, now), sources(plant))


def master_rows(plant: PlantFile, now: datetime) -> list[SQLModel]:
    """The plant, its lines, operations, stations and products, and its shifts around `now`."""
    code = plant.plant.code
    return [
        Plant(
            **plant.plant.model_dump(exclude={"history_days"}),
            thresholds=plant.thresholds.model_dump_json(),
            transport_days=json.dumps(plant.transport_days, sort_keys=True),
        ),
        *(
            Line(plant=code, position=position, **line.model_dump())
            for position, line in enumerate(plant.lines)
        ),
        *(
            Operation(plant=code, position=position, **operation.model_dump(mode="json"))
            for position, operation in enumerate(plant.operations)
        ),
        *(
            Station(plant=code, position=position, **station.model_dump(exclude={"aliases"}))
            for position, station in enumerate(plant.stations)
        ),
        *(Product(**product.model_dump()) for product in plant.products),
        *(UnitConversion(plant=code, **unit.model_dump()) for unit in plant.units_of_parts),
        *capacity_rows(plant),
        *shift_rows(plant, now),
    ]


def capacity_rows(plant: PlantFile) -> list[SQLModel]:
    """Resources, ramps and claims."""
    code = plant.plant.code
    return [
        *(_resource(code, position, entry) for position, entry in enumerate(plant.resources)),
        *(
            CapacityRamp(
                plant=code,
                **entry.model_dump(exclude={"good_counts", "working_hours"}),
                good_counts=json.dumps(entry.good_counts),
                working_hours=json.dumps(entry.working_hours),
            )
            for entry in plant.ramps
        ),
        *(CapacityClaim(plant=code, **claim.model_dump()) for claim in plant.claims),
    ]


def _resource(code: str, position: int, entry: ResourceEntry) -> CapacityResource:
    amounts = sorted((one.from_on.isoformat(), one.amount) for one in entry.amounts)
    uses = {one.product: (one.amount, one.operations) for one in entry.uses}
    return CapacityResource(
        plant=code,
        position=position,
        **entry.model_dump(exclude={"amounts", "uses"}),
        amounts=json.dumps(amounts),
        uses=json.dumps(uses, sort_keys=True),
    )


def shift_rows(plant: PlantFile, now: datetime) -> list[SQLModel]:
    """The plant's shifts over its history and some weeks ahead."""
    first = now - timedelta(days=plant.plant.history_days) - CALENDAR_BEHIND
    return [
        ShiftInstance(
            plant=plant.plant.code,
            business_on=shift.business_on,
            shift=shift.code,
            name=shift.name,
            start_at=shift.start_at,
            end_at=shift.end_at,
            planned_minutes=shift.planned_minutes,
            breaks=breaks_text(shift.breaks),
            crew=shift.crew,
        )
        for shift in plant_calendar(plant).shifts_between(first, now + CALENDAR_AHEAD)
    ]


def sources(plant: PlantFile) -> list[Source]:
    """The plant's sources as configured; how they are doing stays as the store has it."""
    code = plant.plant.code
    return [
        Source(
            code=f"{code}.{entry.feed}",
            plant=code,
            feed=entry.feed,
            connector=entry.connector,
            interval_seconds=entry.interval_seconds,
            allowed_lag_seconds=entry.allowed_lag_seconds,
            overlap_seconds=entry.overlap_seconds,
            reconcile_days=entry.reconcile_days if entry.mode == "incremental" else 0,
            is_enabled=entry.is_enabled,
        )
        for entry in plant.sources
    ]
