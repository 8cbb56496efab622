"""What services write into JSON, and what it means as columns, questions and instants."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from etl.connectors.base import Window
from etl.connectors.flatten import flat

NO_OBJECT = "(not an object)"
LONGEST_WHOLE = 40
"""Digits of a whole number in an answer; a longer one is kept as text, and then refused."""
OPEN = {"since": datetime(1970, 1, 1, tzinfo=UTC), "until": datetime(2200, 1, 1, tzinfo=UTC)}
"""What an open end of a window is called where it has to be called something."""
NO_DATA = frozenset({"__metadata", "__deferred"})
"""Keys in which OData speaks of a record instead of giving it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ODATA_DATE = re.compile(r"/Date\((-?\d{1,15})([+-]\d{2,4})?\)/")
_PLACEHOLDER = re.compile(r"\{(since|until|offset|limit|page|token)\}")


def read_json(body: bytes) -> Any:
    """JSON with exact numbers: decimals as Decimal, what is not a number at all as text."""
    return json.loads(body, parse_float=Decimal, parse_int=_whole, parse_constant=str)


def value_at(said: Any, path: str) -> Any:
    """The value under a dotted key; a key that itself has dots is found too; None without one.

    >>> value_at({"d": {"results": []}, "@odata.nextLink": "x"}, "@odata.nextLink")
    'x'
    """
    if not path:
        return said
    if not isinstance(said, dict):
        return None
    if path in said:
        return said[path]
    key, _, rest = path.partition(".")
    return value_at(said.get(key), rest) if rest else None


def tabulated(
    items: Sequence[Any], optional: Sequence[str] = ()
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Objects as columns and rows; nested objects get dotted names, lists stay JSON text.

    >>> tabulated([{"a": 1, "b": {"c": 2}}, {"a": 3}])
    (('a', 'b.c'), [(1, 2), (3, None)])
    """
    found = [
        flat(item, _undressed) if isinstance(item, dict) else {NO_OBJECT: str(item)}
        for item in items
    ]
    columns = tuple(dict.fromkeys([key for item in found for key in item] + list(optional)))
    return columns, [tuple(map(item.get, columns)) for item in found]


def _undressed(item: dict[str, Any]) -> dict[str, Any]:
    return {
        key: untagged(value)
        for key, value in item.items()
        if key not in NO_DATA and "@odata." not in key
    }


def untagged(value: Any) -> Any:
    """A date or number that is dressed as text or as an object, undressed; anything else as it is.

    OData 2 writes milliseconds since 1970, with an offset when they are an instant, without when
    they are a wall time whose zone the plant file declares. MongoDB's extended JSON and Parse tag.

    >>> untagged("/Date(1782907200000)/"), untagged({"$numberDecimal": "1.50"})
    (datetime.datetime(2026, 7, 1, 12, 0), Decimal('1.50'))
    >>> untagged({"$date": {"$numberLong": "1782907200000"}}).isoformat()
    '2026-07-01T12:00:00+00:00'
    """
    if isinstance(value, str):
        return _odata_date(value) if value.startswith("/Date(") else value
    if not isinstance(value, dict):
        return value
    if value.get("__type") == "Date" and "iso" in value:
        return value["iso"]
    tag = next(iter(value)) if len(value) == 1 else ""
    try:
        return TAGS[tag](value[tag]) if tag in TAGS else value
    except (TypeError, ValueError, OverflowError, InvalidOperation):
        return value


def _odata_date(text: str) -> datetime | str:
    match = _ODATA_DATE.fullmatch(text)
    if match is None:
        return text
    try:
        at = _EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError:
        return text
    return at if match[2] else at.replace(tzinfo=None)


def _tagged_date(value: Any) -> Any:
    inner = untagged(value)
    is_count = isinstance(inner, int) and not isinstance(inner, bool)
    return _EPOCH + timedelta(milliseconds=inner) if is_count else str(inner)


TAGS: Mapping[str, Callable[[Any], Any]] = {
    "$date": _tagged_date,
    "$numberLong": int,
    "$numberInt": int,
    "$numberDecimal": Decimal,
    "$oid": str,
}
"""By the key that marks a tagged value: how what stands there is read."""


def filled(template: Any, values: Mapping[str, int | str | None], form: str) -> Any:
    """A question with its placeholders filled in; an entry that is only an open one is left out.

    An open end of the window that stands within more text, or in a list, is far enough away.

    >>> filled({"from": "{since}", "f": "t ge {since}", "n": "{limit}"}, {"limit": 5}, "%Y")
    {'f': 't ge 1970', 'n': 5}
    """
    if isinstance(template, dict):
        pairs = ((key, value) for key, value in template.items() if not _is_open(value, values))
        return {key: filled(value, values, form) for key, value in pairs}
    if isinstance(template, list | tuple):
        return [filled(value, values, form) for value in template]
    if not isinstance(template, str):
        return template

    def value_of(match: re.Match[str]) -> Any:
        value = values.get(match[1])
        if match[1] in OPEN:
            said = instant(OPEN[match[1]], form) if value is None else value
            return int(said) if form.startswith("epoch") else said
        return "" if value is None else value

    whole = _PLACEHOLDER.fullmatch(template)
    return value_of(whole) if whole else _PLACEHOLDER.sub(lambda m: str(value_of(m)), template)


def _is_open(value: Any, values: Mapping[str, int | str | None]) -> bool:
    match = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    return match is not None and values.get(match[1]) is None


def bounds(window: Window, form: str) -> dict[str, str | None]:
    """The ends of a window in the service's own way of writing times."""
    ends = {"since": window.since, "until": window.until}
    return {name: instant(at, form) if at else None for name, at in ends.items()}


def instant(at: datetime, form: str) -> str:
    """An instant in UTC as ISO 8601, as an epoch, or by a strftime pattern.

    >>> instant(datetime(2026, 7, 1, 12, tzinfo=UTC), "iso")
    '2026-07-01T12:00:00.000Z'
    """
    at = at.astimezone(UTC)
    if form == "iso":
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if form.startswith("epoch"):
        return str(int(at.timestamp() * (1_000 if form == "epoch_ms" else 1)))
    return at.strftime(form)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_WHOLE else digits
