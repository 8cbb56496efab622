"""Who may run the scheduler: one row per lease, with a token that grows with each holder.

The token fences a holder that stalled past its lease: whoever renews or checks with an old token
is told so and must stop.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from db.clock import utc_now
from db.ingest.dialect import run, storage_errors

_TAKE = """
INSERT INTO lease (name, holder, token, expires_at) VALUES (:name, :holder, 1, :expires_at)
ON CONFLICT (name) DO UPDATE SET
  holder = excluded.holder, token = lease.token + 1, expires_at = excluded.expires_at
WHERE lease.expires_at <= :now
"""


def take_lease(engine: Engine, name: str, holder: str, seconds: float) -> int | None:
    """Take the lease if it is free or has run out; returns the fencing token, or None.

    `holder` says who holds it, for people: host and process id. A holder that asks again before
    its lease ran out is refused like anyone else; it has `renew`.
    """
    now = utc_now()
    with storage_errors(), engine.begin() as connection:
        taken = run(
            connection,
            _TAKE,
            name=name,
            holder=holder,
            now=now,
            expires_at=now + timedelta(seconds=seconds),
        )
        return _token(connection, name) if taken else None


def renew(engine: Engine, name: str, token: int, seconds: float) -> bool:
    """Hold the lease for another while; False when it ran out or someone else has it."""
    now = utc_now()
    until = now + timedelta(seconds=seconds)
    return _end_at(engine, name, token, now, until)


def release(engine: Engine, name: str, token: int) -> bool:
    """Give the lease back, so that the next holder need not wait; False when it was lost."""
    now = utc_now()
    return _end_at(engine, name, token, now, now)


def _end_at(engine: Engine, name: str, token: int, now: datetime, until: datetime) -> bool:
    with storage_errors(), engine.begin() as connection:
        return bool(
            run(
                connection,
                "UPDATE lease SET expires_at = :until "
                "WHERE name = :name AND token = :token AND expires_at > :now",
                until=until,
                name=name,
                token=token,
                now=now,
            )
        )


def _token(connection: Connection, name: str) -> int:
    token: int = connection.execute(
        text("SELECT token FROM lease WHERE name = :name"), {"name": name}
    ).scalar_one()
    return token
