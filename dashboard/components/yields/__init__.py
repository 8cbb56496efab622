"""The parts of the yield page."""
