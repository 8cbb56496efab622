"""The plants a viewer may see, and the one a question is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from db.domain.calendar import PlantCalendar
from db.domain.limits import Limits, limits_from
from db.models import Line, Operation, Plant, PlantVersion
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from db.queries.shapes import PlantShape


@dataclass(frozen=True)
class Home:
    """Master data of the plant a question is about, read once."""

    plant: Plant
    limits: Limits
    zone: ZoneInfo
    calendar: PlantCalendar
    """Business days only; shifts are read as instances."""
    lines: list[Line]
    """Rack lines in order."""
    operations: list[Operation]
    version: int
    """Counts commits that changed what the plant's screens show."""

    @property
    def code(self) -> str:
        """The plant's code."""
        return self.plant.code

    @property
    def output(self) -> str | None:
        """Code of the operation whose first completion makes a rack count."""
        return next((op.code for op in self.operations if op.is_output), None)

    @property
    def stages(self) -> list[str]:
        """Columns of the station strip, in routing order."""
        return list(dict.fromkeys(op.stage for op in self.operations if op.stage))

    @property
    def first_pass_operations(self) -> list[str]:
        """Operations on whole racks (L11 and up) that count for first pass."""
        return [
            op.code
            for op in self.operations
            if op.counts_for_first_pass and int(op.level.removeprefix("L")) >= 11
        ]


def plants(session: Session, scope: Scope) -> list[PlantShape]:
    """Plants within the scope, in display order."""
    rows = session.exec(select(Plant).order_by(col(Plant.position), col(Plant.code))).all()
    return [plant_shape(row) for row in rows if row.code in scope]


def plant_names(session: Session, scope: Scope = EVERY_PLANT) -> dict[str, str]:
    """What people call the plants within the scope, by code."""
    return {plant["code"]: plant["name"] for plant in plants(session, scope)}


def home(session: Session, plant: str, scope: Scope) -> Home:
    """The plant with its rack lines and routing; raises NotInScope."""
    scope.require(plant)
    found = session.exec(
        select(Plant, PlantVersion.version)
        .join(PlantVersion, col(PlantVersion.plant) == col(Plant.code), isouter=True)
        .where(Plant.code == plant)
    ).first()
    if found is None:
        raise NotInScope(plant, [shape["code"] for shape in plants(session, scope)])
    row, version = found
    lines = session.exec(
        select(Line)
        .where(Line.plant == plant, Line.kind == "rack")
        .order_by(col(Line.position), col(Line.code))
    )
    operations = session.exec(
        select(Operation).where(Operation.plant == plant).order_by(col(Operation.position))
    )
    calendar = PlantCalendar.from_definition(row.zone, row.day_start, [])
    return Home(
        row,
        limits_from(row.thresholds),
        calendar.zone,
        calendar,
        list(lines),
        list(operations),
        version or 0,
    )


def business_date(session: Session, plant: str, at: datetime, scope: Scope = EVERY_PLANT) -> date:
    """The plant's business date at an instant; raises NotInScope."""
    scope.require(plant)
    row = session.get(Plant, plant)
    if row is None:
        raise NotInScope(plant, [shape["code"] for shape in plants(session, scope)])
    return PlantCalendar.from_definition(row.zone, row.day_start, []).business_date(at)


def plant_shape(row: Plant) -> PlantShape:
    """A plant as screens are told of it."""
    limits = limits_from(row.thresholds)
    return PlantShape(
        code=row.code,
        name=row.name,
        city=row.city,
        state=row.state,
        zone=row.zone,
        zone_label=row.zone_label,
        is_illustrative=row.is_illustrative,
        stop_red_hours=limits.stop_red_hours,
        stop_amber_hours=limits.stop_amber_hours,
    )


def iso(at: datetime) -> str:
    """An instant as UTC ISO text with a Z.

    >>> iso(datetime(2026, 7, 6, 8, tzinfo=UTC))
    '2026-07-06T08:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso_or_none(at: datetime | None) -> str | None:
    """As `iso`; what is not known stays None."""
    return None if at is None else iso(at)
