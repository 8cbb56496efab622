"""What a bill calls for and what may be built with."""

import pytest

from db.domain.material.facts import BomItem, OnHand
from db.domain.material.parts import available_qty, need_each, racks_clear


def test_scrap_is_added_by_its_convention() -> None:
    assert need_each(BomItem("rack", "clip", 4, scrap_ratio=0.02)) == pytest.approx(
        4.0816, abs=1e-4
    )
    multiply = BomItem("rack", "clip", 4, scrap_ratio=0.02, scrap_convention="multiply")
    assert need_each(multiply) == pytest.approx(4.08)
    assert racks_clear(98, need_each(BomItem("rack", "clip", 4, scrap_ratio=0.02))) == 24


def test_allocation_beyond_stock_leaves_nothing_not_less() -> None:
    assert available_qty([OnHand("clip", 10, allocated_qty=30)]) == 0


@pytest.mark.parametrize(
    "status", ["quality_hold", "blocked", "in_transit", "consignment", "wip_floor"]
)
def test_only_unrestricted_stock_is_available(status: str) -> None:
    assert available_qty([OnHand("clip", 10, status=status)]) == 0
