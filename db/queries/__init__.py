"""The read side: one file per question family, each `(session, scope, …) → frame or shape`."""
