"""How old the data behind each block is, and how far history loading has come."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from db.domain.freshness import Feeding, source_state, worst_of
from db.models import MaterialOutlook, Source
from db.queries.plants import iso_or_none
from db.queries.shapes import BackfillShape, FreshShape

FEEDS_OF_BLOCK = {
    "score": ("unit_step", "plan_hour"),
    "stations": ("station_state",),
    "stops": ("stock", "receipt", "bom", "plan_hour"),
    "first_pass": ("test_run",),
}
"""Which feeds each block of the wall is made of."""
OUTLOOK_LAG = timedelta(hours=2)


def sources_of(session: Session, plant: str) -> list[Source]:
    """The plant's enabled sources."""
    rows = session.exec(
        select(Source).where(Source.plant == plant, col(Source.is_enabled)).order_by(Source.code)
    )
    return list(rows)


def freshness(sources: Sequence[Source], at: datetime) -> dict[str, FreshShape]:
    """By block, and for the page: the state of the worst source that feeds it."""
    everything = tuple(sorted({feed for feeds in FEEDS_OF_BLOCK.values() for feed in feeds}))
    blocks = {"page": everything} | FEEDS_OF_BLOCK
    return {block: _shape(feeds, sources, at) for block, feeds in blocks.items()}


def _shape(feeds: Iterable[str], sources: Sequence[Source], at: datetime) -> FreshShape:
    own = [source for source in sources if source.feed in feeds]
    absent = [feed for feed in feeds if feed not in {source.feed for source in own}]
    fresh = worst_of(
        [Feeding(s.code, s.last_success_at, s.allowed_lag_seconds, s.message) for s in own], at
    )
    expected = fresh.expected_count + len(absent)
    if absent:
        return FreshShape(
            state="missing",
            as_of_at=None,
            allowed_lag_seconds=0,
            source="",
            message=f"no source is set up for {', '.join(absent)}",
            expected_count=expected,
            fresh_count=fresh.fresh_count,
        )
    worst = fresh.worst
    return FreshShape(
        state=fresh.state,
        as_of_at=iso_or_none(worst.last_success_at) if worst else None,
        allowed_lag_seconds=worst.allowed_lag_seconds if worst else 0,
        source=worst.source if worst else "",
        message=worst.message if worst and fresh.state != "ok" else "",
        expected_count=expected,
        fresh_count=fresh.fresh_count,
    )


def add_outlook_age(fresh: FreshShape, held: MaterialOutlook | None, at: datetime) -> None:
    """Let a block that shows the stored outlook say when that is missing, too old or not mended.

    An outlook is computed anew with every change and every hour; one hour more is allowed.
    """
    if held is None or held.as_of_at is None:
        if fresh["state"] != "missing":
            fresh["message"] = "no outlook has been computed yet"
        fresh["state"] = "missing"
        return
    if held.error:
        fresh["state"] = "stale" if fresh["state"] == "ok" else fresh["state"]
        fresh["message"] = f"the newest outlook could not be computed: {held.error}"
    elif at - held.as_of_at > OUTLOOK_LAG and fresh["state"] == "ok":
        fresh["state"], fresh["as_of_at"] = "stale", iso_or_none(held.as_of_at)
        fresh["message"] = "the outlook has not been computed since"


def source_level(source: Source, at: datetime) -> Literal["ok", "stale", "missing", "off"]:
    """How fresh one source is; off when it is not enabled."""
    if not source.is_enabled:
        return "off"
    return source_state(source.last_success_at, source.allowed_lag_seconds, at)


def backfill(sources: Sequence[Source], at: datetime) -> BackfillShape:
    """How much of the wanted history is loaded, over the sources that want any.

    A source's share is the loaded part of the way from now back to `history_from_at`. Before the
    first load nobody has said how far back to go, and nothing is loaded.
    """
    wanting = [s for s in sources if s.history_from_at is not None]
    shares = [_loaded_share(source, at) for source in wanting]
    if not shares and any(source.state == "new" for source in sources):
        shares = [0.0]
    loaded = [s.loaded_from_at for s in wanting if s.loaded_from_at is not None]
    is_whole = len(loaded) == len(wanting)
    return BackfillShape(
        done_ratio=sum(shares) / len(shares) if shares else 1.0,
        loaded_from_at=iso_or_none(max(loaded, default=None) if is_whole else None),
        wanted_from_at=iso_or_none(
            min((s.history_from_at for s in wanting if s.history_from_at), default=None)
        ),
        is_complete=all(share >= 1 for share in shares),
    )


def _loaded_share(source: Source, at: datetime) -> float:
    start, reached = source.history_from_at, source.loaded_from_at
    if reached is None or start is None:
        return 0.0
    if reached <= start:
        return 1.0
    return max(0.0, (at - reached) / (at - start)) if at > start else 0.0
