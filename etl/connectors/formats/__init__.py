"""How files are written: each module reads one format into columns and rows, a piece at a time."""
