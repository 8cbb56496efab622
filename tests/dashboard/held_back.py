"""A canned quarantine: three groups, and what people did with them. Figures are illustrative."""

from collections.abc import Sequence
from typing import Any

from db.desk.entry import NotAccepted
from db.domain.held_back import Group
from tests.dashboard.unit_shapes import ago

HOSTILE = '<img src=x onerror="window.hurt=1">'


def group(plant: str, feed: str, reason: str, field: str, count: int) -> dict[str, Any]:
    """Records that wait for one reason in one field."""
    return {
        "plant": plant, "source": f"{plant}.{feed}", "feed": feed, "reason": reason, "field": field,
        "count": count, "first_seen_at": ago(40), "last_seen_at": ago(0.2),
        "detail": f"{field} {HOSTILE}", "weakens": f"first-pass yield excludes {count} runs",
    }  # fmt: skip


def held(key: str) -> dict[str, Any]:
    """One waiting record."""
    return {"record_key": key, "detail": f"verdict: no word for {HOSTILE}",
            "payload": '{"SN": "MR001", "RESULT": "OKAY"}', "first_seen_at": ago(40),
            "last_seen_at": ago(0.2), "seen_count": 2}  # fmt: skip


class HeldBack:
    """What the page asks, and does as the store would."""

    def __init__(self) -> None:
        self.groups = [
            group("mp", "test_run", "unknown_word", "verdict", 31),
            group("oh", "stock", "bad_number", "quantity", 4),
            group("mp", "unit_step", "bad_time", "ended_at", 1),
        ]
        self.asked: list[dict[str, Any]] = []

    def request_replay(self, plant: str, of: Group, by: str) -> str:
        """Ask that a group is read again."""
        self.asked.insert(0, {
            "plant": plant, "source": of.source, "kind": "replay", "reason": of.reason,
            "field": of.field, "asked_by": by, "asked_at": ago(0), "done_at": None,
            "is_done_well": False, "message": "",
        })  # fmt: skip
        return f"Asked to read {self._of(of)['count']} again; what comes of it is told below."

    def discard_held(self, plant: str, of: Group, by: str, why: str) -> str:
        """Set a group aside; it waits no more."""
        if not why:
            raise NotAccepted(["reason: say why"])
        found = self._of(of)
        self.groups = [it for it in self.groups if it is not found]
        return f"{found['count']} set aside for good."

    def _of(self, of: Group) -> dict[str, Any]:
        return next(it for it in self.groups
                    if (it["source"], it["reason"], it["field"]) == tuple(of))  # fmt: skip

    def answers(self) -> dict[str, Any]:
        """What `FakeRead` answers for the page, and does."""
        return {
            "held_groups": lambda scope, plants: list(self.groups),
            "held_of_group": self._records,
            "requests": lambda scope, plants: list(self.asked),
            "request_replay": self.request_replay,
            "discard_held": self.discard_held,
        }

    def _records(self, scope: Any, plant: str, of: Group) -> Sequence[dict[str, Any]]:
        return [held(f"{of.source}-{number}") for number in range(2)]
