"""What every number on the screens means: cards, tooltips, exports and docs/metrics.md say it."""

from db.domain.capacity_metrics import CAPACITY_METRICS
from db.domain.flow_metrics import FLOW_METRICS
from db.domain.material_metrics import MATERIAL_METRICS
from db.domain.metric import Metric
from db.domain.yield_metrics import YIELD_METRICS

_ALL = (
    Metric(
        "completed_count",
        "Racks done",
        "racks",
        "Racks whose first completion of the plant's output operation falls in the hour, shift or "
        "day. A rack counts once, at its first completion, whatever happens to it later.",
        "first completions",
        "",
        "0 when the feed is loaded and none was completed",
        "unit_step",
    ),
    Metric(
        "throughput",
        "Racks per hour",
        "racks/h",
        "Racks done in a window over the hours that really passed in it; 13 on the long autumn "
        "night.",
        "racks done",
        "hours of the window",
        "none for a window of no length",
        "unit_step",
    ),
    Metric(
        "planned_qty",
        "Plan",
        "racks",
        "Racks planned per hour, net of breaks, summed unrounded. In a begun hour the plan counts "
        "by the share of its working minutes that has passed, so it stands still in a break.",
        "planned racks",
        "",
        "none when no plan is loaded",
        "plan_hour",
    ),
    Metric(
        "difference",
        "Ahead or behind",
        "racks",
        "Racks done less the plan so far, not the plan of the whole shift.",
        "racks done − plan so far",
        "",
        "none without a plan",
        "unit_step, plan_hour",
    ),
    Metric(
        "attainment_ratio",
        "Attainment",
        "%",
        "Racks done over racks planned, whatever the product.",
        "racks done",
        "racks planned",
        "none without a plan",
        "unit_step, plan_hour",
    ),
    Metric(
        "attainment_of_mix_ratio",
        "Attainment of the mix",
        "%",
        "As attainment, but too much of one product does not make up for too little of another.",
        "sum over products of the smaller of done and planned",
        "racks planned",
        "none without a plan",
        "unit_step, plan_hour",
    ),
    Metric(
        "forecast",
        "Ends at",
        "racks",
        "Racks at the end of the shift: what is done, plus the rest of the plan at the shift's "
        "pace. Pace is done over plan so far, with one average plan hour added to both so that "
        "the first minutes do not swing it.",
        "done + rest of plan × (done + one plan hour)",
        "plan so far + one plan hour",
        "none without a plan",
        "unit_step, plan_hour",
    ),
    Metric(
        "takt_seconds",
        "Takt",
        "min:s",
        "Working time left in the shift, net of breaks, over the racks still planned in it.",
        "working seconds left",
        "planned racks left",
        "none without a plan, and when nothing is left of it",
        "plan_hour",
    ),
    Metric(
        "first_pass_ratio",
        "First-pass yield",
        "%",
        "Of units with a first verdict at an operation, the share whose first verdict was passed. "
        "The first verdict is the earliest run, by start, that passed or failed; aborted, "
        "erroneous and skipped runs are no verdicts. It counts where and when it was given.",
        "first verdicts passed",
        "first verdicts",
        "none without a first verdict; under 20 the count is shown and nothing is judged",
        "test_run",
    ),
    Metric(
        "first_pass_interval",
        "First-pass yield, 95 % interval",
        "%",
        "Wilson score interval of the first-pass yield: the range the true yield may well have, "
        "given so few units.",
        "first verdicts passed",
        "first verdicts",
        "none without a first verdict",
        "test_run",
    ),
    Metric(
        "retest_count",
        "Retests",
        "runs",
        "Runs with a verdict after the first one of their unit and operation.",
        "runs passed or failed − first verdicts",
        "",
        "0 when the feed is loaded and none was run again",
        "test_run",
    ),
    Metric(
        "no_verdict_count",
        "Runs without verdict",
        "runs",
        "Test runs that were aborted, skipped or ended in an error. They weigh on no yield.",
        "runs neither passed nor failed",
        "",
        "0 when the feed is loaded and there was none",
        "test_run",
    ),
    Metric(
        "excluded_count",
        "Held records",
        "records",
        "Records of a source that could not be trusted and wait in quarantine; they are in no "
        "other number.",
        "records in quarantine",
        "",
        "0 when none is held",
        "all feeds",
    ),
    Metric(
        "lag_seconds",
        "Data age",
        "s",
        "Time since the last load of a source that ended well. A block is as old as the worst "
        "source that feeds it, and stale once that passes its allowed lag.",
        "now − last good load",
        "",
        "none when the source has never loaded",
        "all feeds",
    ),
    Metric(
        "completeness_ratio",
        "Sources fresh",
        "%",
        "Sources behind a block that loaded within their allowed lag.",
        "fresh sources",
        "expected sources",
        "none when no source is expected",
        "all feeds",
    ),
    Metric(
        "done_ratio",
        "History loaded",
        "%",
        "How much of the wanted history is loaded, as the mean over the sources that want any.",
        "time from now back to the oldest load",
        "time from now back to the wanted start",
        "100 % when no source wants history",
        "all feeds",
    ),
)

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (*_ALL, *CAPACITY_METRICS, *FLOW_METRICS, *MATERIAL_METRICS, *YIELD_METRICS)
}

HEAD = """# Metrics

What each number means. This page is made from `db/domain/catalog.py`; change it there.
Ratios are kept as their two counts and divided last; a ratio of nothing is not known, never 0 or
100 %. The plants that come with Rackline and all their figures are illustrative.
"""


def metrics_page() -> str:
    """The text of docs/metrics.md.

    >>> "## Racks done" in metrics_page()
    True
    """
    return "\n".join([HEAD, *(_entry(metric) for metric in METRICS.values())])


def _entry(metric: Metric) -> str:
    facts = {
        "Name": f"`{metric.key}`",
        "Unit": metric.unit,
        "Numerator": metric.numerator,
        "Denominator": metric.denominator,
        "Not known": metric.empty,
        "From": metric.source,
    }
    lines = [f"- {name}: {fact}" for name, fact in facts.items() if fact]
    return "\n".join([f"## {metric.label}", "", metric.definition, "", *lines, ""])
