"""Which plants a viewer may see. Every query takes it; the answer is decided here, once."""

from collections.abc import Iterable
from dataclasses import dataclass

from db.errors import RacklineError


class NotInScope(RacklineError):
    """A plant was asked for that the viewer may not see, or that does not exist.

    The two are not told apart, so that nobody learns codes by asking.

    >>> print(NotInScope("zz", frozenset({"mp"})))
    plant 'zz' is not among the plants you may see: mp. Ask for one of these, or for access
    """

    def __init__(self, plant: str, allowed: Iterable[str]) -> None:
        self.plant = plant
        self.allowed = tuple(sorted(allowed))
        super().__init__(
            f"plant {plant!r} is not among the plants you may see: "
            f"{', '.join(self.allowed) or 'none'}. Ask for one of these, or for access"
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """The plants a viewer may see; None means all of them.

    >>> "oh" in Scope(frozenset({"mp"})), "oh" in Scope(None)
    (False, True)
    """

    plants: frozenset[str] | None

    def __contains__(self, plant: str) -> bool:
        return self.plants is None or plant in self.plants

    def require(self, plant: str) -> None:
        """Raise NotInScope unless the plant may be seen."""
        if plant not in self:
            raise NotInScope(plant, self.plants or ())


EVERY_PLANT = Scope(None)
