"""Tables of the outlook: the screens' numbers, what they mean, and their as-of."""

from datetime import timedelta

import pandas as pd
import pytest
from sqlmodel import Session

from db.errors import RacklineError
from db.queries.material_frames import TABLES, material_report, material_table
from db.queries.outlook_shapes import CASES, OutlookShape
from db.queries.scope import NotInScope, Scope
from tests.db.queries.world import MONDAY, World, ct


def outlook(world: World) -> OutlookShape:
    """CLIP stops on the first evening, HOSE on the third day; a receipt for tomorrow."""
    for hour in range(15, 90):
        world.plan(ct(hour), "2")
    for part, qty in (("CLIP", "10"), ("HOSE", "100")):
        world.bom(part, "1")
        world.stock(part, qty)
    world.receipt("CLIP", "500", MONDAY + timedelta(days=1))
    return world.outlook(ct(15))


def test_shortages_carry_the_outlooks_numbers(world: World) -> None:
    found = outlook(world)
    report = material_table(found, "shortages", at=ct(16))
    frame = report.frame.set_index("part")
    own = found["parts"][0]["cases"]["promised"]
    assert list(frame.index) == ["CLIP", "HOSE"]
    assert frame.loc["CLIP", "stops_at"] == pd.Timestamp(own["stops_at"])
    assert frame.loc["CLIP", "hours_left"] == 4
    assert frame.loc["CLIP", "level"] == "amber"
    assert frame.loc["CLIP", "racks_at_risk"] == own["racks_at_risk"]
    assert report.about("Mount Pleasant")[:2] == [
        ("Rackline", "shortages (promised) of Mount Pleasant"),
        ("As of", "2026-07-06T20:00:00Z"),
    ]
    assert "stops_at" in report.definitions


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_is_typed_with_and_without_rows(world: World, name: str) -> None:
    empty = material_table(world.outlook(ct(15)), name, at=ct(15)).frame
    full = material_table(outlook(world), name, at=ct(15)).frame
    assert list(empty.columns) == list(TABLES[name][0])
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert "object" not in set(map(str, full.dtypes))


def test_balances_by_day_follow_the_case(world: World) -> None:
    found = outlook(world)
    for case in CASES:
        frame = material_table(found, "balances", at=ct(15), case=case).frame
        clip = frame[frame["part"] == "CLIP"]
        assert clip["balance_qty"].tolist() == found["parts"][0]["cases"][case]["balances"]
        left = 10 + clip["arrival_qty"].cumsum() - clip["need_qty"].cumsum()
        assert clip["balance_qty"].tolist() == pytest.approx(left.tolist())


def test_a_horizon_leaves_out_later_dates_and_keeps_what_has_none(world: World) -> None:
    found = outlook(world)
    days = material_table(found, "balances", at=ct(15), horizon_days=2).frame["on"]
    assert sorted(days.unique()) == [pd.Timestamp("2026-07-06"), pd.Timestamp("2026-07-07")]
    parts = material_table(found, "shortages", at=ct(15), horizon_days=1).frame["part"]
    assert parts.tolist() == ["CLIP"]
    assert len(material_table(found, "shortages", at=ct(15), horizon_days=28).frame) == 2


def test_line_stops_name_the_first_and_the_second_blocker(world: World) -> None:
    frame = material_table(outlook(world), "line-stops", at=ct(15), case="none").frame
    (line,) = frame[frame["line"] == "L1"].to_dict("records")
    assert (line["part"], line["second_part"]) == ("CLIP", "HOSE")
    assert line["stops_at"] == ct(20)


def test_a_report_without_an_outlook_says_what_to_do(world: World) -> None:
    with Session(world.engine) as session:
        with pytest.raises(RacklineError, match="Run: rackline load --plant mp"):
            material_report(session, "mp", "shortages", at=ct(15))
        scope = Scope(frozenset({"oh"}))
        with pytest.raises(NotInScope):
            material_report(session, "mp", "shortages", at=ct(15), scope=scope)
