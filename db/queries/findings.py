"""What the data cannot tell: faults that made something unknown, by plant and across plants."""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlmodel import Session, col, select

from db.models import MaterialOutlook, Plant
from db.queries.moves import named_differently
from db.queries.outlook import held_outlooks
from db.queries.scope import EVERY_PLANT, Scope

COLUMNS = ("plant", "kind", "subject", "sentence", "as_of_at")
SEVERAL = "several"
"""Stands for the plant of a finding that lies between plants."""


def data_findings(session: Session, scope: Scope = EVERY_PLANT) -> pd.DataFrame:
    """Every finding of the stored outlooks, plants without one, and what plants name differently.

    Columns: plant, kind, subject, sentence, as_of_at (UTC; none where there is no outlook).
    """
    held = {one["plant"]: one for one in held_outlooks(session, scope)}
    failed = dict(session.exec(select(MaterialOutlook.plant, MaterialOutlook.error)).all())
    rows: list[tuple[Any, ...]] = []
    for plant in session.exec(select(Plant.code).order_by(col(Plant.position), col(Plant.code))):
        if plant not in scope:
            continue
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
        (SEVERAL, one["kind"], one["subject"], one["sentence"], None)
        for one in named_differently(held_one["outlook"] for held_one in held.values())
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    frame["as_of_at"] = pd.to_datetime(frame["as_of_at"], utc=True)
    return frame.astype(dict.fromkeys(COLUMNS[:-1], "str"))
