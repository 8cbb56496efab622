"""Which units carried a value at their first verdict, as the database decides it."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.ingest.factors import follow_factors
from db.models import UnitOperation
from db.queries.carried import CARRIED
from db.queries.scope import EVERY_PLANT
from db.queries.yield_failed import carriers
from db.queries.yield_shapes import YieldFilter
from db.queries.yield_window import first_verdicts, in_units, resolve
from db.queries.yields import yield_page
from tests.db.queries.world import AT, ct
from tests.db.queries.yield_world import YieldWorld

CASES = {
    "lot": ("UQD K 1", {"R0", "R3"}),
    "supplier": ("QD", {"R0", "R3", "R5"}),
    "part supplier": ("UQD QD", {"R0", "R3"}),
    "part revision": ("UQD B", {"R3"}),
    "part country": ("UQD TW", {"R0", "R3"}),
    "slot": ("L1-LEAK S2", {"R1"}),
    "fixture": ("FX 1", {"R2"}),
    "program": ("PDT 7.3", {"R1", "R2"}),
    "firmware": ("1.8.2", {"R4"}),
    "crew": ("C", {"R6"}),
    "upstream station": ("L1-TRAYS", {"R6"}),
    "hours in queue": ("4 to 12 h", {"R6"}),
}


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    """Six racks at ten, R6 at night. R1 lost the lot before, R2 got it after; R3 has it in a tray,
    R4 in a tray that was taken out."""
    here = YieldWorld(engine)
    here.shifts()
    run = {"R1": {"slot": "S2", "program": "PDT", "program_revision": "7.3"},
           "R2": {"fixture": "FX 1", "program": "PDT", "program_revision": "7.3"},
           "R4": {"firmware": "1.8.2"}}  # fmt: skip
    here.tested(*(here.ran(f"R{n}", ct(10), "failed", **run.get(f"R{n}", {})) for n in range(6)))
    here.tested(here.ran("R0", ct(12), "passed", firmware="1.8.2", slot="S2"))
    here.tested(here.ran("R6", ct(20), "passed"))
    here.lot("UQD", "K 1", origin_country="TW")
    lot = {"lot": "K 1", "supplier": "QD"}
    here.linked(
        here.built_in("R0", ct(5), **lot),
        here.built_in("R1", ct(5), **lot, removed_at=ct(6)),
        here.built_in("R2", ct(11), **lot),
        here.built_in("R3", ct(5), part="TRAY", child_serial="T3"),
        here.built_in("T3", ct(4), **lot, part_revision="B"),
        here.built_in("R4", ct(5), part="TRAY", child_serial="T4", removed_at=ct(9)),
        here.built_in("T4", ct(4), **lot),
        here.built_in("R5", ct(5), part="UQD K", lot="2", supplier="QD"),
        here.built_in("R5", ct(5), part="HOSE", lot="3", supplier="KO"),
        here.built_in("R1", ct(5), part="COOLANT-25", lot="B7", supplier="CHEM"),
    )
    here.lot("COOLANT-25", "B7", supplier="CHEM")
    here.visited("R6", "TRAYS", ct(13))
    follow_factors(here.engine, here.code)
    return here


def test_every_factor_has_a_case() -> None:
    assert CASES.keys() == CARRIED


@pytest.mark.parametrize("factor", CASES)
def test_a_value_counts_while_it_was_there_at_the_verdict(plant: YieldWorld, factor: str) -> None:
    value, expected = CASES[factor]
    assert _with(plant, factor, value) == expected


@pytest.mark.parametrize("factor", CASES)
def test_a_value_nobody_carried_or_without_a_part_narrows_to_nothing(
    plant: YieldWorld, factor: str
) -> None:
    assert _with(plant, factor, "UQD nobody") == set()
    assert _with(plant, factor, "nobody") == set()


def _with(here: YieldWorld, factor: str, value: str) -> set[str]:
    """Serials by the units and, where these are asked, by the cases: the same."""
    given = {"supplier": value} if factor == "supplier" else {"factor": factor, "value": value}
    asked = YieldFilter(here.code, operation="LEAK", **given)  # type: ignore[arg-type]
    with Session(here.engine) as session:
        window = resolve(session, EVERY_PLANT, asked, ct(23))
        units = set(session.exec(select(UnitOperation.serial).where(*in_units(window))))
        one = first_verdicts(window)
        assert set(session.exec(select(one.columns["serial"]).where(*one.where))) == units
        return units


def test_the_batch_of_a_coolant_has_a_supplier(plant: YieldWorld) -> None:
    assert _with(plant, "supplier", "CHEM") == {"R1"}


def test_units_grouped_by_supplier_are_those_that_the_filter_finds(plant: YieldWorld) -> None:
    asked = YieldFilter(plant.code, operation="LEAK", group="supplier")
    with Session(plant.engine) as session:
        found = yield_page(session, EVERY_PLANT, asked, AT)["series"][1:]
    counts = {one["key"]: (one["first_count"], one["first_passed_count"]) for one in found}
    assert counts == {"QD": (3, 0), "CHEM": (1, 0), "KO": (1, 0)}


def test_failed_units_say_which_suspect_lots_they_carried(plant: YieldWorld) -> None:
    with Session(plant.engine) as session:
        found = carriers(
            session,
            EVERY_PLANT,
            plant.code,
            "LEAK",
            ["R0", "R1", "R3"],
            lots=["UQD K 1", "UQD K 2"],
        )
    assert found == {"R0": ["UQD K 1"], "R3": ["UQD K 1"]}
