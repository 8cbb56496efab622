"""The four figures of the capacity page: shipped, demonstrated, committed, what can still be."""

from typing import Any

from dash import html

from dashboard.components.capacity.view import (
    PER_WEEK,
    WORDS,
    Unit,
    View,
    amount,
    day,
    number,
    promised,
    signed,
    told,
)
from dashboard.components.marks import figure
from dashboard.wording import NONE, counted
from db.domain.capacity.results import CompanyWeek


def figures(view: View) -> list[html.Div]:
    """Shipped last week in MW, demonstrated, committed in the week looked at, and what can still be
    committed for it."""
    week = view.by_label.get(view.chosen)
    return [_shipped(view), _demonstrated(view), _committed(view, week), _room(view, week)]


def _shipped(view: View) -> html.Div:
    label, over = "MW shipped, last week", view.past[-2:]
    last = over[-1] if over else None
    if last is None or last.shipped is None:
        return figure(label, "No data", "", "no full week of a plant that says what it ships")
    name = f"week of {day(view.first_on(last.label))}"
    before = over[0].shipped if len(over) > 1 else None
    note: list[Any] = [html.B(f"{told(last.shipped, 'racks')} racks"), f" · {name}"]
    if before and before.racks and not (before.is_at_least or last.shipped.is_at_least):
        change = 100 * (last.shipped.racks / before.racks - 1)
        sign = "+" if change >= 0.05 else "−" if change <= -0.05 else ""
        note += [" · ", html.B(f"{sign}{abs(change):.1f}%"), " vs prior week"]
    return figure(label, told(last.shipped, "mw"), "MW", note)


def _demonstrated(view: View) -> html.Div:
    label = "Demonstrated capacity"
    now = next(iter(view.ahead), None)
    if now is None or now.demonstrated is None:
        return figure(label, "No data", "", "no full week of output yet")
    other: Unit = "racks" if view.unit == "mw" else "mw"
    ledgers = [site.held.ledger for site in view.sites]
    counts = sorted({len(one.demonstrated_weeks) for one in ledgers})
    weeks = counted(counts[-1], "full week")
    some = f"the last {weeks}" if len(counts) == 1 else f"at most {weeks} a plant"
    note: list[Any] = [html.B(f"{told(now.demonstrated, other)} {PER_WEEK[other]}"),
                       f" · median of {some}"]  # fmt: skip
    best = ledgers[0].best
    if len(ledgers) == 1 and best:
        note.append(f"; best {number(best.racks, 'racks')}, {day(best.first_on)}")
    return figure(label, told(now.demonstrated, view.unit), PER_WEEK[view.unit], note)


def _committed(view: View, week: CompanyWeek | None) -> html.Div:
    label = f"Committed peak, next {len(view.ahead)} weeks"
    if week is None:
        return figure(label, "No data", "", "no week is known")
    if view.is_named:
        label = f"Committed, week of {day(view.first_on(week.label))}"
    share = _share(week)
    note: list[Any] = [f"{week.label}, from {day(view.first_on(week.label))}"]
    if share:
        note += [" · ", html.B(share), " of demonstrated"]
    if week.evaluation.racks:
        note.append(f"; {counted(round(week.evaluation.racks), 'rack')} for evaluation beside it")
    return figure(label, told(week.committed, view.unit), PER_WEEK[view.unit], note)


def _share(week: CompanyWeek) -> str:
    shown = week.demonstrated
    if shown is None or not shown.racks or shown.is_at_least:
        return ""
    return f"{week.committed.racks / shown.racks:.0%}"


def _room(view: View, week: CompanyWeek | None) -> html.Div:
    if week is None:
        return figure("Can still be committed", "No data", "", "no week is known")
    first = day(view.first_on(week.label))
    label = f"Can still be committed for week of {first}"
    if week.label in {one.label for one in view.past}:
        return figure(label, NONE, "", "that week is over")
    alone = amount(week.headroom, view.unit)
    if week.headroom is None or alone is None:
        return figure(label, "Cannot tell", "", "no nameplate kW" if week.headroom else
                      "nothing demonstrated yet")  # fmt: skip
    optioned = amount(week.optioned, view.unit)
    ask = ["options ask ", html.B(number(optioned, view.unit)), ", not a commitment"]
    note = [*_ahead(view, week), *(ask if optioned else ["no option is due"])]
    least = "at least " if told(week.headroom, view.unit).startswith("at least") else ""
    unit = f"{WORDS[view.unit]} in that week"
    return figure(label, f"{least}{signed(alone, view.unit)}", unit, note)


def _ahead(view: View, week: CompanyWeek) -> list[Any]:
    """What all weeks from now to the end of one could still be promised together."""
    before = [one.label for one in view.ahead].index(week.label)
    more = promised(view, week.label)
    if more is None or not before:
        return []
    weeks = f"the {before + 1} weeks to its end"
    if more.racks < 0:
        short = html.B(f"{number(-more.racks, 'racks')} racks short")
        return [f"but {weeks} are ", short, " together; "]
    return ["or ", html.B(f"{told(more, 'racks')} racks"), f" over {weeks}; "]
