"""What people enter: alarms taken on and closed, notes, frozen limits. The only writer of these.

Facts and rollups are out of reach here; they belong to db.ingest.
"""
