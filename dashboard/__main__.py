"""`python -m dashboard`: the web process on its own."""

import gc
import logging
import sys

import uvicorn

from dashboard.app import create_app
from dashboard.read import StoreRead
from db.errors import RacklineError
from db.queries.store import open_store
from db.settings import Settings, load_settings

GRACE_SECONDS = 2
"""Open live streams would hold a stopping server for ever."""


def serve(settings: Settings) -> None:
    """Serve until stopped; raises SchemaOutOfDate when the store needs `rackline migrate`."""
    url = settings.database_url.get_secret_value()
    store = open_store(url)
    store.check_schema()
    app = create_app(StoreRead(store, url))
    gc.freeze()  # what is loaded by now stays: looking through it again held answers up by 300 ms
    uvicorn.run(
        app.server,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        server_header=False,
        access_log=False,
        log_level=settings.log_level.lower(),
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def main() -> int:
    """Exit codes as of `rackline serve`: the reason not to start is on stderr."""
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level, format="%(asctime)s %(name)s %(message)s")
        logging.getLogger("httpx").setLevel(logging.WARNING)
        serve(settings)
    except RacklineError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
