"""`python -m rackline`: the same as the `rackline` command."""

from rackline import main

if __name__ == "__main__":
    main()
