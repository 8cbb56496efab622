"""`python -m etl [PLANT …]`: load the plants (none named = all) on schedule."""

import sys

from db.errors import RacklineError
from db.settings import load_settings
from etl.service import run

if __name__ == "__main__":
    try:
        run(load_settings(), sys.argv[1:])
    except RacklineError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
