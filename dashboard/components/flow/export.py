"""The rows behind the throughput page, with the words that explain them."""

from dashboard.address import label
from dashboard.components.flow.state import ALL, FIELDS
from dashboard.components.flow.words import KINDS, data_end, reason, shown
from dashboard.report import Asked, Column, Report, Table
from dashboard.wording import lacking
from db.domain.catalog import METRICS
from db.queries.flow_shapes import FlowShape

C = Column
DEFINED = ("completed_count", "planned_qty", "difference", "attainment_ratio",
           "attainment_of_mix_ratio", "lost_racks", "cycle_p50_hours", "wip_count", "little_ratio",
           "bottleneck_led_ratio", "load_ratio", "oee", "unexplained_minutes",
           "slot_utilisation_ratio")  # fmt: skip


def flow_report(asked: Asked, page: FlowShape) -> Report:
    """Everything the page shows, as tables."""
    window = page["window"]
    filters = [(field.label, label(field, asked.state[field.name])) for field in FIELDS
               if asked.state[field.name] not in (field.default, ALL)]  # fmt: skip
    said = [(METRICS[name].label, METRICS[name].definition) for name in DEFINED]
    said += lacking(page["lacks"])
    said += [("Labour", page["labour_sentence"]), ("Test power, coolant", page["power_sentence"])]
    if old := data_end(page):
        said.append(("Data stale", old))
    if window["sentence"]:
        said.append(("Nothing planned", window["sentence"]))
    return Report(
        f"Throughput of {page['plant_name']}, {shown(page)}",
        page["as_of_at"],
        page["zone"],
        page["zone_label"],
        filters,
        said,
        [_figures(page), _hours(page), _lost(page), _times(page), _stages(page), _ghosts(page),
         _leads(page), _loads(page), _oee(page), _slots(page), _notes(page)],
        plant=page["plant"],
        span=(window["business_on"], window["shift"]),
    )  # fmt: skip


def _figures(page: FlowShape) -> Table:
    output, law = page["output"], page["little"]
    rows = [
        ("Racks done", output["done"]), ("Plan of the window", output["target"]),
        ("Plan so far", output["due"]), ("Ahead or behind", output["difference"]),
        ("Ends at", output["forecast"]), ("Attainment", output["attainment_ratio"]),
        ("Attainment of the mix", output["mix_ratio"]), ("Racks per hour", output["per_hour"]),
        ("Takt, s", output["takt_seconds"]), ("Pace, s", output["pace_seconds"]),
        ("Racks in process", page["wip"]["count"]), ("Little's law, ratio", law["ratio"]),
    ]  # fmt: skip
    return Table("Figures", [C("Figure"), C("Value", "number")], rows)


def _hours(page: FlowShape) -> Table:
    columns = [C("Hour"), C("From", "instant"), C("To", "instant"), C("Shift"),
               C("Working minutes", "number"), C("Plan", "number"), C("Due so far", "number"),
               C("Done", "count"), C("Variance", "number"), C("Cumulative variance", "number"),
               C("Missed"), C("Why"), C("Notes")]  # fmt: skip
    rows = [
        (it["label"], it["start_at"], it["end_at"], it["shift"], it["working_minutes"],
         it["planned"], it["due"], it["done"], it["difference"], it["cumulative_difference"],
         "yes" if it["is_missed"] else "no",
         "; ".join(f"{one['racks']:.2f} {reason(one)}" for one in it["reasons"]),
         "; ".join(f"{note['author']}: {note['text']}" for note in it["notes"]))
        for it in page["hours"]
    ]  # fmt: skip
    return Table("Hour by hour", columns, rows)


def _lost(page: FlowShape) -> Table:
    columns = [C("Lost to"), C("Racks", "number"), C("Hours", "count")]
    rows = [(KINDS[it["kind"]], it["racks"], it["hour_count"]) for it in page["lost"]]
    return Table("Lost racks", columns, rows)


def _times(page: FlowShape) -> Table:
    times = page["times"]
    split = times["split"]
    parts = [(f"Mean {name}, h", split[name]) for name in split] if split else []  # type: ignore[literal-required]
    rows = [
        ("Racks completed in the window", times["count"]),
        ("Median, h", times["p50_hours"]), ("p90, h", times["p90_hours"]), *parts,
        (f"Median over {times['usual_days']} days, h", times["usual_p50_hours"]),
        (f"p90 over {times['usual_days']} days, h", times["usual_p90_hours"]),
        ("Median age in process, h", page["wip"]["age_p50_hours"]),
        ("p90 age in process, h", page["wip"]["age_p90_hours"]),
        ("Oldest in process, h", page["wip"]["age_oldest_hours"]),
    ]  # fmt: skip
    return Table("Cycle time", [C("Figure"), C("Value", "number")], rows)


def _stages(page: FlowShape) -> Table:
    columns = [C("Stage"), C("Racks", "count"), C("Median, h", "number"), C("Oldest, h", "number"),
               C("Usual p95, h", "number"), C("Longer than usual")]  # fmt: skip
    rows = [(it["stage"], it["count"], it["p50_hours"], it["oldest_hours"], it["p95_hours"],
             None if it["aged"] is None else ", ".join(it["aged"]))
            for it in page["wip"]["stages"]]  # fmt: skip
    return Table("In process", columns, rows)


def _ghosts(page: FlowShape) -> Table:
    rows = [
        (it["serial"], it["stage"], it["since_at"], it["hours"]) for it in page["wip"]["ghosts"]
    ]
    return Table(
        "Ghosts", [C("Serial"), C("Stage"), C("Since", "instant"), C("Hours", "number")], rows
    )


def _leads(page: FlowShape) -> Table:
    columns = [C("Line"), C("Method"), C("Operation"), C("Led", "ratio"), C("Alone", "ratio"),
               C("Together", "ratio"), C("Sentence")]  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for line in page["bottlenecks"]:
        for told in (line["first"], line["second"]):
            rows.append((line["line"], told["method"], told["operation"], None, None, None,
                         told["sentence"]))  # fmt: skip
        rows += [
            (line["line"], "active period", it["operation"], it["led_ratio"], it["sole_ratio"],
             it["shifting_ratio"], None)
            for it in line["leads"]
        ]  # fmt: skip
    return Table("Bottleneck", columns, rows)


def _loads(page: FlowShape) -> Table:
    columns = [C("Line"), C("Resource"), C("Kind"), C("Asked for, h", "number"),
               C("There is, h", "number"), C("Load", "ratio"), C("Waiting then", "count"),
               C("Waiting now", "count"), C("States known", "ratio")]  # fmt: skip
    rows = [
        (line["line"], it["operation"], it["kind"], it["required_hours"], it["available_hours"],
         it["ratio"], it["start_queue"], it["end_queue"], it["coverage_ratio"])
        for line in page["bottlenecks"] for it in line["loads"]
    ]  # fmt: skip
    return Table("Load", columns, rows)


def _oee(page: FlowShape) -> Table:
    told = page["oee"]
    columns = [C("Operation"), C("Figure"), C("Value", "number")]
    if told is None:
        return Table("OEE", columns, [])
    names = {"busy_minutes": "Planned busy time, min", "run_minutes": "Run time, min",
             "good_minutes": "Good time, min", "produced_count": "Visits ended",
             "good_count": "Good at the first visit", "availability": "Availability, 0 to 1",
             "effectiveness": "Effectiveness, 0 to 1", "quality": "Quality, 0 to 1",
             "oee": "OEE, 0 to 1"}  # fmt: skip
    rows = [(told["operation"], label, told[name]) for name, label in names.items()]  # type: ignore[literal-required]
    rows += [(told["operation"], f"lost: {KINDS[it['kind']]}, min", it["minutes"])
             for it in told["losses"]]  # fmt: skip
    return Table("OEE", columns, rows)


def _slots(page: FlowShape) -> Table:
    columns = [C("Test"), C("Slots", "count"), C("Used, h", "number"), C("There were, h", "number"),
               C("Used", "ratio")]  # fmt: skip
    rows = [(it["operation"], it["slots"], it["used_hours"], it["available_hours"], it["ratio"])
            for it in page["slot_uses"]]  # fmt: skip
    return Table("Test slots", columns, rows)


def _notes(page: FlowShape) -> Table:
    columns = [C("Written at", "instant"), C("Author"), C("About"), C("Note")]
    rows = [(it["written_at"], it["author"], it["subject_key"], it["text"])
            for row in page["hours"] for it in row["notes"]]  # fmt: skip
    return Table("Notes", columns, rows)
