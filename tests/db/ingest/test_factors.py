"""What units carried at their first verdict: kept as facts come, equal to making it anew."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from db.ingest.factors import follow_factors, rebuild_factors
from db.models import FactorCount, FactorValue, PlantVersion, UnitCase
from tests.db.queries.world import ct
from tests.db.queries.yield_world import YieldWorld

HOUR = timedelta(hours=1)
AT = ct(8)
Step = Callable[[YieldWorld], None]


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    """Rack R1 with a lot of its own and a tray with another, and rack R2 with nothing."""
    here = YieldWorld(engine)
    here.shifts()
    here.lot("UQD", "L1", origin_country="TW")
    here.linked(
        link(here, "R1", AT - 4 * HOUR, lot="L1", supplier="FA", source_key="G1"),
        link(here, "R1", AT - 4 * HOUR, part="TRAY", child_serial="T1", position="U1"),
        link(here, "T1", AT - 9 * HOUR, part="COOLANT-PG25", lot="C1", source_key="G2"),
    )
    here.visited("R1", "FILL", AT - 3 * HOUR)
    here.tested(run(here, "R1", "failed"), run(here, "R2", "passed"))
    return here


def link(here: YieldWorld, parent: str, at: datetime, **given: Any) -> dict[str, Any]:
    return here.built_in(parent, at, **given)


def run(here: YieldWorld, serial: str, verdict: str, **given: Any) -> dict[str, Any]:
    at = given.pop("at", AT)
    return here.ran(serial, at, verdict, fixture="FX1", **given) | {"source_key": f"T-{serial}"}


def held(here: YieldWorld, serial: str = "R1") -> set[tuple[str, str]]:
    with Session(here.engine) as session:
        names = {v.id: (v.factor, v.value) for v in session.exec(select(FactorValue))}
        case = session.exec(select(UnitCase).where(col(UnitCase.serial) == serial)).one()
        return {names[int(number)] for number in case.held.split()}


def store(here: YieldWorld) -> Any:
    """Cases and counts with the names of their values."""
    with Session(here.engine) as session:
        names = {v.id: f"{v.factor} {v.value}" for v in session.exec(select(FactorValue))} | {0: ""}
        counts = {
            (c.operation, c.business_on, c.line, c.product, names[c.value_id]): (c.units, c.fails)
            for c in session.exec(select(FactorCount))
        }
        cases = {
            (c.serial, c.operation): (
                c.first_verdict_at, c.is_failed, frozenset(names[int(n)] for n in c.held.split())
            )
            for c in session.exec(select(UnitCase))
        }  # fmt: skip
        return cases, counts


def test_a_unit_counts_with_what_it_carried_itself_and_in_its_trays(plant: YieldWorld) -> None:
    assert follow_factors(plant.engine, "mp") >= 2
    assert held(plant) == {
        ("line", "L1"), ("station", "L1-LEAK"), ("shift", "D"), ("fixture", "FX1"),
        ("crew", "A"),
        ("upstream_station", "L1-FILL"), ("queue_age", "1 to 4 h"), ("lot", "UQD L1"),
        ("supplier", "UQD FA"), ("country", "UQD TW"), ("coolant_batch", "COOLANT-PG25 C1"),
    }  # fmt: skip
    _, counts = store(plant)
    assert {n[-1]: c for n, c in counts.items()}[""] == (2, 1)
    assert {n[-1]: c for n, c in counts.items()}["lot UQD L1"] == (1, 1)


def test_nothing_new_changes_nothing_and_wakes_nobody(plant: YieldWorld) -> None:
    def everything() -> Any:
        with Session(plant.engine) as session:
            return store(plant), session.get_one(PlantVersion, "mp").version

    follow_factors(plant.engine, "mp")
    before = everything()
    follow_factors(plant.engine, "mp")
    assert everything() == before


NEWS: dict[str, Step] = {
    "a swap before the verdict came late": lambda here: here.linked(
        link(here, "R1", AT - 4 * HOUR, lot="L1", supplier="FA", source_key="G1",
             removed_at=AT - 2 * HOUR),
        link(here, "R1", AT - 2 * HOUR, lot="L2", supplier="FB"),
    ),
    "a tray's part was corrected": lambda here: here.linked(
        link(here, "T1", AT - 9 * HOUR, part="COOLANT-PG25", lot="C2", source_key="G2")
    ),
    "a link was deleted": lambda here: here.linked(
        link(here, "R1", AT - 4 * HOUR, lot="L1", supplier="FA", source_key="G1", deleted_at=AT)
    ),
    "a link moved to another unit": lambda here: here.linked(
        link(here, "R2", AT - 4 * HOUR, lot="L1", supplier="FA", source_key="G1")
    ),
    "an earlier run came late": lambda here: here.tested(
        here.ran("R1", AT - 2 * HOUR, "passed", station="L1-LEAK-2") | {"source_key": "T-early"}
    ),
    "the verdict was corrected": lambda here: here.tested(run(here, "R1", "passed")),
    "the only run was deleted": lambda here: here.tested(run(here, "R2", "passed", deleted_at=AT)),
    "the run was another unit's": lambda here: here.tested(
        run(here, "R3", "failed") | {"source_key": "T-R1"}
    ),
    "a step came late": lambda here: here.visited("R1", "CHARGE", AT - HOUR),
    "a lot came from elsewhere": lambda here: here.lot("UQD", "L9", origin_country="CN"),
    "a new unit was tested": lambda here: here.tested(run(here, "R4", "failed", at=AT + HOUR)),
}  # fmt: skip


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS.keys())
def test_following_equals_making_it_anew(plant: YieldWorld, news: Step) -> None:
    follow_factors(plant.engine, "mp")
    before = store(plant)
    news(plant)
    follow_factors(plant.engine, "mp")
    followed = store(plant)
    rebuild_factors(plant.engine, "mp")
    assert followed == store(plant)
    assert (followed != before) is (news is not NEWS["a lot came from elsewhere"])


def test_a_lot_that_becomes_known_later_reopens_the_units_that_hold_it(plant: YieldWorld) -> None:
    plant.linked(link(plant, "R2", AT - HOUR, lot="L9"))
    follow_factors(plant.engine, "mp")
    plant.lot("UQD", "L9", origin_country="MX")
    follow_factors(plant.engine, "mp")
    assert ("country", "UQD MX") in held(plant, "R2")


def test_while_rollups_are_due_nothing_is_followed_and_nothing_is_missed(
    plant: YieldWorld,
) -> None:
    due = "UPDATE plant_version SET rollups_due_at = {at} WHERE plant = 'mp'"
    with plant.engine.begin() as connection:
        connection.execute(text(due.format(at="changed_at")))
    assert follow_factors(plant.engine, "mp") == 0
    with plant.engine.begin() as connection:
        connection.execute(text(due.format(at="NULL")))
    assert follow_factors(plant.engine, "mp") > 0
    assert len(store(plant)[0]) == 2
