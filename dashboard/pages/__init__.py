"""Every page, in one tuple: a new page is one file here and one line below."""

from dashboard.pages import (
    alarms,
    capacity,
    health,
    lot,
    part,
    plants,
    quarantine,
    rack,
    shortages,
    throughput,
    wall,
    what_if,
    yields,
)

PAGES = (
    plants.PAGE,
    throughput.PAGE,
    capacity.PAGE,
    what_if.PAGE,
    yields.PAGE,
    shortages.PAGE,
    alarms.PAGE,
    part.PAGE,
    rack.PAGE,
    lot.PAGE,
    quarantine.PAGE,
    health.PAGE,
    wall.PAGE,
)
