"""What the numbers of material mean."""

from db.domain.metric import Metric

FEEDS = "stock, receipt, bom, plan_hour, build, part"
NO_STOP = "none when the part lasts as long as the plan"

MATERIAL_METRICS = (
    Metric(
        "available_qty",
        "Available",
        "parts",
        "Unrestricted stock less what is allocated, never below 0. Stock on hold, blocked, in "
        "transit, on consignment or still on order is not available; a negative count at one place "
        "is 0 there and never eats into another.",
        "unrestricted − allocated",
        "",
        "0 when the stock is loaded and holds none of the part",
        "stock",
    ),
    Metric(
        "stops_at",
        "Line stops",
        "time",
        "First working instant at which stock and receipts so far are less than what the planned "
        "racks have used since the stock was read, through all levels of the bill with its "
        "scrap, expected "
        "scrap of racks and replaced pieces included. Consumption is spread evenly over the "
        "working time of each plan hour. Promised case: confirmed, dated receipts that are not "
        "overdue count from the business day after their promise. Late case: each supplier is as "
        "late as the stated quantile of its past deliveries. None: nothing arrives. Alternates, "
        "by rank, put the stop off.",
        "",
        "",
        NO_STOP + "; nothing is said without plan, bill or stock",
        FEEDS,
    ),
    Metric(
        "hours_left",
        "Hours to line stop",
        "h",
        "Time from now until the line stops for lack of the part; 0 once it should have stopped.",
        "",
        "",
        NO_STOP,
        FEEDS,
    ),
    Metric(
        "covered_at",
        "Covered again",
        "time",
        "When arrivals have brought the part's path back to zero or more after its stop.",
        "",
        "",
        "none when that does not happen within the horizon",
        FEEDS,
    ),
    Metric(
        "racks_at_risk",
        "Racks at risk",
        "racks",
        "Racks planned between the stop and the instant it is covered again (else the end of the "
        "horizon) that use the part.",
        "planned racks",
        "",
        "0 without a stop",
        FEEDS,
    ),
    Metric(
        "kw_at_risk",
        "Power at risk",
        "kW",
        "Racks at risk times the nameplate power of their product; reference data, no measurement.",
        "racks at risk × nameplate kW",
        "",
        "none when a product at risk has no nameplate power",
        FEEDS,
    ),
    Metric(
        "hours_earlier",
        "Pull in by",
        "h",
        "How much earlier the first receipt after the stop that would be enough must come to avoid "
        "it.",
        "",
        "",
        "none when no single receipt is enough",
        FEEDS,
    ),
    Metric(
        "cover_days",
        "Days of cover",
        "days",
        "What is available over the mean need of a working day of the plan, not of the past; days "
        "on which the part is not called for, phased in or out, do not count.",
        "available",
        "need per working day",
        "none when the plan does not need the part",
        FEEDS,
    ),
    Metric(
        "need_per_day",
        "Need per day",
        "parts/day",
        "Mean need of a working day on which the plan calls for the part, scrap and expected "
        "replacement included.",
        "need of the plan",
        "working days of the plan",
        "0 when the plan does not need the part",
        FEEDS,
    ),
    Metric(
        "safety_qty",
        "Safety stock",
        "parts",
        "What the ERP wants to be there always. Stock below it is a figure of its own and never "
        "counts as a shortage.",
        "",
        "",
        "none when the ERP says nothing",
        "part",
    ),
    Metric(
        "surplus_qty",
        "Surplus",
        "parts",
        "What is left over at the lowest point of the promised path: it may be moved elsewhere.",
        "",
        "",
        "0 when nothing is left over",
        FEEDS,
    ),
    Metric(
        "yield_extra_ratio",
        "Share of need for yield",
        "%",
        "The share of need that is expected scrap of racks and replaced pieces, as measured over "
        "the last 14 days.",
        "need with − need without",
        "need with",
        "0 when too few racks were completed to measure it",
        "unit_step, defect, genealogy",
    ),
    Metric(
        "yield_hours",
        "Earlier for yield",
        "h",
        "How many hours earlier the promised-case stop comes because of scrap and replacement.",
        "",
        "",
        "none when there is no stop without them",
        "unit_step, defect, genealogy",
    ),
    Metric(
        "used_qty",
        "Used since the stock was read",
        "parts",
        "Of what is available: what the plan has used since its stock was last read, of a stock "
        "not read for a week in the last seven days. Every projected balance begins with the rest.",
        "",
        "",
        "0 when the stock has just been read",
        "stock, plan_hour, bom",
    ),
    Metric(
        "kept_qty",
        "Kept for racks on the floor",
        "parts",
        "Of what is available: what racks begun and not completed have still to take, at "
        "operations they have not begun. Clear to build gives new racks the rest. Nothing is kept "
        "for racks that stood for over five times the 95th percentile of their stage: they are "
        "named.",
        "",
        "",
        "0 when no rack on the floor needs the part",
        "unit_step, bom, stock",
    ),
    Metric(
        "buildable_now",
        "Clear to build",
        "racks",
        "Whole racks of a build for which every part is on the shelf, builds served in strict "
        "order of priority, due date and number; a rack is set aside for whole or not at all, "
        "shared parts once, alternates last. What racks on the floor have still to take is kept.",
        "",
        "",
        "0 when something is missing for the first rack",
        FEEDS,
    ),
    Metric(
        "fair_share_now",
        "Clear to build, shared out",
        "racks",
        "The same when each build in turn is given one rack: a what-if, not the plan.",
        "",
        "",
        "0 when something is missing for the first rack",
        FEEDS,
    ),
    Metric(
        "racks_late",
        "Racks late",
        "racks",
        "Racks of a build that cannot be built by its due date with the receipts of the case.",
        "",
        "",
        "0 when all can",
        FEEDS,
    ),
    Metric(
        "hhi",
        "Concentration",
        "index",
        "Herfindahl and Hirschman's index over the suppliers of what is on order and was delivered "
        "in 180 days: the sum of squared shares; 1 is a single supplier.",
        "Σ share²",
        "",
        "none when nothing was ordered",
        "receipt",
    ),
)
"""Single numbers of the material outlook, as cards, tables and docs tell them."""
