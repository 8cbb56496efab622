"""What becomes of builds after now, in each case: as receipts arrive, and what would help them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from db.domain.material.bom import Bill
from db.domain.material.facts import Facts
from db.domain.material.ground import Ground
from db.domain.material.line_stops import ARRIVES
from db.domain.material.plan import Series
from db.domain.material.results import CASES, BuildCase, Case, CaseName, PartOutlook
from db.domain.material.sentences import told_case
from db.domain.material.serving import Job, serve

Growth = list[tuple[date, int]]
"""Racks of one build in all by each day on which their number grows."""


def build_cases(
    ground: Ground,
    shelf: Mapping[str, int],
    jobs: Sequence[Job],
    shelves: Series,
    parts: Mapping[str, PartOutlook],
) -> list[dict[CaseName, BuildCase]]:
    """What becomes of every job, served from the shelves as they are now, in every case."""
    by_case = {case: _by_day(ground, shelf, jobs, shelves, ARRIVES[case]) for case in CASES}
    return [
        {case: _told(ground.facts, job, by_case[case][place], case, parts) for case in CASES}
        for place, job in enumerate(jobs)
    ]


def _by_day(
    ground: Ground, shelf: Mapping[str, int], served: Sequence[Job], shelves: Series, when: str
) -> list[Growth]:
    """Each job's racks on every day on which their number grows, as receipts arrive.

    `when` names the instant at which a receipt can be used; "": nothing comes.
    """
    jobs = [job.copy() for job in served]
    come = _arrivals(ground, shelf, when)
    growth: list[Growth] = [[] for _ in jobs]
    lacking = dict(ground.floor.lacking)
    for day in sorted(come):
        shelves = shelves.copy()
        for part, qty in come[day].items():
            owed = min(qty, lacking.get(part, 0.0))
            lacking[part] = lacking.get(part, 0.0) - owed
            shelves[shelf[part]] += qty - owed
        _relieve(jobs, come[day], ground.bill)
        before = [job.count for job in jobs]
        shelves = serve(jobs, shelves, fresh=False)
        for place, job in enumerate(jobs):
            if job.count > before[place]:
                growth[place].append((day, job.count))
    return growth


def _arrivals(ground: Ground, shelf: Mapping[str, int], when: str) -> dict[date, dict[str, float]]:
    """What comes within the horizon, by day and part."""
    facts = ground.facts
    come: dict[date, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for part in shelf if when else ():
        for receipt in ground.supply[part].counted if part in ground.supply else ():
            at = getattr(receipt, when)
            if at is not None and at < facts.day_edges[-1]:
                come[day_of(facts, at)][part] += receipt.open_qty
    return come


def _relieve(jobs: Iterable[Job], come: Mapping[str, float], bill: Bill) -> None:
    """Strike what may have been relieved off the lists of what jobs wait for.

    Relief of a part is the part itself, one it shares alternates with, or something made of those.
    """
    kin = kin_of(bill)
    relieved = {
        part
        for part in {part for job in jobs for part in job.waits_for}
        if not all(kin.get(part, {part}).isdisjoint(bill.reach(other)) for other in come)
    }
    for job in jobs:
        job.waits_for -= relieved


def kin_of(bill: Bill) -> dict[str, set[str]]:
    """Parts bound together by alternates they share: plenty of one may help another."""
    kin: dict[str, set[str]] = {}
    for part, spares in bill.spares.items():
        names = {part, *(spare.part for spare in spares)}
        whole = names.union(*(kin.get(name, set()) for name in names))
        kin.update(dict.fromkeys(whole, whole))
    return kin


def day_of(facts: Facts, at: datetime | None) -> date:
    """The business date of an instant, kept within the horizon; today when there is none."""
    if at is None:
        return facts.today
    place = min(bisect_right(facts.day_edges, at), len(facts.days)) - 1
    return max(facts.today, facts.days[max(place, 0)])


def _told(
    facts: Facts, job: Job, growth: Growth, case: CaseName, parts: Mapping[str, PartOutlook]
) -> BuildCase:
    """One build in one case."""
    build = job.build
    steps = [(facts.today, job.count), *growth]
    late = 0
    if build.due_at is not None:
        due_on = day_of(facts, build.due_at)
        done = max(count for day, count in steps if day <= due_on)
        late = build.open_count - (done if build.due_at >= facts.at else 0)
    return BuildCase(
        tuple(growth),
        next((day for day, count in steps if count >= build.open_count), None),
        late,
        _best_action(job, case, parts),
    )


def _best_action(job: Job, case: CaseName, parts: Mapping[str, PartOutlook]) -> str:
    """What would help a build most: something about the first part it lacks.

    Of a part that runs out, the receipt that its sentence names in the case.
    """
    blockers = sorted(job.waits_for)
    if not blockers:
        return ""
    one = parts.get(blockers[0])
    name = (one and one.name) or blockers[0]
    if one is None or not one.receipts:
        return f"order {name}: nothing is on its way"
    lifting = _lifting(one, case)
    counted = [it for it in one.receipts if it.counts]
    chosen = [it for it in counted if lifting is None or it.key == lifting.receipt]
    if chosen:
        which = f"receipt {chosen[0].order_no or chosen[0].key} of {name}"
        return f"make sure of {which}" if case == "none" else f"pull in {which}"
    left_out = [it for it in one.receipts if not it.counts]
    if left_out:
        which = f"receipt {left_out[0].order_no or left_out[0].key} of {name}"
        return f"get a firm date for {which} ({left_out[0].why_not})"
    return f"order more of {name}: no receipt that counts comes after it runs out"


def _lifting(one: PartOutlook, case: CaseName) -> Case | None:
    """The case whose receipt would lift a part's stop; None: any that counts would help."""
    if case == "promised":
        return told_case(one)
    return one.cases[case] if case == "late" and one.cases[case].stops_at else None
