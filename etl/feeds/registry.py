"""All feeds by name. A new feed is a declaration and one line here."""

from etl.feeds.declare import Feed
from etl.feeds.genealogy import GENEALOGY
from etl.feeds.material import BOM, LOT, PART, RECEIPT, STOCK
from etl.feeds.plan import DEMAND, PLAN_HOUR
from etl.feeds.production import BUILD, STATION_STATE, UNIT_STEP
from etl.feeds.quality import DEFECT, TEST_RUN

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        UNIT_STEP,
        TEST_RUN,
        DEFECT,
        GENEALOGY,
        STATION_STATE,
        BUILD,
        PART,
        LOT,
        STOCK,
        RECEIPT,
        BOM,
        PLAN_HOUR,
        DEMAND,
    )
}
