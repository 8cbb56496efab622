"""Serving builds from the shelves: whole racks, everything set aside or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from db.domain.material.facts import OpenBuild
from db.domain.material.plan import Series
from db.domain.material.recipes import Recipe, Taken, most, take


@dataclass(slots=True)
class Job:
    """A build as it is being served. `chunks`: (racks, recipe) in the order of serial numbers."""

    build: OpenBuild
    chunks: list[tuple[int, Recipe]]
    reserved: Series | None
    count: int = 0
    waits_for: set[str] = field(default_factory=set)

    @property
    def left(self) -> int:
        """Racks still to be set aside for."""
        return sum(count for count, _ in self.chunks)

    def copy(self) -> "Job":
        """The same job, to be served apart."""
        return Job(self.build, list(self.chunks), self.reserved, self.count, set(self.waits_for))


@dataclass(slots=True)
class Now:
    """What serving everybody from the shelves showed: the shelves before each job, and events.

    `events` are the first places at which just these parts were short together, or at which one had
    its alternates used; only there can plenty of one part change anything.
    """

    before: list[Series] = field(default_factory=list)
    events: dict[tuple[str, ...], int] = field(default_factory=dict)
    blockers: list[tuple[str, ...]] = field(default_factory=list)


def serve(
    jobs: Sequence[Job], shelves: Series, seen: Now | None = None, *, fresh: bool = True
) -> Series:
    """Set aside as many racks as can be, job by job; returns the shelves afterwards.

    `fresh` False: jobs known to lack something are passed over.
    """
    blocked: dict[int, tuple[str, ...]] = {}
    for place, job in enumerate(jobs):
        if seen is not None:
            seen.before.append(shelves)
        if job.chunks and (fresh or not job.waits_for):
            shelves = _serve_one(job, shelves, blocked, seen, place)
        if seen is not None:
            seen.blockers.append(tuple(sorted(job.waits_for)))
    return shelves


def _serve_one(
    job: Job,
    shelves: Series,
    blocked: dict[int, tuple[str, ...]],
    seen: Now | None,
    place: int,
) -> Series:
    while job.chunks:
        wanted, recipe = job.chunks[0]
        if job.reserved is None and id(recipe) in blocked:
            job.waits_for = set(blocked[id(recipe)])
            return shelves
        own = job.reserved
        count, taken = most(recipe, wanted, shelves if own is None else shelves + own)
        if seen is not None:
            _note(seen, place, taken)
        if count:
            shelves = _settle(job, shelves, taken)
            job.count += count
        if count < wanted:
            job.chunks[0] = wanted - count, recipe
            job.waits_for = set(taken.short)
            if job.reserved is None:
                blocked[id(recipe)] = taken.short
            return shelves
        job.chunks.pop(0)
    job.waits_for = set()
    return shelves


def _settle(job: Job, shelves: Series, taken: Taken) -> Series:
    """The shelves after a job took what it was given; its own reserve goes first."""
    if job.reserved is None:
        return taken.shelves
    used = shelves + job.reserved - taken.shelves
    left = np.maximum(0.0, job.reserved - used)
    after: Series = shelves - np.maximum(0.0, used - job.reserved)
    job.reserved = left
    return after


def _note(seen: Now, place: int, taken: Taken) -> None:
    for parts in (taken.short, *((part,) for part in taken.substituted)):
        seen.events.setdefault(parts, place)


def fair_share(served: Sequence[Job], shelves: Series, *, is_windowed: bool) -> list[int]:
    """Racks of each job when everybody in turn is given one rack, for as long as there is any.

    Whole rounds are given at once while primary parts last, which comes to the same.
    """
    jobs = [job.copy() for job in served]
    active = list(jobs)
    while active:
        rounds, shelves = _rounds(active, shelves, is_windowed)
        for job in active if rounds else ():
            _advance(job, rounds)
        active, shelves = _one_each([job for job in active if job.chunks], shelves)
    return [job.count for job in jobs]


def _one_each(active: Sequence[Job], shelves: Series) -> tuple[list[Job], Series]:
    """Give every job one rack in turn; returns those that may have another."""
    blocked: set[int] = set()
    still = []
    for job in active:
        recipe, own = job.chunks[0][1], job.reserved
        if own is None and id(recipe) in blocked:
            continue
        taken = take(recipe, 1, shelves if own is None else shelves + own)
        if taken.short:
            blocked |= {id(recipe)} if own is None else set()
            continue
        shelves = _settle(job, shelves, taken)
        _advance(job, 1)
        if job.chunks:
            still.append(job)
    return still, shelves


def _advance(job: Job, count: int) -> None:
    wanted, recipe = job.chunks[0]
    job.count += count
    job.chunks[0] = wanted - count, recipe
    if wanted == count:
        job.chunks.pop(0)


def _rounds(active: Sequence[Job], shelves: Series, is_windowed: bool) -> tuple[int, Series]:
    """The most whole rounds that every active job can be given, and the shelves then."""
    if any(job.reserved is not None for job in active) or not active:
        return 0, shelves
    asked: dict[int, tuple[int, Recipe]] = {}
    for job in active:
        recipe = job.chunks[0][1]
        asked[id(recipe)] = asked.get(id(recipe), (0, recipe))[0] + 1, recipe
    low, high, good = 0, min(job.chunks[0][0] for job in active) + 1, shelves
    while high - low > 1:
        middle = (low + high) // 2
        left: Series | None = shelves
        for count, recipe in asked.values():
            taken = take(recipe, count * middle, shelves if left is None else left)
            is_plain = not (taken.short or taken.substituted or taken.is_made_used * is_windowed)
            left = taken.shelves if is_plain else None
            if left is None:
                break
        if left is None:
            high = middle
        else:
            low, good = middle, left
    return low, good
