"""What desk pages follow of a plant: how fresh each feed is, and which feed moved last."""

from datetime import datetime
from typing import TypedDict

from sqlmodel import Session, col, func, select

from db.models import AlarmEvent, Load, Note, Source
from db.queries.fresh import source_level, sources_of
from db.queries.plants import iso_or_none
from db.queries.shapes import FreshShape


class FeedShape(TypedDict):
    """One enabled source; `moved` grows with each load that wrote anything."""

    fresh: FreshShape
    moved: int


class FeedsShape(TypedDict):
    """A plant's feeds by name. A feed with two sources is as fresh as the worse one.

    `said` changes with each note and each step of an alarm, whoever took it.
    """

    feeds: dict[str, FeedShape]
    said: list[int]


def feeds(session: Session, plant: str, at: datetime) -> FeedsShape:
    """Freshness of the plant's enabled feeds at the instant `at`."""
    found: dict[str, FeedShape] = {}
    for source in sources_of(session, plant):
        own = FeedShape(fresh=_fresh(source, at), moved=_moved(session, source))
        other = found.get(source.feed, own)
        worse = min(own, other, key=lambda it: it["fresh"]["as_of_at"] or "")
        found[source.feed] = FeedShape(
            fresh=worse["fresh"], moved=max(own["moved"], other["moved"])
        )
    return FeedsShape(feeds=found, said=_said(session, plant))


def _said(session: Session, plant: str) -> list[int]:
    """Newest note, notes done, newest step of an alarm: by number."""
    note, step = col(Note.id), col(AlarmEvent.id)
    newest, done = session.exec(
        select(func.max(note), func.count(col(Note.done_at))).where(Note.plant == plant)
    ).one()
    stepped = session.exec(select(func.max(step)).where(AlarmEvent.plant == plant)).one()
    return [newest or 0, done, stepped or 0]


def _fresh(source: Source, at: datetime) -> FreshShape:
    level = source_level(source, at)
    return FreshShape(
        state="missing" if level == "off" else level,
        as_of_at=iso_or_none(source.last_success_at),
        allowed_lag_seconds=source.allowed_lag_seconds,
        source=source.code,
        message=source.message if level != "ok" else "",
        expected_count=1,
        fresh_count=int(level == "ok"),
    )


def _moved(session: Session, source: Source) -> int:
    """Number of the source's newest load: a poll that brings nothing new leaves none."""
    newest = (
        select(Load.id)
        .where(Load.source == source.code)
        .order_by(col(Load.started_at).desc(), col(Load.id).desc())
        .limit(1)
    )
    return session.exec(newest).first() or 0
