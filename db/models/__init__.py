"""The one schema of Rackline: SQLModel tables, one file per aggregate.

A table class accepts anything on construction; rows are validated before they get here (etl.feeds).
"""

from db.models.capacity import CapacityClaim, CapacityRamp, CapacityResource
from db.models.desk import Alarm, AlarmEvent, FrozenLimit, Note, SavedScenario
from db.models.factor import FactorCount, FactorState, FactorValue, UnitCase
from db.models.genealogy import GenealogyLink
from db.models.load import (
    Change,
    ClockCorrection,
    Lease,
    Load,
    PlantVersion,
    Quarantine,
    Source,
    SourceColumn,
    SourceDay,
    SourceRequest,
    StationClock,
    Watermark,
)
from db.models.material import (
    BomLine,
    Lot,
    MaterialOutlook,
    Part,
    Receipt,
    StockPosition,
    UnitConversion,
)
from db.models.plan import Demand, PlanHour
from db.models.plant import Line, Operation, Plant, Product, ShiftInstance, Station
from db.models.production import Build, SerialUse, StationState, UnitStep
from db.models.quality import Defect, TestRun
from db.models.rollup import DayOutput, DayYield, HourOutput, HourYield, UnitOperation

__all__ = [
    "Alarm",
    "AlarmEvent",
    "BomLine",
    "Build",
    "CapacityClaim",
    "CapacityRamp",
    "CapacityResource",
    "Change",
    "ClockCorrection",
    "DayOutput",
    "DayYield",
    "Defect",
    "Demand",
    "FactorCount",
    "FactorState",
    "FactorValue",
    "FrozenLimit",
    "GenealogyLink",
    "HourOutput",
    "HourYield",
    "Lease",
    "Line",
    "Load",
    "Lot",
    "MaterialOutlook",
    "Note",
    "Operation",
    "Part",
    "PlanHour",
    "Plant",
    "PlantVersion",
    "Product",
    "Quarantine",
    "Receipt",
    "SavedScenario",
    "SerialUse",
    "ShiftInstance",
    "Source",
    "SourceColumn",
    "SourceDay",
    "SourceRequest",
    "Station",
    "StationClock",
    "StationState",
    "StockPosition",
    "TestRun",
    "UnitCase",
    "UnitConversion",
    "UnitOperation",
    "UnitStep",
    "Watermark",
]
