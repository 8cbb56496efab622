"""What the capacity calculation answers.

Every quantity is told in racks and in MW of nameplate power. What is not known is None, never 0; a
sum of which a part is not known is told as "at least".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from db.domain.capacity.facts import Claim, ResourceKind, Week

FORMULA_VERSION = "capacity 1"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in the data: what is missing, and in `sentence` what that makes unknown."""

    kind: str
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """Racks and MW of a week. `is_at_least`: a part of the racks is unknown; `is_mw_at_least`: of
    the MW (a product without nameplate kW)."""

    racks: float
    mw: float | None
    is_at_least: bool = False
    is_mw_at_least: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """What one resource allows in a week, alone. `reason` tells the arithmetic in words."""

    resource: str
    name: str
    kind: ResourceKind
    racks: float
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Best:
    """The best full week so far, apart from the demonstrated figure."""

    racks: float
    week: str
    first_on: date


@dataclass(frozen=True, slots=True)
class OptionHeld:
    """An option that could still be exercised: racks due in a week, open until `expires_on`.

    `is_honourable`: headroom of its week is enough for it and those that expire before; None where
    the headroom is not known.
    """

    key: str
    customer: str
    product: str
    racks: int
    due_on: date
    expires_on: date | None
    is_honourable: bool | None


@dataclass(frozen=True, slots=True)
class WeekLedger:
    """One week of a plant, or of one of its products; figures of other weeks never enter.

    `headroom` = min(demonstrated, supported) − committed, negative when short; supported limits
    only where it is known to the last rack. Options and evaluation units are never netted.
    """

    week: Week
    is_past: bool
    made: Quantity | None
    shipped: Quantity | None
    planned: Quantity | None
    rated: Quantity | None
    demonstrated: Quantity | None
    supported: Quantity | None
    committed: Quantity
    optioned: Quantity
    evaluation: Quantity
    headroom: Quantity | None


@dataclass(frozen=True, slots=True)
class PlantLedger:
    """The capacity ledger of one plant: in all, and by product revision.

    `limits` by week label, tightest first: the first is what rates the plant. `demonstrated_weeks`
    are the labels of those the median is of. `mix_source` says where the mix behind `rated` is
    from.
    """

    plant: str
    name: str
    formula_version: str
    week_rule: str
    weeks: tuple[WeekLedger, ...]
    by_product: Mapping[str, tuple[WeekLedger, ...]]
    limits: Mapping[str, tuple[Limit, ...]]
    best: Best | None
    demonstrated_weeks: tuple[str, ...]
    mix_source: str
    options: tuple[OptionHeld, ...]
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]
    committable: Mapping[str, float]
    """Racks that can still be promised by the end of each week to come (available to promise)."""


@dataclass(frozen=True, slots=True)
class CompanyWeek:
    """The sum of plants over a week of one label; unknown parts make it "at least"."""

    label: str
    made: Quantity | None
    shipped: Quantity | None
    rated: Quantity | None
    demonstrated: Quantity | None
    supported: Quantity | None
    committed: Quantity
    optioned: Quantity
    evaluation: Quantity
    headroom: Quantity | None


@dataclass(frozen=True, slots=True)
class Company:
    """All plants together; `clock` names whose weeks were added."""

    clock: str
    weeks: tuple[CompanyWeek, ...]
