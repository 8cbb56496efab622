"""Desk pages in Chromium on a running dashboard: bytes, first content, and filter changes.

`python -m tests.bench.pages ADDRESS` prints, for the dashboard at ADDRESS (a demonstration store).
"""

import sys
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS

MB = 1_000_000
LOADS, CHANGES = 7, 20
GOALS = {"/wall/mp": 1.2, "/shortages": 2.5}
"""Page → most megabytes on the wire at a first visit."""
NEXT_PAINT = """(at) => new Promise((done) => {
  const content = document.querySelector("#shortages-content");
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
  });
  seen.observe(content, { childList: true, subtree: true });
  const start = performance.now();
  document.querySelectorAll("#shortages-show input")[at].click();
})"""


def weight(browser: Browser, address: str, path: str) -> float:
    """Megabytes a first visit to `path` brings over the wire."""
    page = browser.new_context().new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []

    def note(event: Any) -> None:
        sizes.append(event["encodedDataLength"])

    network.on("Network.loadingFinished", note)
    page.goto(address + path)
    page.wait_for_timeout(6000)
    page.context.close()
    return sum(sizes) / MB


def first_content(page: Page, address: str) -> float:
    """Seconds from the address to the figures of /shortages, bundles in the cache."""
    page.goto(f"{address}/shortages")
    page.wait_for_selector(".figures")
    return float(page.evaluate("performance.now()")) / 1000


def main(address: str) -> None:
    """Print the figures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for path, goal in GOALS.items():
            print(f"{path} first visit: {weight(browser, address, path):.2f} MB (goal {goal})")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        loads = [first_content(page, address) for _ in range(LOADS)][1:]
        print(f"/shortages first content: median {median(loads):.2f} s (goal 1.0)")
        page.wait_for_timeout(3000)
        changes = []
        for turn in range(CHANGES):
            changes.append(page.evaluate(NEXT_PAINT, (turn + 1) % 2))
            page.wait_for_timeout(300)
        p95 = quantiles(changes, n=20)[-1]
        print(f"/shortages filter change to paint: median {median(changes):.0f} ms, "
              f"p95 {p95:.0f} ms (goal 200)")  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
