"""Parts of `/capacity` and `/capacity/what-if`."""
