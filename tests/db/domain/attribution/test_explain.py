"""Explanations: nested values told apart, hostile and missing values, windows with no answer."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from db.domain.attribution.explain import explain, explain_counts
from db.domain.attribution.factors import read_cases
from db.domain.attribution.findings import Standing
from tests.db.domain.attribution import trays

NOON = datetime(2026, 7, 6, 12, tzinfo=UTC)


def units(count: int, **columns: object) -> pd.DataFrame:
    """Units of four days that all passed, unless told otherwise."""
    base = {"day": np.arange(count) % 4, "operation": "LEAK", "product": "rack", "failed": False}
    return pd.DataFrame(base | columns, index=range(count))


def lots(seed: int = 1) -> tuple[pd.DataFrame, np.random.Generator]:
    """4,000 units of eight lots from four suppliers."""
    rng = np.random.default_rng(seed)
    lot = rng.integers(0, 8, 4_000)
    names = np.char.add("K", lot.astype(str))
    return units(4_000, lot=names, supplier=np.char.add("S", (lot // 2).astype(str))), rng


def test_the_bad_lot_is_named_and_its_supplier_explained_by_it() -> None:
    frame, rng = lots()
    frame["failed"] = rng.random(4_000) < np.where(frame["lot"] == "K5", 0.15, 0.02)
    found = explain(frame, ["supplier", "lot"])
    first, second = found.findings[:2]
    assert (found.standing, first.factor, first.value) == (Standing.LIKELY, "lot", "K5")
    assert (second.value, second.standing, second.explained_by) == ("S2", Standing.EXPLAINED, 1)
    assert "beside lot K5" in second.sentence
    assert sum(one.standing is Standing.LIKELY for one in found.findings) == 1


def test_a_bad_supplier_is_named_itself_and_not_one_of_its_lots() -> None:
    frame, rng = lots()
    frame["failed"] = rng.random(4_000) < np.where(frame["supplier"] == "S2", 0.12, 0.02)
    first, *rest = explain(frame, ["lot", "supplier"]).findings
    assert (first.factor, first.value, first.standing) == ("supplier", "S2", Standing.LIKELY)
    assert all(one.standing is not Standing.LIKELY for one in rest)
    assert {one.value for one in rest if one.explained_by == 1} == {"K4", "K5"}


def test_of_two_values_in_the_same_units_the_narrower_kind_is_named() -> None:
    frame, rng = lots()
    frame["supplier"] = frame["lot"].str.replace("K", "S")
    frame["failed"] = rng.random(4_000) < np.where(frame["lot"] == "K5", 0.15, 0.02)
    first, second = explain(frame, ["supplier", "lot"]).findings[:2]
    assert (first.factor, second.factor, second.explained_by) == ("lot", "supplier", 1)


def test_two_causes_are_both_named_and_make_no_pair() -> None:
    frame, rng = lots()
    frame["station"] = rng.choice(["A", "B", "C"], 4_000)
    ratio = 0.02 * np.where(frame["lot"] == "K5", 5, 1) * np.where(frame["station"] == "B", 4, 1)
    frame["failed"] = rng.random(4_000) < ratio
    named = [one for one in explain(frame, ["lot", "station"]).findings if one.standing == "likely"]
    assert {one.value for one in named} == {"K5", "B"}


def test_a_finding_carries_its_figures() -> None:
    frame, rng = lots()
    frame["failed"] = rng.random(4_000) < np.where(frame["lot"] == "K5", 0.15, 0.02)
    found = explain(frame, ["lot"], baseline=0.02)
    first = found.findings[0]
    held = frame[frame["lot"] == "K5"]
    assert (first.exposed_units, first.fails) == (len(held), held["failed"].sum())
    assert first.baseline_fails == pytest.approx(0.02 * len(held))
    assert found.baseline_fails == pytest.approx(80)
    assert first.expected_fails == pytest.approx(0.02 * len(held), rel=0.3)
    assert first.effect_interval is not None
    assert first.effect_interval[0] < 13 < first.effect_interval[1]
    assert first.p_value < first.p_adjusted < 0.001
    assert first.tried_count == found.tried_count == 8
    assert first.disproof.startswith("Wrong if")
    assert (first.racks_in_process, first.racks_shipped) == (None, None)


def test_values_are_text_whatever_they_hold() -> None:
    hostile = ["<script>alert(1)</script>", "'; DROP TABLE lot; --", "=cmd()", "a\x00b", "%s {x}"]
    frame = units(1_000, lot=np.resize(hostile, 1_000))
    frame["failed"] = (frame["lot"] == hostile[0]) & (frame.index % 3 == 0)
    found = explain(frame, ["lot"])
    assert found.findings[0].value == hostile[0]
    assert hostile[0] in found.findings[0].sentence
    assert {one.value for one in found.findings} == set(hostile)


def test_units_without_a_value_are_left_out_and_counted() -> None:
    frame = units(400, fixture=[None, "", "  ", "F1"] * 100)
    frame.loc[:20, "failed"] = True
    found = explain(frame, ["fixture"])
    assert found.notes == ("fixture: 300 of 400 units have no value and are left out of it",)
    assert [one.value for one in found.findings] == ["F1"]


NO_ANSWER = [
    (units(0, lot=[]), "No data: no unit has a first verdict in this window"),
    (units(50, lot="A"), "Nothing to explain: all 50 units passed"),
    (units(50, lot="A", failed=True), "All 50 units failed: no value can be told from another"),
    (units(1, lot="A", failed=True), "All 1 units failed: no value can be told from another"),
    (
        units(60, lot=[f"K{one}" for one in range(60)], failed=[True] + [False] * 59),
        "1 of 60 units failed; no factor value was carried by enough units to be compared",
    ),
    (
        units(60, lot=None, failed=[True] + [False] * 59),
        "1 of 60 units failed; no factor value was carried by enough units to be compared",
    ),
]


@pytest.mark.parametrize(("frame", "sentence"), NO_ANSWER)
def test_a_window_without_an_answer_is_a_sentence(frame: pd.DataFrame, sentence: str) -> None:
    for factors in (["lot"], ["lot", "product"]):
        found = explain(frame, factors)
        assert (found.sentence, found.standing) == (sentence, Standing.NOTHING)
        assert found.findings == ()


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column firmware; expected day, failed, firmware"):
        explain(units(5), ["firmware"])


def test_a_value_that_every_unit_of_its_days_carried_is_at_most_possible() -> None:
    """The new firmware came overnight, with the drop: the day and the firmware are one."""
    frame = units(4_000)
    frame["firmware"] = np.where(frame["day"] >= 2, "new", "old")
    frame["failed"] = np.random.default_rng(1).random(4_000) < np.where(
        frame["firmware"] == "new", 0.10, 0.02
    )
    first = explain(frame, ["firmware"]).findings[0]
    assert (first.value, first.standing) == ("new", Standing.POSSIBLE)
    assert (first.compared_units, first.effect_points, first.expected_fails) == (0, None, None)
    assert "no other unit of the same day" in first.sentence


def test_a_drop_of_everything_is_time_wide() -> None:
    rng = np.random.default_rng(2)
    frame = units(3_000, lot=rng.choice(list("ABCDE"), 3_000), failed=rng.random(3_000) < 0.05)
    found = explain(frame, ["lot"], baseline=0.02)
    assert found.standing is Standing.TIME_WIDE
    assert "the whole window fails more than its baseline" in found.sentence


def test_units_before_the_drop_are_the_baseline_and_split_the_mix() -> None:
    rng = np.random.default_rng(3)
    frame = units(4_000, lot=rng.choice(list("ABCDE"), 4_000))
    frame["at"] = [NOON + timedelta(minutes=one) for one in range(4_000)]
    late = frame.index >= 2_000
    frame["product"] = np.where(rng.random(4_000) < np.where(late, 0.8, 0.2), "hard", "easy")
    frame["failed"] = rng.random(4_000) < np.where(frame["product"] == "hard", 0.10, 0.01)
    found = explain(frame, ["lot"], since=NOON + timedelta(minutes=2_000))
    assert found.units == 2_000
    assert found.baseline_fails == pytest.approx(found.fails, rel=0.2)
    assert found.standing is Standing.NOTHING
    assert found.mix is not None
    assert found.mix.mix_part < -0.04
    assert abs(found.mix.rate_part) < 0.02


def test_a_rack_may_carry_many_lots() -> None:
    rng = np.random.default_rng(4)
    carried = {unit: rng.choice(12, 3, replace=False) for unit in range(2_000)}
    links = [(unit, "tray lot", f"T{lot}") for unit, held in carried.items() for lot in held]
    frame = units(2_000, unit=range(2_000))
    bad = np.array([5 in held for held in carried.values()])
    frame["failed"] = rng.random(2_000) < np.where(bad, 0.15, 0.02)
    exposures = pd.DataFrame([*links, links[0]], columns=["unit", "factor", "value"])
    first = explain(frame, [], exposures=exposures).findings[0]
    assert (first.value, first.standing, first.exposed_units) == ("T5", "likely", bad.sum())


def test_counts_give_what_units_give() -> None:
    frame, rng = lots()
    frame["failed"] = rng.random(4_000) < np.where(frame["lot"] == "K5", 0.15, 0.02)
    strata = ["day", "operation", "product"]
    named = frame.assign(factor="lot", value=frame["lot"])
    added = {"units": ("failed", "size"), "fails": ("failed", "sum")}
    counts = named.groupby([*strata, "factor", "value"]).agg(**added).reset_index()
    whole = frame.groupby(strata).agg(**added).reset_index()
    told, given = explain(frame, ["lot"]), explain_counts(counts, whole)
    assert [one.value for one in given.findings] == [one.value for one in told.findings]
    assert [one.p_adjusted for one in given.findings] == pytest.approx(
        [one.p_adjusted for one in told.findings]
    )
    assert given.sentence == told.sentence
    assert "only counts were given" in given.notes[0]


def test_a_sample_tells_which_of_two_counted_values_holds_the_other() -> None:
    frame, rng = lots()
    frame["supplier"] = np.where(frame["lot"].isin(["K5", "K6"]), "FA", "FB")
    frame["failed"] = rng.random(4_000) < np.where(frame["lot"] == "K5", 0.30, 0.02)
    strata = ["day", "operation", "product"]
    factors = ["lot", "supplier"]
    named = pd.concat([frame.assign(factor=one, value=frame[one]) for one in factors])
    added = {"units": ("failed", "size"), "fails": ("failed", "sum")}
    counts = named.groupby([*strata, "factor", "value"]).agg(**added).reset_index()
    whole = frame.groupby(strata).agg(**added).reset_index()
    drawn = frame[rng.random(4_000) < 0.5]
    sample = read_cases(drawn, factors, None, strata, None)
    told = explain_counts(counts, whole, sample=sample)
    standing = {one.value: one.standing for one in told.findings}
    assert told.findings[0].value == "K5"
    assert (standing["K5"], standing["FA"]) == (Standing.LIKELY, Standing.EXPLAINED)
    assert "drawn at random" in told.notes[0]
    few = read_cases(drawn.iloc[:30], factors, None, strata, None)
    unsure = explain_counts(counts, whole, sample=few)
    assert Standing.EXPLAINED not in {one.standing for one in unsure.findings}


def test_a_pair_is_found_in_the_units_drawn_at_random_where_the_rest_is_only_counted() -> None:
    """40,000 trays of which 2,000 are a station's with a new firmware and fail at 15 %; the
    station's others and the firmware's others fail so much less that neither stands out."""
    rng, many = np.random.default_rng(11), 40_000
    frame = pd.DataFrame({"day": np.arange(many) * 5 // many, "operation": "LEAK", "product": "P"})
    frame["station"] = pd.Categorical.from_codes(
        rng.integers(0, 8, many), [f"S{n}" for n in range(8)]
    )
    frame["firmware"] = np.where(rng.random(many) < 0.4, "1.5", "1.4")
    both = ((frame["station"] == "S3") & (frame["firmware"] == "1.5")).to_numpy()
    either = ((frame["station"] == "S3") | (frame["firmware"] == "1.5")).to_numpy()
    ratio = np.where(both, 0.15, np.where(either, 0.005, 0.03))
    frame["failed"] = rng.random(many) < ratio
    strata, factors = ["day", "operation", "product"], ["station", "firmware"]
    named = pd.concat([frame.assign(factor=one, value=frame[one].astype(str)) for one in factors])
    added = {"units": ("failed", "size"), "fails": ("failed", "sum")}
    counts = named.groupby([*strata, "factor", "value"]).agg(**added).reset_index()
    whole = frame.groupby(strata).agg(**added).reset_index()
    sample = read_cases(frame[rng.random(many) < 0.4], factors, None, strata, None)
    told = explain_counts(counts, whole, sample=sample)
    first = told.findings[0]
    assert {level.value for level in first.levels} == {"S3", "1.5"}
    assert first.standing is Standing.LIKELY
    assert told.pairs_tried_count == 16
    assert first.exposed_units == pytest.approx(0.4 * both.sum(), rel=0.1), "counted in the sample"
    assert "pairs looked for and counted, in" in told.notes[0]
    assert explain_counts(counts, whole).pairs_tried_count == 0


def test_the_order_of_units_does_not_matter() -> None:
    frame = trays.bad_lot(1)
    shuffled = frame.sample(frac=1, random_state=2)
    first, second = explain(frame, trays.FACTORS), explain(shuffled, trays.FACTORS)
    assert [one.value for one in first.findings[:5]] == [one.value for one in second.findings[:5]]
    assert first.sentence == second.sentence


def test_a_product_new_since_the_drop_is_held_against_all_others() -> None:
    frame = units(400, lot="A", failed=np.arange(400) % 10 == 0)
    frame["at"] = [NOON + timedelta(minutes=one) for one in range(400)]
    frame.loc[300:, "product"] = "new"
    found = explain(frame, ["lot"], since=NOON + timedelta(minutes=200))
    assert found.baseline_fails == pytest.approx(20)
