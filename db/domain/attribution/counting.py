"""Counting units and fails per stratum and factor value, and how fails cluster within racks."""

from dataclasses import dataclass

import numpy as np

from db.domain.attribution.factors import Cases, Factor, Flags, Floats, Ints
from db.domain.attribution.stratified import Scores, days_alike, joined, score


@dataclass(frozen=True, slots=True)
class Totals:
    """Units and fails of every stratum."""

    units: Floats
    fails: Floats


@dataclass(frozen=True, slots=True)
class Candidates:
    """Every value with enough units: its factor's index, its code, and its counts.

    `same_day` compares within strata, `any_day` within operation and product over all days;
    `days_alike` is the p-value of equal days among the
    units without the value; `grouped` are exposed units per group (groups × candidates).
    """

    factor: Ints
    code: Ints
    same_day: Scores
    any_day: Scores
    days_alike: Floats
    grouped: Floats

    def __len__(self) -> int:
        return len(self.factor)


def totals(stratum: Ints, failed: Flags, count: int) -> Totals:
    """Totals of `count` strata."""
    return Totals(_count(stratum, count), _count(stratum[failed], count))


def count_candidates(cases: Cases, minimum_units: int) -> Candidates:
    """Count every value of every factor, leaving out values with too few units."""
    whole = totals(cases.stratum, cases.failed, len(cases.group))
    tables = [_table(cases, factor, minimum_units) for factor in cases.factors]
    return candidates_of(tables, whole, cases.group, len(cases.groups), minimum_units)


@dataclass(frozen=True, slots=True)
class Table:
    """Exposed units and fails (strata × values) of the values of one factor, by code."""

    code: Ints
    exposed: Floats
    fails: Floats


def candidates_of(
    tables: list[Table], whole: Totals, group: Ints, groups: int, minimum_units: int
) -> Candidates:
    """Candidates of one table per factor.

    A value that every unit carries cannot be compared with anything and is left out.
    """
    gather = np.zeros((groups, len(group)))
    gather[group, np.arange(len(group))] = 1.0
    units, fails = gather @ whole.units, gather @ whole.fails
    factors, codes, same_day, any_day, alike, grouped = [], [], [], [], [], []
    for index, table in enumerate(tables):
        carried = table.exposed.sum(axis=0)
        kept = (carried >= minimum_units) & (carried < whole.units.sum())
        exposed, failed = table.exposed[:, kept], table.fails[:, kept]
        codes.append(table.code[kept])
        factors.append(np.full(len(codes[-1]), index, dtype=np.int64))
        grouped.append(gather @ exposed)
        same_day.append(score(exposed, failed, whole.units, whole.fails))
        others = whole.units[:, None] - exposed, whole.fails[:, None] - failed
        alike.append(days_alike(*others, gather))
        any_day.append(score(grouped[-1], gather @ failed, units, fails))
    none = np.zeros(0, dtype=np.int64)
    return Candidates(
        np.concatenate([none, *factors]),
        np.concatenate([none, *codes]),
        joined(same_day),
        joined(any_day),
        np.concatenate([np.zeros(0), *alike]),
        np.concatenate([np.zeros((groups, 0)), *grouped], axis=1),
    )


def score_sets(cases: Cases, stratum: Ints, sets: list[Ints]) -> Scores:
    """Scores of sets of units (row numbers) within any strata, such as refined ones."""
    count = int(stratum.max(initial=-1)) + 1
    whole = totals(stratum, cases.failed, count)
    exposed = [_count(stratum[rows], count) for rows in sets]
    fails = [_count(stratum[rows[cases.failed[rows]]], count) for rows in sets]
    return score(np.column_stack(exposed), np.column_stack(fails), whole.units, whole.fails)


@dataclass(frozen=True, slots=True)
class Racks:
    """Units of one rack in one stratum, and how far their fails go together, with the standard
    error of that."""

    cell: Ints
    size: Floats
    correlation: float
    error: float = 0.0

    def design_effect(self, cases: Cases, rows: Ints, spread: float) -> float:
        """How much more a set's fails vary than those of independent units; 1 at least.

        1 + correlation × (Σ over racks of (exposed − its share)² / Σ over units of the same − 1).
        The correlation is taken one standard error above its estimate: taken as it is, plants whose
        fails come rack by rack named an innocent value in more than one of twenty runs.
        """
        if not self.correlation or not spread or not len(rows):
            return 1.0
        stratum_units = _count(cases.stratum, len(cases.group))
        share = _count(cases.stratum[rows], len(cases.group)) / np.maximum(stratum_units, 1)
        held = _count(self.cell[rows], len(self.size))
        own = np.zeros(len(self.size), dtype=np.int64)
        own[self.cell] = cases.stratum
        together = float(np.square(held - share[own] * self.size).sum())
        correlation = min(1.0, self.correlation + self.error)
        return max(1.0, 1.0 + correlation * (together / spread - 1.0))


def rack_correlation(cases: Cases) -> Racks:
    """Correlation of fails within racks, by moments of the residuals within strata; 0 at least.

    Its standard error is that of a ratio of sums over racks (linearised, racks independent).
    """
    if cases.rack is None or not cases.units:
        return Racks(np.arange(cases.units), np.ones(cases.units), 0.0)
    joint = cases.stratum * (int(cases.rack.max()) + 1) + cases.rack
    cell, size = _dense(joint)
    whole = totals(cases.stratum, cases.failed, len(cases.group))
    ratio = whole.fails / np.maximum(whole.units, 1)
    own = np.zeros(len(size), dtype=np.int64)
    own[cell] = cases.stratum
    fails = _count(cell[cases.failed], len(size))
    residual = fails - ratio[own] * size
    squares = fails * (1 - 2 * ratio[own]) + size * ratio[own] ** 2
    pairs = size * (size - 1) * (ratio * (1 - ratio))[own]
    if not pairs.sum():
        return Racks(cell, size, 0.0)
    together = residual**2 - squares
    found = min(1.0, max(0.0, float(together.sum() / pairs.sum())))
    error = float(np.sqrt(np.square(together - found * pairs).sum()) / pairs.sum())
    return Racks(cell, size, found, error)


def _dense(keys: Ints) -> tuple[Ints, Floats]:
    _, cell, size = np.unique(keys, return_inverse=True, return_counts=True)
    return cell.astype(np.int64), size.astype(np.float64)


def _table(cases: Cases, factor: Factor, minimum_units: int) -> Table:
    """Counts of the values with enough units."""
    carried = np.bincount(factor.codes, minlength=1)
    code = np.flatnonzero(carried >= minimum_units).astype(np.int64)
    place = np.full(len(carried), -1, dtype=np.int64)
    place[code] = np.arange(len(code))
    column, units = place[factor.codes], factor.units
    if len(code) < len(carried):
        column, units = column[column >= 0], units[column >= 0]
    shape = len(cases.group), len(code)
    key = cases.stratum[units] * shape[1] + column
    exposed = _count(key, shape[0] * shape[1])
    fails = _count(key[cases.failed[units]], shape[0] * shape[1])
    return Table(code, exposed.reshape(shape), fails.reshape(shape))


def _count(codes: Ints, count: int) -> Floats:
    return np.bincount(codes, minlength=count).astype(np.float64)
