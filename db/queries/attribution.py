"""Why a yield dropped: what units carried and went through before their verdict, as the store keeps
it, and the ranked findings that follow from it.

Few units are read one by one, so that nested values and pairs can be told apart; of very many all
are counted from sums per day, operation, product and value, and a share is read one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from db.clock import utc_now
from db.domain.attribution.explain import explain_cases, explain_counts
from db.domain.attribution.findings import Explanation, Finding, Standing
from db.domain.attribution.mix import Counts, split_change
from db.domain.attribution.rules import Rules
from db.queries import cases
from db.queries.alarms import drops_in
from db.queries.genealogy import where_used
from db.queries.plants import iso_or_none
from db.queries.scope import Scope
from db.queries.yield_limits import BASELINE_DAYS
from db.queries.yield_shapes import ExplanationShape, FindingShape, YieldFilter
from db.queries.yield_window import Window, resolve
from db.queries.yields import standing_drop

MOST_UNITS = 30_000
"""First verdicts that are read one by one."""
SAMPLED_UNITS = 15_000
"""Units read one by one where all are counted from sums."""
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
    "crew": "Crew",
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
    begin = since or first
    count = cases.count(session, window, begin)
    if not count:
        return _nothing(since)
    day, dates = timedelta(days=1), window.home.calendar.business_date
    after = cases.by_product(session, window, dates(begin), window.until_on)
    before: Mapping[Any, Counts] = {}
    if since is not None:
        before = cases.by_product(session, window, dates(first), dates(begin) - day)
    span = Span(begin, since, count, before, after)
    is_counted = count > MOST_UNITS and cases.has_counts(window)
    told = (_by_sums if is_counted else _by_units)(session, window, span)
    return replace(told, notes=(*told.notes, *cases.missing(session, window)))


@dataclass(frozen=True, slots=True)
class Span:
    """From when on units count, when a drop began if one did, how many units, and of what."""

    begin: datetime
    since: datetime | None
    count: int
    before: Mapping[Any, Counts]
    after: Mapping[Any, Counts]

    def given(self, window: Window) -> dict[str, Any]:
        """What both ways of explaining are told of the days before."""
        ratios = cases.baseline(window.asked.operation, self.before, self.after)
        mix = split_change(self.before, self.after)
        return {"since": self.since, "baseline": ratios, "mix": mix}


def _by_units(session: Session, window: Window, span: Span) -> Explanation:
    """One by one, or a share of them drawn at random where even these are too many."""
    found = cases.units(session, window, span.begin, cases.samples(span.count, MOST_UNITS))
    if not found.units:
        return _nothing(span.since)
    told = explain_cases(found, **span.given(window))
    if found.units >= span.count / 2:
        return told
    note = f"looked at {found.units:,} units drawn at random of {span.count:,}; narrow the window"
    return replace(told, notes=(*told.notes, note))


def _by_sums(session: Session, window: Window, span: Span) -> Explanation:
    """All units from counts per day, and a share of them one by one."""
    counted, whole = cases.counts(session, window, span.begin, Rules().minimum_units)
    sample = cases.units(session, window, span.begin, cases.samples(span.count, SAMPLED_UNITS))
    return explain_counts(counted, whole, sample=sample, **span.given(window))


def _nothing(since: datetime | None) -> Explanation:
    sentence = "No first verdicts in this window: nothing to explain."
    return Explanation(Standing.NOTHING, sentence, since, 0, 0, None, 0, 0, 0.0, None)


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
