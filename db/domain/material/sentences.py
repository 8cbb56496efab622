"""One sentence for everything red: which part, which receipt, which rule. Times by plant clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from db.domain.material.results import Alternate, Case, CaseName, PartOutlook, Receipt

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
        'Tue 7 Jul 08:00'
        """
        local = instant.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b %H:%M}"

    def on(self, day: date) -> str:
        """A day as people say it."""
        return f"{day:%a} {day.day} {day:%b}"

    def stop(self, name: str, stops_at: datetime, case: Case, receipts: Sequence[Receipt]) -> str:
        """When a part runs out, and what would avoid it."""
        told = f"{name} runs out {self.at(stops_at)}"
        chosen = next((one for one in receipts if one.key == case.receipt), None)
        if chosen is None:
            return f"{told}; no receipt that counts comes after"
        which = f"receipt {chosen.order_no or chosen.key}"
        if case.hours_earlier is None:
            return f"{told}; {which} of {chosen.open_qty:g} is next and not enough alone"
        return f"{told}; {which} of {chosen.open_qty:g} would have to come {hours(case)} earlier"

    def left_out(self, receipts: Sequence[Receipt]) -> str:
        """The receipts that do not count, and the rule each fails."""
        told = [
            f"receipt {one.order_no or one.key} of {one.open_qty:g} "
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
        chosen = next((r for r in one.receipts if r.key == own.receipt), None)
        rest = "no receipt that counts comes after"
        if chosen is not None:
            which = f"receipt {chosen.order_no or chosen.key} of {chosen.open_qty:g}"
            rest = f"{which} is next and not enough alone"
            if own.hours_earlier is not None:
                rest = f"{which} would have to come {hours(own)} earlier"
        return "; ".join(e for e in (told, rest, self.left_out(one.receipts)) if e) + "."

    def part(self, one: PartOutlook) -> str:
        """What is wrong with a part, worst first; "" when nothing is."""
        promised, late = one.cases["promised"], one.cases["late"]
        told = []
        if promised.stops_at is not None:
            told = [
                self.stop(one.name or one.part, promised.stops_at, promised, one.receipts),
                self.alternates(one.alternates),
                self.left_out(one.receipts),
            ]
        elif late.stops_at is not None:
            told = [
                f"if suppliers are as late as they have been, "
                f"{self.stop(one.name or one.part, late.stops_at, late, one.receipts)}",
                self.left_out(one.receipts),
            ]
        if one.is_below_safety:
            told.append(
                f"{one.available_qty:g} {one.unit} are below the safety stock of {one.safety_qty:g}"
            )
        text = "; ".join(entry for entry in told if entry)
        return f"{text}." if text else ""

    @staticmethod
    def _is_old(one: Receipt) -> bool:
        return one.why_not == "overdue"


def hours(case: Case) -> str:
    """How much earlier, in hours or days."""
    lead = case.hours_earlier or 0.0
    return f"{lead:.0f} h" if lead < 48 else f"{lead / 24:.1f} days"
