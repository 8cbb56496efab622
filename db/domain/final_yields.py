"""Yields beyond the first pass: final, rolled over a routing, retests, defects per unit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, prod

from db.domain.vocabulary import Verdict
from db.domain.yields import COUNTED, Run, share


@dataclass(frozen=True, slots=True)
class FinalYield:
    """Yield at the last verdict: of the units disposed of, and of all started, "so far"."""

    disposed_ratio: float | None
    started_ratio: float | None
    open_count: int


def final_yield(passed_count: int, scrapped_count: int, open_count: int) -> FinalYield:
    """Units passed at their last verdict over those disposed of, and over all that were started.

    Disposed of: passed or scrapped. With nothing disposed of yet neither is known.

    >>> found = final_yield(117, 1, 2)
    >>> f"{found.disposed_ratio:.1%} {found.started_ratio:.1%}"
    '99.2% 97.5%'
    >>> final_yield(0, 0, 3)
    FinalYield(disposed_ratio=None, started_ratio=None, open_count=3)
    """
    disposed = passed_count + scrapped_count
    started = disposed + open_count if disposed else 0
    return FinalYield(share(passed_count, disposed), share(passed_count, started), open_count)


def rolled_yield(ratios: Iterable[float | None]) -> float | None:
    """Rolled throughput yield: product of the first-pass yields over the operations of a routing.

    It assumes that fails at different operations are independent; `unit_rolled` assumes nothing.
    None when the first-pass yield of any operation is not known.

    >>> f"{rolled_yield([0.985, 0.96, 0.93, 0.97, 0.99]):.4f}", rolled_yield([0.9, None])
    ('0.8445', None)
    """
    listed = list(ratios)
    known = [ratio for ratio in listed if ratio is not None]
    return prod(known) if known and len(known) == len(listed) else None


@dataclass(frozen=True, slots=True)
class UnitRolled:
    """Units that passed every operation first time, of `unit_count` that have a first verdict at
    each; `skipped` lists the (serial, operation) without one: violations of the route."""

    passed_count: int
    unit_count: int
    skipped: tuple[tuple[str, str], ...]

    @property
    def ratio(self) -> float | None:
        """Share of units that passed everything first time."""
        return share(self.passed_count, self.unit_count)


def unit_rolled(
    first_verdicts: Mapping[str, Mapping[str, str]], routing: Sequence[str]
) -> UnitRolled:
    """Rolled yield by unit, from first verdicts by serial and operation of units that are through.

    A gap to `rolled_yield` means that fails go together. A unit that never visited an operation of
    its routing is left out and listed.

    >>> unit_rolled({"R1": {"LEAK": "passed", "LINK": "passed"},
    ...              "R2": {"LEAK": "passed", "LINK": "failed"},
    ...              "R3": {"LINK": "passed"}}, ["LEAK", "LINK"])
    UnitRolled(passed_count=1, unit_count=2, skipped=(('R3', 'LEAK'),))
    """
    skipped = tuple(
        (serial, operation)
        for serial, verdicts in sorted(first_verdicts.items())
        for operation in routing
        if verdicts.get(operation) not in COUNTED
    )
    left_out = {serial for serial, _ in skipped}
    through = [verdicts for serial, verdicts in first_verdicts.items() if serial not in left_out]
    passed = sum(all(unit[name] == Verdict.PASSED for name in routing) for unit in through)
    return UnitRolled(passed, len(through), skipped) if routing else UnitRolled(0, 0, ())


def retest_ratio(retest_count: int, first_count: int) -> float | None:
    """Runs with a verdict after the first one, per first verdict; can exceed 1.

    >>> retest_ratio(30, 120), retest_ratio(0, 0)
    (0.25, None)
    """
    return share(retest_count, first_count)


def no_trouble_found_count(
    runs: Iterable[Run], repaired_at: Mapping[str, Sequence[datetime]]
) -> tuple[int, int]:
    """Of the first verdicts that failed, how many passed at the next one with no repair between.

    Returns (passed without repair, first verdicts failed). Many of them are the tester's problem,
    not the product's. `repaired_at` holds the instants of repair by serial.

    >>> from collections import namedtuple
    >>> Run = namedtuple("Run", "serial operation started_at source_key verdict")
    >>> eight, nine = datetime(2026, 7, 6, 8), datetime(2026, 7, 6, 9)
    >>> no_trouble_found_count([Run("R1", "LEAK", eight, "1", "failed"),
    ...                         Run("R1", "LEAK", nine, "2", "passed")], {})
    (1, 1)
    """
    histories: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        if run.verdict in COUNTED:
            histories[run.serial, run.operation].append(run)
    found = failed = 0
    for (serial, _), history in histories.items():
        first, *later = sorted(history, key=lambda run: (run.started_at, run.source_key))
        if first.verdict != Verdict.FAILED:
            continue
        failed += 1
        if later and later[0].verdict == Verdict.PASSED:
            found += not any(
                first.started_at <= at <= later[0].started_at for at in repaired_at.get(serial, ())
            )
    return found, failed


def defects_per_unit(defect_count: int, unit_count: int) -> float | None:
    """DPU: defects found over units inspected.

    >>> round(defects_per_unit(37, 60), 3)
    0.617
    """
    return share(defect_count, unit_count)


def defects_per_million(
    defect_count: int, unit_count: int, opportunity_count: int | None
) -> float | None:
    """DPMO: a million times defects over units and their opportunities (DPO is a millionth of it).

    `opportunity_count` per unit is governed by the product revision; without it DPMO means nothing
    and is None.

    >>> round(defects_per_million(37, 60, 1200), 1), defects_per_million(37, 60, None)
    (513.9, None)
    """
    ratio = share(defect_count, unit_count * (opportunity_count or 0))
    return None if ratio is None else 1e6 * ratio


def defect_free_ratio(per_unit: float | None) -> float | None:
    """Share of units without a defect, e^−DPU, if defects fall on units by chance (Poisson).

    >>> round(defect_free_ratio(0.617), 3)
    0.54
    """
    return None if per_unit is None else exp(-per_unit)
