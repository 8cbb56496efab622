"""Genealogy both ways against a replay of every installation and removal; the page of a serial."""

from datetime import datetime, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session

from db.models import Build
from db.queries.findings import data_findings
from db.queries.genealogy import genealogy, where_used
from db.queries.rack import rack_page
from db.queries.rack_shapes import LinkShape, RackShape, TreeShape, WhereShape
from db.queries.scope import EVERY_PLANT, NotInScope, Scope
from db.queries.serial_uses import used_again
from tests.db.queries.world import AT, ct
from tests.db.queries.yield_world import HOUR, YieldWorld

PLACES = ("U1", "U2")


@pytest.fixture
def plant(engine: Engine) -> YieldWorld:
    return YieldWorld(engine)


def ask(here: YieldWorld, question: Any, *given: Any, **named: Any) -> Any:
    with Session(here.engine) as session:
        return question(session, EVERY_PLANT, "mp", *given, **named, at=AT)


def tree(here: YieldWorld, serial: str = "R1") -> TreeShape:
    found: TreeShape = ask(here, genealogy, serial)
    return found


def flat(links: list[LinkShape], parent: str = "R1") -> set[tuple[str, str, str]]:
    """(parent, position, what) of every link of a tree."""
    found = set()
    for link in links:
        found.add((parent, link["position"], link["serial"] or link["lot"]))
        found |= flat(link["children"], link["serial"])
    return found


steps = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(["T1", "T2", "T3", "T4"])), max_size=8
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fits=steps, done_after=st.integers(0, 8))
def test_as_built_and_as_now_are_what_a_replay_gives(
    plant: YieldWorld, fits: list[tuple[str, str]], done_after: int
) -> None:
    with plant.engine.begin() as connection:
        for table in ("genealogy_link", "unit_step", "unit_operation", "change"):
            connection.execute(text(f"DELETE FROM {table}"))
    done_at = ct(2) + done_after * HOUR - timedelta(minutes=1)
    held: dict[str, dict[str, Any]] = {}
    links: list[dict[str, Any]] = []
    built: set[tuple[str, str, str]] = set()
    for number, (place, tray) in enumerate(fits):
        at = ct(2) + number * HOUR
        if at > done_at and not built:
            built = {("R1", where, link["child_serial"]) for where, link in held.items()}
            built = built or {("", "", "")}
        for where, link in list(held.items()):
            if where == place or link["child_serial"] == tray:
                held.pop(where)["removed_at"] = at
        held[place] = plant.built_in("R1", at, position=place, part="TRAY", child_serial=tray)
        links.append(held[place])
    now = {("R1", where, link["child_serial"]) for where, link in held.items()}
    lots = [plant.built_in(t, ct(1), position="B", lot=f"L{t}") for t in ("T1", "T2", "T3", "T4")]
    plant.linked(*links, *lots)
    plant.visited("R1", "FINAL", done_at)
    found = tree(plant)
    built = (built if built else now) - {("", "", "")}
    assert flat(found["as_now"]) == now | {(t, "B", f"L{t}") for _, _, t in now}
    assert flat(found["as_built"]) == built | {(t, "B", f"L{t}") for _, _, t in built}
    assert len(found["swaps"]) == len(links) - len(now)


def test_a_lot_is_found_in_every_rack_that_carries_it(plant: YieldWorld) -> None:
    plant.lot("UQD", "K1", supplier="QD", origin_country="TW")
    plant.add(
        Build(
            **plant.sourced("build"), build="EV", product="RK", kind="evaluation",
            ordered_count=3, status="released",
        )
    )  # fmt: skip
    with plant.engine.begin() as connection:
        connection.execute(text("UPDATE operation SET kind = 'pack' WHERE code = 'FINAL'"))
    plant.visited("R1", "LEAK", ct(6))
    for serial, build in (("R2", "B1"), ("R3", "EV"), ("R4", "B1"), ("R5", "B1")):
        plant.visited(serial, "FINAL", ct(9), build=build)
    tray = {"part": "TRAY", "child_serial": "T1"}
    plant.linked(
        plant.built_in("R1", ct(3), lot="K1"),
        plant.built_in("R2", ct(3), lot="K1"),
        plant.built_in("R3", ct(3), lot="K1"),
        plant.built_in("R4", ct(3), lot="K1", removed_at=ct(5)),
        plant.built_in("T1", ct(2), lot="K1"),
        plant.built_in("R4", ct(3), position="U1", removed_at=ct(4), **tray),
        plant.built_in("R5", ct(5), position="U1", **tray),
        plant.built_in("T2", ct(2), lot="K1"),
    )
    found: WhereShape = ask(plant, where_used, part="UQD", lot="K1")
    assert found.keys() == get_type_hints(WhereShape).keys()
    assert (found["supplier"], found["country"]) == ("QD", "TW")
    counts = [found[f"{name}_count"] for name in  # type: ignore[literal-required]
              ("in_process", "shipped", "at_evaluation", "removed", "loose")]  # fmt: skip
    assert counts == [1, 2, 1, 1, 1]
    assert {(one["serial"], one["via"]) for one in found["racks"] if one["is_in_now"]} == {
        ("R1", ""), ("R2", ""), ("R3", ""), ("R5", "T1"),
    }  # fmt: skip
    assert ask(plant, where_used, serial="T1")["shipped_count"] == 1
    assert "was not built into anything" in ask(plant, where_used, part="UQD", lot="?")["sentence"]


def test_a_loop_in_the_data_ends(plant: YieldWorld) -> None:
    plant.linked(
        plant.built_in("A", ct(1), child_serial="B"), plant.built_in("B", ct(1), child_serial="A")
    )
    assert tree(plant, "A")["as_now"]
    assert ask(plant, where_used, serial="A")["in_process_count"] == 0


def test_the_page_of_a_rack_tells_its_route_and_what_does_not_fit(plant: YieldWorld) -> None:
    def on_rack(operation: str, at: datetime) -> None:
        plant.visited("R1", operation, at)

    on_rack("KIT", ct(1))
    on_rack("FINAL", ct(12))
    plant.tested(plant.ran("R1", ct(5), "failed"), plant.ran("R1", ct(7), "passed"))
    plant.fault("R1", ct(6), symptom="DECAY")
    plant.linked(
        plant.built_in("R1", ct(0), lot="K1", removed_at=ct(8)),
        plant.built_in("R1", ct(8), lot="K2"),
    )
    with plant.engine.begin() as connection:
        connection.execute(text("UPDATE operation SET name = 'Leak test' WHERE code = 'LEAK'"))
    plant.held("x", payload='{"SN": "R1"}')
    plant.held("y", payload='{"SN": "R11"}')
    found: RackShape = ask(plant, rack_page, "R1")
    assert found.keys() == get_type_hints(RackShape).keys()
    assert [step["operation"] for step in found["route"]] == ["KIT", "FINAL"]
    assert [run["is_first"] for run in found["runs"]] == [True, False]
    kinds = {(one["kind"], one["operation"]) for one in found["deviations"]}
    assert kinds == {("skipped", "BURNIN"), ("no_retest", "LEAK"), ("held", "")}
    assert (found["state"], found["build"]) == ("done", "B1")


def test_the_page_of_a_serial_that_two_units_had_tells_them_apart(plant: YieldWorld) -> None:
    old = timedelta(days=40)
    for operation, hour in (("KIT", 1), ("FINAL", 6)):
        plant.visited("R1", operation, ct(hour) - old)
        plant.visited("R1", operation, ct(hour))
    plant.tested(plant.ran("R1", ct(3) - old, "failed"), plant.ran("R1", ct(3), "passed"))
    plant.visited("R2", "KIT", ct(1) - old)
    plant.visited("R2", "FINAL", ct(6) - old)
    plant.visited("R2", "LEAK", ct(6))
    plant.held("x", payload='{"SN": "R1"}')
    first: RackShape = ask(plant, rack_page, "R1")
    again: RackShape = ask(plant, rack_page, "R1~2")
    assert [one["verdict"] for one in first["runs"]] == ["failed"]
    assert [one["verdict"] for one in again["runs"]] == ["passed"]
    assert [use["key"] for use in first["uses"]] == ["R1", "R1~2"]
    assert again["uses"] == first["uses"]
    assert again["held_count"] == 1, "quarantine has the serial as its source writes it"
    doubtful: RackShape = ask(plant, rack_page, "R2")
    (doubt,) = (one for one in doubtful["deviations"] if one["kind"] == "reused")
    assert "a return, or another unit with its serial" in doubt["sentence"]
    with Session(plant.engine) as session:
        told, frame = used_again(session, ["mp"])["mp"], data_findings(session)
    assert any(one.startswith("R1 was given to 2 units: R1 from 2026-") for one in told)
    in_doubt = frame[frame["kind"] == "serial_in_doubt"]
    assert in_doubt["subject"].tolist() == ["R2"]
    assert in_doubt["sentence"].iloc[0].startswith("R2 was seen again on 2026-")


def test_a_serial_nobody_knows_gives_a_sentence(plant: YieldWorld) -> None:
    found: RackShape = ask(plant, rack_page, "R%_'; DROP")
    assert found["state"] == "unknown"
    assert found["sentence"].startswith("No record of R%_'; DROP at MP")
    with Session(plant.engine) as session, pytest.raises(NotInScope):
        rack_page(session, Scope(frozenset()), "mp", "R1", AT)
