"""Who may run the scheduler: one row per lease, with a token that grows with each holder.

The token fences a holder that stalled past its lease: whoever renews or checks with an old token
is told so and must stop.

On SQLite, where all processes are on one machine, a holder also keeps a file locked for as long as
it lives (`LifeSign`). The kernel gives that lock back the moment it dies, so the next one need not
wait for a lease that must be long there, for a renewal queues behind all writers.
"""

import fcntl
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from db.clock import utc_now
from db.ingest.dialect import run, storage_errors

_TAKE = """
INSERT INTO lease (name, holder, token, expires_at) VALUES (:name, :holder, 1, :expires_at)
ON CONFLICT (name) DO UPDATE SET
  holder = excluded.holder, token = lease.token + 1, expires_at = excluded.expires_at
WHERE lease.expires_at <= :now OR lease.token = :dead_token
"""


class LifeSign:
    """A locked file beside a SQLite store, in which the lease's living holder wrote its token.

    Elsewhere it does nothing. Whoever gets the lock finds the token of a holder that died, or
    nothing. A lease taken because it ran out, over a holder that stalled and still has the file,
    has another token and is not given away when that one lets go.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        file = engine.url.database
        is_file = engine.dialect.name == "sqlite" and file not in {None, "", ":memory:"}
        self._path = Path(f"{file}-{name}") if is_file else None
        self._held: FileIO | None = None
        self._given = 0

    def dead_token(self) -> int | None:
        """Token of the holder that died, whose lease may be taken now; None when there is none."""
        if not self._lock() or self._held is None:
            return None
        self._held.seek(0)
        written = self._held.read()
        return int(written) if written.isdigit() else None

    def give(self, token: int) -> None:
        """Show from now on that the holder with this token lives; again at each renewal."""
        if token == self._given or not self._lock() or self._held is None:
            return
        with suppress(OSError):  # on a full disk the lease runs out instead
            self._held.truncate(0)
            self._held.write(str(token).encode())
            self._given = token

    def end(self) -> None:
        """Let the file go."""
        if self._held is not None:
            self._held.close()
        self._held, self._given = None, 0

    def _lock(self) -> bool:
        """Whether the file is locked by us."""
        if self._held is not None or self._path is None:
            return self._held is not None
        with suppress(OSError), ExitStack() as stack:
            held = stack.enter_context(self._path.open("a+b", buffering=0))
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._held = held
            stack.pop_all()
        return self._held is not None


def take_lease(
    engine: Engine, name: str, holder: str, seconds: float, dead_token: int | None = None
) -> int | None:
    """Take the lease if it is free or has run out; returns the fencing token, or None.

    `holder` says who holds it, for people: host and process id. A holder that asks again before
    its lease ran out is refused like anyone else; it has `renew`. With `dead_token` the lease is
    also taken from the holder with that token, who is known to have died.
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
            dead_token=dead_token,
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
