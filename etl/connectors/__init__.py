"""HOW data is fetched: bytes and protocols, never racks. One file per kind of system."""
