"""How the data got here: sources, loads, watermarks, quarantine, changes, leases."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, Index, SQLModel


class Source(SQLModel, table=True):
    """A configured plant × feed and how it is doing. `state`: ok, retrying, refused, changed, new.

    `loaded_from_at` says how far back its history has been loaded, `history_from_at` how far back
    it is wanted: the pages' progress bar is the way between them.
    """

    code: str = Field(primary_key=True, max_length=64)
    plant: str = Field(max_length=16)
    feed: str = Field(max_length=32)
    connector: str = Field(max_length=16)
    interval_seconds: int
    allowed_lag_seconds: int
    overlap_seconds: int
    is_enabled: bool = True
    state: str = Field(default="new", max_length=12)
    state_since_at: datetime | None = None
    message: str = ""
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_event_at: datetime | None = None
    next_attempt_at: datetime | None = None
    failure_count: int = 0
    skipped_count: int = 0
    reconcile_days: int = 0
    loaded_from_at: datetime | None = None
    history_from_at: datetime | None = None


class Watermark(SQLModel, table=True):
    """How far a source has been read: change time and key of the last row, clamped to its clock."""

    source: str = Field(primary_key=True, max_length=64)
    changed_at: datetime
    key: str = Field(default="", max_length=200)
    source_clock_at: datetime
    advanced_at: datetime


class Load(SQLModel, table=True):
    """One run of one source: what it read, what became of it, and why it ended."""

    __table_args__ = (Index("ix_load_source", "source", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=64)
    plant: str = Field(max_length=16)
    mode: str = Field(max_length=12)
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str = Field(default="running", max_length=12)
    error_class: str = Field(default="", max_length=40)
    message: str = ""
    since_at: datetime | None = None
    until_at: datetime | None = None
    watermark_at: datetime | None = None
    read_count: int = 0
    new_count: int = 0
    changed_count: int = 0
    unchanged_count: int = 0
    deleted_count: int = 0
    superseded_count: int = 0
    quarantined_count: int = 0


class Quarantine(SQLModel, table=True):
    """A record that could not be trusted, whole, with its reason; released when it comes clean.

    `record_key` is the record's natural key, or a hash of its payload when it has none, so that a
    re-pull adds nothing. `received_at` is the change time of a record that has none of its own.
    `counts_at`: when it would count, so far as that can be read, else when it came: numbers of a
    window say what they lack by it. One that a person set aside for good is released too, with
    `discarded_by` and the reason.
    """

    __table_args__ = (Index("ix_quarantine_open", "plant", "released_at"),)

    source: str = Field(primary_key=True, max_length=64)
    record_key: str = Field(primary_key=True, max_length=200)
    plant: str = Field(max_length=16)
    reason: str = Field(max_length=24)
    field: str = Field(default="", max_length=64)
    detail: str = ""
    payload: str
    first_seen_at: datetime
    last_seen_at: datetime
    seen_count: int = 1
    load_id: int
    released_at: datetime | None = None
    received_at: datetime | None = None
    counts_at: datetime
    discarded_by: str = Field(default="", max_length=80)
    discarded_reason: str = Field(default="", max_length=400)


class SourceRequest(SQLModel, table=True):
    """Something a person asked the loads to do with a source; whoever loads the plant does it.

    `kind`: replay (read quarantined records again by the plant file of now; `reason` and `field`
    narrow which), reconcile (compare the source's days now).
    """

    __tablename__ = "source_request"
    __table_args__ = (Index("ix_source_request_open", "plant", "done_at"),)

    id: int | None = Field(default=None, primary_key=True)
    plant: str = Field(max_length=16)
    source: str = Field(max_length=64)
    kind: str = Field(max_length=12)
    reason: str = Field(default="", max_length=24)
    field: str = Field(default="", max_length=64)
    asked_by: str = Field(max_length=80)
    asked_at: datetime
    done_at: datetime | None = None
    is_done_well: bool = False
    message: str = ""


class SourceColumn(SQLModel, table=True):
    """A column that a source has or had: its fingerprint is all of them.

    `kind`: number, text, time, flag, bytes, list, several joined by "+", or '' before a value was
    seen. `was`: the kind until `changed_at`. `is_original`: it was there at the first load.
    """

    __tablename__ = "source_column"

    source: str = Field(primary_key=True, max_length=64)
    name: str = Field(primary_key=True, max_length=200)
    plant: str = Field(max_length=16)
    kind: str = Field(default="", max_length=40)
    is_original: bool = True
    first_seen_at: datetime
    gone_at: datetime | None = None
    was: str = Field(default="", max_length=40)
    changed_at: datetime | None = None


class StationClock(SQLModel, table=True):
    """How far a station's clock is ahead (+) or behind (−), estimated from a day of live loads.

    `floor_ms`: the usual least age of its records when they came, by the times it sent; of how
    many records, the newest sent at `newest_at`.
    """

    __tablename__ = "station_clock"

    plant: str = Field(primary_key=True, max_length=16)
    source: str = Field(primary_key=True, max_length=64)
    station: str = Field(primary_key=True, max_length=32)
    skew_ms: int = Field(sa_type=BigInteger)
    floor_ms: int = Field(sa_type=BigInteger)
    record_count: int
    newest_at: datetime
    estimated_at: datetime


class ClockCorrection(SQLModel, table=True):
    """What is taken off the times a station sends after `from_at`, by its own clock, until the next
    correction; 0 when its clock came right again. `bound_ms`: above which it was asked for.

    A row so corrected has the time quality `skew_corrected` and its own time beside it.
    """

    __tablename__ = "clock_correction"

    source: str = Field(primary_key=True, max_length=64)
    station: str = Field(primary_key=True, max_length=32)
    from_at: datetime = Field(primary_key=True)
    plant: str = Field(max_length=16)
    skew_ms: int = Field(sa_type=BigInteger)
    bound_ms: int = Field(sa_type=BigInteger)
    decided_at: datetime


class SourceDay(SQLModel, table=True):
    """The gap ledger: how one business day of a source, by change time, compares with what we hold.

    `state`: agreed; differs (rows are gone at the source, and not believed to be); failed. Counts
    are of rows changed that day, as the source and as we have them, quarantined ones not among
    ours. `until_at`: how far the day was compared. `digests`: JSON, start of each compared stretch
    → [digest at the source, digest of ours] after the last comparison row by row.
    `repaired_*`: rows that no watermark saw, over all comparisons of the day.
    """

    __tablename__ = "source_day"
    __table_args__ = (Index("ix_source_day_plant", "plant", "source"),)

    source: str = Field(primary_key=True, max_length=64)
    business_on: date = Field(primary_key=True)
    plant: str = Field(max_length=16)
    state: str = Field(max_length=12)
    message: str = ""
    checked_at: datetime
    until_at: datetime
    source_count: int = 0
    held_count: int = 0
    digests: str = "{}"
    repaired_new_count: int = 0
    repaired_changed_count: int = 0
    repaired_deleted_count: int = 0
    repaired_at: datetime | None = None


class Change(SQLModel, table=True):
    """What a corrected or deleted row said before. `before` is its full JSON."""

    __table_args__ = (Index("ix_change_row", "source", "source_key"),)

    id: int | None = Field(default=None, primary_key=True)
    table_name: str = Field(max_length=32)
    source: str = Field(max_length=64)
    source_key: str = Field(max_length=200)
    plant: str = Field(max_length=16)
    kind: str = Field(max_length=12)
    before_hash: int = Field(sa_type=BigInteger)
    before: str
    recorded_at: datetime
    load_id: int


class PlantVersion(SQLModel, table=True):
    """Counts commits that changed what a plant's screens show; watchers compare it.

    `rollups_due_at` says since when bulk-loaded facts wait for their rollups to be rebuilt.
    """

    __tablename__ = "plant_version"

    plant: str = Field(primary_key=True, max_length=16)
    version: int = Field(default=0, sa_type=BigInteger)
    changed_at: datetime
    rollups_due_at: datetime | None = None
    serial_rules: str = ""
    """The plant's rules of re-used serials (JSON) by which all its serials were last looked at."""


class Lease(SQLModel, table=True):
    """Who may run the scheduler now; `token` grows with each holder and fences the old one."""

    name: str = Field(primary_key=True, max_length=32)
    holder: str = Field(max_length=80)
    token: int
    expires_at: datetime
