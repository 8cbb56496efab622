"""What the alarms page's address holds, and the links that change it by a click."""

from collections.abc import Iterable, Mapping, Sequence

from dashboard.address import Field, Option, search_of
from dashboard.components.yields.state import FIELDS as YIELD_FIELDS
from dashboard.components.yields.state import link as yield_address
from dashboard.units import Drops
from db.queries.alarm_shapes import AlarmShape

ALL = "all"
PATH = "/alarms"
STATES = (
    Option("standing", "Standing"),
    Option("closed", "Closed"),
    Option(ALL, "All"),
)
FIELDS = (
    Field("plant", "Plant", ALL),
    Field("state", "State", "standing", STATES, "segmented"),
    Field("line", "Line", ALL),
    Field("operation", "Operation", ALL),
    Field("alarm", "Alarm", control="hidden"),
)


def alarm_key(alarm: AlarmShape) -> str:
    """An alarm as the address names it.

    >>> alarm_key({"plant": "mp", "id": 12})
    'mp-12'
    """
    return f"{alarm['plant']}-{alarm['id']}"


def link(state: Mapping[str, str], **changes: str) -> str:
    """The address of the page with some filters changed.

    >>> link({field.name: field.default for field in FIELDS}, alarm="mp-12")
    '/alarms?alarm=mp-12'
    """
    return PATH + search_of(FIELDS, {**state, **changes})


def yield_link(alarm: AlarmShape) -> str:
    """The yield page of an alarm's plant, operation and line.

    >>> yield_link({"plant": "mp", "operation": "LEAK", "line": "L1"})
    '/yield?plant=mp&operation=LEAK&line=L1'
    """
    at_rest = {field.name: field.default for field in YIELD_FIELDS}
    return yield_address(
        at_rest, plant=alarm["plant"], operation=alarm["operation"], line=alarm["line"]
    )


def is_over(alarm: AlarmShape) -> bool:
    """Whether nobody has to look at it any more."""
    return alarm["state"] == "closed" or alarm["is_withdrawn"]


def of_plant(drops: Drops, plant: str) -> list[AlarmShape]:
    """The alarms of a plant or of all, the most urgent first."""
    found = [it for one in drops.found if plant in (ALL, one["plant"]) for it in one["alarms"]]
    return sorted(found, key=lambda it: (is_over(it), it["is_muted"], -it["excess_fails"]))


def matching(alarms: Iterable[AlarmShape], state: Mapping[str, str]) -> list[AlarmShape]:
    """Those that the filters leave."""
    wanted = {
        "standing": lambda it: not is_over(it),
        "closed": is_over,
        ALL: lambda it: True,
    }[state["state"]]
    return [
        it
        for it in alarms
        if wanted(it)
        and state["line"] in (ALL, it["line"])
        and state["operation"] in (ALL, it["operation"])
    ]


def options(alarms: Sequence[AlarmShape]) -> dict[str, list[Option]]:
    """The lines and operations that have alarms."""
    names = {it["operation"]: it["operation_name"] for it in alarms}
    lines = sorted({it["line"] for it in alarms if it["line"]})
    return {
        "line": [Option(ALL, "All lines"), *(Option(it, f"Line {it}") for it in lines)],
        "operation": [Option(ALL, "All operations"),
                      *(Option(code, f"{code} {name}".strip())
                        for code, name in sorted(names.items()))],
    }  # fmt: skip
