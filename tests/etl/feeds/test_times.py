"""Times of every form, and the shortcuts against the slow way."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.domain.vocabulary import TimeQuality
from etl.feeds.faults import Bad
from etl.feeds.times import TimeReader, read_date

ZONES = ["UTC", "America/Chicago", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
FORMS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ",
         "%Y-%m-%d %H:%M:%S-05:00"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.lists(
        st.tuples(
            st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
            st.sampled_from(FORMS),
        ),
        max_size=8,
    ),
)
def test_a_column_reads_as_its_values_do(zone: str, said: list[tuple[datetime, str]]) -> None:
    values = [at.strftime(form) for at, form in said]
    reader = TimeReader(ZoneInfo(zone))
    for _ in range(2):  # the second time, hours are remembered
        times = reader.column(values, lambda index, bad: pytest.fail(str(bad)))
        single = [TimeReader(ZoneInfo(zone)).read(value) for value in values]
        assert times.values == [reading.at for reading in single]
        assert [times.quality.get(row, times.usual) for row in range(len(values))] == [
            reading.quality for reading in single
        ]
        assert times.second == {
            row: reading.second for row, reading in enumerate(single) if reading.second
        }


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001
def test_every_local_time_that_occurs_comes_back_from_its_instant(
    zone: str, said: datetime
) -> None:
    reading = TimeReader(ZoneInfo(zone)).read(said.isoformat())
    back = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            for at in (reading.at, reading.second) if at]  # fmt: skip
    if reading.quality is TimeQuality.NONEXISTENT_SHIFTED:
        assert back[0] > said
    else:
        assert back == [said] * len(back)
    assert (reading.second is not None) == (reading.quality is TimeQuality.AMBIGUOUS_RESOLVED)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("epoch_seconds", 1782900000),
        ("epoch_seconds", "1782900000"),
        ("epoch_ms", 1782900000000),
        ("%m/%d/%Y %I:%M %p", "07/01/2026 05:00 AM"),
        ("iso", "2026-07-01T05:00:00"),
        ("iso", "2026-07-01 05:00"),
        ("iso", "2026-07-01T10:00:00Z"),
        ("iso", datetime(2026, 7, 1, 5)),  # noqa: DTZ001
        ("iso", datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_one_instant_in_many_forms(form: str, value: object) -> None:
    reader = TimeReader(ZoneInfo("America/Chicago"), form)
    assert reader.read(value).at == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("odd", ["x", ".", " x", "+", ".1234567890123", ":00"])
@pytest.mark.parametrize("before", [[], ["2026-07-01 10:00:00"]])
def test_nothing_odd_follows_a_time_whether_its_hour_is_known(odd: str, before: list[str]) -> None:
    faults: dict[int, Bad] = {}
    column = [*before, "2026-07-01 10:00:00" + odd]
    times = TimeReader(ZoneInfo("America/Chicago")).column(column, faults.__setitem__)
    assert times.values[-1] is None
    assert list(faults) == [len(before)]


@pytest.mark.parametrize("value", ["2026-07-01", "10:00", "2026-07-01x10:00:00", 5, "", None, True])
def test_what_is_no_instant_is_bad(value: object) -> None:
    with pytest.raises(Bad):
        TimeReader(ZoneInfo("UTC")).read(value)


def test_the_repeated_hours_are_an_hour_apart() -> None:
    reading = TimeReader(ZoneInfo("America/New_York")).read("2026-11-01 01:00:00")
    assert reading.second is not None
    assert reading.second - reading.at == timedelta(hours=1)


@pytest.mark.parametrize("value", ["2026-12-01", "12/01/2026", datetime(2026, 12, 1)])  # noqa: DTZ001
def test_dates_may_be_written_as_the_times_are(value: object) -> None:
    found = read_date(value, "%m/%d/%Y %H:%M:%S")
    assert found is not None
    assert found.isoformat() == "2026-12-01"
