"""Reads plants/*.toml, checks everything, and reports all faults at once.

Nothing is started from a folder in which any file has a fault: a plant half understood would show
numbers that are half right. Only a name that is not set in the environment holds up no more than
the source that needs it.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from db.errors import ConfigError, Fault, allowed_by
from etl.connectors.registry import CONNECTORS
from etl.plant_file import PlantFile, SourceEntry
from etl.source_checks import source_faults


class Unset(Fault):
    """A name in a source's options that is not set in the environment."""


_NAME = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def load_plants(
    folder: Path, environ: Mapping[str, str], *, may_lack_names: bool = False
) -> list[PlantFile]:
    """All plants of a folder in display order, with `${NAME}` in their options filled in.

    `environ` gives the names, PLANT_DATA among them; `${NAME:-default}` needs none. Raises
    ConfigError with every fault of every file. With `may_lack_names`, names that are not set stay
    in the options as written when nothing else is wrong; see `unset_names`.
    """
    faults: list[Fault] = []
    plants: list[tuple[str, PlantFile]] = []
    for path in sorted(folder.glob("*.toml")):
        plant = _read(path, environ, faults)
        if plant is not None:
            plants.append((path.name, plant))
    if not plants and not faults:
        faults.append(Fault(str(folder), "*.toml", "no file", "one TOML file per plant"))
    codes = [plant.plant.code for _, plant in plants]
    for file, plant in plants:
        if codes.count(plant.plant.code) > 1:
            allowed = "a code no other plant file has"
            faults.append(Fault(file, "plant.code", plant.plant.code, allowed))
    faults += _look_alikes([(file, plant.plant.code) for file, plant in plants])
    if not may_lack_names or not all(isinstance(fault, Unset) for fault in faults):
        _raise_any(faults)
    return sorted(
        (plant for _, plant in plants), key=lambda plant: (plant.plant.position, plant.plant.code)
    )


LOOKS_LIKE = str.maketrans("01i58", "ollsb")
"""Signs of a plant's code that are taken for others on a wall or a label."""


def _look_alikes(codes: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """A fault for every code that is taken for one before it.

    >>> [fault.allowed for fault in _look_alikes([("a.toml", "mp1"), ("b.toml", "mpl")])]
    ['a code that is not taken for mp1 (a.toml) when read']
    """
    seen: dict[str, tuple[str, str]] = {}
    for file, code in codes:
        other, its = seen.setdefault(code.translate(LOOKS_LIKE), (file, code))
        if its != code:
            allowed = f"a code that is not taken for {its} ({other}) when read"
            yield Fault(file, "plant.code", code, allowed)


def _raise_any(faults: Sequence[Fault]) -> None:
    if faults:
        raise ConfigError(faults)


def unset_names(entry: SourceEntry) -> list[str]:
    """Names in a source's options that the environment did not give, in alphabetical order."""
    return sorted({match[1] for match in _NAME.finditer(str(entry.options))})


def _read(path: Path, environ: Mapping[str, str], faults: list[Fault]) -> PlantFile | None:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault(path.name, "(whole file)", str(error), "valid TOML in UTF-8"))
        return None
    try:
        plant = PlantFile.model_validate(written)
    except ValidationError as error:
        faults += [_fault(path.name, problem, written) for problem in error.errors()]
        locs = [problem["loc"] for problem in error.errors()]
        rest = _without(written, locs)
        if rest is not None:
            faults += _more_faults(path.name, rest, environ, locs)
        return None
    plant, found = _filled(path.name, plant, environ)
    faults += found
    return plant


def _filled(
    file: str, plant: PlantFile, environ: Mapping[str, str]
) -> tuple[PlantFile, list[Fault]]:
    """The plant with its options filled in, and all that breaks the rules across its entries."""
    sources, faults = [], []
    for position, entry in enumerate(plant.sources):
        where = f"sources[{position}].options"
        options, missing = _expanded(entry.options, environ, where, file)
        faults += missing
        if not missing:
            faults += _option_faults(entry, options, where, file)
        sources.append(entry.model_copy(update={"options": options}))
    faults += [fault for check in CHECKS for fault in check(file, plant)]
    return plant.model_copy(update={"sources": sources}), faults


NEUTRAL: dict[str | int, str] = {"zone": "UTC", "connector": "sql"}
"""What stands in for a faulty value that may not be left out, while the rest is checked."""

Loc = tuple[str | int, ...]


def _without(written: Mapping[str, Any], locs: Sequence[Loc]) -> PlantFile | None:
    """The plant as if what is faulty in itself were not written; None if that makes no plant."""
    rest = deepcopy(dict(written))
    for loc in locs:
        place, key = _innermost(rest, loc)
        place.pop(key, None)
        if key in NEUTRAL:
            place[key] = NEUTRAL[key]
    try:
        return PlantFile.model_validate(rest)
    except ValidationError:
        return None


def _innermost(written: dict[str, Any], loc: Loc) -> tuple[dict[Any, Any], str | int]:
    """The table and key in it that a fault is about; below it `loc` may name types, not keys."""
    place: Any = written
    found = (written, loc[0])
    for part in loc:
        if isinstance(place, dict):
            found = (place, part)
        elif not isinstance(place, list):
            break
        place = place[int(part)] if isinstance(place, list) else place.get(part)
    return found


def _more_faults(
    file: str, rest: PlantFile, environ: Mapping[str, str], locs: Sequence[Loc]
) -> list[Fault]:
    """What else is wrong, less what only follows from the values that were taken out."""
    unsure = {f"sources[{loc[1]}].{loc[2]}" for loc in locs if loc[0] == "sources" and loc[2:]}
    unsure |= {key.replace(".connector", ".options") for key in unsure}
    _, faults = _filled(file, rest, environ)
    return [
        fault
        for fault in faults
        if not any(fault.key == key or fault.key.startswith(f"{key}.") for key in unsure)
    ]


def _fault(file: str, problem: Any, written: Any, prefix: str = "") -> Fault:
    """What pydantic found, with the value as the file has it, never a filled-in secret."""
    value, key = written, prefix
    for part in problem["loc"]:
        is_index = isinstance(part, int)
        key += f"[{part}]" if is_index else f".{part}" if key else str(part)
        if isinstance(value, dict | list) and (is_index or part in value):
            value = value[part]
    if problem["type"] == "missing":
        value = None
    return Fault(file, key, value, allowed_by(problem))


def _option_faults(entry: SourceEntry, options: Any, where: str, file: str) -> list[Fault]:
    try:
        CONNECTORS[entry.connector].options.model_validate(options)
    except ValidationError as error:
        return [_fault(file, problem, entry.options, where) for problem in error.errors()]
    return []


def _expanded(
    value: Any, environ: Mapping[str, str], where: str, file: str
) -> tuple[Any, list[Fault]]:
    """The value with every `${NAME}` filled in, and a fault for each name that is not set."""
    faults: list[Fault] = []
    if isinstance(value, dict):
        pairs = {k: _expanded(v, environ, f"{where}.{k}", file) for k, v in value.items()}
        filled = {key: inner for key, (inner, _) in pairs.items()}
        return filled, [fault for _, found in pairs.values() for fault in found]
    if isinstance(value, list):
        each = [_expanded(v, environ, f"{where}[{i}]", file) for i, v in enumerate(value)]
        return [inner for inner, _ in each], [fault for _, found in each for fault in found]
    if not isinstance(value, str):
        return value, faults

    def fill(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if name not in environ and default is None:
            faults.append(Unset(file, where, value, f"{name} set in the environment"))
        return environ.get(name, match[0] if default is None else default)

    return _NAME.sub(fill, value), faults


def _unique_codes(file: str, plant: PlantFile) -> Iterator[Fault]:
    named: dict[str, Sequence[Any]] = {
        "shifts": [shift.code for shift in plant.shifts],
        "lines": [line.code for line in plant.lines],
        "operations": [operation.code for operation in plant.operations],
        "stations": [station.code for station in plant.stations],
        "products": [f"{product.code} {product.revision}" for product in plant.products],
        "sources": [entry.feed for entry in plant.sources],
        "resources": [entry.code for entry in plant.resources],
        "ramps": [entry.product for entry in plant.ramps],
    }
    for key, codes in named.items():
        for position, code in enumerate(codes):
            if code in codes[:position]:
                what = "a feed once per plant" if key == "sources" else "a code used once"
                yield Fault(file, f"{key}[{position}]", code, what)


def _routing(file: str, plant: PlantFile) -> Iterator[Fault]:
    lines = [line.code for line in plant.lines]
    operations = [operation.code for operation in plant.operations]
    for position, station in enumerate(plant.stations):
        for key, code, known in (
            ("line", station.line, lines),
            ("operation", station.operation, operations),
        ):
            if code not in known:
                yield Fault(file, f"stations[{position}].{key}", code, _one_of(known))
    outputs = [operation.code for operation in plant.operations if operation.is_output]
    if len(outputs) != 1:
        allowed = "true for exactly one operation: its first completion makes a rack count"
        yield Fault(file, "operations[].is_output", outputs, allowed)


def _holidays(file: str, plant: PlantFile) -> Iterator[Fault]:
    shifts = [shift.code for shift in plant.shifts]
    for position, holiday in enumerate(plant.holidays):
        for code in holiday.shifts:
            if code not in shifts:
                yield Fault(file, f"holidays[{position}].shifts", code, _one_of(shifts))


def _station_names(file: str, plant: PlantFile) -> Iterator[Fault]:
    held: dict[tuple[str, date | None], str] = {}
    for position, station in enumerate(plant.stations):
        names: set[tuple[str, date | None]] = {
            (name.casefold(), None) for name in (station.name, station.code)
        }
        names |= {(alias.name.casefold(), alias.from_on) for alias in station.aliases}
        for name in sorted(names, key=str):
            other = held.setdefault(name, station.code)
            if other != station.code:
                allowed = f"a name that {other} does not go by at the same time"
                yield Fault(file, f"stations[{position}]", name[0], allowed)


def _capacity(file: str, plant: PlantFile) -> Iterator[Fault]:
    operations = [operation.code for operation in plant.operations]
    shipments = [operation.code for operation in plant.operations if operation.is_shipment]
    if len(shipments) > 1:
        allowed = "true for one operation at most: its first completion ships a rack"
        yield Fault(file, "operations[].is_shipment", shipments, allowed)
    for position, resource in enumerate(plant.resources):
        for at, use in enumerate(resource.uses):
            for code in use.operations:
                if code not in operations:
                    where = f"resources[{position}].uses[{at}].operations"
                    yield Fault(file, where, code, _one_of(operations))
    for position, ramp in enumerate(plant.ramps):
        if len(ramp.good_counts) != len(ramp.working_hours):
            found = f"{len(ramp.good_counts)} counts, {len(ramp.working_hours)} hours"
            yield Fault(file, f"ramps[{position}]", found, "as many of one as of the other")


def _sources(file: str, plant: PlantFile) -> Iterator[Fault]:
    for position, entry in enumerate(plant.sources):
        yield from source_faults(file, f"sources[{position}]", plant, entry)


def _one_of(known: Sequence[str]) -> str:
    return "one of " + ", ".join(known) if known else "none is declared"


CHECKS: tuple[Callable[[str, PlantFile], Iterator[Fault]], ...] = (
    _unique_codes,
    _routing,
    _holidays,
    _station_names,
    _capacity,
    _sources,
)
"""What spans entries; each rule yields a fault for every place that breaks it."""
