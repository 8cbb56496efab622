"""Three plants' material from the store to the page: facts, outlooks, outlooks stored, page.

The store reads four weeks ahead, so the plans are cut there; parts, builds and levels are those of
the calculation's own figure.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import Engine, insert
from sqlmodel import Session

from dashboard.desk import drawn
from dashboard.pages import shortages
from dashboard.read import StoreRead
from db.clock import frozen
from db.domain.material.facts import Facts
from db.engine import make_engine
from db.ingest.outlook import store_outlook
from db.models import (
    BomLine,
    Build,
    Line,
    Operation,
    Part,
    PlanHour,
    Plant,
    Product,
    Receipt,
    ShiftInstance,
    StockPosition,
)
from db.queries.material import HORIZON_DAYS, build_facts
from db.queries.outlook import outlook_shape
from db.queries.scope import EVERY_PLANT
from db.queries.store import open_store
from tests.bench.figures import Figure, Goal
from tests.bench.stores import DATABASES, stores

TRIES = 3
CODES = ("mp", "oh", "tx")
GOAL = Goal("<=", 3)
"""2 s for three outlooks of this size and 1 s for the page's first content."""
Row = dict[str, Any]


def measure_stored(made: Callable[[int], Facts]) -> Iterator[Figure]:
    """CPU seconds of each step on both databases; `made` gives a plant's facts by its number."""
    for database in DATABASES:
        with stores(database) as found:
            url = found.new_url()
            engine = make_engine(url)
            for number, code in enumerate(CODES):
                _fill(engine, code, number, made(number))
            yield from _steps(database, engine, url, made(0).at)
            engine.dispose()


def _steps(database: str, engine: Engine, url: str, at: datetime) -> Iterator[Figure]:
    spent: dict[str, list[float]] = {}

    def timed(step: str, work: Callable[..., Any], *given: Any) -> Any:
        begun = time.process_time()
        result = work(*given)
        spent.setdefault(step, []).append(time.process_time() - begun)
        return result

    size = 0
    with frozen(at):
        for _ in range(TRIES):
            facts = timed("facts read", _facts, engine, at)
            shapes = timed("outlooks computed", list, map(outlook_shape, facts))
            timed("outlooks stored", _store, engine, at, shapes)
            size = timed("page /shortages drawn", _page, url)
    best = {step: min(times) for step, times in spent.items()}
    for step, seconds in best.items():
        yield Figure(database, f"3 plants: {step}", seconds, unit="s")
    told = f"our CPU; page {size / 1e6:.1f} MB before compression"
    total = sum(best.values())
    yield Figure(database, "3 plants: facts to page, in all", total, GOAL, "s", told)


def _facts(engine: Engine, at: datetime) -> list[Facts]:
    with Session(engine) as session:
        return [build_facts(session, code, at) for code in CODES]


def _store(engine: Engine, at: datetime, shapes: Sequence[Any]) -> None:
    for shape in shapes:
        payload = json.dumps(shape, separators=(",", ":"), ensure_ascii=False)
        store_outlook(
            engine,
            shape["plant"],
            as_of_at=at,
            load_id=1,
            formula_version=shape["formula_version"],
            payload=payload,
        )


def _page(url: str) -> int:
    """Length of the page as it is sent, by a server that has not seen these outlooks yet."""
    store = open_store(url)
    read = StoreRead(store, url)
    page = asyncio.run(drawn(shortages.DESK, read, EVERY_PLANT, "", names={}, theme="dark"))
    store.close()
    return len(json.dumps(page.content, cls=PlotlyJSONEncoder))


def _fill(engine: Engine, code: str, number: int, facts: Facts) -> None:
    keys = count()
    sourced = {"plant": code, "content_hash": 0, "changed_at": facts.at, "load_id": 1,
               "ingested_at": facts.at}  # fmt: skip

    def of(feed: str, **values: Any) -> Row:
        return {**sourced, "source": f"{code}.{feed}", "source_key": str(next(keys)), **values}

    tables = {**_home(code, number, facts), **_wanted(facts, of), **_held(facts, of)}
    with engine.begin() as connection:
        for model, rows in tables.items():
            if rows and not (model is Product and number):
                connection.execute(insert(model), rows)


def _home(code: str, number: int, facts: Facts) -> dict[Any, list[Row]]:
    place = {"city": "Somewhere", "state": "WI", "zone": "America/Chicago", "zone_label": "CT"}
    work = [span for span in facts.working if span[0] < facts.day_edges[HORIZON_DAYS]]
    lines = [{"plant": code, "code": line, "name": line, "kind": "rack"} for line in ("L1", "L2")]
    return {
        Plant: [{"code": code, "name": code, "position": number, **place}],
        Line: lines,
        Operation: [{"plant": code, "code": "FINAL", "name": "Final", "level": "L11",
                     "kind": "inspect", "position": 1, "is_output": True}],
        Product: [{"code": product, "revision": "A", "name": product, "kw_nameplate": kw,
                   "valid_from_on": facts.today} for product, kw in facts.kw.items()],
        ShiftInstance: [
            {"plant": code, "business_on": start.date(), "shift": str(n % 2), "name": "Shift",
             "start_at": start, "end_at": end, "breaks": "[]",
             "planned_minutes": int((end - start).total_seconds() / 60)}
            for n, (start, end) in enumerate(work)
        ],
    }  # fmt: skip


def _wanted(facts: Facts, of: Callable[..., Row]) -> dict[Any, list[Row]]:
    last = facts.day_edges[HORIZON_DAYS]
    return {
        PlanHour: [
            of("plan_hour", line=hour.line, product=hour.product, hour_at=hour.hour_at,
               planned_qty=Decimal(str(hour.qty)), occurred_at=hour.hour_at, time_quality="exact",
               month=hour.hour_at.year * 100 + hour.hour_at.month, shift="D",
               business_on=hour.hour_at.date())
            for hour in facts.plan if hour.hour_at < last
        ],
        Build: [
            of("build", build=one.build, product=one.product, line="L1", kind="firm",
               ordered_count=one.open_count, priority=one.priority, status="released",
               due_at=one.due_at, scheduled_start_at=one.scheduled_start_at)
            for one in facts.builds
        ],
        BomLine: [
            of("bom", parent=item.parent, line_no=str(n), part=item.part,
               per_qty=Decimal(str(item.per_qty)), scrap_ratio=Decimal(str(item.scrap_ratio)),
               alternate_of=item.alternate_of, alternate_rank=item.alternate_rank)
            for n, item in enumerate(facts.bom)
        ],
    }  # fmt: skip


def _held(facts: Facts, of: Callable[..., Row]) -> dict[Any, list[Row]]:
    came = [
        of("receipt", order_no="OLD", part=one.part, supplier=one.supplier, status="received",
           ordered_qty=Decimal(5), received_qty=Decimal(5), promised_on=one.last_promised_on,
           first_promised_on=one.first_promised_on, is_confirmed=True, promise_count=1,
           received_on=one.received_on)
        for one in facts.deliveries
    ]  # fmt: skip
    return {
        Part: [of("part", part=one.part, name=one.name, unit=one.unit,
                  lead_time_days=one.lead_time_days) for one in facts.parts],
        StockPosition: [of("stock", location="A", part=one.part, status=one.status,
                           qty=Decimal(str(one.qty)), as_of_at=facts.at) for one in facts.stock],
        Receipt: came + [
            of("receipt", order_no=one.key, part=one.part, supplier=one.supplier, status="open",
               ordered_qty=Decimal(str(one.open_qty)), received_qty=Decimal(0),
               promised_on=one.promised_on, is_confirmed=one.is_confirmed, received_on=None,
               first_promised_on=one.promised_on, promise_count=1)
            for one in facts.promises
        ],
    }  # fmt: skip
