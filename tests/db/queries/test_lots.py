"""Where a lot went as of now and as it was built; the rows a serial's page stands on."""

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db.queries.lots import LotShape, is_as_built, lot_page
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from db.queries.unit_rows import UnitRowsShape, unit_rows
from tests.db.queries.world import AT, ct
from tests.db.queries.yield_world import YieldWorld

NOBODY = Scope(frozenset())


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    return YieldWorld(engine)


def asked(plant: YieldWorld, part: str = "UQD", lot: str = "K1") -> LotShape:
    with Session(plant.engine) as session:
        return lot_page(session, EVERY_PLANT, "mp", part, lot, at=AT)


def rows(plant: YieldWorld, serial: str) -> UnitRowsShape:
    with Session(plant.engine) as session:
        return unit_rows(session, EVERY_PLANT, "mp", serial)


def test_a_lot_is_found_as_now_and_as_built(plant: YieldWorld) -> None:
    plant.lot("UQD", "K1", supplier="QD", origin_country="TW")
    for serial in ("R1", "R2", "R3"):
        plant.visited(serial, "KIT", ct(1))
    for serial in ("R1", "R2"):
        plant.visited(serial, "FINAL", ct(9))
    plant.linked(
        plant.built_in("R1", ct(2), lot="K1"),
        plant.built_in("R2", ct(2), lot="K1", removed_at=ct(11)),
        plant.built_in("R2", ct(11), lot="K2"),
        plant.built_in("R3", ct(2), lot="K1", removed_at=ct(3)),
        plant.built_in("R1", ct(10), position="P2", lot="K2"),
    )
    found = asked(plant)
    assert found.keys() == LotShape.__annotations__.keys()
    assert found["is_known"]
    assert found["where"]["supplier"] == "QD"
    assert set(found["completed_at"]) == {"R1", "R2"}
    built = {
        place["serial"]: is_as_built(place, found["completed_at"].get(place["serial"]))
        for place in found["where"]["racks"]
    }
    assert built == {"R1": True, "R2": True, "R3": False}
    assert {p["serial"] for p in found["where"]["racks"] if p["is_in_now"]} == {"R1"}
    [record] = found["rows"]
    assert record["says"]["origin_country"] == "TW"
    late = asked(plant, lot="K2")
    assert not any(
        is_as_built(place, late["completed_at"][place["serial"]])
        for place in late["where"]["racks"]
    )


@pytest.mark.parametrize("lot", ["K9", "R%_'; DROP TABLE lot; --", "K1/2"])
def test_a_lot_nobody_knows_is_not_known(plant: YieldWorld, lot: str) -> None:
    found = asked(plant, lot=lot)
    assert not found["is_known"]
    assert found["rows"] == []
    assert lot in found["where"]["sentence"]


def test_a_lot_that_waits_in_stock_is_known(plant: YieldWorld) -> None:
    plant.lot("UQD", "K5")
    found = asked(plant, lot="K5")
    assert found["is_known"]
    assert found["where"]["racks"] == []


def test_the_rows_behind_a_serial_are_its_own_by_time(plant: YieldWorld) -> None:
    plant.visited("R1", "LEAK", ct(5))
    plant.visited("R1", "KIT", ct(1))
    plant.visited("R11", "KIT", ct(1))
    plant.tested(plant.ran("R1", ct(5), "failed"))
    plant.fault("R1", ct(6), symptom="DECAY")
    plant.linked(
        plant.built_in("R1", ct(2), child_serial="T1"), plant.built_in("T1", ct(1), lot="K1")
    )
    with plant.engine.begin() as connection:
        connection.execute(text("UPDATE operation SET standard_seconds = 5400 WHERE code = 'KIT'"))
    found = rows(plant, "R1")
    told = [(kind, row["says"].get("operation")) for kind, row in found["rows"]]
    assert told == [
        ("Visit", "KIT"), ("Visit", "LEAK"), ("Test run", "LEAK"), ("Defect", "LEAK"),
        ("Built in", None),
    ]  # fmt: skip
    assert found["standard_hours"] == {"KIT": 1.5}
    assert found["first_pass"] == ["LEAK", "BURNIN"]
    tray = [kind for kind, _ in rows(plant, "T1")["rows"]]
    assert tray == ["Built in", "Built into"]


def test_nothing_is_told_beyond_the_scope(plant: YieldWorld) -> None:
    with Session(plant.engine) as session:
        with pytest.raises(NotInScope):
            lot_page(session, NOBODY, "mp", "UQD", "K1", at=AT)
        with pytest.raises(NotInScope):
            unit_rows(session, NOBODY, "mp", "R1")
