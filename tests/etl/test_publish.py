"""What a plant file says arrives in the store, once."""

from datetime import date, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from db.clock import frozen
from db.models import Operation, Plant, PlantVersion, ShiftInstance, Source, Station
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
    assert days[-1] >= date(2026, 11, 10) + timedelta(days=30)


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
