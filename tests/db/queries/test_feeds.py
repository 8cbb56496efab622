"""What desk pages follow of a plant: freshness by feed, and what brought something."""

from datetime import timedelta

from db.queries.feeds import feeds
from db.queries.store import Store
from tests.db.queries.world import AT, World


def test_each_feed_is_as_fresh_as_its_source(world: World) -> None:
    world.source("stock", last_success_at=AT - timedelta(seconds=10))
    world.source("bom", last_success_at=AT - timedelta(seconds=90), message="no answer")
    world.source("receipt")
    world.source("lot", is_enabled=False, last_success_at=AT)
    found = Store(world.engine).read(feeds, "mp", AT)["feeds"]
    assert {name: it["fresh"]["state"] for name, it in found.items()} == {
        "stock": "ok", "bom": "stale", "receipt": "missing"}  # fmt: skip
    assert found["bom"]["fresh"]["message"] == "no answer"
    assert found["bom"]["fresh"]["source"] == "mp.bom"


def test_a_feed_moves_with_each_load(world: World) -> None:
    world.source("stock", last_success_at=AT)
    read = Store(world.engine).read
    assert read(feeds, "mp", AT)["feeds"]["stock"]["moved"] == 0
    world.load("stock", AT - timedelta(minutes=2))
    first = read(feeds, "mp", AT)["feeds"]["stock"]["moved"]
    world.load("stock", AT - timedelta(minutes=1))
    assert 0 < first < read(feeds, "mp", AT)["feeds"]["stock"]["moved"]


def test_a_feed_of_two_sources_is_as_fresh_as_the_worse(world: World) -> None:
    world.source("stock", last_success_at=AT)
    world.source("stock", code="mp.stock.dock", last_success_at=AT - timedelta(hours=1))
    found = Store(world.engine).read(feeds, "mp", AT)["feeds"]["stock"]["fresh"]
    assert (found["source"], found["state"]) == ("mp.stock.dock", "stale")
