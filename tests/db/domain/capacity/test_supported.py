"""What material supports: products of which nothing can be told are unknown, not zero."""

from datetime import date

from db.domain.capacity.supported import supported_of
from db.domain.material.results import CASES, BuildCase, BuildOutlook

DAYS = (date(2026, 7, 6), date(2026, 7, 7))


def build(product: str, now: int, cannot_tell: str = "") -> BuildOutlook:
    told = BuildCase(((DAYS[1], now + 2),))
    header = (f"WO-{product}", product, "L1", "firm", 1, None, 9)
    return BuildOutlook(*header, now, now, (), dict.fromkeys(CASES, told), cannot_tell)


def test_a_product_without_a_sound_bill_is_left_out() -> None:
    found = supported_of([build("A", 3), build("B", 0, "no BOM for B")], DAYS)
    assert [(one.product, one.by_day) for one in found] == [("A", ((DAYS[0], 3), (DAYS[1], 5)))]
