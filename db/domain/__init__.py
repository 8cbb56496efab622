"""Pure arithmetic: no clock, environment, database, network or screen may be reached from here."""
