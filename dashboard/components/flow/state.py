"""What the throughput page's address holds, and the links that change it by a click."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dash import html

from dashboard.address import Field, Option, State, search_of
from db.domain.catalog import METRICS
from db.queries.flow_shapes import DAY, LAST, NOW, ChoiceShape, FlowFilter, FlowShape
from db.queries.shapes import PlantShape

ALL = "all"
PATH = "/throughput"
RELATIVE = (NOW, LAST)


def freeze_shift(shift: str, now: datetime) -> Mapping[str, str]:
    """ "This shift" as the shift that ran at an instant, for a link that shows the same tomorrow.

    >>> freeze_shift("now", datetime(2026, 11, 22, 12)), freeze_shift("N", datetime(2026, 11, 22))
    ({'shift': 'now', 'asof': '2026-11-22T12:00'}, {'shift': 'N'})
    """
    if shift not in RELATIVE:
        return {"shift": shift}
    return {"shift": shift, "asof": f"{now:%Y-%m-%dT%H:%M}"}


FIELDS = (
    Field("plant", "Plant", ALL),
    Field("line", "Line", ALL),
    Field("shift", "Shift", NOW, freeze=freeze_shift),
    Field("on", "Day", control="date"),
    Field("oee", "OEE of", ALL),
    Field("asof", "As of", control="hidden"),
)


def filter_of(state: State, plant: str) -> FlowFilter:
    """What the store is asked for a state, of a plant. A day counts only with a shift of a day."""
    shift = state["shift"]
    on = date.fromisoformat(state["on"]) if state["on"] and shift not in RELATIVE else None
    return FlowFilter(
        plant,
        line="" if state["line"] == ALL else state["line"],
        shift=shift,
        on=on,
        at=instant(state["asof"]) if shift in RELATIVE else None,
        operation="" if state["oee"] == ALL else state["oee"],
    )


def instant(text: str) -> datetime | None:
    """An instant of the address, in UTC; None where it is none.

    >>> instant("2026-11-22T12:00"), instant("yesterday")
    (datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        return datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        return None


def link(state: State, **changes: str) -> str:
    """The address of the page with some filters changed; "" puts one back to its default.

    >>> at_rest = {field.name: field.default for field in FIELDS}
    >>> link(at_rest, line="L1"), link(at_rest, line="")
    ('/throughput?line=L1', '/throughput')
    """
    defaults = {field.name: field.default for field in FIELDS}
    given = {name: value or defaults[name] for name, value in changes.items()}
    return PATH + search_of(FIELDS, {**state, **given})


def options(page: FlowShape, plants: Sequence[PlantShape], shown: str) -> dict[str, list[Option]]:
    """What each filter may be set to; `shown` names the plant that "all" leads to."""
    known = {one["operation"] for it in page["bottlenecks"] for one in it["loads"]}
    operations = [it for it in page["operations"] if it["value"] in known]
    return {
        "plant": [Option(ALL, shown), *(Option(it["code"], it["name"]) for it in plants)],
        "line": [Option(ALL, "All lines"), *_options(page["lines"])],
        "shift": [
            Option(NOW, "This shift"),
            Option(LAST, "Last shift"),
            Option(DAY, "Whole day"),
            *_options(page["shifts"]),
        ],
        "oee": [Option(ALL, "OEE of the bottleneck"), *_options(operations)],
    }


def _options(found: Sequence[ChoiceShape]) -> list[Option]:
    return [Option(it["value"], it["label"]) for it in found]


def defined(label: str, metric: str) -> Any:
    """A label that says what its number means."""
    return html.Span(label, title=METRICS[metric].definition, className="defined")
