"""The text of a first plant file: what was found, what it may be, and what only a person knows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.clock import utc_now
from etl.feeds.declare import Field, Kind
from etl.new_plant.found import FoundTable, Looker, Proposal, proposals
from etl.new_plant.names import meaning

HEAD = """#:schema {schema}
# {name}: a first draft by `rackline plant new`, made on {on} from what was found at the source.
# Lines with a question mark are guesses or gaps. What to do:
#   1. Put the places right: lines, operations in the order of the routing, stations. Exactly one
#      operation has is_output: the first time a rack completes it, the rack counts as done.
#   2. For each source: are these the columns, the words, the zone? A source that is commented out
#      lacks a column it needs; docs/feeds.md lists all fields. Where a table holds numbers of other
#      tables instead of names, write a query that joins them: docs/plants.md, Databases.
#   3. rackline check         lists every fault of this file, reaches the sources, reads a sample.
#   4. rackline load {code}.part     and so on, one feed at a time; then restart rackline run.
"""
CLEAN = re.compile(r"[^A-Za-z0-9_.\-]+")
MANY_WORDS = 24
LATEST_SECONDS = 20_000_000_000
"""Whole numbers below this are seconds since 1970, above it milliseconds."""


@dataclass(frozen=True, slots=True)
class Who:
    """What the person who brings the plant in says of it."""

    code: str
    name: str
    city: str
    state: str
    zone: str
    zone_label: str
    url: str
    """As written into the file: a password stands in it as ${NAME}."""
    schema: str = "plant.schema.json"


def draft(who: Who, looker: Looker) -> str:
    """The file's text, from a look at the plant's database."""
    tables = looker.tables()
    found = proposals(tables)
    used = {one.table.name for one in found}
    left = [f"#   {table.name}: {', '.join(table.columns)}" for table in tables
            if table.name not in used]  # fmt: skip
    parts = [
        HEAD.format(schema=who.schema, name=who.name, code=who.code, on=utc_now().date()),
        _plant(who),
        _places(found, looker),
        *(_source(who, one, looker) for one in found),
        "\n".join(["# Tables that seem to serve no feed:", *(left or ["#   none"])]) + "\n",
    ]
    return "\n".join(parts)


def _plant(who: Who) -> str:
    return f"""[plant]
code = {_text(who.code)}
name = {_text(who.name)}
city = {_text(who.city)}
state = {_text(who.state)}
zone = {_text(who.zone)}
zone_label = {_text(who.zone_label)}
day_start = "06:00"              # ? when the plant's business day begins
history_days = 30

[[shifts]]                       # ? the plant's shifts and breaks, by its own clock
code = "D"
name = "Day"
start = "06:00"
end = "18:00"

[[shifts]]
code = "N"
name = "Night"
start = "18:00"
end = "06:00"
"""


def _places(found: Sequence[Proposal], looker: Looker) -> str:
    """Lines, operations, stations and products, from the values that the sources hold."""
    stations = _named(found, looker, "station")
    products = _named(found, looker, "product") or ["PRODUCT-1"]
    steps = _named(found, looker, "operation") or ["OP1"]
    lines = _named(found, looker, "line") or ["L1"]
    told = ["# ? kinds of lines: rack, tray, module, fabric; a rack line counts for output"]
    told += [f'[[lines]]\ncode = {_text(code(one))}\nname = {_text(one)}\nkind = "rack"\n'
             for one in lines]  # fmt: skip
    told.append("# ? the routing in order; kind: assemble, test, inspect, repair, pack")
    for number, one in enumerate(steps):
        is_last = number == len(steps) - 1
        output = "\nis_output = true                # ? the last operation" if is_last else ""
        told.append(
            f'[[operations]]\ncode = {_text(code(one))}\nname = {_text(one)}\nlevel = "L11"\n'
            f'kind = "assemble"\nstage = {_text(one[:8])}{output}\n'
        )
    told.append("# ? the line and operation of each station; `name` is what the source calls it")
    told += [
        f"[[stations]]\ncode = {_text(code(one))}\nline = {_text(code(lines[0]))}\n"
        f"operation = {_text(code(steps[min(number, len(steps) - 1)]))}\nname = {_text(one)}\n"
        for number, one in enumerate(stations or ["S1"])
    ]
    told.append("# ? nameplate power in kW, if it is to be shown: kw_nameplate = 132.0")
    told += [
        f'[[products]]\ncode = {_text(code(one))}\nrevision = "A"\nname = {_text(one)}\n'
        "valid_from_on = 2020-01-01\n"
        for one in products[:40]
    ]
    return "\n".join(told)


def _named(found: Sequence[Proposal], looker: Looker, field: str) -> list[str]:
    """Values of a field in the first source that has it, as text, each code once."""
    for one in found:
        if field in one.columns and one.feed.name in {"unit_step", "test_run", "build"}:
            values = [str(value) for (value,) in looker.distinct(one.table, one.columns[field])
                      if value not in (None, "")]  # fmt: skip
            return list({code(value): value for value in sorted(values)}.values())
    return []


def code(name: str) -> str:
    """A name as a code of ours.

    >>> code("Burn-in / bay 4"), code("~")
    ('Burn-in-bay-4', 'X')
    """
    return CLEAN.sub("-", name).strip("-._")[:32] or "X"


def _source(who: Who, one: Proposal, looker: Looker) -> str:
    lines = list(_entry(who, one, looker))
    if one.missing or not one.table.key:
        lines = [f"# {line}".rstrip() for line in lines]
        lack = ", ".join([*one.missing, *([] if one.table.key else ["source_key"])])
        lines.insert(0, f"# ? No column was found for: {lack}. Complete it, then take out the #.")
    if one.others:
        lines.insert(0, f"# Other tables that may serve {one.feed.name}: {', '.join(one.others)}")
    return "\n".join(lines) + "\n"


def _entry(who: Who, one: Proposal, looker: Looker) -> Iterator[str]:
    table = one.table
    change = one.columns.get("changed_at", "")
    form, change_format = _form(table, change or next(iter(_times(one)), ""))
    yield "[[sources]]"
    yield f"feed = {_text(one.feed.name)}"
    yield 'connector = "sql"'
    yield f"zone = {_text(who.zone)}    # ? of times that carry none"
    if form != "iso":
        yield f"time_format = {_text(form)}"
    if not change:
        yield 'mode = "snapshot"    # no column of the change time was found: read whole each time'
    yield "[sources.options]"
    yield f"url = {_text(who.url)}"
    yield f"query = {_text(f'SELECT * FROM {table.name}')}"
    yield f"key_column = {_text(table.key[0] if table.key else '?')}"
    if change:
        yield f"change_column = {_text(change)}"
        yield f"change_format = {_text(change_format)}    # native, local, text, epoch_*"
    yield "[sources.columns]"
    key = f"{{ columns = [{', '.join(map(_text, table.key))}] }}"
    yield f"source_key = {_text(table.key[0]) if len(table.key) == 1 else key}"
    for name, column in one.columns.items():
        yield f"{name} = {_text(column)}{_example(table, column)}"
    rest = [name for name in table.columns if name not in {*one.columns.values(), *table.key}]
    if rest:
        yield f"# not mapped: {', '.join(rest)}"
    for field in one.feed.fields:
        if field.name in one.columns:
            yield from _words(field, one, looker)


def _times(one: Proposal) -> Iterator[str]:
    kinds = {field.name: field.kind for field in one.feed.fields}
    for name, column in one.columns.items():
        if kinds.get(name) in {Kind.INSTANT, Kind.PLANNED}:
            yield column


def _form(table: FoundTable, column: str) -> tuple[str, str]:
    """How a table writes its times, and how a change time of it is stored.

    Told by one value: an instant, a whole number since 1970, or a text.
    """
    value = next(iter(table.values(column)), None) if column else None
    if isinstance(value, datetime):
        return "iso", "local" if value.tzinfo is None else "native"
    if isinstance(value, int | float):
        kind = "epoch_seconds" if value < LATEST_SECONDS else "epoch_ms"
        return kind, kind
    return "iso", "text"


def _example(table: FoundTable, column: str) -> str:
    value = next(iter(table.values(column)), None)
    said = " ".join(str(value).split())[:40] if value is not None else ""
    return f"    # as in: {said}" if said else ""


def _words(field: Field, one: Proposal, looker: Looker) -> Iterator[str]:
    """Every word that the source holds, with what it likely means; one that is not known is left
    to a person, and its records wait in quarantine until then."""
    if field.kind is not Kind.WORD:
        return
    found = looker.distinct(one.table, one.columns[field.name])
    words = sorted(str(value) for (value,) in found if value not in (None, ""))[:MANY_WORDS]
    ours = [str(word) for word in field.words]
    yield f"[sources.words.{field.name}]    # one of: {', '.join(ours)}"
    for word in words:
        told = meaning(word, ours)
        yield f"{_text(word)} = {_text(told)}    # ?" if told else f'# {_text(word)} = "?"'


def _text(value: Any) -> str:
    """A TOML text."""
    said = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(sign if sign.isprintable() else f"\\u{ord(sign):04X}" for sign in said) + '"'
    )
