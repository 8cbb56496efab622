"""Every page, in one tuple: a new page is one file here and one line below."""

from dashboard.pages import health, plants, wall

PAGES = (plants.PAGE, health.PAGE, wall.PAGE)
