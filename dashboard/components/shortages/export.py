"""The rows behind the shortages page, every one of them, for CSV and Excel."""

from collections.abc import Mapping, Sequence

from dashboard.address import Fields, label
from dashboard.components.shortages.rows import Row, Site, choices, horizon, line_stops, rows
from dashboard.report import Asked, Column, Report, Table
from db.queries.outlook_shapes import BuildOutlookShape, FindingShape, MoveShape

DEFINITIONS = (
    (
        "Balance",
        "available − used since it was read + receipts of the case − scheduled use, at the "
        "day's end",
    ),
    ("Short", "a line stops for the part within the days shown; below safety stock is not short"),
    ("Runs out", "the part's own stock and receipts are gone; alternates may carry its lines on"),
    ("Moves", "worked out for the case that promises hold"),
    ("Promises hold", "confirmed, dated receipts arrive when promised; others are no supply"),
    ("Suppliers late as usual", "each supplier slips as it has in the past, by its own quantile"),
    ("Nothing arrives", "stock on hand alone"),
    ("Golden screw", "racks more that could be built now, were this part alone plentiful"),
    ("Shared evenly", "parts shared out over the orders instead of by strict priority"),
    ("Racks at risk", "racks planned between the stop and the return of cover"),
)
PARTS = (
    Column("Plant"), Column("Part"), Column("Name"), Column("Commodity"), Column("Lines"),
    Column("Unit"), Column("Level"), Column("Available", "number"),
    Column("Used since it was read", "number"),
    Column("Kept for racks on the floor", "number"), Column("Need a day", "number"),
    Column("Cover, days", "number"), Column("Safety stock", "number"),
    Column("Line stops", "instant"), Column("Runs out", "instant"),
    Column("Covered again", "instant"), Column("Racks at risk", "number"),
    Column("kW at risk", "number"), Column("Why"),
)  # fmt: skip
STOPS = (
    Column("Plant"), Column("Line"), Column("Stops", "instant"), Column("First blocker"),
    Column("Second blocker"), Column("Then", "instant"), Column("Racks at risk", "number"),
    Column("kW at risk", "number"), Column("Cannot tell"),
)  # fmt: skip
ORDERS = (
    Column("Plant"), Column("Priority", "count"), Column("Work order"), Column("Product"),
    Column("Line"), Column("Due", "instant"), Column("Open racks", "count"),
    Column("Buildable now", "count"), Column("Now, shared evenly", "count"), Column("By date"),
    Column("All by", "date"), Column("Racks late", "count"), Column("Blocked by"),
    Column("Best action"), Column("Cannot tell"),
)  # fmt: skip
SCREWS = (Column("Plant"), Column("Part"), Column("Name"), Column("Racks unlocked", "count"))
MOVES = (
    Column("Part"), Column("Name"), Column("From"), Column("To"), Column("Quantity", "number"),
    Column("Days by truck", "number"), Column("Racks saved", "number"), Column("Why"),
)  # fmt: skip

FAULTS = (Column("Plant"), Column("Kind"), Column("Of"), Column("What is missing"))


def shortages_report(
    asked: Asked,
    fields: Fields,
    chosen: Sequence[Site],
    moves: Sequence[MoveShape],
    faults: Sequence[tuple[str, FindingShape]],
) -> Report:
    """What the page shows for a state, without its limits on rows; `faults` by plant's name."""
    state, offered = asked.state, choices(chosen)
    days = horizon(chosen, int(state["days"])) if chosen else []
    found = rows(chosen, state, asked.now)
    if state["show"] == "short":
        found = [row for row in found if row.stops_within(len(days))]
    home = chosen[0].plant if len(chosen) == 1 else None
    names = {"plant": {plant["code"]: plant["name"] for plant in asked.plants}}
    return Report(
        title="Shortages",
        as_of_at=min((site.outlook["as_of_at"] for site in chosen), default=None),
        zone=home["zone"] if home else "UTC",
        zone_label=home["zone_label"] if home else "UTC",
        filters=[
            (it.label, names.get(it.name, {}).get(state[it.name])
             or label(it, state[it.name], offered.get(it.name, ())))
            for it in fields
        ],
        definitions=DEFINITIONS,
        tables=[
            Table("Parts", [*PARTS, *(Column(f"Balance {day}", "number") for day in days)],
                  [_part(row, days) for row in found]),
            Table("Line stops", STOPS, _stops(asked, chosen)),
            Table("Work orders", ORDERS, [_order(site, build, state["case"]) for site in chosen
                                          for build in site.outlook["builds"]]),
            Table("Golden screws", SCREWS, [
                [site.plant["name"], it["part"], it["name"], it["racks_unlocked"]]
                for site in chosen for it in site.outlook["golden_screws"]]),
            Table("Moves", MOVES, [_move(move, names["plant"]) for move in moves]),
            Table("Faults in the data", FAULTS, [_fault(plant, one) for plant, one in faults]),
        ],
        plant=state["plant"],
        span=(days[0], days[-1]) if days else (),
    )  # fmt: skip


def _part(row: Row, days: Sequence[str]) -> list[object]:
    part, future = row.part, row.future
    risk = (future["racks_at_risk"], future["kw_at_risk"]) if row.stop_at else (0.0, 0.0)
    balances = dict(zip(row.site.outlook["days"], future["balances"], strict=True))
    return [
        row.plant["name"], part["part"], part["name"], part["commodity"], ", ".join(part["lines"]),
        part["unit"], row.level, part["available_qty"],
        part["used_qty"], part.get("kept_qty"), part["need_per_day"], part["cover_days"],
        part["safety_qty"], row.stop_at, future["stops_at"], future["covered_at"], *risk,
        row.sentence, *(balances.get(day) for day in days),
    ]  # fmt: skip


def _stops(asked: Asked, chosen: Sequence[Site]) -> list[list[object]]:
    found: list[list[object]] = []
    for site, stop in line_stops(chosen, asked.state):
        first, second = stop["first"], stop["second"]
        found.append([
            site.plant["name"], stop["name"] or stop["line"], first and first["stops_at"],
            first and (first["name"] or first["part"]),
            second and (second["name"] or second["part"]), second and second["stops_at"],
            stop["racks_at_risk"], stop["kw_at_risk"], stop["cannot_tell"],
        ])  # fmt: skip
    return found


def _order(site: Site, build: BuildOutlookShape, case: str) -> list[object]:
    told = build["cases"][case]
    counts = (build["buildable_now"], build["fair_share_now"], told["racks_late"])
    now, fair, late = (None if build["cannot_tell"] else count for count in counts)
    by = ", ".join(f"{racks} by {day}" for day, racks in told["buildable_by"])
    return [
        site.plant["name"], build["priority"], build["build"], build["product"], build["line"],
        build["due_at"], build["open_count"], now, fair, by, told["complete_on"], late,
        ", ".join(build["blockers"]), told["best_action"], build["cannot_tell"],
    ]  # fmt: skip


def _move(move: MoveShape, plants: Mapping[str, str]) -> list[object]:
    ends = [plants.get(code, code) for code in (move["from_plant"], move["to_plant"])]
    return [
        move["part"], move["name"], *ends, move["qty"], move["transport_days"],
        move["racks_saved"], move["sentence"],
    ]  # fmt: skip


def _fault(plant: str, one: FindingShape) -> list[object]:
    return [plant, one["kind"].replace("_", " "), one["subject"], one["sentence"]]
