"""What the yield, rack and alarm pages are told, and the filter that they ask with.

Instants are UTC ISO strings with a Z, dates the plant's business dates. Ratios are 0–1; every ratio
comes with the counts it is made of and is None when nothing was counted, never 0 or 1. Names,
codes and factor values are text from plant systems: render them as text, in hover too.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypedDict

from db.queries.alarm_shapes import AlarmShape, NoteShape

Grain = Literal["shift", "day", "last"]
"""What one point of the chart counts: a shift, a business day, or n consecutive units."""

GRAINS: tuple[Grain, ...] = ("shift", "day", "last")
Group = Literal["", "line", "station", "operation", "product", "supplier", "shift"]
GROUPS: tuple[Group, ...] = ("line", "station", "operation", "product", "supplier", "shift")


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot of the chart, as its point says what it counts."""

    start_at: datetime
    end_at: datetime
    business_on: date
    shift: str


@dataclass(frozen=True, slots=True)
class YieldFilter:
    """What the yield page is about; "" means all. Hashable, so a page may cache by it.

    `operation` "": the one with the open alarm that lost most, else the plant's first rack-level
    test that counts for first pass. The window is of business dates, both ends included; None:
    the last `DEFAULT_DAYS` up to the plant's business date. `last` is the n of grain "last".
    `factor` and `value` are a clicked finding (as in FindingShape): the page then counts only units
    that carried that value at their verdict. `supplier` is short for factor "supplier".
    `symptom` and `dot` narrow the failed units to a code, to a dot. `rule` is a code of
    db.domain.yields.VERDICT_RULES; "": the one configured for the operation.
    """

    plant: str
    operation: str = ""
    line: str = ""
    product: str = ""
    station: str = ""
    shift: str = ""
    supplier: str = ""
    factor: str = ""
    value: str = ""
    symptom: str = ""
    since_on: date | None = None
    until_on: date | None = None
    grain: Grain = "shift"
    last: int = 50
    group: Group = ""
    rule: str = ""
    dot: Dot | None = None


DEFAULT_DAYS = 12


class ChoiceShape(TypedDict):
    """One entry of an input: what the filter takes, and what people read."""

    value: str
    label: str


class ChoicesShape(TypedDict):
    """What this plant's filter may be set to; operations are the tests that have verdicts."""

    operations: list[ChoiceShape]
    lines: list[ChoiceShape]
    products: list[ChoiceShape]
    stations: list[ChoiceShape]
    shifts: list[ChoiceShape]
    suppliers: list[ChoiceShape]


class PointShape(TypedDict):
    """One dot of the chart. `ewma` and the limits are of first-pass ratios, lower is worse.

    `lower_limit` and `upper_limit` are of the dot's own size (p chart); `ewma_lower` of the line.
    `is_flagged`: the line is below its limit. `is_beyond`: the dot is. `is_mature` False: the data
    of its shift may still come in. `notes` are ids of NoteShapes about the point's shift.
    """

    start_at: str
    end_at: str
    business_on: str
    shift: str
    label: str
    first_count: int
    first_passed_count: int
    ratio: float | None
    interval: tuple[float, float] | None
    ewma: float | None
    ewma_lower: float | None
    lower_limit: float | None
    upper_limit: float | None
    is_flagged: bool
    is_beyond: bool
    is_mature: bool
    notes: list[int]


class SeriesShape(TypedDict):
    """Dots of one value of the group; `key` "" and the page's title when there is no grouping.

    `ratio` and counts are of the whole series. Only the ungrouped series carries limits.
    """

    key: str
    label: str
    first_count: int
    first_passed_count: int
    ratio: float | None
    interval: tuple[float, float] | None
    points: list[PointShape]


class LimitsShape(TypedDict):
    """Where the centre line and limits come from. `chart`: p or laney_p. `sentence` is the tooltip.

    `version` 0: nobody has frozen limits; these were estimated from the window named, before the
    drop, and say so.
    """

    chart: str
    version: int
    estimator: str
    center: float
    sigma_z: float
    baseline_from: str
    baseline_to: str
    frozen_by: str
    frozen_at: str | None
    reason: str
    sentence: str


class KpiShape(TypedDict):
    """The four figures on top, since the drop; without a drop over the whole window.

    `ratio` None: nothing counted; with fewer than ten units show "n = 4" (`is_ratio_shown` False).
    `baseline_ratio` is the yield before, from the limits' baseline. `expected_failed` is what that
    baseline would have failed. `lost_hours` sums the time failed units spent from their first
    failed verdict to the next time they passed the operation (open ones: until now);
    `lost_racks` the same at the takt of the last seven days.
    """

    ratio: float | None
    first_count: int
    first_passed_count: int
    is_ratio_shown: bool
    interval: tuple[float, float] | None
    baseline_ratio: float | None
    baseline_count: int
    began_at: str | None
    began_label: str
    began_hours_ago: float | None
    failed_count: int
    expected_failed: float | None
    excess_failed: float | None
    lost_hours: float | None
    lost_racks: float | None
    lost_mw: float | None
    open_count: int
    """Failed units that have not passed the operation yet."""


class OtherYieldsShape(TypedDict):
    """Yields beyond first pass, over the same window; each None without its counts.

    `rolled_ratio` multiplies the first-pass yields of the plant's rack tests; `unit_rolled_ratio`
    is the share of racks that passed all of them first time. `skipped` lists up to 20
    (serial, operation) of racks past an operation that has no verdict of theirs.
    """

    final_disposed_ratio: float | None
    final_started_ratio: float | None
    passed_count: int
    scrapped_count: int
    open_count: int
    retest_ratio: float | None
    retest_count: int
    ntf_ratio: float | None
    ntf_count: int
    rolled_ratio: float | None
    unit_rolled_ratio: float | None
    unit_rolled_count: int
    skipped: list[tuple[str, str]]
    skipped_count: int
    defects_per_unit: float | None
    defect_count: int
    no_verdict_count: int
    """Runs that ended without a verdict (aborted, error, skipped)."""


class ParetoShape(TypedDict):
    """A failure code among the failed units since the drop (or in the window).

    `count` distinct units whose first verdict failed with it; `expected` the same at the code's
    share before the drop. `hours` and `mw` are what those units lost. "" is "not coded yet",
    "other" sums the codes beyond the first ten and comes last.
    """

    code: str
    kind: Literal["symptom", "defect"]
    count: int
    expected: float | None
    hours: float
    mw: float | None
    code_count: int
    """1, or how many codes "other" sums."""


class FindingShape(TypedDict):
    """One row of "what differs in the failed racks".

    `standing`: likely, possible, explained, time-wide, nothing (`standing_text` is the sentence's
    word). `with_ratio` is the yield of units with the value, `without_ratio` that of the others of
    the same days; `effect_points` their difference in points of yield (negative: worse), with
    interval. Racks are counted now; trays and parts count the racks they sit in. `tried_count`
    says over how many values and pairs `p_adjusted` is corrected.
    """

    rank: int
    factor: str
    value: str
    label: str
    """Factor and value in words: "Component lot", "UQD-04 QD26-4471"."""
    standing: Literal["likely", "possible", "explained", "time_wide", "nothing"]
    standing_text: str
    exposed_units: int
    fails: int
    expected_fails: float | None
    excess_fails: float | None
    with_ratio: float | None
    without_ratio: float | None
    effect_points: float | None
    effect_interval: tuple[float, float] | None
    p_value: float
    p_adjusted: float
    explained_by: int | None
    sentence: str
    disproof: str
    racks_in_process: int | None
    racks_shipped: int | None


class ExplanationShape(TypedDict):
    """Why: the ranked findings, or the sentence that says nothing stands out.

    `mix_points` and `rate_points` split the change of yield; None without a baseline.
    `notes` are sentences about what could not be looked at (no genealogy, nameless fixtures).
    """

    standing: Literal["likely", "possible", "explained", "time_wide", "nothing"]
    sentence: str
    since_at: str | None
    units: int
    fails: int
    tried_count: int
    pairs_tried_count: int
    rate_points: float | None
    mix_points: float | None
    findings: list[FindingShape]
    notes: list[str]


class FailedListShape(TypedDict):
    """Failed units, newest first, and how many there are beyond those listed."""

    units: "list[FailedUnitShape]"
    count: int


class FailedUnitShape(TypedDict):
    """A unit whose first verdict failed. `now`: passed retest, rework, scrapped, waiting.

    `rack` is the rack a failed tray or module sits in now, "" for a rack itself or a loose one.
    """

    serial: str
    rack: str
    product: str
    failed_at: str
    line: str
    station: str
    slot: str
    symptom: str
    defect: str
    now: str
    lost_hours: float | None


class YieldShape(TypedDict):
    """The yield page, from one reading of the store, but for the explanation (see `explain`)."""

    plant: str
    plant_name: str
    zone: str
    zone_label: str
    as_of_at: str
    operation: str
    operation_name: str
    unit_name: str
    """rack, tray or module: what is counted at this operation."""
    since_on: str
    until_on: str
    data_from_at: str | None
    """How far back verdicts are loaded; None when there are none."""
    choices: ChoicesShape
    kpis: KpiShape
    others: OtherYieldsShape
    lacks: list[str]
    """What the numbers of the window lack because records wait in quarantine, in sentences."""
    series: list[SeriesShape]
    limits: LimitsShape | None
    drop: AlarmShape | None
    """The alarm the page is about: the newest that is not closed or withdrawn, of this filter."""
    alarms: list[AlarmShape]
    """All alarms that overlap the window, for the chart."""
    pareto: list[ParetoShape]
    failed: list[FailedUnitShape]
    failed_count: int
    notes: list[NoteShape]
    rule: str
    rule_sentence: str
    """Printed under the number."""
    other_rules: list[ChoiceShape]
    """The alternatives, one tap away: their code for the filter, and their sentence."""
    sentence: str
    """What to say instead of a chart: "No first verdicts at LEAK in this window."; "" else."""
