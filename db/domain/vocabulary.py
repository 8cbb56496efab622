"""The closed word lists of Rackline. Plants' own words are mapped onto these in their TOML."""

from enum import StrEnum


class Verdict(StrEnum):
    """Outcome of a test run. Only PASSED and FAILED are verdicts that count for yield."""

    PASSED = "passed"
    FAILED = "failed"
    ABORTED = "aborted"
    ERROR = "error"
    SKIPPED = "skipped"


class StepResult(StrEnum):
    """Outcome of a unit's visit to an operation; OPEN until it ends."""

    OPEN = "open"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    SKIPPED = "skipped"


class StationCondition(StrEnum):
    """What a station is doing: the SEMI E10 groups, with standby split by its cause."""

    RUNNING = "running"
    BLOCKED = "blocked"
    STARVED = "starved"
    NO_OPERATOR = "no_operator"
    ENGINEERING = "engineering"
    PLANNED_STOP = "planned_stop"
    DOWN = "down"
    NOT_SCHEDULED = "not_scheduled"


class StockStatus(StrEnum):
    """Usability of stock. Only UNRESTRICTED is ever available to build with."""

    UNRESTRICTED = "unrestricted"
    QUALITY_HOLD = "quality_hold"
    BLOCKED = "blocked"
    IN_TRANSIT = "in_transit"
    CONSIGNMENT = "consignment"
    WIP_FLOOR = "wip_floor"


class BuildStatus(StrEnum):
    """Life of a build (order for n racks)."""

    PLANNED = "planned"
    RELEASED = "released"
    IN_PROCESS = "in_process"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class DemandKind(StrEnum):
    """Why racks are wanted. Only FIRM and COMMITMENT are obligations; an OPTION never is."""

    FIRM = "firm"
    COMMITMENT = "commitment"
    OPTION = "option"
    FORECAST = "forecast"
    EVALUATION = "evaluation"


class ReceiptStatus(StrEnum):
    """State of a purchase order schedule line."""

    OPEN = "open"
    PARTIAL = "partial"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class TimeQuality(StrEnum):
    """How a UTC instant was obtained from what the source said."""

    EXACT = "exact"
    ZONE_ASSUMED = "zone_assumed"
    AMBIGUOUS_RESOLVED = "ambiguous_resolved"
    NONEXISTENT_SHIFTED = "nonexistent_shifted"
    SKEW_CORRECTED = "skew_corrected"


class RejectionReason(StrEnum):
    """Why a record waits in quarantine."""

    MISSING_VALUE = "missing_value"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_WORD = "unknown_word"
    UNKNOWN_STATION = "unknown_station"
    UNKNOWN_UNIT = "unknown_unit"
    BAD_TIME = "bad_time"
    FUTURE_TIME = "future_time"
    BAD_TEXT = "bad_text"
    CONTRADICTION = "contradiction"
    STORE_REFUSED = "store_refused"


class OperationKind(StrEnum):
    """What an operation does to a unit."""

    ASSEMBLE = "assemble"
    TEST = "test"
    INSPECT = "inspect"
    REPAIR = "repair"
    PACK = "pack"
