"""The gap ledger on the health page, in the report and on the command line."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from db.models import SourceDay
from db.queries.health import health
from db.queries.reports import sources
from db.queries.source_days import source_days
from tests.db.queries.world import World, ct

AT = ct(14, 30)
TODAY = date(2026, 7, 6)


def put(world: World, day: date, state: str = "agreed", **given: object) -> None:
    values: dict[str, object] = {
        "source": "mp.test_run", "business_on": day, "plant": "mp", "state": state,
        "checked_at": AT - timedelta(minutes=5), "until_at": AT, "source_count": 9,
        "held_count": 9,
    } | given  # fmt: skip
    with Session(world.engine) as session:
        session.add(SourceDay(**values))
        session.commit()


def loaded_from(world: World, at: datetime) -> None:
    world.source("test_run", reconcile_days=7, overlap_seconds=120, loaded_from_at=at)


def test_repairs_of_the_last_month_are_told_and_older_ones_are_not(world: World) -> None:
    loaded_from(world, AT - timedelta(days=3))
    put(world, TODAY, repaired_new_count=2, repaired_deleted_count=1, repaired_at=AT)
    old = AT - timedelta(days=40)
    put(world, TODAY - timedelta(days=1), repaired_new_count=5, repaired_at=old)
    with Session(world.engine) as session:
        (shape,) = health(session, ["mp"], AT)["sources"]
        report = sources(session, "mp", TODAY, TODAY, at=AT)
    assert shape["compared"]["repaired"] == [2, 0, 1]
    assert shape["compared"]["overlap_seconds"] == 120
    assert shape["compared"]["gap_count"] == 0
    assert report.frame["repaired_new_count"].tolist() == [2]
    assert report.frame["overlap_seconds"].tolist() == [120]


def test_a_day_that_differs_and_one_never_compared_are_gaps(world: World) -> None:
    loaded_from(world, AT - timedelta(days=4))
    put(world, TODAY)
    put(world, TODAY - timedelta(days=2), "differs", message="4 rows are gone")
    with Session(world.engine) as session:
        gaps = source_days(session, is_gap=True, at=AT)
        everything = source_days(session, at=AT)
    assert gaps["business_on"].tolist() == ["2026-07-05", "2026-07-04", "2026-07-03"]
    assert gaps["state"].tolist() == ["not compared", "differs", "not compared"]
    assert len(everything) == 4


def test_a_source_never_compared_says_nothing_of_repairs(world: World) -> None:
    world.source("test_run")
    with Session(world.engine) as session:
        (shape,) = health(session, ["mp"], AT)["sources"]
        assert sources(session, "mp", TODAY, TODAY, at=AT).frame["gap_count"].tolist() == [0]
    assert (shape["compared"]["checked_at"], shape["compared"]["repaired"]) == (None, [0, 0, 0])
