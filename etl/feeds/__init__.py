"""WHAT was fetched: raw record → row or named rejection, pure. One file per feed."""
