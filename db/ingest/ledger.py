"""The gap ledger and our side of a comparison: counts and digests of what is held of a source."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, select, text
from sqlmodel import Session, SQLModel

from db.engine import reading
from db.ingest import version
from db.ingest.batch import Outcome
from db.ingest.dialect import dialect_of, storage_errors, table_of
from db.models import SourceDay

STRETCH = timedelta(minutes=10)
"""Of so much change time each one count and one digest is made: what differs is read anew."""
EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = table_of(SourceDay)

Digests = dict[str, list[str]]
"""Start of a stretch → digests of both sides when they last agreed row by row."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one side has in a stretch of change time: how many rows, and a digest of them."""

    count: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a comparison of one day found, for the ledger."""

    source: str
    plant: str
    business_on: date
    state: str
    until_at: datetime
    source_count: int
    held_count: int
    digests: Digests
    repaired: Outcome = field(default_factory=Outcome)
    message: str = ""


def held_stretches(
    engine: Engine, model: type[SQLModel], source: str, since: datetime | None, until: datetime
) -> dict[datetime, Side]:
    """Counts and digests of a source's live rows by the ten minutes in which they were changed.

    The digest adds up the content hashes, in halves that no day of rows can overflow.
    """
    with storage_errors(), reading(engine) as connection:
        begins = dialect_of(connection).STRETCH_OF
        instant = dialect_of(connection).stretch_at
        native = dialect_of(connection).native_instant
        found = connection.execute(
            text(
                f"SELECT {begins} AS began, count(*), sum(f.content_hash & 4294967295), "
                f"sum(f.content_hash >> 32) FROM {table_of(model).name} f "
                "WHERE f.source = :source AND f.changed_at >= :since AND f.changed_at < :until "
                "AND f.deleted_at IS NULL GROUP BY 1"
            ),
            {"source": source, "since": native(since or EPOCH_AT), "until": native(until)},
        )
        return {
            instant(began): Side(count, f"{count}:{int(low)}:{int(high)}")
            for began, count, low, high in found
        }


def held_keys(
    engine: Engine, model: type[SQLModel], source: str, since: datetime | None, until: datetime
) -> list[str]:
    """Keys of a source's live rows that were changed within [since, until)."""
    with storage_errors(), reading(engine) as connection:
        native = dialect_of(connection).native_instant
        return list(
            connection.execute(
                text(
                    f"SELECT f.source_key FROM {table_of(model).name} f WHERE f.source = :source "
                    "AND f.changed_at >= :since AND f.changed_at < :until "
                    "AND f.deleted_at IS NULL"
                ),
                {"source": source, "since": native(since or EPOCH_AT), "until": native(until)},
            ).scalars()
        )


def ledger(engine: Engine, source: str) -> dict[date, SourceDay]:
    """What is known of the source's days."""
    with storage_errors(), reading(engine) as connection, Session(connection) as session:
        rows = session.scalars(select(SourceDay).where(DAYS.c.source == source)).all()
        session.expunge_all()
        return {row.business_on: row for row in rows}


def told(day: SourceDay | None) -> Digests:
    """The digests of a day's last agreement; none of a day that was never compared."""
    found: Digests = json.loads(day.digests) if day else {}
    return found


def note_day(engine: Engine, finding: Finding, now: datetime) -> None:
    """Write a finding into the ledger; repairs add up over the comparisons of a day."""
    repaired = finding.repaired
    has_news = bool(repaired.new or repaired.changed or repaired.deleted)
    with storage_errors(), Session(engine) as session:
        connection = session.connection()
        row = session.get(SourceDay, (finding.source, finding.business_on))
        is_new_state = row is None or (row.state, row.message) != (finding.state, finding.message)
        if row is None:
            row = SourceDay(
                source=finding.source,
                business_on=finding.business_on,
                plant=finding.plant,
                state=finding.state,
                checked_at=now,
                until_at=finding.until_at,
            )
            session.add(row)
        row.state, row.message = finding.state, finding.message
        row.checked_at, row.until_at = now, finding.until_at
        row.source_count, row.held_count = finding.source_count, finding.held_count
        row.digests = json.dumps(finding.digests, separators=(",", ":"))
        row.repaired_new_count += repaired.new
        row.repaired_changed_count += repaired.changed
        row.repaired_deleted_count += repaired.deleted
        if has_news:
            row.repaired_at = now
        if has_news or (is_new_state and finding.state != "agreed"):
            session.flush()
            version.bump(connection, finding.plant, now)
        session.commit()


def gaps(days: Mapping[date, SourceDay], wanted: Sequence[date]) -> list[date]:
    """Days that were never compared, or differed when they were, oldest first.

    >>> gaps({}, [date(2026, 11, 10)])
    [datetime.date(2026, 11, 10)]
    """
    return [day for day in wanted if day not in days or days[day].state != "agreed"]
