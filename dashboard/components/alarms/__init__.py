"""The parts of the alarms page."""
