"""The tables behind the throughput page: the same hour on page, report, export and wall."""

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from dashboard.components.flow.export import flow_report as exported
from dashboard.components.flow.state import FIELDS
from dashboard.exports.files import csv_lines
from dashboard.report import Asked
from db.queries.flow import flow
from db.queries.flow_shapes import FlowFilter
from db.queries.reports import throughput
from db.queries.reports_of_flow import FLOW_TABLES, flow_report
from db.queries.scope import EVERY_PLANT
from tests.dashboard.fakes import FakeRead
from tests.db.queries.world import MONDAY, World, ct, read

AT = ct(14, 30)


def filled(world: World) -> None:
    for hour in range(6, 18):
        world.plan(ct(hour), "2" if hour == 12 else "4")
    for hour, racks in ((6, 4), (7, 5), (9, 1), (14, 2)):
        world.done(ct(hour), racks)


def test_an_hour_says_the_same_on_page_report_export_and_wall(world: World) -> None:
    filled(world)
    asked = FlowFilter(world.code)
    with Session(world.engine) as session:
        page = flow(session, EVERY_PLANT, asked, AT)
        told = flow_report(session, "hours", asked, AT).frame
        older = throughput(session, world.code, MONDAY, MONDAY, at=AT, by="hour").frame
    walled = {row["hour_at"]: row for row in read(world)["hours"]}
    state = {field.name: field.default for field in FIELDS}
    out = Asked(FakeRead(), EVERY_PLANT, [], {}, state, "light", AT)
    file = "".join(csv_lines(exported(out, page)))
    block = file.split("Hour by hour\r\n")[1].split("\r\n\r\n")[0]
    sent = list(csv.DictReader(io.StringIO(block)))
    by_hour = {at.to_pydatetime(): row for at, row in older.set_index("hour_at").iterrows()}
    for row, ours, theirs in zip(page["hours"], told.to_dict("records"), sent, strict=True):
        wall = walled[row["hour_at"]]
        assert (row["done"], row["planned"]) == (wall["done"], wall["planned"])
        assert (ours["done"], ours["planned"]) == (row["done"], row["planned"])
        assert (int(theirs["Done"]), float(theirs["Plan"])) == (row["done"], row["planned"])
        held = by_hour.get(datetime.fromisoformat(row["hour_at"]).astimezone(UTC))
        if held is not None and row["due"] is not None:
            assert held["completed_count"] == row["done"]
            assert held["planned_qty"] == pytest.approx(row["due"])
        assert ours["is_missed"] == row["is_missed"] == (theirs["Missed"] == "yes")
    assert sum(row["done"] for row in page["hours"]) == read(world)["score"]["done"]


@pytest.mark.parametrize("table", FLOW_TABLES)
def test_every_column_of_a_table_is_said(world: World, table: str) -> None:
    filled(world)
    with Session(world.engine) as session:
        found = flow_report(session, table, FlowFilter(world.code), AT)
    assert list(found.frame.columns) == list(FLOW_TABLES[table].columns)
    assert all(found.definitions[name] for name in found.frame.columns)
    assert ("As of", "2026-07-06T19:30:00Z") in found.about("Mount Pleasant")


def test_a_refused_bottleneck_has_its_reason_and_no_shares(world: World) -> None:
    filled(world)
    with Session(world.engine) as session:
        frame = flow_report(session, "bottleneck", FlowFilter(world.code), AT).frame
    assert frame["led_ratio"].isna().all()
    assert "80% is needed" in frame["first_says"][0]
