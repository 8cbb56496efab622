"""What people and the drop detector keep beside the facts: alarms, notes, frozen limits.

Nothing here comes from a plant system and nothing here is a rollup: it is not rebuilt. The detector
(db.ingest.alarms) writes an alarm's evidence, people (db.desk) its state, notes and limits.
"""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint


class Alarm(SQLModel, table=True):
    """A drop found at one line and operation; `product` "" means all of them.

    [`began_from_at`, `began_to_at`] holds the change with the confidence in `evidence`, a JSON
    object of the detector's figures. `detected_at` is the verdict at which the chart crossed its
    threshold, `found_at` when a load brought it. `withdrawn_at`: corrected facts took its ground
    away; `recovered_at`: the yield came back, by later verdicts. `state`: open, acknowledged,
    closed.
    """

    __table_args__ = (Index("ix_alarm_plant", "plant", "state", "began_at"),)

    id: int | None = Field(default=None, primary_key=True)
    plant: str = Field(max_length=16)
    line: str = Field(max_length=32)
    operation: str = Field(max_length=32)
    product: str = Field(default="", max_length=32)
    began_at: datetime
    began_from_at: datetime
    began_to_at: datetime
    detected_at: datetime
    found_at: datetime
    units: int
    fails: int
    expected_fails: float
    evidence: str = "{}"
    detector_version: str = Field(max_length=16)
    limit_id: int | None = None
    withdrawn_at: datetime | None = None
    recovered_at: datetime | None = None
    state: str = Field(default="open", max_length=12)
    acknowledged_by: str = Field(default="", max_length=80)
    acknowledged_at: datetime | None = None
    closed_by: str = Field(default="", max_length=80)
    closed_at: datetime | None = None
    closed_reason: str = Field(default="", max_length=400)
    muted_by: str = Field(default="", max_length=80)
    muted_until_at: datetime | None = None


class AlarmEvent(SQLModel, table=True):
    """One step in an alarm's life, kept for ever. `by` is a person, or "detector".

    `kind`: detected, moved, withdrawn, returned, recovered, acknowledged, closed, reopened, muted.
    """

    __tablename__ = "alarm_event"
    __table_args__ = (Index("ix_alarm_event_alarm", "alarm_id", "happened_at"),)

    id: int | None = Field(default=None, primary_key=True)
    alarm_id: int
    plant: str = Field(max_length=16)
    happened_at: datetime
    by: str = Field(max_length=80)
    kind: str = Field(max_length=16)
    text: str = Field(default="", max_length=400)


class Note(SQLModel, table=True):
    """A remark on a drop (`subject_key`: the alarm's id), station, shift ("2026-07-06/N"), hour
    ("2026-07-06T11Z/L1"), rack (its serial) or lot ("PART/LOT").

    `done_at`: its owner is through with it.
    """

    __table_args__ = (Index("ix_note_subject", "plant", "subject", "subject_key"),)

    id: int | None = Field(default=None, primary_key=True)
    plant: str = Field(max_length=16)
    subject: str = Field(max_length=8)
    subject_key: str = Field(max_length=140)
    text: str = Field(max_length=2000)
    author: str = Field(max_length=80)
    owner: str = Field(default="", max_length=80)
    due_on: date | None = None
    written_at: datetime
    done_at: datetime | None = None
    done_by: str = Field(default="", max_length=80)


class FrozenLimit(SQLModel, table=True):
    """One version of a chart's limits and what makes them defensible; never changed, only followed
    by the next. `chart`: p, laney_p (screens), cusum (the detector's baseline).

    `center` is a fail ratio, `parameters` a JSON object with the rest. The baseline is half-open.
    `line` "" means all lines of the operation.
    """

    __tablename__ = "frozen_limit"
    __table_args__ = (UniqueConstraint("plant", "chart", "operation", "line", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    plant: str = Field(max_length=16)
    chart: str = Field(max_length=16)
    operation: str = Field(max_length=32)
    line: str = Field(default="", max_length=32)
    version: int
    estimator: str = Field(max_length=40)
    baseline_from_at: datetime
    baseline_to_at: datetime
    baseline_count: int
    center: float
    parameters: str = "{}"
    frozen_by: str = Field(max_length=80)
    frozen_at: datetime
    reason: str = Field(max_length=400)


class SavedScenario(SQLModel, table=True):
    """A what-if somebody kept: the text its link carries (db.domain.capacity.scenario).

    `plant` is that of its first change: whoever may see all plants it names may see it.
    """

    __tablename__ = "saved_scenario"
    __table_args__ = (UniqueConstraint("plant", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    plant: str = Field(max_length=16)
    name: str = Field(max_length=80)
    text: str = Field(max_length=2000)
    saved_by: str = Field(max_length=80)
    saved_at: datetime
