"""One sentence for everything red: which part, which receipt, which rule. Times by plant clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from db.domain.material.results import Alternate, Case, CaseName, PartOutlook, Receipt

A_LITTLE = 1e-6
"""Of a minute: a lead that is whole but for its last bits is whole."""
IF: Mapping[CaseName, str] = {
    "promised": "if promises hold",
    "late": "if suppliers are late as usual",
    "none": "if nothing arrives",
}
NOT_COUNTED = {
    "undated": "has no date",
    "overdue": "is overdue",
    "not confirmed": "is not confirmed",
    "unit": "is in a unit without a factor",
    "quantity": "has no sound quantity",
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says instants in the plant's zone."""

    zone: ZoneInfo

    def at(self, instant: datetime) -> str:
        """An instant as people say it.

        >>> from datetime import UTC
        >>> Speaker(ZoneInfo("America/Chicago")).at(datetime(2026, 7, 7, 13, tzinfo=UTC))
        'Tue Jul 7 08:00'
        """
        local = instant.astimezone(self.zone)
        return f"{local:%a %b} {local.day} {local:%H:%M}"

    def on(self, day: date) -> str:
        """A day as people say it."""
        return f"{day:%a %b} {day.day}"

    def stop(self, one: PartOutlook, stops_at: datetime, case: Case) -> str:
        """When a part runs out, how much sooner for what is scrapped and replaced, and what would
        avoid it."""
        sooner = one.yield_hours if case is one.cases["promised"] else None
        why = f", {span(sooner)} sooner by measured scrap and replacement" if sooner else ""
        stop = f"{one.name or one.part} runs out {self.at(stops_at)}{why}"
        return f"{stop}; {_what_comes(case, one.receipts)}"

    def left_out(self, receipts: Sequence[Receipt]) -> str:
        """The receipts that do not count, and the rule each fails."""
        told = [
            f"receipt {one.order_no or one.key} of {amount(one.open_qty)} "
            f"{NOT_COUNTED.get(one.why_not, one.why_not)}"
            + (
                f" since {self.on(one.promised_on)}"
                if self._is_old(one) and one.promised_on
                else ""
            )
            for one in receipts
            if not one.counts
        ]
        return f"not counted: {', '.join(told)}" if told else ""

    def alternates(self, found: Sequence[Alternate]) -> str:
        """How far the alternates carry the lines on."""
        if not found:
            return ""
        last = found[-1]
        names = ", ".join(one.part for one in found)
        if last.lasts_until_at is None:
            return f"with alternate {names} no stop"
        return f"with alternate {names} until {self.at(last.lasts_until_at)}"

    def blocker(self, one: PartOutlook, stops_at: datetime, case: CaseName) -> str:
        """Why a line stops, in one case."""
        own = one.cases[case]
        name = one.name or one.part
        told = f"stops {self.at(stops_at)} for {name}"
        if own.stops_at is not None and own.stops_at < stops_at:
            told += f", which runs out {self.at(own.stops_at)}"
        if case == "none":
            return f"{told} if nothing arrives."
        comes = _what_comes(own, one.receipts)
        return "; ".join(e for e in (told, comes, self.left_out(one.receipts)) if e) + "."

    def case(self, one: PartOutlook, name: CaseName) -> str:
        """When a part runs out in one case and what comes; "" when it does not."""
        case = one.cases[name]
        if case.stops_at is None:
            return ""
        told = [
            f"{one.name or one.part} runs out {self.at(case.stops_at)} {IF[name]}: "
            f"{amount(one.available_qty)} {one.unit} free to build with{_used(one)}",
            "" if name == "none" else _what_comes(case, one.receipts),
            self._carried(one, case),
        ]
        return f"{'; '.join(entry for entry in told if entry)}."

    def _carried(self, one: PartOutlook, case: Case) -> str:
        """How far the alternates carry the lines of a part in a case; "" when they do not."""
        if case.line_stops_at == case.stops_at:
            return ""
        names = ", ".join(other.part for other in one.alternates)
        ends = f"until {self.at(case.line_stops_at)}" if case.line_stops_at else "the lines on"
        return f"{names} {'carries' if len(one.alternates) == 1 else 'carry'} {ends}"

    def part(self, one: PartOutlook) -> str:
        """What is wrong with a part, worst first; "" when nothing is."""
        told = []
        case = told_case(one)
        if case is not None and case.stops_at is not None:
            is_promised = case is one.cases["promised"]
            stop = self.stop(one, case.stops_at, case)
            told = [
                stop if is_promised else f"if suppliers are as late as they have been, {stop}",
                self.alternates(one.alternates) if is_promised else "",
                self.left_out(one.receipts),
            ]
        if one.is_below_safety:
            told.append(
                f"{amount(one.available_qty)} {one.unit} are below the safety stock of "
                f"{amount(one.safety_qty or 0.0)}"
            )
        text = "; ".join(entry for entry in told if entry)
        return f"{text}." if text else ""

    @staticmethod
    def _is_old(one: Receipt) -> bool:
        return one.why_not == "overdue"


def _used(one: PartOutlook) -> str:
    """How much of what was free to build with when the stock was read the plan has used since."""
    told = amount(one.used_qty)
    return "" if told == "0" else f" when the stock was read, {told} used since"


def told_case(one: PartOutlook) -> Case | None:
    """The case a part's sentence tells: promises hold if it runs out then, else late as usual."""
    cases = one.cases["promised"], one.cases["late"]
    return next((case for case in cases if case.stops_at is not None), None)


def _what_comes(case: Case, receipts: Sequence[Receipt]) -> str:
    """The receipt that would avoid a case's stop, and how much earlier it would have to come."""
    chosen = next((one for one in receipts if one.key == case.receipt), None)
    if chosen is None:
        return "no receipt that counts comes after"
    which = f"receipt {chosen.order_no or chosen.key} of {amount(chosen.open_qty)}"
    if case.hours_earlier is None:
        return f"{which} is next and not enough alone"
    return f"{which} would have to come {earlier(case.hours_earlier)} earlier"


def span(hours: float) -> str:
    """A length of time in the unit people plan by.

    >>> span(0.001), span(0.4), span(2.0), span(60)
    ('1 min', '24 min', '2 h', '2.5 days')
    """
    minutes = max(1, round(hours * 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.1f} days"


def earlier(hours: float) -> str:
    """How much earlier something has to come: never nothing, and never less than it takes.

    >>> earlier(0.004), earlier(0.9), earlier(11.2), earlier(60)
    ('1 min', '54 min', '12 h', '2.5 days')
    """
    minutes = max(1, ceil(hours * 60 - A_LITTLE))
    if minutes < 60:
        return f"{minutes} min"
    return f"{ceil(minutes / 60)} h" if hours < 48 else f"{ceil(minutes / 144) / 10:g} days"


def amount(qty: float) -> str:
    """A quantity as people say it.

    >>> amount(1234567.0), amount(12.345), amount(0.5)
    ('1,234,567', '12.35', '0.5')
    """
    return f"{qty:,.2f}".rstrip("0").rstrip(".")
