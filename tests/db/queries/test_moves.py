"""What another plant could spare, and what plants name differently."""

from sqlmodel import Session

from db.queries.findings import data_findings
from db.queries.moves import moves, named_differently
from db.queries.outlook import outlooks
from db.queries.outlook_shapes import OutlookShape
from tests.db.queries.world import World, ct

NAMES = {"mp": "Mount Pleasant", "oh": "Lordstown"}


def two_plants(world: World, stock: str = "200") -> tuple[World, World]:
    """Mount Pleasant short of clips from 16:00 of the first day; Lordstown with many."""
    other = World(world.engine, "oh", "America/New_York")
    other.shifts()
    for one, held in ((world, "4"), (other, stock)):
        for hour in range(15, 120):
            one.plan(ct(hour), "4")
        one.bom("CLIP", "1")
        one.part("CLIP", "Busbar clip")
        one.stock("CLIP", held)
        one.outlook(ct(15))
    return world, other


def stored(world: World) -> list[OutlookShape]:
    with Session(world.engine) as session:
        return outlooks(session)


def test_surplus_is_offered_net_of_the_givers_own_need(world: World) -> None:
    two_plants(world, stock="500")
    (hint,) = moves(stored(world), {("oh", "mp"): 1.0}, NAMES)
    assert (hint["part"], hint["from_plant"], hint["to_plant"]) == ("CLIP", "oh", "mp")
    assert hint["qty"] == 500 - 105 * 4
    assert hint["arrives_at"] == "2026-07-07T20:00:00Z"
    assert hint["racks_saved"] == 80
    assert hint["sentence"].startswith("Lordstown can spare 80 EA of Busbar clip: 1 day to Mount")


def test_a_giver_that_needs_all_it_has_gives_nothing(world: World) -> None:
    two_plants(world, stock="420")
    assert moves(stored(world), {("oh", "mp"): 1.0}, NAMES) == []


def test_without_days_between_two_plants_nothing_is_hinted(world: World) -> None:
    two_plants(world, stock="500")
    assert moves(stored(world), {("mp", "oh"): 1.0}, NAMES) == []


def test_one_number_with_two_names_and_one_name_with_two_numbers_are_found(world: World) -> None:
    other = World(world.engine, "oh", "America/New_York")
    for one, names in (
        (world, {"A": "Clip", "B": "Hose", "C": "Fan"}),
        (other, {"A": "Clamp", "B2": "Hose", "C": "Fan"}),
    ):
        for part, name in names.items():
            one.bom(part, "1")
            one.part(part, name)
            one.stock(part, "1")
        one.outlook()
    found = named_differently(stored(world), NAMES)
    assert [(one["kind"], one["subject"]) for one in found] == [
        ("named_differently", "A"),
        ("named_differently", "Hose"),
    ]
    assert "'Clamp' at Lordstown, 'Clip' at Mount Pleasant" in found[0]["sentence"]
    assert "'B' at Mount Pleasant, 'B2' at Lordstown" in found[1]["sentence"]


def test_findings_are_listed_by_plant_with_those_between_plants(world: World) -> None:
    two_plants(world)
    World(world.engine, "tx", "America/Chicago")
    world.stock("CLIP", "-3", location="B")
    world.outlook(ct(16))
    with Session(world.engine) as session:
        frame = data_findings(session)
    assert frame[["plant", "kind"]].to_numpy().tolist() == [
        ["mp", "negative_quantity"],
        ["tx", "no_outlook"],
    ]


def test_rows_of_material_in_quarantine_are_findings_that_say_what_is_missing(
    world: World,
) -> None:
    two_plants(world)
    for key in ("a", "b"):
        world.held(key, feed="receipt", reason="out_of_range", field="ordered_qty")
    world.held("c", feed="bom", reason="unknown_unit", field="unit")
    world.held("d", feed="receipt", released_at=ct(12))
    world.held("e", feed="test_run")
    with Session(world.engine) as session:
        frame = data_findings(session)
    assert frame[["plant", "kind", "subject"]].to_numpy().tolist() == [
        ["mp", "quarantined_row", "mp.bom"],
        ["mp", "quarantined_row", "mp.receipt"],
    ]
    assert frame["sentence"][0].startswith("1 of mp.bom held back (unknown unit in unit): the need")
    assert frame["sentence"][1] == (
        "2 of mp.receipt held back (out of range in ordered_qty): they are not counted. "
        "rackline quarantine list --plant mp"
    )
