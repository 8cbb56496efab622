"""What the numbers of the throughput page mean. See db.domain.catalog."""

from db.domain.metric import Metric

FLOW_METRICS = (
    Metric(
        "takt_of_plan_seconds",
        "Takt of the plan",
        "min:s",
        "Working time of the whole shift or day, net of breaks, over the racks planned in it.",
        "working seconds",
        "planned racks",
        "none without a plan",
        "plan_hour",
    ),
    Metric(
        "pace_seconds",
        "Pace",
        "min:s",
        "Working time so far, net of breaks, over the racks done in it: to be held against takt.",
        "working seconds passed",
        "racks done",
        "none while no rack is done",
        "unit_step",
    ),
    Metric(
        "cumulative_difference",
        "Cumulative variance",
        "racks",
        "Racks done less the plan so far, from the start of the shift or day to the end of an "
        "hour. In a begun hour the plan counts by its working minutes.",
        "racks done − plan so far",
        "",
        "none without a plan, and for hours to come",
        "unit_step, plan_hour",
    ),
    Metric(
        "lost_racks",
        "Lost racks",
        "racks",
        "Racks that missed hours lacked, by what was seen. An hour has missed its plan when it is "
        "low by the plant's limit or half a rack short. A stop counts in the hour in which what it "
        "held up was due at the output, by the usual time from there (median of three days), "
        "nearest stops first, for no more than the racks planned in its minutes. What no stop "
        "explains is unexplained. Hours above plan are not set off.",
        "planned − done, over missed hours",
        "",
        "none without a plan",
        "unit_step, plan_hour, station_state",
    ),
    Metric(
        "cycle_p50_hours",
        "Cycle time, median",
        "h",
        "Real hours from a rack's first start at the first rack operation to its completion: half "
        "of the racks completed in the window took no longer. A time that was really seen.",
        "hours from first start to completion",
        "",
        "none while no rack is completed; a rack whose start was never recorded is left out",
        "unit_step",
    ),
    Metric(
        "cycle_p90_hours",
        "Cycle time, p90",
        "h",
        "As the median, but nine of ten racks took no longer. Completions hide racks that are "
        "stuck: see the age of racks in process beside it.",
        "hours from first start to completion",
        "",
        "none while no rack is completed",
        "unit_step",
    ),
    Metric(
        "wip_count",
        "In process",
        "racks",
        "Racks begun and not completed at the output operation, scrapped racks and ghosts left "
        "out. A ghost has stood for over five times the 95th percentile of its stage.",
        "racks begun and not completed",
        "",
        "0 when the feed is loaded and none is in process",
        "unit_step",
    ),
    Metric(
        "little_ratio",
        "Little's law",
        "%",
        "Racks in process over output per hour times mean hours in the plant, over two weeks. Near "
        "100 % the data agree; outside 80 to 125 % starts or ends are missing, or serials are used "
        "again (Little, 1961).",
        "mean racks in process",
        "racks per hour × mean hours",
        "none in a window shorter than five cycle times",
        "unit_step",
    ),
    Metric(
        "bottleneck_led_ratio",
        "Share of time led",
        "%",
        "Share of the time in which an operation of a line had the longest uninterrupted active "
        "period (Roser, Nakano and Tanaka, 2001); shared time is divided. An operation is active "
        "while 95 % of its slots do not wait; a slot without a rack waits.",
        "hours as the bottleneck of the moment",
        "hours in which any operation was",
        "refused while the states of a station cover under 80 % of the time",
        "station_state, unit_step",
    ),
    Metric(
        "load_ratio",
        "Load",
        "%",
        "Hours that the plan asks of a resource over the hours it has: planned racks × standard "
        "time × visits a rack. Test slots serve at all hours, people in working ones.",
        "planned racks × standard hours × visits a rack",
        "slots × hours",
        "none without a plan or a standard time",
        "plan_hour, unit_step",
    ),
    Metric(
        "availability",
        "Availability",
        "%",
        "Running time over planned busy time, in slot-minutes (ISO 22400-2). Planned busy time "
        "leaves out what was not scheduled, breaks and planned stops; waiting is within it.",
        "actual production time (APT)",
        "planned busy time (PBT)",
        "none when nothing was planned, never 100 %",
        "station_state, unit_step",
    ),
    Metric(
        "effectiveness",
        "Effectiveness",
        "%",
        "Planned run time of what was produced over running time (ISO 22400-2). Above 100 % a "
        "planned run time is too long, or running time was not reported; it is shown and named.",
        "planned run time per item × produced (PRI × PQ)",
        "actual production time (APT)",
        "none without running time or without a planned run time",
        "station_state, unit_step",
    ),
    Metric(
        "quality_ratio",
        "Quality ratio",
        "%",
        "Visits that were good at their rack's first visit over visits that ended (ISO 22400-2). "
        "Reworked racks are produced, and not good the first time.",
        "good quantity (GQ)",
        "produced quantity (PQ)",
        "none when nothing was produced",
        "unit_step",
    ),
    Metric(
        "oee",
        "OEE",
        "%",
        "Overall equipment effectiveness after ISO 22400-2: availability × effectiveness × quality "
        "ratio, which is planned run time of good items over planned busy time. Added up over "
        "stations first, divided last.",
        "planned run time per item × good (PRI × GQ)",
        "planned busy time (PBT)",
        "none when nothing was planned; 0 when planned and never run",
        "station_state, unit_step",
    ),
    Metric(
        "unexplained_minutes",
        "Unexplained minutes",
        "min",
        "Planned busy time for which nobody reported a state and no rack was in the slot.",
        "planned busy time − all reported minutes",
        "",
        "0 when every minute is reported",
        "station_state",
    ),
    Metric(
        "slot_utilisation_ratio",
        "Use of test slots",
        "%",
        "Slot-hours with a rack in them over slots × real hours: test slots serve at all hours.",
        "slot-hours with a rack",
        "slots × hours",
        "none where there are no slots",
        "unit_step",
    ),
    Metric(
        "labour_utilisation_ratio",
        "Use of labour",
        "%",
        "Standard labour hours of what was produced over hours people were present.",
        "standard hours × produced",
        "hours present",
        "not known: no source says who was present",
        "attendance",
    ),
)
