"""Keeping a what-if scenario under a name, so that others can open and compare it."""

from dataclasses import replace

from sqlmodel import Session, select

from db.clock import utc_now
from db.desk.entry import NotAccepted, accept, name, require_plant, wake
from db.domain.capacity.scenario import (
    UnreadableScenario,
    plants_named,
    scenario_from,
    scenario_text,
)
from db.models import SavedScenario


def save_scenario(session: Session, plant: str, *, title: str, text: str, by: str) -> int:
    """Keep a scenario's text under a name; of one name at one plant the newest stays.

    `plant` is one that the scenario names. NotAccepted names every fault; returns its number.
    """
    accept(name("name", title), name("your name", by))
    require_plant(session, plant)
    try:
        scenario = scenario_from(text)
        kept = scenario_text(replace(scenario, name=title.strip()))
    except UnreadableScenario as error:
        raise NotAccepted([f"scenario: {error}"]) from error
    if plant not in plants_named(scenario):
        raise NotAccepted(["scenario: it holds no change of this plant; add one first"])
    row = session.exec(
        select(SavedScenario).where(
            SavedScenario.plant == plant, SavedScenario.name == title.strip()
        )
    ).one_or_none()
    row = row or SavedScenario(plant=plant, name=title.strip(), text="", saved_by="",
                               saved_at=utc_now())  # fmt: skip
    row.text, row.saved_by, row.saved_at = kept, by.strip(), utc_now()
    session.add(row)
    wake(session, plant)
    assert row.id is not None
    return row.id
