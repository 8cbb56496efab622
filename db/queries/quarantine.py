"""Records that could not be trusted: which wait, why, and what their source said."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypedDict

import pandas as pd
from sqlmodel import Session, and_, col, false, func, or_, select

from db.domain.held_back import Group, sentence
from db.models import Quarantine, Source, SourceRequest
from db.queries.plants import iso, iso_or_none
from db.queries.scope import EVERY_PLANT, Scope

REQUESTS_SHOWN = 8
RECORDS_SHOWN = 25

COLUMNS = {
    "source": "str",
    "record_key": "str",
    "plant": "str",
    "reason": "str",
    "field": "str",
    "detail": "str",
    "first_seen_at": "datetime64[us, UTC]",
    "last_seen_at": "datetime64[us, UTC]",
    "seen_count": "int64",
    "load_id": "int64",
    "released_at": "datetime64[us, UTC]",
    "discarded_by": "str",
    "discarded_reason": "str",
}
PAYLOAD = {"payload": "str"}


def held_records(
    session: Session,
    *,
    plant: str | None = None,
    source: str | None = None,
    reason: str | None = None,
    is_released_too: bool = False,
    limit: int | None = None,
    has_payload: bool = False,
    scope: Scope = EVERY_PLANT,
) -> pd.DataFrame:
    """Records in quarantine within the scope, the last seen first; `has_payload` for an export.

    Naming a plant outside the scope raises NotInScope; without one, only its plants are listed.
    """
    if plant is not None:
        scope.require(plant)
    wanted: dict[str, Any] = {"plant": plant, "source": source, "reason": reason}
    types = COLUMNS | (PAYLOAD if has_payload else {})
    columns: list[Any] = [getattr(Quarantine, name) for name in types]
    statement = select(*columns).order_by(
        col(Quarantine.last_seen_at).desc(), col(Quarantine.source), col(Quarantine.record_key)
    )
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(getattr(Quarantine, name) == value)
    if scope.plants is not None:
        statement = statement.where(col(Quarantine.plant).in_(scope.plants))
    if not is_released_too:
        statement = statement.where(col(Quarantine.released_at).is_(None))
    rows = session.exec(statement.limit(limit)).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(types), dtype=object).astype(
        types
    )


def held_record(
    session: Session, source: str, record_key: str, scope: Scope = EVERY_PLANT
) -> Quarantine | None:
    """One record whole, with its payload as JSON text; None when there is none in the scope."""
    record = session.get(Quarantine, (source, record_key))
    return record if record is not None and record.plant in scope else None


class GroupShape(TypedDict):
    """Records of one source that wait for one reason in one field. `detail` is that of the newest;
    `weakens` says which numbers lack them."""

    plant: str
    source: str
    feed: str
    reason: str
    field: str
    count: int
    first_seen_at: str
    last_seen_at: str
    detail: str
    weakens: str


class HeldShape(TypedDict):
    """One waiting record; `payload` is JSON text."""

    record_key: str
    detail: str
    payload: str
    first_seen_at: str
    last_seen_at: str
    seen_count: int


class RequestShape(TypedDict):
    """Something a person asked the loads to do, and what came of it."""

    plant: str
    source: str
    kind: str
    reason: str
    field: str
    asked_by: str
    asked_at: str
    done_at: str | None
    is_done_well: bool
    message: str


def held_groups(
    session: Session, scope: Scope = EVERY_PLANT, *, plants: tuple[str, ...] = ()
) -> list[GroupShape]:
    """What waits, by source, reason and field, the largest groups first."""
    keys = (Quarantine.plant, Quarantine.source, Quarantine.reason, Quarantine.field)
    counts = (
        func.count(),
        func.min(Quarantine.first_seen_at),
        func.max(Quarantine.last_seen_at),
        func.max(Quarantine.detail),
    )
    statement: Any = select(Source.feed, *keys, *counts)  # type: ignore[call-overload]
    statement = (
        statement.join(Source, col(Source.code) == col(Quarantine.source))
        .where(col(Quarantine.released_at).is_(None))
        .group_by(Source.feed, *keys)
        .order_by(func.count().desc(), *map(col, keys))
    )
    if plants:
        statement = statement.where(col(Quarantine.plant).in_(plants))
    return [_group(row) for row in session.exec(statement) if row.plant in scope]


def _group(row: Any) -> GroupShape:
    feed, plant, source, reason, field, count, first, last, detail = row
    return GroupShape(
        plant=plant,
        source=source,
        feed=feed,
        reason=reason,
        field=field,
        count=count,
        first_seen_at=iso(first),
        last_seen_at=iso(last),
        detail=detail,
        weakens=sentence(feed, count),
    )


def held_of_group(session: Session, scope: Scope, plant: str, group: Group) -> list[HeldShape]:
    """The newest waiting records of one group; raises NotInScope."""
    scope.require(plant)
    held = session.exec(
        select(Quarantine)
        .where(
            Quarantine.plant == plant,
            Quarantine.source == group.source,
            Quarantine.reason == group.reason,
            Quarantine.field == group.field,
            col(Quarantine.released_at).is_(None),
        )
        .order_by(col(Quarantine.last_seen_at).desc(), col(Quarantine.record_key))
        .limit(RECORDS_SHOWN)
    )
    return [
        HeldShape(
            record_key=one.record_key,
            detail=one.detail,
            payload=one.payload,
            first_seen_at=iso(one.first_seen_at),
            last_seen_at=iso(one.last_seen_at),
            seen_count=one.seen_count,
        )
        for one in held
    ]


def requests(
    session: Session, scope: Scope = EVERY_PLANT, *, plants: tuple[str, ...] = ()
) -> list[RequestShape]:
    """What people asked the loads to do last, the newest first."""
    statement = select(SourceRequest).order_by(col(SourceRequest.id).desc()).limit(REQUESTS_SHOWN)
    if plants:
        statement = statement.where(col(SourceRequest.plant).in_(plants))
    return [
        RequestShape(
            plant=one.plant,
            source=one.source,
            kind=one.kind,
            reason=one.reason,
            field=one.field,
            asked_by=one.asked_by,
            asked_at=iso(one.asked_at),
            done_at=iso_or_none(one.done_at),
            is_done_well=one.is_done_well,
            message=one.message,
        )
        for one in session.exec(statement)
        if one.plant in scope
    ]


Span = tuple[datetime | None, datetime | None]
"""From when and until when, exclusive; None is without bound."""
ALWAYS: Span = (None, None)


def held_counts(session: Session, plant: str, spans: Mapping[str, Span]) -> dict[str, int]:
    """How many records of each feed wait that would count within its span; none is left out."""
    counts = session.exec(
        select(Source.feed, func.count())
        .join(Quarantine, col(Quarantine.source) == col(Source.code))
        .where(
            Quarantine.plant == plant,
            col(Quarantine.released_at).is_(None),
            or_(false(), *(and_(*_within(feed, span)) for feed, span in spans.items())),
        )
        .group_by(Source.feed)
    )
    return {feed: int(count) for feed, count in counts}


def _within(feed: str, span: Span) -> Iterator[Any]:
    since, until = span
    yield col(Source.feed) == feed
    if since is not None:
        yield col(Quarantine.counts_at) >= since
    if until is not None:
        yield col(Quarantine.counts_at) < until


def weakened(session: Session, plant: str, spans: Mapping[str, Span]) -> list[str]:
    """What numbers of a plant lack because records wait that would count within them, in sentences;
    by feed, in the order given."""
    counts = held_counts(session, plant, spans)
    return [sentence(feed, counts[feed]) for feed in spans if feed in counts]
