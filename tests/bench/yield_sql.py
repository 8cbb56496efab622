"""The statements that fill a store: facts about trays, then what the ingest derives from them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.yield_values import (
    COUNTRIES,
    DIGITS,
    FIRMWARES,
    FIXTURES,
    OPERATION,
    PARTS,
    PLANT,
    PROGRAMS,
    REVISED,
    SLOTS,
    STATIONS,
    TRAYS_A_RACK,
    UNIT,
    Size,
    lot_of,
    numbers,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the two databases say differently."""

    numbers: str
    at: str
    """An instant so many seconds after the start."""
    padded: str
    business_on: str
    """The plant's day of an instant: from 12:00 UTC, which is 06:00 in winter."""
    hour_of_day: str
    hour: str
    month: str


WORDS = {
    "postgresql": Words(
        "generate_series(CAST(0 AS bigint), {last}) AS n(i)",
        "CAST(:start AS timestamptz) + ({seconds}) * interval '1 second'",
        "lpad(CAST({number} AS text), {digits}, '0')",
        "CAST({at} AT TIME ZONE 'UTC' - interval '12 hours' AS date)",
        "extract(hour FROM {at} AT TIME ZONE 'UTC')",
        "date_trunc('hour', {at})",
        "CAST(to_char({at} AT TIME ZONE 'UTC', 'YYYYMM') AS integer)",
    ),
    "sqlite": Words(
        "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
        "SELECT i FROM n) AS n",
        "strftime('%Y-%m-%d %H:%M:%S.000000', :start, ({seconds}) || ' seconds')",
        "printf('%0{digits}d', {number})",
        "date({at}, '-12 hours')",
        "CAST(strftime('%H', {at}) AS integer)",
        "strftime('%Y-%m-%d %H:00:00.000000', {at})",
        "CAST(strftime('%Y%m', {at}) AS integer)",
    ),
}


def serial_sql(number: str, words: Words, letter: str = "T") -> str:
    """SQL of a serial."""
    return f"'{letter}' || " + words.padded.format(number=number, digits=DIGITS)


STAMPED = "source, source_key, plant, content_hash, changed_at, ingested_at, load_id"
EVENT = "month, occurred_at, occurred_local, time_quality, business_on, shift"


def _stamp(feed: str, key: str, at: str) -> str:
    return f"'{PLANT}.{feed}', {key}, '{PLANT}', 0, {at}, {at}, 1"


def _event(words: Words, at: str, place: str = "business_on, shift") -> str:
    return f"{words.month.format(at=at)}, {at}, '', 'exact', {place}"


LINE = "'T' || (i % 2 + 1)"
STATION = f"{LINE} || '-{OPERATION}-' || (i / 2 % 3 + 1)"
PRODUCT = "CASE i % 2 WHEN 0 THEN 'CTRAY' ELSE 'STRAY' END"


def statements(size: Size, words: Words) -> Iterator[str]:
    """Facts, then what follows from them."""
    recent = f"FROM {UNIT} WHERE i >= {size.old}"
    yield (
        f"INSERT INTO test_run ({STAMPED}, {EVENT}, serial, product, line, operation, station, "
        "slot, started_at, ended_at, verdict, verdict_raw, program, program_revision, firmware, "
        f"fixture) SELECT {_stamp('test_run', 'serial', 'at')}, {_event(words, 'at')}, serial, "
        f"{PRODUCT}, {LINE}, '{OPERATION}', {STATION}, 'S' || (i / {STATIONS} % {SLOTS}), at, at, "
        "CASE is_failed WHEN 1 THEN 'failed' ELSE 'passed' END, '', 'PDT', "
        f"'7.' || (i % {PROGRAMS}), '1.' || (i % {FIRMWARES}), 'FX-' || (i % {FIXTURES}) "
        f"FROM {UNIT}"
    )
    yield (
        f"INSERT INTO defect ({STAMPED}, {EVENT}, serial, operation, station, symptom, defect, "
        f"action, part, lot, component_serial) SELECT {_stamp('defect', 'serial', 'at')}, "
        f"{_event(words, 'at')}, serial, '{OPERATION}', {STATION}, 'LEAK-' || (i % 7), "
        f"'D' || (i % 23), 'REWORK', '', '', '' {recent} AND is_failed = 1"
    )
    yield from (_links(size, words, place, part) for place, part in enumerate(PARTS))
    yield from _racks(size, words)
    yield from (_lots(size, words, part) for part in PARTS)
    yield from _derived(size, words)


def _lots(size: Size, words: Words, part: str) -> str:
    lands = " ".join(f"WHEN {at} THEN '{land}'" for at, land in enumerate(COUNTRIES))
    stamp = _stamp("lot", f"'{part}' || i", words.at.format(seconds="0"))
    return (
        f"INSERT INTO lot ({STAMPED}, part, lot, supplier, origin_country, date_code) SELECT "
        f"{stamp}, '{part}', 'L' || i, 'F' || (i % 7), CASE i % {len(COUNTRIES)} {lands} END, '' "
        f"FROM {words.numbers.format(last=size.lots - 1)}"
    )


def _links(size: Size, words: Words, place: int, part: str) -> str:
    lot = lot_of(size, place)
    revision = f"CASE {lot} / 3 % 2 WHEN 0 THEN 'A' ELSE 'B' END" if place < REVISED else "''"
    stamp = _stamp("genealogy", f"serial || '/{place}'", "at")
    return (
        f"INSERT INTO genealogy_link ({STAMPED}, {EVENT}, parent_serial, position, child_serial, "
        f"part, lot, supplier, part_revision, qty) SELECT {stamp}, {_event(words, 'at')}, serial, "
        f"'X{place}', '', '{part}', 'L' || {lot}, 'F' || ({lot} % {len(COUNTRIES)}), {revision}, "
        f"1000000 FROM {UNIT} WHERE i >= {size.old}"
    )


def _racks(size: Size, words: Words) -> Iterator[str]:
    """Each eighteen trays in a rack; the older half of the racks has been packed."""
    number = f"((i - {size.old}) / {TRAYS_A_RACK})"
    rack = serial_sql(number, words, "R")
    yield (
        f"INSERT INTO genealogy_link ({STAMPED}, {EVENT}, parent_serial, position, child_serial, "
        f"part, lot, supplier, part_revision, qty) SELECT {_stamp('genealogy', 'serial', 'at')}, "
        f"{_event(words, 'at')}, {rack}, 'U' || ((i - {size.old}) % {TRAYS_A_RACK}), serial, "
        f"'TRAY', '', '', '', 1000000 FROM {UNIT} "
        f"WHERE i >= {size.old} AND {number} < {size.racks}"
    )
    last = f"(i - {size.old}) % {TRAYS_A_RACK} = {TRAYS_A_RACK - 1}"
    for operation, racks in (("TRAYS", size.racks), ("PACK", size.racks // 2)):
        stamp = _stamp("unit_step", f"serial || '{operation}'", "at")
        yield (
            f"INSERT INTO unit_step ({STAMPED}, {EVENT}, serial, product, build, line, operation, "
            "station, slot, started_at, ended_at, result, duration_ms) SELECT "
            f"{stamp}, {_event(words, 'at')}, {rack}, 'RK72-A', 'B' || ({number} / 8), 'L1', "
            f"'{operation}', 'L1-{operation}', '', at, at, 'completed', 0 "
            f"FROM {UNIT} WHERE i >= {size.old} AND {last} "
            f"AND {number} < {racks}"
        )


def _derived(size: Size, words: Words) -> Iterator[str]:
    """What the ingest makes of the facts."""
    yield (
        "INSERT INTO unit_operation (plant, serial, operation, product, build, line, started_at, "
        "last_at, first_verdict, first_verdict_at, first_verdict_on, first_verdict_shift, "
        "first_verdict_line, first_verdict_station, last_verdict, run_count, verdict_count, "
        "completed_shift, completed_line) SELECT plant, serial, operation, product, '', line, "
        "started_at, occurred_at, verdict, occurred_at, business_on, shift, line, station, "
        "verdict, 1, 1, '', '' FROM test_run"
    )
    yield (
        "INSERT INTO unit_operation (plant, serial, operation, product, build, line, started_at, "
        "last_at, completed_at, completed_on, completed_shift, completed_line, completed_ms, "
        "first_verdict, first_verdict_shift, first_verdict_line, first_verdict_station, "
        "last_verdict, run_count, verdict_count) SELECT plant, serial, operation, product, build, "
        "line, started_at, occurred_at, occurred_at, business_on, shift, line, duration_ms, '', "
        "'', '', '', '', 0, 0 FROM unit_step"
    )
    hour = words.hour.format(at="occurred_at")
    for table, name, value in (("hour", ", hour_at", f", {hour}"), ("day", "", "")):
        yield _yield_rollup(table, name, value)
        yield _output_rollup(table, name, value)
    held = [f"({number})" for number in numbers(size, is_recent=False)]
    recent = [f"({number})" for number in numbers(size, is_recent=True)]
    for which, texts in ((f"i < {size.old}", held), (f"i >= {size.old}", held + recent)):
        told = " || ' ' || ".join(texts)
        yield (
            "INSERT INTO unit_case (plant, serial, operation, first_verdict_at, business_on, "
            "product, line, station, shift, is_failed, sample, held) SELECT "
            f"'{PLANT}', serial, '{OPERATION}', at, business_on, {PRODUCT}, {LINE}, {STATION}, "
            f"shift, is_failed, sample, {told} FROM {UNIT} WHERE {which}"
        )
    for number, which in _counted(size):
        yield (
            "INSERT INTO factor_count (plant, operation, business_on, line, product, value_id, "
            f"units, fails) SELECT '{PLANT}', '{OPERATION}', business_on, {LINE}, {PRODUCT}, "
            f"{number}, count(*), sum(is_failed) FROM {UNIT} WHERE {which} GROUP BY 3, 4, 5, 6"
        )


def _yield_rollup(table: str, name: str, value: str) -> str:
    passed = "sum(CASE verdict WHEN 'passed' THEN 1 ELSE 0 END)"
    keys = "plant, line, operation, product, business_on, shift, station"
    return (
        f"INSERT INTO {table}_yield ({keys}, first_count, first_passed_count, run_count, "
        f"passed_count, failed_count, no_verdict_count{name}) SELECT {keys}, count(*), {passed}, "
        f"count(*), {passed}, count(*) - {passed}, 0{value} FROM test_run GROUP BY {keys}{value}"
    )


def _output_rollup(table: str, name: str, value: str) -> str:
    keys = "plant, line, operation, product, business_on, shift"
    return (
        f"INSERT INTO {table}_output ({keys}, completed_count, duration_ms, duration_count{name}) "
        f"SELECT {keys}, count(*), sum(duration_ms), count(*){value} FROM unit_step "
        f"GROUP BY {keys}{value}"
    )


def _counted(size: Size) -> Iterator[tuple[str, str]]:
    """SQL of each number that is counted, and of which units."""
    yield "0", "i >= 0"
    yield from ((number, "i >= 0") for number in numbers(size, is_recent=False))
    yield from ((number, f"i >= {size.old}") for number in numbers(size, is_recent=True))
