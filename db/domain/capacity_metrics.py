"""What the numbers of capacity mean."""

from db.domain.metric import Metric

OUTPUT = "unit_step"
NO_WEEK = "none before the first full week of output"

CAPACITY_METRICS = (
    Metric(
        "shipped_racks",
        "Shipped",
        "racks, MW",
        "Racks whose first completion of the operation that ships falls in the week, and their "
        "nameplate power.",
        "first completions",
        "",
        "none where no operation says that a rack has left",
        OUTPUT,
    ),
    Metric(
        "rated_racks",
        "Rated",
        "racks/week",
        "The least that any one resource allows in the week's mix: stations and slots by standard "
        "times and retests seen lately, test power, coolant and people by their dated amounts. "
        "Slots and power serve all hours of a week, stations and people its working hours.",
        "amount × hours × availability",
        "what one rack takes × hours × (1 + retests)",
        "none without a rate or an amount, or with a rate of zero: the resource is named",
        "plan_hour, unit_step, test_run",
    ),
    Metric(
        "demonstrated_racks",
        "Demonstrated",
        "racks/week",
        "Median of good racks in the last four full weeks, planned shutdowns and weeks nothing is "
        "known of left out; a week that is only loaded in part is not full. The best week stands "
        "apart with its date.",
        "",
        "",
        NO_WEEK,
        OUTPUT,
    ),
    Metric(
        "supported_racks",
        "Supported by material",
        "racks/week",
        "Racks that open builds allow by clear to build, receipts as promised; what a week does "
        "not use stays for the next. At least so many where all open builds are covered or the "
        "week ends beyond the material horizon; then it limits nothing.",
        "",
        "",
        "none without an outlook, and beyond its horizon",
        "stock, receipt, bom, build, part",
    ),
    Metric(
        "committed_racks",
        "Committed",
        "racks/week",
        "Racks of firm and commitment demand due in the week. Options, evaluation units and "
        "forecasts are no obligation and never part of it.",
        "firm + commitment",
        "",
        "0 when demand is loaded and none is due",
        "demand",
    ),
    Metric(
        "optioned_racks",
        "Optioned",
        "racks/week",
        "Racks of options that are still open, by due week; shown on top of what is committed and "
        "added to nothing. An option past its expiry is left out and named.",
        "",
        "",
        "0 when demand is loaded and no option is open",
        "demand",
    ),
    Metric(
        "headroom_racks",
        "Room of a week",
        "racks/week",
        "The smaller of demonstrated and supported, less what is committed: below zero the week is "
        "short.",
        "min(demonstrated, supported) − committed",
        "",
        NO_WEEK,
        "unit_step, demand, stock, receipt, bom, build",
    ),
    Metric(
        "committable_racks",
        "Can still be committed",
        "racks",
        "Racks more that can be promised by the end of a week, with what earlier weeks can build "
        "ahead and without taking from what is committed later (available to promise).",
        "",
        "",
        NO_WEEK,
        "unit_step, demand, stock, receipt, bom, build",
    ),
    Metric(
        "forecast_racks",
        "Forecast",
        "racks/week",
        "What the learning curve of earlier ramps makes of the plant's last weeks, over each "
        "week's working hours; a plan, material or rating below it binds. 80 of 100 weeks should "
        "lie between its bounds; bounds of several products or plants are added, so those of a sum "
        "are too wide rather than too narrow.",
        "",
        "",
        "none with fewer than five weeks and no earlier ramp",
        "unit_step, plan_hour",
    ),
)
