"""Every page, in one tuple: a new page is one file here and one line below."""

from dashboard.pages import health, part, plants, shortages, wall, yields

PAGES = (plants.PAGE, yields.PAGE, shortages.PAGE, part.PAGE, health.PAGE, wall.PAGE)
