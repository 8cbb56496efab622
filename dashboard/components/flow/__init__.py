"""The parts of the throughput page."""
