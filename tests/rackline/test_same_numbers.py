"""One outlook, told four times: page, export, report on the command line and wall agree."""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from dashboard.components.shortages.rows import Row, rows, sites
from dashboard.components.times import moment
from dashboard.desk import drawn
from dashboard.exports.files import csv_lines
from dashboard.pages import shortages
from dashboard.read import StoreRead
from db.clock import frozen
from db.domain.material.sentences import IF
from db.models import Build
from db.queries.outlook import stored_outlook
from db.queries.outlook_shapes import Case
from db.queries.scope import EVERY_PLANT
from tests.dashboard.test_shortages import STATE, panel, text_of
from tests.db.queries.world import MONDAY, World, ct, read
from tests.test_cli import call

AT = ct(15)
Cells = dict[str, dict[str, str]]


@pytest.fixture
def full(world: World, database_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """Clips, hoses and fans that run out one after the other, builds, and a receipt in time."""
    monkeypatch.setenv("RACKLINE_DATABASE_URL", database_url)
    for hour in range(15, 90):
        world.plan(ct(hour), "2")
        world.plan(ct(hour), "1", line="L2")
    for part, each, qty in (("CLIP", "2", "37"), ("HOSE", "1", "100"), ("FAN", "4", "9000")):
        world.bom(part, each, scrap_ratio=Decimal("0.02"))
        world.part(part, part.title())
        world.stock(part, qty)
    world.bom("HOSE-B", "1", alternate_of="HOSE", alternate_rank=1)
    world.stock("HOSE-B", "20")
    world.receipt("CLIP", "150", MONDAY + timedelta(days=1))
    world.add(
        Build(
            **world.sourced("build"),
            build="WO-1",
            product="RK",
            line="L1",
            kind="firm",
            ordered_count=30,
            status="released",
            due_at=ct(40),
        )
    )
    world.held("k", feed="receipt", reason="unknown_unit", field="unit")
    world.outlook(AT)
    return world


def exported(text: str, title: str, key: str) -> Cells:
    """A table of an export by one of its columns."""
    [block] = [it for it in text.split("\r\n\r\n") if it.startswith(f"{title}\r\n")]
    found = csv.DictReader(io.StringIO(block.partition("\r\n")[2]))
    return {row[key]: row for row in found}


def reported(what: str, key: str, *options: str) -> Cells:
    """A report of the command line by one of its columns."""
    result = call("report", what, "--plant", "mp", "--csv", *options)
    assert result.exit_code == 0, result.stderr
    return {row[key]: row for row in csv.DictReader(io.StringIO(result.stdout.split("\n\n")[1]))}


def number(text: str) -> float | None:
    """A cell's number; None where the cell is empty."""
    return float(text) if text else None


def instant(text: str) -> datetime | None:
    """The report's instant as the export's plant time."""
    return datetime.fromisoformat(text).astimezone(ct(0).tzinfo) if text else None


def local(text: str) -> datetime | None:
    """The export's plant time (CDT) as an instant."""
    return datetime.fromisoformat(f"{text}-05:00") if text else None


@pytest.mark.parametrize("case", ["promised", "late", "none"])
async def test_stops_racks_and_balances_are_the_same_everywhere(
    full: World, door: StoreRead, case: Case
) -> None:
    search = f"?show=all&case={case}"
    with frozen(AT):
        page = await drawn(shortages.DESK, door, EVERY_PLANT, search, names={}, theme="dark")
        assert shortages.PAGE.tables
        report = await shortages.PAGE.tables(door, EVERY_PLANT, {}, search)
        parts = reported("shortages", "part", "--case", case)
        lines = reported("line-stops", "line", "--case", case)
        builds = reported("clear-to-build", "build", "--case", case)
    text = "".join(csv_lines(report))
    own, stops, orders = (
        exported(text, title, key)
        for title, key in (("Parts", "Part"), ("Line stops", "Line"), ("Work orders", "Work order"))
    )
    assert own.keys() == parts.keys() == {"CLIP", "HOSE", "HOSE-B", "FAN"}
    heat = panel(page, "Projected balance")
    for row in shown(full, case):
        name = row.part["part"]
        mine, theirs = own[name], parts[name]
        assert local(mine["Line stops (CT)"]) == instant(theirs["stops_at"])
        assert moment(row.stop_at, row.plant, AT) in heat if row.stop_at else "covered" in heat
        for label, column in (
            ("Available", "available_qty"), ("Racks at risk", "racks_at_risk"),
            ("Need a day", "need_per_day"), ("Cover, days", "cover_days"),
        ):  # fmt: skip
            assert number(mine[label]) == pytest.approx(number(theirs[column])), (name, label)
        assert (mine["Level"], mine["Why"]) == (theirs["level"], theirs["sentence"])
        assert bool(mine["Why"]) == bool(row.stop_at)
        assert local(mine["Covered again (CT)"]) == instant(theirs["covered_at"])
        days = [f"Balance {day}" for day in row.site.outlook["days"][:14]]
        assert [float(mine[day]) for day in days] == pytest.approx(row.future["balances"][:14])
    assert stops.keys() == lines.keys() == {"L1", "L2"}
    for line, mine in stops.items():
        assert local(mine["Stops (CT)"]) == instant(lines[line]["stops_at"])
        assert float(mine["Racks at risk"]) == pytest.approx(float(lines[line]["racks_at_risk"]))
    assert orders["WO-1"]["Buildable now"] == builds["WO-1"]["buildable_now"]
    assert orders["WO-1"]["Racks late"] == builds["WO-1"]["racks_late"]
    assert orders["WO-1"]["Best action"] == builds["WO-1"]["best_action"]
    assert orders["WO-1"]["All by"] == builds["WO-1"]["complete_on"]
    missing = panel(page, "Work orders that will miss")
    assert IF[case] in missing
    late = int(builds["WO-1"]["racks_late"])
    assert (builds["WO-1"]["best_action"] in missing) == bool(late)


def shown(world: World, case: str) -> list[Row]:
    """The rows the page is made of."""
    with Session(world.engine) as session:
        outlook = stored_outlook(session, "mp")
    assert outlook
    plant = read(world)["plant"]
    return rows(sites([outlook], [plant], "all"), {**STATE, "case": case}, AT)


@pytest.mark.parametrize("case", ["promised", "late", "none"])
def test_racks_at_risk_are_those_from_the_line_stop_on(full: World, case: str) -> None:
    """After the hoses and their alternates: what is left of the plan, 3 racks an hour to 18:00."""
    with frozen(AT):
        hose = reported("shortages", "part", "--case", case)["HOSE"]
    left = ct(90) - datetime.fromisoformat(hose["stops_at"])
    assert left < timedelta(hours=40)
    breaks = 1.5  # half an hour each at noon and at midnight: spread over their hours
    assert float(hose["racks_at_risk"]) == pytest.approx(3 * left / timedelta(hours=1), abs=breaks)


async def test_red_is_the_same_everywhere_as_time_passes(full: World, door: StoreRead) -> None:
    now = ct(18)
    with frozen(now):
        page = await drawn(shortages.DESK, door, EVERY_PLANT, "", names={}, theme="dark")
        assert shortages.PAGE.tables
        assert shortages.PAGE.badge
        text = "".join(csv_lines(await shortages.PAGE.tables(door, EVERY_PLANT, {}, "")))
        told = {
            "page": text_of(page.content[0]).startswith("Stops Clip runs out"),
            "badge": await shortages.PAGE.badge(door, EVERY_PLANT) == 1,
            "report": reported("shortages", "part")["CLIP"]["level"] == "red",
            "export": exported(text, "Parts", "Part")["CLIP"]["Level"] == "red",
            "wall": read(full, now)["part_stops"][0]["level"] == "red",
        }
    with Session(full.engine) as session:
        held = stored_outlook(session, "mp")
    assert held
    assert held["parts"][0]["level"] == "amber"
    assert told == dict.fromkeys(told, True)


async def test_the_wall_tells_the_stops_of_the_page(full: World) -> None:
    wall = {stop["part"]: stop["stops_at"] for stop in read(full, AT)["part_stops"]}
    needed = [row for row in shown(full, "promised") if row.level != "none"]
    assert wall == {row.part["part"]: row.stop_at for row in needed}


async def test_files_say_their_as_of_and_what_their_words_mean(
    full: World, door: StoreRead
) -> None:
    with frozen(AT):
        assert shortages.PAGE.tables
        report = await shortages.PAGE.tables(door, EVERY_PLANT, {}, "?plant=mp")
        printed = call("report", "line-stops", "--plant", "mp", "--csv").stdout
    head = "".join(csv_lines(report)).partition("\r\n\r\n")[0]
    assert "As of,2026-07-06 15:00 CT" in head
    assert "Racks at risk,racks planned between the stop and the return of cover" in head
    assert "As of,2026-07-06T20:00:00Z" in printed
    assert "stops_at," in printed.partition("\n\n")[0]
