"""Canned material outlooks of three plants: believable, with a shortage that comes first."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.material import Material
from db.clock import utc_now
from db.queries.outlook_shapes import CASES
from tests.dashboard.fakes import iso

DAYS = 28
LATE_DAYS = 4
RISK_RACKS = 0.25
JUST_READ = {"used_qty": 0.0, "read_at": None}
WHEN = ("if promises hold", "if suppliers are late as usual", "if nothing arrives")


def receipt(part: str, day: int, qty: float, **changes: Any) -> dict[str, Any]:
    """A promised order line, usable on the day so many days from today."""
    at = _noon() + timedelta(days=day)
    return {
        "key": f"po:{part}:{day}",
        "order_no": f"45002{day:02}{part[:2]}",
        "part": part,
        "supplier": "NORTHWIRE",
        "origin_country": "US",
        "open_qty": qty,
        "unit": "EA",
        "need_on": None,
        "first_promised_on": at.date().isoformat(),
        "promised_on": at.date().isoformat(),
        "usable_at": iso(at),
        "late_usable_at": iso(at + timedelta(days=LATE_DAYS)),
        "promise_count": 1,
        "counts": True,
        "why_not": "",
    } | changes


def part(
    number: str,
    name: str,
    on_hand: float,
    daily: float,
    arrivals: dict[int, float] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A part with `on_hand` pieces, `daily` used a day (half on weekends), `arrivals` by day."""
    coming = arrivals or {}
    needs = [daily * (0.5 if _day(n).weekday() >= 5 else 1.0) for n in range(DAYS)]
    late = {day + LATE_DAYS: qty for day, qty in coming.items()}
    cases = {
        case: _told(name, when, _case(on_hand, needs, supply))
        for case, when, supply in zip(CASES, WHEN, (coming, late, {}), strict=True)
    }
    stop = cases["promised"]["stops_at"]
    return {
        "part": number,
        "name": name,
        "commodity": "Mechanical",
        "unit": "EA",
        "lines": ["L1", "L2"],
        "products": ["RK72-A"],
        "level": _level(stop),
        "available_qty": on_hand,
        "allocated_qty": 0.0,
        "held": {},
        "safety_qty": None,
        "is_below_safety": False,
        "lead_time_days": 30,
        "need_per_day": daily,
        "cover_days": on_hand / daily if daily else None,
        "surplus_qty": max(0.0, min(cases["promised"]["balances"])),
        "needs": needs,
        "arrivals": [coming.get(n, 0.0) for n in range(DAYS)],
        "cases": cases,
        "yield_extra_ratio": 0.012,
        "yield_hours": 1.5,
        "alternates": [],
        "receipts": [receipt(number, day, qty) for day, qty in coming.items()],
        "suppliers": [{"code": "NORTHWIRE", "ratio": 1.0}],
        "countries": [{"code": "US", "ratio": 1.0}],
        "hhi": 1.0,
        "risks": ["single_source"],
        "on_time_first": (7, 10),
        "on_time_last": (9, 10),
        "sentence": f"{name} runs out {stop[:16]}: {on_hand:,.0f} on hand." if stop else "",
        **JUST_READ,
    } | changes


def _told(name: str, when: str, case: dict[str, Any]) -> dict[str, Any]:
    stop = case["stops_at"]
    return case | {"sentence": f"{name} runs out {stop[:16]} {when}." if stop else ""}


def _level(stop: str | None) -> str:
    hours = (datetime.fromisoformat(stop) - utc_now()).total_seconds() / 3600 if stop else 99
    return "normal" if hours >= 12 else "red" if hours < 4 else "amber"


def _case(on_hand: float, needs: list[float], supply: dict[int, float]) -> dict[str, Any]:
    balance, balances, stop = on_hand, [], None
    for day, need in enumerate(needs):
        before = balance + supply.get(day, 0.0)
        balance = before - need
        balances.append(balance)
        if stop is None and balance < 0:
            begin = _start() + timedelta(days=day)
            left = (begin + timedelta(days=1) - max(begin, utc_now())) * (max(0.0, before) / need)
            stop = max(begin, utc_now()) + left
    short = max(0.0, -min(balances))
    return {
        "stops_at": iso(stop) if stop else None,
        "covered_at": None,
        "racks_at_risk": round(short * RISK_RACKS / 10),
        "kw_at_risk": round(short * RISK_RACKS / 10) * 132.0,
        "receipt": None,
        "hours_earlier": 12.0 if stop else None,
        "balances": balances,
    }


def line_stops(parts: list[dict[str, Any]], line: str) -> list[dict[str, Any]]:
    """What stops `line` first and second in each case."""
    return [_line_stop(parts, line, case) for case in CASES]


def _line_stop(parts: list[dict[str, Any]], line: str, case: str) -> dict[str, Any]:
    stopping = [it for it in parts if it["cases"][case]["stops_at"] and line in it["lines"]]
    stopping.sort(key=lambda it: it["cases"][case]["stops_at"])
    blockers = [
        {"part": it["part"], "name": it["name"], "stops_at": it["cases"][case]["stops_at"],
         "sentence": it["sentence"]} for it in stopping
    ]  # fmt: skip
    first = stopping[0]["cases"][case] if stopping else None
    return {
        "line": line,
        "name": f"Line {line}",
        "case": case,
        "first": blockers[0] if blockers else None,
        "second": blockers[1] if len(blockers) > 1 else None,
        "covered_at": None,
        "racks_at_risk": first["racks_at_risk"] if first else 0.0,
        "kw_at_risk": first["kw_at_risk"] if first else 0.0,
        "cannot_tell": "",
    }


def build(number: int, blockers: list[str], late: int, **changes: Any) -> dict[str, Any]:
    """An open order for ten racks, of which `late` miss the due date."""
    return {
        "build": f"WO-{48200 + number}",
        "product": "RK72-A",
        "line": "L1",
        "kind": "firm",
        "priority": number,
        "due_at": iso(_noon() + timedelta(days=number)),
        "open_count": 10,
        "buildable_now": 10 - late,
        "fair_share_now": 10 - late,
        "blockers": blockers,
        "cases": dict.fromkeys(CASES, build_case(late)),
        "cannot_tell": "",
    } | changes


def build_case(late: int, **changes: Any) -> dict[str, Any]:
    """What becomes of an order for ten racks, of which `late` miss the due date."""
    return {
        "buildable_by": [(_day(1).isoformat(), 10 - late)],
        "complete_on": None,
        "racks_late": late,
        "best_action": "Move 600 from Houston" if late else "",
    } | changes


def outlook(plant: str, parts: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """The outlook of a plant with two lines."""
    ranked = sorted(parts, key=lambda it: (it["cases"]["promised"]["stops_at"] or "9", it["part"]))
    return {
        "plant": plant,
        "as_of_at": iso(utc_now() - timedelta(seconds=20)),
        "days": [_day(n).isoformat() for n in range(DAYS)],
        "day_edges": [iso(_start() + timedelta(days=n)) for n in range(DAYS + 1)],
        "formula_version": "1",
        "late_quantile": 0.8,
        "is_yield_measured": True,
        "parts": ranked,
        "line_stops": line_stops(parts, "L1") + line_stops(parts, "L2"),
        "builds": [],
        "golden_screws": [],
        "findings": [],
        "plan_until_at": iso(_noon() + timedelta(days=DAYS)),
    } | changes


def outlooks() -> list[dict[str, Any]]:
    """Mount Pleasant short of many parts, Lordstown of none, Houston of one."""
    mp = [
        part("410-2231", "Busbar clip 48 V", 20, 380, {4: 300},
             sentence="Busbar clip 48 V stops L1 today: 20 on hand, 380 a day; order 45002044 "
                      "brings 300 on the fourth day, four days too late."),
        part("720-8801", "QSFP-DD 800G AOC 3 m", 470, 1400, {3: 1300}, lines=["L1"],
             commodity="Optics"),
        part("655-1200", "Cold plate kit B", 615, 300, {4: 900, 8: 300}, commodity="Cooling"),
        part("655-3310", "CDU manifold hose", 376, 410, {5: 1600}, commodity="Cooling"),
        part("100-0512", "Torx M5×12 screw", 48000, 15600, {5: 120000}, safety_qty=60000.0,
             is_below_safety=True),
        part("330-1001", "Blank panel 1U", 2600, 900, {6: 6000}),
        part("720-5516", "Fiber MPO-16 5 m", 3100, 900, commodity="Optics"),
        part("310-2100", "Rail kit 21 in", 588, 150, {9: 800}),
        part("655-4471", "Liquid QD coupling", 9300, 1300, {7: 15000}, commodity="Cooling"),
        part("700-7680", "NVMe E1.S 7.68 TB", 51000, 500, commodity="Storage"),
    ]  # fmt: skip
    oh = [
        part("700-7680", "NVMe E1.S 7.68 TB", 26000, 500),
        part("310-2100", "Rail kit 21 in", 9000, 90),
    ]
    tx = [part("655-1200", "Cold plate kit B", 1500, 310, {20: 900}, commodity="Cooling"),
          part("410-2231", "Busbar clip 48 V", 22000, 400)]  # fmt: skip
    screws = [{"part": "410-2231", "name": "Busbar clip 48 V", "racks_unlocked": 12}]
    builds = [
        build(1, ["410-2231"], 10),
        build(3, ["720-8801", "410-2231"], 6),
        build(4, ["655-1200"], 5),
        build(9, [], 0),
    ]
    finding = {"kind": "no_bom", "subject": "RK72-B", "sentence": "RK72-B is planned on L2 but has "
               "no bill of material: nothing can be said about its parts."}  # fmt: skip
    stops = line_stops(mp, "L1") + [
        it
        | {"first": None, "second": None, "racks_at_risk": 0.0, "cannot_tell": "no BOM for RK72-B"}
        for it in line_stops(mp, "L2")
    ]
    return [
        outlook(
            "mp", mp, builds=builds, golden_screws=screws, findings=[finding], line_stops=stops
        ),
        outlook("oh", oh),
        outlook("tx", tx, builds=[build(6, ["655-1200"], 2)]),
    ]


def move(**changes: Any) -> dict[str, Any]:
    """Clips that Houston can spare."""
    return {
        "part": "410-2231",
        "name": "Busbar clip 48 V",
        "from_plant": "tx",
        "to_plant": "mp",
        "qty": 600.0,
        "transport_days": 1.0,
        "arrives_at": iso(_noon() + timedelta(days=1)),
        "racks_saved": 12.0,
        "stops_at": iso(_noon() + timedelta(days=2)),
        "sentence": "Houston can spare 600 Busbar clip 48 V; by truck they arrive in 1 day.",
    } | changes


def material() -> Material:
    """The outlooks of all three plants and a move between them."""
    held: list[Any] = [
        {
            "plant": one["plant"],
            "computed_at": one["as_of_at"],
            "load_id": 1,
            "formula_version": "1",
            "error": "",
            "error_at": None,
            "outlook": one,
        }
        for one in outlooks()
    ]
    moved: list[Any] = [move()]
    return Material(held, moved, [])


def detail(number: str = "410-2231") -> dict[str, Any]:
    """The part at each plant that knows it, with one row of everything."""
    at = [
        _at_plant(one["plant"], own)
        for one in outlooks()
        for own in one["parts"]
        if own["part"] == number
    ]
    return {
        "part": number,
        "name": at[0]["outlook"]["name"] if at else number,
        "commodity": "Mechanical",
        "unit": "EA",
        "read_at": iso(utc_now()),
        "plants": at,
        "moves": [move()] if number == "410-2231" else [],
    }


def _at_plant(plant: str, own: dict[str, Any]) -> dict[str, Any]:
    now = utc_now()
    row = {"source": f"{plant}.stock", "source_key": "A-01|clip", "changed_at": iso(now),
           "says": {"qty": 20.0, "lot": None}}  # fmt: skip
    hours = range(DAYS * 24 + 1)
    needs = [own["needs"][min(hour // 24, DAYS - 1)] / 24 for hour in hours]
    paths = {case: _hourly(own, case, needs) for case in CASES}
    return {
        "plant": plant,
        "plant_name": {"mp": "Mount Pleasant", "oh": "Lordstown", "tx": "Houston"}[plant],
        "zone": "America/Chicago",
        "as_of_at": iso(now - timedelta(seconds=20)),
        "outlook": own,
        "alternates": [{"part": "410-2232", "name": "Busbar clip B", "rank": 1,
                        "available_qty": 90.0, "lasts_until_at": iso(now + timedelta(hours=9))}],
        "hourly": {"at": [iso(now + timedelta(hours=hour)) for hour in hours], "balances": paths,
                   "needs": needs, "arrivals": [0.0 for _ in hours]},
        "pegging": [{"on": _day(0).isoformat(), "need_qty": 380.0, "from_stock_qty": 20.0,
                     "from_receipts": [], "uncovered_qty": 360.0}],
        "promises": [{"key": "k", "order_no": "4500204", "supplier": "NORTHWIRE",
                      "said_at": iso(now - timedelta(days=3)), "promised_on": _day(4).isoformat(),
                      "ordered_qty": 300.0, "received_qty": 0.0, "is_confirmed": True,
                      "status": "open"}],
        "lots": [{"location": "A-01", "lot": "26-4471", "status": "unrestricted", "qty": 20.0,
                  "allocated_qty": 0.0, "unit": "EA", "as_of_at": iso(now), "supplier": "NORTHWIRE",
                  "origin_country": "US", "received_at": iso(now), "date_code": "2640",
                  "row": row}],
        "where_used": [{"path": ["TRAY-A", "RK72-A"], "product": "RK72-A", "per_qty": 4.0,
                        "each_qty": 72.8, "unit": "EA", "operation": "20", "alternate_of": "",
                        "is_effective": True, "valid_from_on": None, "valid_to_on": None,
                        "serial_from": None, "serial_to": None, "row": row}],
        "suppliers": [{"supplier": "NORTHWIRE", "country": "US", "open_qty": 300.0,
                       "received_qty": 9000.0, "open_count": 1, "on_time_first": (7, 10),
                       "on_time_last": (9, 10), "late_days": (2, 1)}],
        "receipt_rows": [row],
        "plan_rows": [row],
        "assembly_rows": [("Assembly's stock", row)],
        "part_row": row,
        "is_made": False,
    }  # fmt: skip


def _hourly(own: dict[str, Any], case: str, needs: list[float]) -> list[float]:
    balances = own["cases"][case]["balances"]
    return [
        balances[min(hour // 24, DAYS - 1)] + need * (23 - hour % 24)
        for hour, need in enumerate(needs)
    ]


def _start() -> datetime:
    return datetime.combine(utc_now().date(), datetime.min.time(), UTC)


def _noon() -> datetime:
    return _start() + timedelta(hours=18)


def _day(n: int) -> Any:
    return (utc_now() + timedelta(days=n)).date()
