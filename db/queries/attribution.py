"""Why a yield dropped: what units carried and went through before their verdict, as the database
adds it up, and the ranked findings that follow from it.

Few units are read one by one, so that nested values, pairs and racks can be told apart; of very
many only the sums are read, per day, operation, product and factor value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import sqlmodel
from sqlmodel import Session, col, func

from db.clock import utc_now
from db.domain.attribution.explain import explain, explain_counts
from db.domain.attribution.factors import queue_age
from db.domain.attribution.findings import Explanation, Finding, Standing
from db.domain.vocabulary import Verdict
from db.models import UnitOperation
from db.queries.alarms import drops_in
from db.queries.attribution_sql import EXPOSURE_SQL, UNIT_FACTORS, UNITS_SQL, counts_sql, run_sql
from db.queries.genealogy import where_used
from db.queries.plants import iso_or_none
from db.queries.scope import Scope
from db.queries.yield_limits import BASELINE_DAYS
from db.queries.yield_shapes import ExplanationShape, FindingShape, YieldFilter
from db.queries.yield_window import Window, in_units, resolve
from db.queries.yields import standing_drop

choose: Any = sqlmodel.select
MOST_UNITS = 60_000
"""First verdicts that are read one by one."""
SHOWN = 12
COUNTED_RACKS = 6
"""Findings for which the racks that carry the value are counted: those people may act upon."""
STANDINGS = {
    Standing.LIKELY: "likely",
    Standing.POSSIBLE: "possible",
    Standing.EXPLAINED: "explained",
    Standing.TIME_WIDE: "time_wide",
    Standing.NOTHING: "nothing",
}
LABELS = {
    "lot": "Component lot",
    "supplier": "Supplier",
    "country": "Country of origin",
    "part_revision": "Part revision",
    "coolant_batch": "Coolant batch",
    "station": "Station",
    "slot": "Slot",
    "fixture": "Fixture",
    "program": "Test program",
    "firmware": "Firmware",
    "shift": "Shift",
    "line": "Line",
    "upstream_station": "Upstream station",
    "queue_age": "Age in queue",
}


def explanation(
    session: Session, scope: Scope, asked: YieldFilter, at: datetime | None = None
) -> ExplanationShape:
    """What the fails since the drop go with; without a drop, those of the whole window.

    Raises NotInScope and CannotAsk. A window without verdicts says so in its sentence.
    """
    window = resolve(session, scope, asked, at or utc_now())
    span = window.since_at, window.until_at
    found = drops_in(session, window.plant, window.asked.operation, span, asked.line)
    drop = standing_drop(found)
    since = drop.began_from_at if drop else None
    first = (drop.began_at - timedelta(days=BASELINE_DAYS)) if drop else window.since_at
    told = explain_window(session, window, first, max(since, first) if since else None)
    return _shape(session, scope, window, told)


def explain_window(
    session: Session, window: Window, first: datetime, since: datetime | None
) -> Explanation:
    """The explanation of first verdicts from `first` on; before `since` they are the baseline."""
    count = _count(session, window, first)
    if count > MOST_UNITS:
        return _by_sums(session, window, first, since)
    frame = units_frame(session, window, first)
    if frame.empty:
        return _nothing(since)
    exposures = exposures_frame(session, window, since or first)
    return explain(
        frame,
        [name for name in UNIT_FACTORS if frame[name].notna().any()],
        since=since,
        exposures=exposures,
        cluster="rack" if "rack" in frame else None,
    )


def _nothing(since: datetime | None) -> Explanation:
    sentence = "No first verdicts in this window: nothing to explain."
    return Explanation(Standing.NOTHING, sentence, since, 0, 0, None, 0, 0, 0.0, None)


def _count(session: Session, window: Window, first: datetime) -> int:
    at = col(UnitOperation.first_verdict_at)
    count: int = session.exec(
        choose(func.count()).where(*in_units(window), at >= first, at < window.until_at)
    ).one()
    return count


def units_frame(session: Session, window: Window, first: datetime) -> pd.DataFrame:
    """One row per first verdict: what `db.domain.attribution.explain` asks for."""
    rows = run_sql(session, UNITS_SQL, _given(window, first))
    frame = pd.DataFrame(rows, columns=UNIT_COLUMNS)
    for name in ("at", "waited_since", "started_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    frame["failed"] = frame["verdict"] == Verdict.FAILED.value
    hours = (frame["started_at"] - frame["waited_since"]).dt.total_seconds() / 3600
    frame["queue_age"] = queue_age(hours.clip(lower=0))
    for name in UNIT_FACTORS:
        frame[name] = frame[name].replace("", None).astype(object)
    return frame


def exposures_frame(session: Session, window: Window, first: datetime) -> pd.DataFrame:
    """What each unit held at its first verdict, itself and within its trays: long form."""
    rows = run_sql(session, EXPOSURE_SQL, _given(window, first))
    links = pd.DataFrame(rows, columns=["unit", "part", "lot", "supplier", "revision", "country"])
    return pd.concat([_factor(links, name) for name in LINK_FACTORS], ignore_index=True)


UNIT_COLUMNS = [
    "unit", "at", "verdict", "day", "operation", "product", *UNIT_FACTORS[:-1], "waited_since",
    "started_at",
]  # fmt: skip
LINK_FACTORS = ("lot", "coolant_batch", "supplier", "country", "part_revision")


def _factor(links: pd.DataFrame, factor: str) -> pd.DataFrame:
    is_coolant = links["part"].str.upper().str.startswith("COOLANT")
    column = {"part_revision": "revision", "coolant_batch": "lot"}.get(factor, factor)
    held = links[(links[column] != "") & (is_coolant == (factor == "coolant_batch"))]
    value = held["part"] + " " + held[column]
    frame = pd.DataFrame({"unit": held["unit"], "factor": factor, "value": value})
    return frame.drop_duplicates()


def _given(window: Window, first: datetime) -> dict[str, Any]:
    asked = window.asked
    return {
        "plant": window.plant, "operation": asked.operation, "line": asked.line,
        "product": asked.product, "station": asked.station, "shift": asked.shift,
        "first": first, "until": window.until_at,
    }  # fmt: skip


def _by_sums(
    session: Session, window: Window, first: datetime, since: datetime | None
) -> Explanation:
    """From counts the database adds up; of the baseline only the fail ratio of each product."""
    counts: list[tuple[Any, ...]] = []
    whole: list[tuple[Any, ...]] = []
    given = _given(window, since or first)
    for factor, statement in counts_sql():
        rows = run_sql(session, statement, given)
        target = whole if factor == "" else counts
        target += [(*row[:3], factor, *row[3:]) for row in rows]
    names = ["day", "operation", "product", "factor", "value", "units", "fails"]
    total = pd.DataFrame(whole, columns=names).drop(columns=["factor", "value"])
    before = None
    if since is not None:
        fails, units = _ratio_before(session, window, first, since)
        before = fails / units if units else None
    return explain_counts(pd.DataFrame(counts, columns=names), total, since=since, baseline=before)


def _ratio_before(
    session: Session, window: Window, first: datetime, since: datetime
) -> tuple[int, int]:
    at = col(UnitOperation.first_verdict_at)
    earlier = [*in_units(window), at >= first, at < since]
    fails = session.exec(
        choose(func.count()).where(
            *earlier, col(UnitOperation.first_verdict) == Verdict.FAILED.value
        )
    ).one()
    return fails, session.exec(choose(func.count()).where(*earlier)).one()


def _shape(session: Session, scope: Scope, window: Window, told: Explanation) -> ExplanationShape:
    shown = told.findings[:SHOWN]
    return ExplanationShape(
        standing=STANDINGS[told.standing],  # type: ignore[typeddict-item]
        sentence=told.sentence,
        since_at=iso_or_none(told.since),
        units=told.units,
        fails=told.fails,
        tried_count=told.tried_count,
        pairs_tried_count=told.pairs_tried_count,
        rate_points=told.mix.rate_part * 100 if told.mix else None,
        mix_points=told.mix.mix_part * 100 if told.mix else None,
        findings=[_finding(one) for one in _with_racks(session, scope, window, shown)],
        notes=list(told.notes),
    )


def _with_racks(
    session: Session, scope: Scope, window: Window, findings: Sequence[Finding]
) -> Iterator[Finding]:
    """The findings about lots, with how many racks in process and shipped carry them now."""
    for place, one in enumerate(findings):
        is_lot = len(one.levels) == 1 and one.levels[0].factor in ("lot", "coolant_batch")
        if not is_lot or place >= COUNTED_RACKS:
            yield one
            continue
        part, _, lot = one.levels[0].value.partition(" ")
        place_of = where_used(
            session, scope, window.plant, part=part, lot=lot, at=window.at, limit=0
        )
        shipped = place_of["shipped_count"] + place_of["at_evaluation_count"]
        yield replace(one, racks_in_process=place_of["in_process_count"], racks_shipped=shipped)


def _finding(one: Finding) -> FindingShape:
    names = " × ".join(LABELS.get(level.factor, level.factor) for level in one.levels)
    low, high = one.effect_interval or (None, None)
    return FindingShape(
        rank=one.rank,
        factor=one.factor,
        value=one.value,
        label=f"{names} {one.value}",
        standing=STANDINGS[one.standing],  # type: ignore[typeddict-item]
        standing_text=str(one.standing),
        exposed_units=one.exposed_units,
        fails=one.fails,
        expected_fails=one.expected_fails,
        excess_fails=one.excess_fails,
        with_ratio=None if one.exposed_ratio is None else 1 - one.exposed_ratio,
        without_ratio=None if one.same_day_ratio is None else 1 - one.same_day_ratio,
        effect_points=None if one.effect_points is None else -one.effect_points,
        effect_interval=None if low is None or high is None else (-high, -low),
        p_value=one.p_value,
        p_adjusted=one.p_adjusted,
        explained_by=one.explained_by,
        sentence=one.sentence,
        disproof=one.disproof,
        racks_in_process=one.racks_in_process,
        racks_shipped=one.racks_shipped,
    )
