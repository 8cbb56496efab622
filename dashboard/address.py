"""The state of a page's filters ⇄ its address. The address is the state: what is not in it is at
its default, so that a link, a bookmark and the Back button show the same thing.

Each page declares its filters as a table of fields. A value the table does not allow falls back
to the default, with a notice that the page shows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, urlencode

PASSED = ("theme", "at")
"""Parts of the address that are no filter and stay as they are."""
LONGEST_TEXT = 80

State = Mapping[str, str]
"""Filter → value; every declared filter is in it."""
Freeze = Callable[[str, datetime], Mapping[str, str]]
"""(relative value, now) → the same as absolute values of other fields."""


class Option(NamedTuple):
    """A value of a filter and how people read it."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One filter. `options` None: what may be chosen is known only from the data.

    `control` says how it is chosen: a list, a few words side by side, typed, a date, or "hidden":
    by a click on the page alone. `is_folded`: asked for less often, under "More filters". `freeze`
    turns a relative time into absolute fields for a link that is copied.
    """

    name: str
    label: str
    default: str = ""
    options: tuple[Option, ...] | None = None
    control: Literal["select", "segmented", "search", "date", "hidden"] = "select"
    freeze: Freeze | None = None
    is_folded: bool = False
    longest: int = LONGEST_TEXT
    """Characters of a value that only the data knows."""

    def allows(self, value: str) -> bool:
        """Whether `value` can be read at all; of a data-made list that is only its shape.

        >>> Field("days", "Horizon", "7", (Option("7", "7 days"),)).allows("9")
        False
        >>> Field("from", "From", control="date").allows("2026-11-31")
        False
        """
        if value == self.default:
            return True
        if self.control == "date":
            return _is_date(value)
        if self.options is not None:
            return any(option.value == value for option in self.options)
        return 0 < len(value) <= self.longest and value.isprintable()


Fields = Sequence[Field]


def parse(fields: Fields, search: str | None) -> tuple[dict[str, str], list[str]]:
    """The state in an address's `?…`, and a notice for each value that could not be taken.

    >>> days = Field("days", "Horizon", "14", (Option("7", "7 days"), Option("14", "14 days")))
    >>> parse([days], "?days=7")
    ({'days': '7'}, [])
    >>> parse([days], "?days=9&colour=red")[1]
    ['Horizon “9” is not known here; shown: 14 days.', '“colour” means nothing here.']
    """
    asked = {name: values[-1] for name, values in _query(search).items()}
    state, notices = {}, []
    for field in fields:
        value = asked.get(field.name, field.default)
        if not field.allows(value):
            notices.append(unknown(field, value))
            value = field.default
        state[field.name] = value
    known = {field.name for field in fields} | set(PASSED)
    notices += [f"“{_short(name)}” means nothing here."
                for name in asked if name not in known]  # fmt: skip
    return state, notices


def unknown(field: Field, value: str) -> str:
    """Says that `value` cannot be shown and what is shown instead.

    >>> unknown(Field("line", "Line"), "L9")
    'Line “L9” is not known here; shown: all.'
    """
    return f"{field.label} “{_short(value)}” is not known here; shown: {_default_label(field)}."


def search_of(fields: Fields, state: State, search: str | None = "") -> str:
    """The address's `?…` for a state, defaults left out; what is no filter stays from `search`.

    >>> search_of([Field("line", "Line"), Field("days", "Days", "14")],
    ...           {"line": "L 1", "days": "14"}, "?theme=light&line=L2")
    '?line=L+1&theme=light'
    """
    chosen = [
        (field.name, state[field.name]) for field in fields if state[field.name] != field.default
    ]
    kept = [(name, values[-1]) for name, values in _query(search).items() if name in PASSED]
    query = urlencode(chosen + kept)
    return f"?{query}" if query else ""


def frozen(fields: Fields, state: State, now: datetime) -> dict[str, str]:
    """The state with relative times made absolute, for a link that shows the same tomorrow."""
    fixed = dict(state)
    for field in fields:
        if field.freeze:
            fixed |= {field.name: field.default, **field.freeze(state[field.name], now)}
    return fixed


def within(
    fields: Fields, state: State, options: Mapping[str, Iterable[Option]]
) -> tuple[dict[str, str], list[str]]:
    """The state with values that the data does not know put back to their defaults, and notices.

    >>> within([Field("line", "Line")], {"line": "L9"}, {"line": [Option("L1", "L1")]})
    ({'line': ''}, ['Line “L9” is not known here; shown: all.'])
    """
    checked, notices = dict(state), []
    for field in fields:
        known = {option.value for option in options.get(field.name, ())}
        value = state[field.name]
        if field.name in options and value not in {field.default, *known}:
            notices.append(unknown(field, value))
            checked[field.name] = field.default
    return checked, notices


def label(field: Field, value: str, options: Iterable[Option] = ()) -> str:
    """How people read `value` of `field`.

    >>> label(Field("days", "Horizon", "7", (Option("7", "7 days"),)), "7")
    '7 days'
    """
    known = {option.value: option.label for option in (*(field.options or ()), *options)}
    return known.get(value, value or "all")


def _default_label(field: Field) -> str:
    return label(field, field.default)


def _query(search: str | None) -> dict[str, list[str]]:
    return parse_qs((search or "").removeprefix("?"), max_num_fields=64)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10
