"""What capacity stands on that no plant system feeds, published from the plant's TOML."""

from datetime import date

from sqlmodel import Field, SQLModel


class CapacityResource(SQLModel, table=True):
    """Something a plant's racks share beside its stations: test power, coolant, people.

    `amounts` is a JSON list of [date, amount in `unit`]: what is there from each day on. `uses` is
    a JSON object: product → [amount one rack takes, [operations during which it takes it]].
    `is_clock_bound`: it serves all hours of the week, else the working ones alone.
    """

    __tablename__ = "capacity_resource"

    plant: str = Field(primary_key=True, max_length=16)
    code: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=60)
    kind: str = Field(max_length=16)
    unit: str = Field(max_length=12)
    is_clock_bound: bool
    availability_ratio: float | None = None
    amounts: str = "[]"
    uses: str = "{}"
    position: int = 0


class CapacityRamp(SQLModel, table=True):
    """How output of a product grew at a plant from its first week on, before Rackline or in it.

    `good_counts` and `working_hours` are JSON lists, one value a week from `from_on`; both may be
    empty where only the beginning is known. `generation` names what ramps alike.
    """

    __tablename__ = "capacity_ramp"

    plant: str = Field(primary_key=True, max_length=16)
    product: str = Field(primary_key=True, max_length=32)
    generation: str = Field(max_length=40)
    from_on: date
    good_counts: str = "[]"
    working_hours: str = "[]"


class CapacityClaim(SQLModel, table=True):
    """What somebody said in public about capacity: dated, sourced, and no rating of anything.

    `is_company`: said of the whole company, not of the plant whose file tells it.
    """

    __tablename__ = "capacity_claim"

    plant: str = Field(primary_key=True, max_length=16)
    subject: str = Field(primary_key=True, max_length=80)
    said_on: date = Field(primary_key=True)
    source: str = Field(primary_key=True, max_length=80)
    value: float
    unit: str = Field(max_length=20)
    is_company: bool = False
