"""What a plant file says arrives in the store, once."""

from datetime import date, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from db.clock import frozen
from db.models import (
    CapacityClaim,
    CapacityRamp,
    CapacityResource,
    Operation,
    Plant,
    PlantVersion,
    ShiftInstance,
    Source,
    Station,
)
from etl.plant_file import PlantFile
from etl.publish import publish
from tests.etl.plant import NOW, plant_file


def test_a_plant_file_is_published_whole_and_again_changes_nothing(engine: Engine) -> None:
    with frozen(NOW):
        publish(engine, [plant_file()])
        publish(engine, [plant_file()])
    with Session(engine) as session:
        plant = session.exec(select(Plant)).one()
        assert (plant.code, plant.zone, plant.is_illustrative) == ("mp", "America/Chicago", False)
        assert '"first_pass_limit":0.95' in plant.thresholds
        assert session.exec(select(Operation)).one().is_output
        assert session.exec(select(Station)).one().operation == "FINAL"
        assert {row.code for row in session.exec(select(Source))} == {"mp.unit_step", "mp.part"}
        assert session.exec(select(PlantVersion)).one().version == 1


def test_shifts_reach_from_the_wanted_history_to_weeks_ahead(engine: Engine) -> None:
    with frozen(NOW):
        publish(engine, [plant_file()])
    with Session(engine) as session:
        days = sorted({row.business_on for row in session.exec(select(ShiftInstance))})
    assert days[0] <= date(2026, 11, 10) - timedelta(days=5)
    assert days[-1] >= date(2026, 11, 10) + timedelta(weeks=13)


def test_each_shift_says_which_crew_of_the_rota_works_it(engine: Engine) -> None:
    day, *others = plant_file().shifts
    rota = day.model_copy(update={"crews": ["A", "B", "B"], "crews_from": date(2026, 11, 9)})
    with frozen(NOW):
        publish(engine, [plant_file().model_copy(update={"shifts": [rota, *others]})])
    with Session(engine) as session:
        worked = {
            row.business_on: row.crew
            for row in session.exec(select(ShiftInstance).where(ShiftInstance.shift == rota.code))
        }
    days = [date(2026, 11, 8) + timedelta(days=n) for n in range(5)]
    assert [worked[one] for one in days] == ["B", "A", "B", "B", "A"]


def test_what_capacity_stands_on_is_published_and_goes_when_the_file_has_it_no_more(
    engine: Engine,
) -> None:
    plain = plant_file()
    told = PlantFile.model_validate(
        plain.model_dump(by_alias=True)
        | {
            "resources": [
                {"code": "POWER", "name": "Test power", "kind": "test_power", "unit": "kW",
                 "amounts": [{"from_on": "2026-09-01", "amount": 4800},
                             {"from_on": "2026-01-01", "amount": 4400}],
                 "uses": [{"product": "RK", "amount": 132, "operations": ["FINAL"]}]},
            ],
            "ramps": [{"product": "RK", "generation": "big", "from_on": "2026-01-05",
                       "good_counts": [3, 9], "working_hours": [154, 154]}],
            "claims": [{"subject": "all", "value": 1000, "unit": "racks/week",
                        "said_on": "2025-11-21", "source": "news"}],
        }
    )  # fmt: skip
    publish(engine, [told])
    with Session(engine) as session:
        power = session.exec(select(CapacityResource)).one()
        assert power.amounts == '[["2026-01-01", 4400.0], ["2026-09-01", 4800.0]]'
        assert power.uses == '{"RK": [132.0, ["FINAL"]]}'
        assert session.exec(select(CapacityRamp)).one().good_counts == "[3, 9]"
        assert session.exec(select(CapacityClaim)).one().value == 1000
    publish(engine, [plain])
    with Session(engine) as session:
        for model in (CapacityResource, CapacityRamp, CapacityClaim):
            assert session.exec(select(model)).all() == []
