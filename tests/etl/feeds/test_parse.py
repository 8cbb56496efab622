"""What holds for every feed, whatever a source says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.domain.vocabulary import RejectionReason
from db.errors import SourceChanged
from db.ingest.batch import row_columns
from etl.connectors.base import RawBatch
from etl.feeds.registry import FEEDS
from tests.etl.feeds.golden import NOW, as_dicts, golden_feed, golden_plant, raw_batch, read_case

STEP = (
    "1", "R1", "LINK_01", "2026-07-01 10:00:00", "2026-07-01 11:30:00", "OK",
    "2026-07-01 11:30:05", 0,
)  # fmt: skip
STEP_COLUMNS = ("id", "sn", "station", "began", "ended", "result", "edited", "gone")
GOOD_CASES = {
    "unit_step": "unit_step/a_plain_row_loads",
    "test_run": "test_run/the_raw_word_is_kept_beside_ours",
    "defect": "defect/the_operation_follows_from_the_station_or_its_own_word",
    "genealogy": "genealogy/what_was_removed_before_it_came_is_a_contradiction",
    "station_state": "station_state/a_remark_over_lines_becomes_one_line",
    "stock": "stock/stock_below_zero_is_kept_as_said",
    "receipt": "receipt/dates_are_the_plants_own",
    "bom": "bom/the_year_9999_means_no_end",
    "plan_hour": "plan_hour/a_plan_may_lie_ahead",
    "build": "build/counts_are_whole",
    "part": "part/flags_are_yes_or_no",
    "lot": "lot/epoch_milliseconds_are_read_where_they_are_declared",
    "demand": "demand/an_option_is_told_from_an_obligation",
}
HOSTILE: list[Any] = [
    None, "", " ", "\x00", "\ud800", "\udfff", "\x1f", "\x85", "\u2028", "\ufffe", "\U0010ffff",
    "NaN", "nan", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e-400", "1E+99", "9" * 5_000,
    "0x1F", "1_000", "1,5", "1.000,5", "1 000", "٣", "½", "¹", "--1", "+", ".", "1.", ".5", "1e",
    "true", "TRUE", "Yes", "maybe", "0", "-0", "00", "01", "1", "-1", "2147483648", "1e9",
    "9223372036854775808", "0.0000001", "1" + "0" * 12, "999999999999.999999",
    "2026-07-01", "2026-07-01 10", "2026-07-01T10:00", "2026-07-01 10:00:00.123456789",
    "2026-07-01 10:00:60", "2026-13-01 10:00:00", "2026-02-30 10:00:00", "0001-01-01 00:00:00",
    "9999-12-31 23:59:59", "9999-12-31", "0000-00-00 00:00:00", "2038-01-19 03:14:08",
    "1969-12-31 23:59:59", "2026-07-01 10:00:00+25:00", "2026-07-01 10:00:00 CST", "20260701",
    "2026-W27-3T10:00:00", "2026-07-01\x0010:00:00", "07/01/2026 10:00", "1782900000",
    "2026-11-01 01:30:00", "2026-03-08 02:30:00", "10:00", "now", "NULL", "None", "#N/A", "=1+1",
    "'; DROP TABLE unit_step; --", "<script>alert(1)</script>", "${PLANT_DATA}", "{}", "%s", "\\",
    "a" * 300, "a" * 100_001, "|", "||", "a|b", "é", "e\u0301", "日本", "🏭", "\u200b", "\ufeff",
    "LINK_01", "link_01", "L1", "FRAME", "passed", "OK", "ok ", "firm", "EA", "pk10",
    True, False, 0, 1, -1, 2**31, 2**63, 2**64, 10**400, -(10**400), 0.0, -0.0, 1.5, 1e308,
    float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("1E+9999"),
    Decimal("1E-9999"), Decimal("1.5"), Decimal(7), b"bytes", b"\xff", bytearray(b"x"),
    [], [1], {}, {"a": 1}, (), (1, 2), {1}, object(), UUID(int=1),
    datetime(2026, 7, 1, 10, tzinfo=UTC), datetime(2026, 7, 1, 10), datetime.min, datetime.max,  # noqa: DTZ001, DTZ901
    datetime(2026, 11, 1, 1, 30), datetime(2026, 7, 1).date(), timedelta(1), 1 + 2j,  # noqa: DTZ001
]  # fmt: skip


def good_batch(feed: str) -> tuple[dict[str, Any], tuple[str, ...], list[Any]]:
    raw, _ = read_case(GOOD_CASES[feed])
    row = list(raw["rows"][0 if feed not in {"genealogy"} else 1])
    columns = tuple(raw["columns"])
    if "_modified_at" in columns:
        row[columns.index("_modified_at")] = NOW
    return raw["source"], columns, row


def with_neighbours(feed: str, column: int, value: Any) -> None:
    """The value loads or is set aside; records before and after it load as if it were not there."""
    source, columns, row = good_batch(feed)
    compiled = golden_feed(feed, **source)
    hostile = [*row[:column], value, *row[column + 1 :]]
    alone = compiled.parse(raw_batch(columns, [tuple(row)]), now=NOW)
    assert len(alone.rows) == 1, "the good record of this feed must load"

    parsed = compiled.parse(raw_batch(columns, [tuple(row), tuple(hostile), tuple(row)]), now=NOW)

    assert len(parsed.rows) + len(parsed.rejections) == 3
    assert parsed.rows[0] == parsed.rows[-1] == alone.rows[0]
    width = len(row_columns(compiled.feed.model))
    assert all(len(found) == width for found in parsed.rows)
    for text in (value for found in parsed.rows for value in found if isinstance(value, str)):
        assert text.encode() is not None
        assert "\x00" not in text
    for rejection in parsed.rejections:
        assert rejection.reason in RejectionReason
        assert rejection.detail
        rejection.payload.encode("ascii")


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_hostile_values_load_or_are_set_aside_and_harm_no_neighbour(feed: str) -> None:
    _, columns, _ = good_batch(feed)
    for column in range(len(columns)):
        for value in HOSTILE:
            with_neighbours(feed, column, value)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(FEEDS)),
    st.integers(0, 20),
    st.text(st.characters(exclude_categories=[]), max_size=60)
    | st.floats()
    | st.integers()
    | st.decimals()
    | st.datetimes()
    | st.binary(max_size=8),
)
def test_any_value_in_any_field_loads_or_is_set_aside(feed: str, column: int, value: Any) -> None:
    _, columns, _ = good_batch(feed)
    with_neighbours(feed, column % len(columns), value)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_batch_parses_as_its_records_do_one_by_one(data: st.DataObject) -> None:
    """Whole-column shortcuts must see what the look at each value sees."""
    times = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 20)).map(  # noqa: DTZ001
        lambda at: at.strftime("%Y-%m-%d %H:%M:%S")
    )
    fields = {
        1: st.sampled_from(["R1", " R2 ", "é", "e\u0301", "", None, "R\x00"]),
        2: st.sampled_from(["LINK_01", "link_02", "LT-OLD", "TESTER-A", "?"]),
        3: times | st.sampled_from(["2026-07-01T10:00:00Z", "bad", None, ""]),
        4: times | st.sampled_from(["2026-07-01T11:00:00Z", None, ""]),
        5: st.sampled_from(["OK", "ng", "WIP", "??"]),
    }
    rows = [
        tuple(
            data.draw(fields[column]) if column in fields else STEP[column] for column in range(8)
        )
        for _ in range(data.draw(st.integers(1, 6)))
    ]
    feed = golden_feed("unit_step", repeated_hour="first")
    whole = feed.parse(raw_batch(STEP_COLUMNS, rows), now=NOW)
    single = [feed.parse(raw_batch(STEP_COLUMNS, [row]), now=NOW) for row in rows]
    assert whole.rows == [row for parsed in single for row in parsed.rows]
    assert whole.rejections == [r for parsed in single for r in parsed.rejections]


def test_a_missing_column_stops_the_feed_and_names_what_is_new() -> None:
    columns = ("id", "serial_no", "station", "began", "ended", "result", "edited", "gone")
    with pytest.raises(SourceChanged) as raised:
        golden_feed("unit_step").parse(raw_batch(columns, [STEP]), now=NOW)
    assert raised.value.missing == ("sn",)
    assert raised.value.unexpected == ("serial_no",)


def test_a_look_at_an_empty_source_finds_nothing_missing() -> None:
    golden_feed("unit_step").check_columns(())


def test_records_without_any_column_are_a_changed_source() -> None:
    with pytest.raises(SourceChanged):
        golden_feed("unit_step").parse(raw_batch((), [()]), now=NOW)


def test_the_same_content_has_the_same_hash_however_it_is_written() -> None:
    feed = golden_feed("unit_step")
    spelt = [
        STEP,
        (*STEP[:3], "2026-07-01T10:00:00", "2026-07-01T11:30:00.000", *STEP[5:]),
        (1, *STEP[1:3], "2026-07-01T15:00:00Z", "2026-07-01T16:30:00Z", "ok ", STEP[6], "no"),
        (*STEP[:6], "2026-07-02 08:00:00", 0),
    ]
    parsed = feed.parse(raw_batch(STEP_COLUMNS, spelt), now=NOW)
    place = feed.columns.index("content_hash")
    assert len(parsed.rows) == 4
    assert len({row[place] for row in parsed.rows}) == 1


@pytest.mark.parametrize("column", [1, 2, 3, 4, 5, 7])
def test_any_other_content_has_another_hash(column: int) -> None:
    other = {1: "R2", 2: "LINK_02", 3: "2026-07-01 10:00:01", 4: "2026-07-01 11:30:01", 5: "NG",
             7: "yes"}  # fmt: skip
    feed = golden_feed("unit_step")
    changed = (*STEP[:column], other[column], *STEP[column + 1 :])
    parsed = feed.parse(raw_batch(STEP_COLUMNS, [STEP, changed]), now=NOW)
    place = feed.columns.index("content_hash")
    assert len({row[place] for row in parsed.rows}) == 2


def test_the_mark_is_the_newest_change_and_its_key() -> None:
    rows = [(key, *STEP[1:6], f"2026-07-01 11:{minute}:00", 0) for key, minute in
            (("7", 50), ("9", 40), ("8", 50))]  # fmt: skip
    mark = golden_feed("unit_step").parse(raw_batch(STEP_COLUMNS, rows), now=NOW).mark
    assert mark is not None
    assert (mark.changed_at, mark.key) == (datetime(2026, 7, 1, 16, 50, tzinfo=UTC), "8")


def test_the_mark_never_passes_the_clock_of_the_source() -> None:
    clock = datetime(2026, 7, 1, 16, 20, tzinfo=UTC)
    batch = RawBatch(STEP_COLUMNS, [STEP], clock, NOW)
    mark = golden_feed("unit_step").parse(batch, now=NOW).mark
    assert mark is not None
    assert mark.changed_at == clock


def test_records_set_aside_move_the_mark_too() -> None:
    """Else a source whose newest record is bad would be read from there again and again."""
    bad = (*STEP[:5], "??", "2026-07-01 12:00:00", 0)
    mark = golden_feed("unit_step").parse(raw_batch(STEP_COLUMNS, [STEP, bad]), now=NOW).mark
    assert mark is not None
    assert mark.changed_at == datetime(2026, 7, 1, 17, 0, tzinfo=UTC)


def test_an_empty_batch_says_nothing() -> None:
    parsed = golden_feed("unit_step").parse(raw_batch(STEP_COLUMNS, []), now=NOW)
    assert (parsed.rows, parsed.rejections, parsed.mark, parsed.last_event_at) == (
        [],
        [],
        None,
        None,
    )


def test_a_plan_ahead_is_no_event() -> None:
    row = ("L1", "2026-11-25T12:00:00Z", "4")
    parsed = golden_feed("plan_hour").parse(raw_batch(("line", "hour", "racks"), [row]), now=NOW)
    assert parsed.last_event_at == NOW


def test_a_batch_names_the_files_that_its_records_came_from() -> None:
    rows = [("a.csv", *STEP), ("b.csv", *STEP), ("a.csv", *STEP)]
    raw = raw_batch(("_file", *STEP_COLUMNS), rows)
    parsed = golden_feed("unit_step").parse(raw, now=NOW)
    assert parsed.whole == {"file a.csv", "file b.csv"}


def test_stock_without_a_time_of_its_own_is_as_of_when_it_was_read() -> None:
    entry = next(entry for entry in golden_plant().sources if entry.feed == "stock")
    columns = {field: said for field, said in entry.columns.items() if field != "as_of_at"}
    feed = golden_feed("stock", columns=columns)
    row = ("A1", "P1", "L1", "A", "3", "EA")
    parsed = feed.parse(
        raw_batch(("place", "part", "lot", "status", "qty", "unit"), [row]), now=NOW
    )
    assert parsed.rejections == []
    assert as_dicts(feed, parsed)[0]["as_of_at"] == NOW.isoformat()
