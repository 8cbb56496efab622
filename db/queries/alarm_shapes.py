"""What the alarms page is told, and the notes people wrote. See yield_shapes for the rules."""

from typing import Literal, TypedDict


class NoteShape(TypedDict):
    """A remark people wrote. `subject_key` of a drop is the alarm's id, of a shift
    "2026-07-06/N", of an hour its UTC hour and line ("2026-07-06T11Z/L1", or "/all"), else the
    station's, rack's or lot's own code ("PART/LOT" for a lot)."""

    id: int
    plant: str
    subject: Literal["drop", "station", "shift", "hour", "rack", "lot"]
    subject_key: str
    text: str
    author: str
    owner: str
    due_on: str | None
    written_at: str
    done_at: str | None
    is_overdue: bool


class AlarmShape(TypedDict):
    """A drop that the detector found, and what people did with it.

    `began_interval` holds the change with `confidence`. `units`, `fails` and `expected_fails` count
    from `began_at` on as of the last detection. `shift_label` says where `began_at` lies: "Night
    shift start" within its first hour, else "in Day shift". `state`: open, acknowledged, closed;
    `is_withdrawn`: corrected facts took its ground away; `muted_until` hides it from badges.
    `baseline_ratio` and `current_ratio` are yields, 0–1, before and since.
    `units_per_false_alarm`: how rare such an alarm is when nothing changed.
    """

    id: int
    plant: str
    line: str
    operation: str
    operation_name: str
    product: str
    began_at: str
    began_interval: tuple[str, str]
    confidence: float
    shift_label: str
    detected_at: str
    units_to_detection: int
    units: int
    fails: int
    expected_fails: float
    excess_fails: float
    baseline_ratio: float
    current_ratio: float
    evidence: float
    threshold: float
    units_per_false_alarm: float
    detector_version: str
    state: Literal["open", "acknowledged", "closed"]
    is_withdrawn: bool
    recovered_at: str | None
    """Since when the yield is back, by later verdicts; None while it lasts."""
    acknowledged_by: str
    acknowledged_at: str | None
    closed_by: str
    closed_at: str | None
    closed_reason: str
    muted_until: str | None
    is_muted: bool
    sentence: str
    notes: list[NoteShape]


class EventShape(TypedDict):
    """One line of an alarm's history: detected, moved, withdrawn, acknowledged, closed, muted."""

    at: str
    by: str
    kind: str
    text: str


class AlarmsShape(TypedDict):
    """The alarms page: open first (unmuted before muted), by excess fails, then closed, newest."""

    plant: str
    as_of_at: str
    alarms: list[AlarmShape]
    events: dict[int, list[EventShape]]
    """By alarm id, oldest first."""
    open_count: int
    """Open, not muted: the badge."""
    detector_sentence: str
