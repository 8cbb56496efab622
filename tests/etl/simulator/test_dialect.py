"""How each plant writes: its own columns, words, units, local times, and station names."""

from datetime import UTC, datetime

import pytest

from etl.plant_file import PlantFile, SourceEntry
from etl.simulator.dialect import FeedDialect, Renaming
from etl.simulator.journal import Entry, Flaw
from etl.simulator.plant_run import manner_of
from tests.etl.simulator.conftest import CODES, read_plant

NOW = int(datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp())


def source_of(plant: PlantFile, feed: str) -> SourceEntry:
    """The source of a feed."""
    return next(source for source in plant.sources if source.feed == feed)


def dialect(code: str, feed: str, renamed_at: int = 0) -> FeedDialect:
    """A feed of a plant, its station renamed at an instant."""
    plant = read_plant(code)
    earlier = {s.code: s.aliases[0].name for s in plant.stations if s.aliases}
    source = source_of(plant, feed)
    return FeedDialect(plant, source, manner_of(plant, source), Renaming(renamed_at, earlier))


def row(code: str, feed: str, entry: Entry, renamed_at: int = 0) -> dict[str, object]:
    """A row by column name."""
    spoken = dialect(code, feed, renamed_at)
    return dict(zip(spoken.columns, spoken.row(5, entry), strict=True))


def step(station: str = "L1-KIT", started: int = NOW) -> Entry:
    """A finished visit."""
    fact = ("R1", "RK72-A", "W1", station, "S01", started, started + 60, "completed")
    return Entry(started + 60, fact)


def test_mount_pleasant_writes_local_times_without_zone_and_its_own_words() -> None:
    assert row("mp", "unit_step", step()) == {
        "LOG_ID": 5,
        "SN": "R1",
        "MODEL": "RK72-A",
        "MO": "W1",
        "STATION_NAME": "R1_KIT_01",
        "SLOT_NO": "S01",
        "IN_TIME": "2026-11-02 06:00:00",
        "OUT_TIME": "2026-11-02 06:01:00",
        "RESULT": "OK",
        "EDIT_TIME": "2026-11-02 06:01:00",
    }


def test_lordstown_writes_utc_and_marks_deleted_rows() -> None:
    entry = step()._replace(flaw=Flaw.VOIDED)
    written = row("oh", "unit_step", entry)
    assert written["start_utc"] == "2026-11-02 12:00:00"
    assert written["status"] == "COMPLETE"
    assert written["deleted"] == 1


def test_houston_writes_iso_instants_and_decimals_as_text() -> None:
    fact = ("R1", "U1", "", "HOSE-16", "L1", "S1", "B", 12_500, NOW, None)
    written = row("tx", "genealogy", Entry(NOW, fact))
    assert (written["quantity"], written["installedAt"]) == ("12.5", "2026-11-02T12:00:00Z")
    assert written["partRevision"] == "B"


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        ("2026-11-01T06:30:00+00:00", "2026-11-01 01:30:00"),
        ("2026-11-01T07:30:00+00:00", "2026-11-01 01:30:00"),
        ("2026-03-08T08:00:00+00:00", "2026-03-08 03:00:00"),
    ],
)
def test_the_autumn_hour_repeats_and_the_spring_hour_is_missing(instant: str, local: str) -> None:
    at = int(datetime.fromisoformat(instant).timestamp())
    assert row("mp", "unit_step", step(started=at))["IN_TIME"] == local


@pytest.mark.parametrize("code", CODES)
def test_a_renamed_station_has_its_old_name_in_older_rows(code: str) -> None:
    station = next(s for s in read_plant(code).stations if s.aliases)
    column = {"mp": "STATION_NAME", "oh": "work_center", "tx": "workCenter"}[code]
    names = [
        row(code, "unit_step", step(station.code, started=at), renamed_at=NOW)[column]
        for at in (NOW - 3600, NOW + 3600)
    ]
    assert names == [station.aliases[0].name, station.name]


def test_feet_and_packs_of_ten_are_written_where_the_plant_keeps_them() -> None:
    def stock(part: str, unit: str, qty: int) -> dict[str, object]:
        fact = ("A01", part, "X1", "unrestricted", qty, 0, unit, NOW)
        return row("mp", "stock", Entry(NOW, fact))

    assert (stock("HOSE-16", "FT", 40_000)["QTY"], stock("HOSE-16", "FT", 1)["UOM"]) == ("40", "FT")
    packs = stock("WASH-M6", "EA", 225_000)
    assert (packs["QTY"], packs["UOM"]) == ("22.5", "PK10")
    assert stock("BB-CLIP", "EA", 5_000)["UOM"] == "EA"


@pytest.mark.parametrize(
    ("flaw", "column", "value"),
    [
        (Flaw.UNKNOWN_WORD, "RESULT", "OK*"),
        (Flaw.NO_SERIAL, "SN", ""),
        (Flaw.BAD_TIME, "IN_TIME", "0000-00-00 00:00:00"),
        (Flaw.TEXT_NUMBER, "IN_TIME", "N/A"),
    ],
)
def test_a_bad_row_is_bad_in_one_place(flaw: Flaw, column: str, value: str) -> None:
    good, bad = row("mp", "unit_step", step()), row("mp", "unit_step", step()._replace(flaw=flaw))
    assert bad[column] == value
    assert {name: cell for name, cell in bad.items() if name != column} == {
        name: cell for name, cell in good.items() if name != column
    }
