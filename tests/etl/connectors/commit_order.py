"""A PostgreSQL source whose transactions commit in another order than they began.

Each case leaves rows with change times older than what a poll in the middle has already read. The
rows are polled as in production: the sql connector, the feed, the runner and its watermark.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text

from db.engine import reading
from etl.connectors.sql import SqlConnector
from etl.connectors.sql_query import SqlOptions
from etl.publish import publish
from etl.reconcile.due import reconcile_now
from etl.runner import Context, Pull
from etl.sync import load_now
from tests.etl.plant import FakeConnector, plant_file, pull_of

ROUNDS, BYSTANDERS = 10, 4
"""Transactions that are late, and rows others commit around each of them."""
HELD_BACK_SECONDS = 3_600
THERE = "SELECT id, name FROM part"
HELD = "SELECT part, name FROM part WHERE source = 'mp.part' AND deleted_at IS NULL"


@dataclass
class Source:
    """A plant's parts in the PostgreSQL database at `url`, polled into `engine`.

    `horizon_seconds` 0 is the plain watermark: it does not look at open transactions.
    """

    url: str
    engine: Engine
    horizon_seconds: int = HELD_BACK_SECONDS
    overlap_seconds: int = 0
    reader: str | None = None
    """The role that polls, if not the one that writes."""
    _number: int = 0
    _pull: Pull = field(init=False)

    def __post_init__(self) -> None:
        self._context, self._open = (
            Context(self.engine),
            create_engine(self.url, poolclass=NullPool),
        )
        with self._open.begin() as connection:
            connection.execute(text(
                "CREATE TABLE part (id TEXT, name TEXT, edited TIMESTAMPTZ DEFAULT now())"
            ))  # fmt: skip
        options = SqlOptions(
            url=self.reading_url,
            query="SELECT id, id AS part, name, edited FROM part",
            key_column="id",
            change_column="edited",
            horizon_seconds=self.horizon_seconds,
        )
        publish(self.engine, [plant_file()])
        connector = SqlConnector("mp.part", options, ZoneInfo("UTC"), 20)
        pull = pull_of(FakeConnector(), "part", overlap_seconds=self.overlap_seconds)
        self._pull = replace(pull, connector=connector)

    @property
    def reading_url(self) -> str:
        """The address that is polled; its role may read the table."""
        if self.reader is None:
            return self.url
        with self._open.begin() as connection:
            connection.execute(text(f"GRANT SELECT ON part TO {self.reader}"))
        return make_url(self.url).set(username=self.reader).render_as_string(hide_password=False)

    def close(self) -> None:
        """Give back the connections."""
        self._pull.connector.close()

    def poll(self) -> None:
        """What the source's slot does on its beat; raises what the load failed with."""
        summary = load_now(self._context, self._pull)
        if summary.error:
            raise summary.error

    def age(self) -> None:
        """All that is there was last changed two days earlier; the newest rows are not compared."""
        with self._open.begin() as connection:
            connection.execute(text("UPDATE part SET edited = edited - INTERVAL '2 days'"))

    def reconcile(self) -> int:
        """Compare with the source as is done every hour; returns the deleted rows it took out."""
        found = reconcile_now(self._context, self._pull, is_trusting=True)
        return sum(it.repaired.deleted for it in found)

    def begin(self) -> Connection:
        """A transaction that has asked something and written nothing yet."""
        connection = self._open.connect()
        connection.execute(text("SELECT now()"))
        return connection

    def add(self, connection: Connection) -> str:
        """A new part, in that transaction; changed at its start, as databases stamp it."""
        self._number += 1
        key = f"P{self._number}"
        connection.execute(text("INSERT INTO part VALUES (:key, 'new')"), {"key": key})
        return key

    def add_committed(self, count: int = BYSTANDERS) -> list[str]:
        """New parts, each in a transaction of its own that is over at once."""
        keys = []
        for _ in range(count):
            with self._open.begin() as connection:
                keys.append(self.add(connection))
        return keys

    def finish(self, statement: str) -> None:
        """Run a statement that may not stand within a transaction."""
        with self._open.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))

    def lost(self) -> tuple[int, int]:
        """Rows of the source that the store does not hold as they are, and all of them."""
        with self._open.connect() as connection:
            there = {tuple(row) for row in connection.execute(text(THERE))}
        return len(there - self._held()), len(there)

    def left_over(self) -> int:
        """Live rows of the store that the source no longer has."""
        with self._open.connect() as connection:
            there = {row.id for row in connection.execute(text(THERE))}
        return sum(key not in there for key, _ in self._held())

    def delete_one(self) -> None:
        """Some part is gone from the plant's system."""
        with self._open.begin() as connection:
            connection.execute(text("DELETE FROM part WHERE id = (SELECT min(id) FROM part)"))

    def _held(self) -> set[tuple[str, str]]:
        with reading(self.engine) as connection:
            return {(row.part, row.name) for row in connection.execute(text(HELD))}


def late_commit(source: Source) -> None:
    """Wrote early, committed after a poll that saw younger rows."""
    with source.begin() as late:
        source.add(late)
        source.add_committed()
        source.poll()
        late.commit()


def late_first_write(source: Source) -> None:
    """Began early, wrote and committed only between two polls."""
    with source.begin() as late:
        source.add_committed()
        source.poll()
        source.add(late)
        late.commit()


def late_update(source: Source) -> None:
    """Changed a row that had been read, committed after a poll that saw younger rows."""
    (key,) = source.add_committed(1)
    source.poll()
    with source.begin() as late:
        change = text("UPDATE part SET name = 'corrected', edited = now() WHERE id = :key")
        late.execute(change, {"key": key})
        source.add_committed()
        source.poll()
        late.commit()


def late_prepared(source: Source) -> None:
    """Wrote early, was prepared, and committed after a poll that saw younger rows."""
    with source.begin() as late:
        source.add(late)
        source.add_committed()
        source.poll()
        late.execute(text("PREPARE TRANSACTION 'late'"))
        late.rollback()
        source.add_committed()
        source.poll()
    source.finish("COMMIT PREPARED 'late'")


CASES: dict[str, Callable[[Source], None]] = {
    "late commit": late_commit,
    "late first write": late_first_write,
    "late update": late_update,
    "late prepared": late_prepared,
}


def run_case(source: Source, name: str, rounds: int = ROUNDS) -> None:
    """The case, some times over, and a last poll after everything was committed."""
    source.poll()
    for _ in range(rounds):
        CASES[name](source)
    source.poll()
