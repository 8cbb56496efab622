"""What the numbers of yield, tests and control charts mean."""

from db.domain.metric import Metric

YIELD_METRICS = (
    Metric(
        "final_yield_disposed_ratio",
        "Final yield, disposed",
        "%",
        "Of units passed at their last verdict or scrapped, the share that passed. Units still "
        "open are not in it; cohorts younger than the rework loop's 90th percentile are marked "
        "immature.",
        "units passed at their last verdict",
        "units passed or scrapped",
        "none while nothing is disposed of",
        "test_run, unit_step",
    ),
    Metric(
        "final_yield_started_ratio",
        "Final yield, so far",
        "%",
        "As final yield, with the open units in the denominator: it still rises.",
        "units passed at their last verdict",
        "units passed, scrapped or open",
        "none while nothing is disposed of",
        "test_run, unit_step",
    ),
    Metric(
        "rolled_yield",
        "Rolled throughput yield",
        "%",
        "Product of the first-pass yields over the operations of the routing. It assumes that "
        "fails at different operations are independent; a gap to the unit-rolled yield means that "
        "they go together.",
        "product of first verdicts passed",
        "product of first verdicts",
        "none when the first-pass yield of an operation is not known",
        "test_run, routing",
    ),
    Metric(
        "unit_rolled_ratio",
        "Unit-rolled yield",
        "%",
        "Share of units that passed every operation of their routing first time; nothing is "
        "assumed. Units without a verdict at an operation of their routing are left out and listed "
        "as violations of the route.",
        "units passed first time everywhere",
        "units with a first verdict at every operation",
        "none when no unit went all the way",
        "test_run, routing",
    ),
    Metric(
        "retest_ratio",
        "Retest rate",
        "%",
        "Runs with a verdict after the first one of their unit and operation, per first verdict. "
        "It can exceed 100 %.",
        "runs passed or failed − first verdicts",
        "first verdicts",
        "none without a first verdict",
        "test_run",
    ),
    Metric(
        "no_trouble_found_ratio",
        "No trouble found",
        "%",
        "Of first verdicts that failed, the share whose next verdict passed with no repair "
        "between. High values point at the tester, not at the product.",
        "first fails that passed next without repair",
        "first verdicts failed",
        "none without a first fail",
        "test_run, defect",
    ),
    Metric(
        "defects_per_unit",
        "Defects per unit",
        "defects/unit",
        "DPU: defects found over units inspected. e^−DPU is the share of units without a defect if "
        "defects fall on units by chance.",
        "defects",
        "units inspected",
        "none without a unit",
        "defect",
    ),
    Metric(
        "defects_per_million",
        "DPMO",
        "defects",
        "Defects per million opportunities. The opportunities of a unit are a governed count of "
        "the product revision.",
        "1,000,000 × defects",
        "units × opportunities per unit",
        "none without units or without a governed count of opportunities",
        "defect, product",
    ),
    Metric(
        "maturing_hours",
        "Maturing time",
        "h",
        "Hours within which 90 % of failed units had their next verdict (nearest rank). Cohorts "
        "younger than this are immature: part of their final yield is still to come.",
        "",
        "",
        "none without a unit that was run again",
        "test_run",
    ),
    Metric(
        "mean_time_between_failures",
        "MTBF",
        "h",
        "Operating time over failures, with its one-sided 95 % lower bound 2T / χ²(0.95, "
        "2 failures + 2). ISO 22400-2 divides by failures plus one; which was used is said.",
        "operating hours",
        "failures",
        "only the lower bound (about a third of the operating time) without a failure; none "
        "without operating time",
        "station_state",
    ),
    Metric(
        "mean_time_to_repair",
        "MTTR",
        "h",
        "Mean duration of closed repairs. Open repairs are counted apart, with the age of the "
        "oldest.",
        "hours of closed repairs",
        "closed repairs",
        "none without a closed repair",
        "station_state, defect",
    ),
    Metric(
        "control_limits",
        "Control limits",
        "as charted",
        "Centre ± 3 sigmas within subgroups, estimated once from a baseline and then frozen: with "
        "version, estimator, baseline window, and who froze them when and why. Later points are "
        "judged by them and never move them. Points strictly beyond signal; where few fails are "
        "expected the limits are binomial or Poisson quantiles.",
        "",
        "",
        "none without a baseline",
        "test_run",
    ),
    Metric(
        "capability_index",
        "Cpk",
        "ratio",
        "Distance from the mean to the nearer specification limit over 3 sigmas within subgroups; "
        "Cp for the whole width, Pp and Ppk with the overall spread. Specification limits come "
        "from engineering only, with their document.",
        "mean to the nearer specification limit",
        "3 sigmas",
        "none without specification limits, under two values, and when all are alike",
        "test_run",
    ),
)
