"""What the pages of a serial, and of where a lot went, are told. See yield_shapes for the rules."""

from typing import Literal, TypedDict

from db.queries.alarm_shapes import NoteShape


class LinkShape(TypedDict):
    """A node of the genealogy: what is (or was) installed at a position of its parent.

    A child has a `serial`, a lot its `part` and `lot`; both may carry `supplier` and `country`.
    `removed_at` None: still in. `swaps` are the earlier occupants of the position, oldest first.
    `received_at` and `order` tell where the lot came from; "" and None where nobody said.
    """

    position: str
    serial: str
    part: str
    part_name: str
    lot: str
    supplier: str
    country: str
    date_code: str
    qty: float
    installed_at: str
    removed_at: str | None
    received_at: str | None
    order_no: str
    children: list["LinkShape"]


class TreeShape(TypedDict):
    """Rack → trays and modules → lots. As built: at `as_built_at`, its first completion of the
    output operation (now, while it is in process). As now: what is in it at the reading.

    `swaps`: links that were taken out again anywhere in the tree, by time, each with its parent.
    `sentence` is "" or says why there is no tree.
    """

    serial: str
    as_built_at: str
    is_complete: bool
    as_built: list[LinkShape]
    as_now: list[LinkShape]
    swaps: list[tuple[str, LinkShape]]
    sentence: str


class PlaceShape(TypedDict):
    """A rack that carries a lot or part. `where`: in_process, shipped (packed and gone, done),
    at_evaluation (done, of an evaluation build). `via` is the tray or module in between, "" else;
    `is_in_now` False: it was swapped out again."""

    serial: str
    via: str
    product: str
    build: str
    line: str
    where: Literal["in_process", "shipped", "at_evaluation"]
    operation: str
    installed_at: str
    removed_at: str | None
    is_in_now: bool


class WhereShape(TypedDict):
    """Where else a lot, part or child serial is. Counts are of distinct racks that carry it now;
    `racks` holds up to `limit` of them and those it was taken out of, newest installation first."""

    plant: str
    part: str
    lot: str
    serial: str
    supplier: str
    country: str
    in_process_count: int
    shipped_count: int
    at_evaluation_count: int
    removed_count: int
    loose_count: int
    """Trays and modules with it that are in no rack yet."""
    racks: list[PlaceShape]
    limit: int
    sentence: str


class StepShape(TypedDict):
    """One visit of the route with the runs that fell in it; times as the plant's systems gave."""

    operation: str
    operation_name: str
    line: str
    station: str
    slot: str
    started_at: str
    ended_at: str | None
    result: str
    hours: float | None
    queue_hours: float | None
    """Since the end of the visit before; None for the first, negative never."""


class RunShape(TypedDict):
    """One test run. `is_first`: the run that decides the first pass."""

    operation: str
    station: str
    slot: str
    started_at: str
    ended_at: str | None
    verdict: str
    verdict_raw: str
    program: str
    firmware: str
    fixture: str
    is_first: bool


class RepairShape(TypedDict):
    """What was found and done."""

    found_at: str
    operation: str
    station: str
    symptom: str
    defect: str
    action: str
    part: str
    lot: str
    component_serial: str


class DeviationShape(TypedDict):
    """What does not fit the route. `kind`: skipped (a later operation was reached without it),
    no_retest (a part was swapped after leak or ground test and not tested again),
    open_fail (the last verdict failed), held (a record in quarantine names the rack)."""

    kind: str
    operation: str
    at: str | None
    sentence: str


class UseShape(TypedDict):
    """One use of a serial that was given to several units, or of which that is doubtful.

    `key` is what it is kept under. `ended_by`: why the next is another unit: finished, scrapped,
    silent; "" of the last. `doubt`: what cannot be told, in words, "" if nothing."""

    key: str
    use: int
    started_at: str
    last_at: str
    ended_by: str
    doubt: str
    doubt_at: str | None


class RackShape(TypedDict):
    """The page of one serial (rack, tray or module)."""

    plant: str
    plant_name: str
    zone: str
    zone_label: str
    as_of_at: str
    serial: str
    product: str
    build: str
    build_kind: str
    line: str
    state: Literal["in_process", "rework", "done", "shipped", "unknown"]
    operation: str
    """Where it is, or was last."""
    started_at: str | None
    completed_at: str | None
    parent: str
    """Serial it is installed in now, "" for a rack or a loose unit."""
    route: list[StepShape]
    runs: list[RunShape]
    repairs: list[RepairShape]
    genealogy: TreeShape
    uses: list[UseShape]
    """Of a serial that several units had, or may have had; none of any other."""
    deviations: list[DeviationShape]
    held_count: int
    notes: list[NoteShape]
    rule_sentence: str
    sentence: str
    """ "No record of MR000001 at Mount Pleasant."; "" else."""
