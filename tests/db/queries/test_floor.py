"""Racks on the floor as the store has them, and what clear to build leaves for them."""

from datetime import datetime, timedelta

from sqlmodel import Session

from db.domain.material.facts import FloorRack
from db.models import Build, Defect, UnitOperation, UnitStep
from db.queries.floor import racks_on_floor
from db.queries.plants import home
from db.queries.scope import EVERY_PLANT
from tests.db.queries.world import AT, World

HOUR = timedelta(hours=1)


def rack(world: World, serial: str, began_at: datetime, *operations: str) -> None:
    """A rack that spent an hour at each operation, straight after each other."""
    for at, operation in enumerate(operations):
        start = began_at + at * HOUR
        end = start + HOUR if start + HOUR <= AT else None
        done = {"plant": "mp", "serial": serial, "operation": operation, "product": "RK"}
        world.add(UnitOperation(**done, line="L1", started_at=start, completed_at=end))
        world.add(
            UnitStep(
                **world.sourced("unit_step"), **world.event(start), serial=serial, product="RK",
                line="L1", station=f"L1-{operation}", operation=operation, started_at=start,
                ended_at=end, result="completed" if end else "",
            )
        )  # fmt: skip


def floor(world: World) -> tuple[FloorRack, ...]:
    with Session(world.engine) as session:
        return racks_on_floor(session, home(session, "mp", EVERY_PLANT), AT)


def usual(world: World) -> None:
    """Racks completed lately: enough to say how long a stay is."""
    for n in range(20):
        rack(world, f"D{n:02}", AT - 8 * HOUR - n * HOUR, "KIT", "LEAK", "BURNIN", "FINAL")


def test_racks_in_process_by_what_they_have_passed(world: World) -> None:
    usual(world)
    rack(world, "R1", AT - HOUR, "KIT")
    rack(world, "R2", AT - 3 * HOUR, "KIT", "BURNIN")
    rack(world, "GHOST", AT - 40 * HOUR, "KIT")
    rack(world, "SCRAP", AT - 2 * HOUR, "KIT")
    world.add(
        Defect(
            **world.sourced("defect"), **world.event(AT - HOUR), serial="SCRAP",
            operation="KIT", action="Scrapped",
        )
    )  # fmt: skip
    assert floor(world) == (
        FloorRack("GHOST", "RK", frozenset({"KIT"}), is_ghost=True),
        FloorRack("R1", "RK", frozenset({"KIT"})),
        FloorRack("R2", "RK", frozenset({"KIT", "LEAK", "BURNIN"})),
    )


def test_clear_to_build_leaves_them_what_they_have_still_to_take(world: World) -> None:
    """10 hoses: R1 has its 2, R2 and R3 keep 2 each, nothing is kept for the ghost; 6 make 3."""
    usual(world)
    rack(world, "R1", AT - 2 * HOUR, "KIT", "LEAK")
    rack(world, "R2", AT - HOUR, "KIT")
    rack(world, "R3", AT - HOUR, "KIT")
    rack(world, "GHOST", AT - 40 * HOUR, "KIT")
    world.bom("HOSE", "2", operation="LEAK")
    world.bom("LABEL", "1", operation="KIT")
    for part in ("HOSE", "LABEL"):
        world.stock(part, "10")
    world.add(
        Build(
            **world.sourced("build"), build="WO-1", product="RK", line="L1", kind="firm",
            ordered_count=9, status="released",
        )
    )  # fmt: skip
    told = world.outlook(AT)
    assert told["builds"][0]["buildable_now"] == 3
    assert {one["part"]: one["kept_qty"] for one in told["parts"]} == {"HOSE": 4.0, "LABEL": 0.0}
    assert (told["floor_count"], told["ghosts"]) == (3, ["GHOST"])
