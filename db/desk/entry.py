"""The writing side for people: one entry, one transaction, the plant's watchers woken."""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, col, select

from db.clock import utc_now
from db.engine import make_engine
from db.errors import RacklineError, StorageBusy
from db.models import Alarm, AlarmEvent, Plant, PlantVersion

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_NAME, LONGEST_REASON, LONGEST_TEXT = 80, 400, 2000


class NotAccepted(RacklineError):
    """An entry that cannot be kept as it is. Says every fault at once and what to do.

    >>> print(NotAccepted(["author: who writes this?"]))
    not kept: author: who writes this?
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("not kept: " + "; ".join(self.faults))


class Desk:
    """A store opened for people's entries. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(
        self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn(session, *args, **kwargs)` in one transaction, kept whole or not at all.

        Raises NotAccepted, NotFound from the function, and StorageBusy when the store stays locked.
        """
        try:
            with Session(self._engine, expire_on_commit=False) as session:
                found = fn(session, *args, **kwargs)
                session.commit()
                return found
        except IntegrityError as error:
            raise NotAccepted(
                ["somebody entered the same at this moment; look again and repeat"]
            ) from error
        except OperationalError as error:
            raise StorageBusy(f"the entry was not kept, the store is busy: {error.orig}") from error

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def open_desk(url: str) -> Desk:
    """The store at `url`, for people's entries."""
    return Desk(make_engine(url))


def name(field: str, given: str, *, is_required: bool = True) -> list[str]:
    """Faults of a person's name; it is one line of at most 80 characters.

    >>> name("author", " "), name("author", "Ana Silva")
    (['author: who is it?'], [])
    """
    said = given.strip()
    if not said:
        return [f"{field}: who is it?"] if is_required else []
    if len(said) > LONGEST_NAME:
        return [f"{field}: at most {LONGEST_NAME} characters, not {len(said)}"]
    return [f"{field}: one line without control characters"] if _is_odd(said, "") else []


def words(field: str, given: str, longest: int) -> list[str]:
    """Faults of a text: not empty, not too long, no control characters but line breaks.

    >>> words("text", "a\\x00b", 10)
    ['text: it holds a control character; type it anew']
    """
    said = given.strip()
    if not said:
        return [f"{field}: write what it is about"]
    if len(said) > longest:
        return [f"{field}: at most {longest} characters, not {len(said)}"]
    return [f"{field}: it holds a control character; type it anew"] if _is_odd(said, "\n\t") else []


def _is_odd(said: str, allowed: str) -> bool:
    return any(
        unicodedata.category(sign) in {"Cc", "Cs", "Co"} and sign not in allowed for sign in said
    )


def accept(*faults: list[str]) -> None:
    """Raise NotAccepted unless there are no faults."""
    if found := [fault for group in faults for fault in group]:
        raise NotAccepted(found)


def require_plant(session: Session, plant: str) -> None:
    """Raise NotAccepted unless the plant exists."""
    if session.get(Plant, plant) is None:
        raise NotAccepted([f"plant: there is no plant {plant!r}"])


def locked_alarm(session: Session, plant: str, alarm_id: int) -> Alarm:
    """The plant's alarm, held until the transaction ends; NotAccepted when there is none."""
    alarm = session.exec(
        select(Alarm).where(Alarm.plant == plant, Alarm.id == alarm_id).with_for_update()
    ).one_or_none()
    if alarm is None:
        raise NotAccepted([f"alarm: there is no alarm {alarm_id} at {plant}; look at /alarms"])
    return alarm


def record(session: Session, alarm: Alarm, by: str, kind: str, said: str = "") -> None:
    """Add one step to the alarm's history and wake the plant's watchers."""
    session.add(alarm)
    at = utc_now()
    assert alarm.id is not None
    session.add(
        AlarmEvent(
            alarm_id=alarm.id, plant=alarm.plant, happened_at=at, by=by, kind=kind,
            text=said[:LONGEST_REASON],
        )
    )  # fmt: skip
    wake(session, alarm.plant, at)


def wake(session: Session, plant: str, at: datetime | None = None) -> None:
    """Count one more change of the plant, so that its screens are read anew."""
    session.flush()
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    insert: Any = sqlite.insert if is_sqlite else postgresql.insert
    now = at or utc_now()
    connection.execute(
        insert(PlantVersion)
        .values(plant=plant, version=1, changed_at=now)
        .on_conflict_do_update(
            index_elements=["plant"],
            set_={"version": col(PlantVersion.version) + 1, "changed_at": now},
        )
    )
    if not is_sqlite:
        connection.execute(text("SELECT pg_notify('rackline', :plant)"), {"plant": plant})
