"""Every page, in one tuple: a new page is one file here and one line below."""

from dashboard.pages import wall

PAGES = (wall.PAGE,)
