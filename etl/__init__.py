"""Scheduled jobs that pull production, yield and component data out of each plant's systems."""
