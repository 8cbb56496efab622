"""Comparing sources with what we hold, day by day, and repairing what no watermark can see."""
