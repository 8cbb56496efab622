"""Charts are drawn without plotly's checks, which are slow; here each chart is checked whole."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from plotly.graph_objs._figure import Figure

from dashboard.components.flow.hours import _bar
from dashboard.components.yields.plot import chart_of
from dashboard.components.yields.state import FIELDS
from dashboard.figures.capacity import Bar, weeks_chart
from dashboard.figures.flow import hour_chart, times_chart
from dashboard.figures.projection import Arrival, Path, projection
from dashboard.figures.template import Theme, figure
from dashboard.figures.yields import yield_chart
from tests.dashboard import first_pass, hours_of_a_shift

THEMES: tuple[Theme, ...] = ("light", "dark")
FIRST = date(2026, 7, 6)
AT = datetime(2026, 7, 6, 6, tzinfo=UTC)


def weeks(theme: Theme) -> Figure:
    bars = [
        Bar("2026-W28", FIRST, True, 90.0, 80.0, 0.0, 110.0, 95.0),
        Bar("2026-W29", FIRST + timedelta(days=7), False, None, 99.0, 9.0, 110.0, 95.0, 94.0, 80.0,
            101.0, is_short=True, is_chosen=True, href="?week=2026-W29"),
    ]  # fmt: skip
    return weeks_chart(bars, "racks", theme)


def hours(theme: Theme) -> Figure:
    return hour_chart([_bar(row) for row in hours_of_a_shift.hours()], theme)  # type: ignore[arg-type]


def times(theme: Theme) -> Figure:
    return times_chart([26.5, 27.0, 31.2], 27.0, 31.0, theme)


def yields(theme: Theme) -> Figure:
    state = {field.name: field.default for field in FIELDS}
    return yield_chart(chart_of(first_pass.page(), state), theme)  # type: ignore[arg-type]


def balances(theme: Theme) -> Figure:
    paths = {case: Path(case, [9.0, -1.0]) for case in ("promised", "late", "none")}
    at = [AT, AT + timedelta(hours=1)]
    return projection(at, paths, [Arrival(AT, 4.0, "PO 1")], AT, theme, unit="EA")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("drawn", [weeks, hours, times, yields, balances])
def test_every_property_of_a_chart_is_one_plotly_knows(
    drawn: Callable[[Theme], Figure], theme: Theme
) -> None:
    Figure(drawn(theme).to_plotly_json())


def test_the_check_finds_what_plotly_does_not_know() -> None:
    wrong = figure("light", [{"type": "bar", "colour": "red"}])
    with pytest.raises(ValueError, match="colour"):
        Figure(wrong.to_plotly_json())


def test_small_differences_have_their_own_ticks() -> None:
    assert hours("light").layout.yaxis2.tickformat == ",.1~f", "tenths, where all would read 0"
