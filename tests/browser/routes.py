"""An address of every page, as the canned dashboard knows it; a new page is in here by itself."""

from dashboard.page import address
from dashboard.pages import PAGES
from tests.dashboard.unit_shapes import LOT, PART, SERIAL

EXAMPLES = {"plant": "mp", "number": "410-2231", "serial": SERIAL, "part": PART, "lot": LOT}
"""Name in a path → what stands for it."""
ROUTES = [address(page.path, **EXAMPLES) for page in PAGES]
SHOWN = ".figures .figure, .card, #w-done:not(:empty), main tbody td"
"""The first content of a page."""
