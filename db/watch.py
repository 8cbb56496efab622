"""What changed: tells the web process that a plant's screens are out of date."""
