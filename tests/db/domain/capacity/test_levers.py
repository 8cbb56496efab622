"""Single changes: the ones worth asking, ranked by what each alone buys."""

from db.domain.capacity.levers import ranked, worth_asking
from db.domain.capacity.scenario import AddShift, LoseResource, MoveReceipt, Scenario
from db.domain.capacity.whatif import answer, stand
from tests.db.domain.capacity.worlds import world


def test_the_first_of_the_ranking_is_what_buys_most_when_asked_alone() -> None:
    standing = {code: stand(facts) for code, facts in world(12, 6, 28, "ab").items()}
    found = ranked(standing)
    racks = [one.racks or 0.0 for one in found]
    assert racks == sorted(racks, reverse=True)
    assert racks[0] > 0
    told = answer(standing, Scenario((found[0].change,)))
    assert sum(one.racks_gained or 0.0 for one in told.plants) == racks[0]


def test_a_shift_the_tightest_resources_and_the_awaited_receipts_are_asked_of_each_plant() -> None:
    [facts] = world(12, 6, 28, "a").values()
    one = stand(facts)
    asked = list(worth_asking(one))
    assert [type(change) for change in asked[:3]] == [AddShift, LoseResource, LoseResource]
    tightest = one.ledger.limits[next(w.week.label for w in one.ledger.weeks if not w.is_past)]
    assert [c.resource for c in asked if isinstance(c, LoseResource)] == [
        limit.resource for limit in tightest[:2]
    ]
    assert all(c.amount < 0 for c in asked if isinstance(c, LoseResource)), "more of it"
    waited = {stop.part for stop in one.stops if stop.part}
    moved = {c.receipt for c in asked if isinstance(c, MoveReceipt)}
    assert {row.part for row in facts.material.promises if row.key in moved} <= waited
