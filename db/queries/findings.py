"""What the data cannot tell: faults that made something unknown, by plant and across plants."""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlmodel import Session, col, func, select

from db.models import MaterialOutlook, Quarantine
from db.queries.moves import named_differently
from db.queries.outlook import held_outlooks
from db.queries.outlook_shapes import HeldBackShape
from db.queries.plants import plant_names
from db.queries.scope import EVERY_PLANT, Scope
from db.queries.serial_uses import doubts

COLUMNS = ("plant", "kind", "subject", "sentence", "as_of_at")
SEVERAL = "several"
"""Stands for the plant of a finding that lies between plants."""
MISSING = {
    "stock": "what they hold is not counted",
    "receipt": "they are not counted",
    "bom": "the need of the parts they call for is unknown",
    "plan_hour": "their racks are not counted",
    "build": "nothing is told of them",
    "lot": "suppliers, countries and ages of these lots are unknown",
    "part": "names, units, lead times and safety stock of these parts are unknown",
}
"""By feed of material: what is missing from the numbers while its rows wait in quarantine."""


def data_findings(session: Session, scope: Scope = EVERY_PLANT) -> pd.DataFrame:
    """Every finding of the stored outlooks, plants without one, what quarantine holds back of
    material, serials that may be of two units, and what plants name differently.

    Columns: plant, kind, subject, sentence, as_of_at (UTC; none where there is no outlook).
    """
    held = {one["plant"]: one for one in held_outlooks(session, scope)}
    failed = dict(session.exec(select(MaterialOutlook.plant, MaterialOutlook.error)).all())
    names, waiting = plant_names(session, scope), held_back(session, scope)
    rows: list[tuple[Any, ...]] = []
    for plant in names:
        if failed.get(plant):
            rows.append((plant, "no_outlook", plant, f"not computed: {failed[plant]}", None))
        elif plant not in held:
            rows.append((plant, "no_outlook", plant, "no outlook has been computed yet", None))
        if plant in held:
            outlook = held[plant]["outlook"]
            at = datetime.fromisoformat(outlook["as_of_at"])
            rows += [
                (plant, one["kind"], one["subject"], one["sentence"], at)
                for one in outlook["findings"]
            ]
        rows += [
            (plant, one["kind"], one["subject"], one["sentence"], None)
            for one in waiting
            if one["plant"] == plant
        ]
        rows += [(plant, "serial_in_doubt", *told, None) for _, *told in doubts(session, [plant])]
    rows += [
        (SEVERAL, one["kind"], one["subject"], one["sentence"], None)
        for one in named_differently([it["outlook"] for it in held.values()], names)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    frame["as_of_at"] = pd.to_datetime(frame["as_of_at"], utc=True)
    return frame.astype(dict.fromkeys(COLUMNS[:-1], "str"))


def held_back(session: Session, scope: Scope = EVERY_PLANT) -> list[HeldBackShape]:
    """What waits in quarantine of the plants' material, by plant, feed, reason and field."""
    groups: list[Any] = [
        getattr(Quarantine, name) for name in ("plant", "source", "reason", "field")
    ]
    waiting = session.exec(
        select(*groups, *[func.count()])
        .where(col(Quarantine.released_at).is_(None))
        .group_by(*groups)
        .order_by(*groups)
    )
    return [
        HeldBackShape(
            plant=plant,
            feed=feed,
            count=count,
            kind="quarantined_row",
            subject=source,
            sentence=f"{count} of {source} held back ({reason.replace('_', ' ')}"
            f"{f' in {field}' if field else ''}): {MISSING[feed]}. "
            f"rackline quarantine list --plant {plant}",
        )
        for plant, source, reason, field, count in waiting
        if plant in scope and (feed := source.removeprefix(f"{plant}.")) in MISSING
    ]
