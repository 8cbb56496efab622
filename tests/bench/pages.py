"""Each desk page in Chromium on the demonstration's store: bytes, first content, filter changes.

The store is the one in RACKLINE_DATABASE_URL, else what `make demo` left in var/demo.
"""

import os
from collections.abc import Iterator
from math import nan
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.pages import PAGES, what_if
from tests.bench.figures import Figure, Goal
from tests.bench.live import served
from tests.browser.conftest import CHROMIUM, FLAGS

MB = 1_000_000
LOADS, CHANGES = 9, 16
FIRST, CHANGE, WEIGHT = Goal("<=", 1.0), Goal("<=", 200), Goal("<=", 2.5)
STORE = Path("var/demo/rackline.sqlite3")
NO_STORE = "run make demo first, or set RACKLINE_DATABASE_URL"
PLANTS = ("Houston", "Lordstown")
"""Chosen in turn: a change of plant changes everything on a page."""
SHOWN = {"/": ".card", "/health": "main tbody td"}
"""What the first content of a page is, where it is not its figures."""
NOTE_FIRST = """(() => {
  const seen = new MutationObserver(() => {
    if (window.firstContent || !document.querySelector('SHOWN')) return;
    requestAnimationFrame(() => { window.firstContent ||= performance.now(); });
  });
  seen.observe(document, { childList: true, subtree: true });
})()"""
PAINTED = """const frame = () => new Promise(requestAnimationFrame);
  const painted = (slug, act) => new Promise((done) => {
    const start = performance.now();
    const seen = new MutationObserver(async () => {
      seen.disconnect();
      await frame();
      await frame();
      done(performance.now() - start);
    });
    const content = document.getElementById(`${slug}-content`);
    seen.observe(content, { childList: true, subtree: true });
    act();
  });"""
"""`painted`: milliseconds from what is done to the paint of what then stands in a page."""
CHOOSE = f"""async ([slug, label]) => {{
  {PAINTED}
  document.getElementById(`${{slug}}-plant`).click();
  let option;
  while (!option) {{
    await frame();
    option = [...document.querySelectorAll("[role=option]")]
      .find((it) => it.textContent === label && it.getClientRects().length);
  }}
  return painted(slug, () => option.click());
}}"""
ADD = f"""async (at) => {{
  {PAINTED}
  const links = document.querySelectorAll(".levers a");
  return painted("capacity-what-if", () => links[at % links.length].click());
}}"""
ANSWER = Goal("<=", 300)


class Visit(NamedTuple):
    """A page as it is opened; `slug` begins the ids of its filters, "" where it has none."""

    path: str
    slug: str


def measure(row_count: int) -> Iterator[Figure]:
    """All pages in the navigation, and a part; `row_count` does not matter here."""
    url = os.environ.get("RACKLINE_DATABASE_URL", f"sqlite:///{STORE.absolute()}")
    database = url.partition(":")[0].partition("+")[0]
    if database == "sqlite" and not Path(url.removeprefix("sqlite:///")).exists():
        yield Figure(database, "first content of the desk pages", nan, FIRST, "s", NO_STORE)
        return
    with served(["-m", "dashboard"], url) as (port, _), sync_playwright() as playwright:
        address = f"http://127.0.0.1:{port}"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield _weight(database, browser, address)
        for visit in _visits(browser, address):
            yield from _measure_page(database, browser, address, visit)
        yield _what_if(database, browser, address)
        browser.close()


def _visits(browser: Browser, address: str) -> list[Visit]:
    """The pages to open; the part is the first of those that are short."""
    page = browser.new_page()
    page.goto(f"{address}/shortages?show=all")
    part = page.get_attribute(".heat a >> nth=0", "href") or ""
    page.close()
    filtered = [it for it in PAGES if it.order]
    visits = [Visit(it.path, it.slug if it.tables else "") for it in filtered]
    return [*visits, Visit(part.partition("?")[0], "part"), Visit(what_if.PATH, "")]


def _measure_page(database: str, browser: Browser, address: str, visit: Visit) -> Iterator[Figure]:
    name = "/part" if visit.path.startswith("/part/") else visit.path
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    shown = SHOWN.get(visit.path, ".figures .figure")
    page.add_init_script(NOTE_FIRST.replace("SHOWN", shown))
    loads = [_first_content(page, address + visit.path, shown) for _ in range(LOADS)][2:]
    told = f"median {median(loads):.2f} s, bundles in the cache"
    yield Figure(database, f"{name}: first content p95", _p95(loads), FIRST, "s", told)
    if visit.slug:
        page.wait_for_timeout(1500)
        changes = [_change(page, visit.slug, PLANTS[turn % 2]) for turn in range(CHANGES)][2:]
        told = f"median {median(changes):.0f} ms, click to paint"
        yield Figure(database, f"{name}: filter change p95", _p95(changes), CHANGE, "ms", told)
    page.close()


def _what_if(database: str, browser: Browser, address: str) -> Figure:
    """Milliseconds from a click on a single change to the paint of what it buys."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address + what_if.PATH)
    page.wait_for_selector(".levers a", timeout=60_000)
    times = []
    for turn in range(CHANGES):
        page.wait_for_timeout(400)
        times.append(float(page.evaluate(ADD, turn)))
    page.close()
    told = f"median {median(times):.0f} ms, click to paint, up to {CHANGES} changes together"
    return Figure(
        database, "/capacity/what-if: a change added p95", _p95(times), ANSWER, "ms", told
    )


def _first_content(page: Page, address: str, shown: str) -> float:
    """Seconds from the address to the paint of the first content."""
    page.goto(address)
    page.wait_for_selector(shown)
    page.wait_for_timeout(200)
    return float(page.evaluate("window.firstContent")) / 1000


def _change(page: Page, slug: str, plant: str) -> float:
    """Milliseconds from a click on a plant to the paint of the content that follows."""
    took = float(page.evaluate(CHOOSE, [slug, plant]))
    page.wait_for_timeout(400)
    return took


def _weight(database: str, browser: Browser, address: str) -> Figure:
    """Megabytes a first visit to /shortages, the heaviest page, brings over the wire."""
    page = browser.new_context().new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []

    def note(event: Any) -> None:
        sizes.append(event["encodedDataLength"])

    network.on("Network.loadingFinished", note)
    page.goto(f"{address}/shortages")
    page.wait_for_selector("main table")
    page.wait_for_timeout(1000)
    page.context.close()
    return Figure(database, "/shortages: first visit on the wire", sum(sizes) / MB, WEIGHT, "MB")


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
