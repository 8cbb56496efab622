"""The only writer of facts. Per batch ONE transaction:

plant lock → temp table → drop rows that are not newer → rollup delta → changes kept → upsert →
quarantine → watermark → load record → plant version. Killed anywhere, it happened whole or not at
all; repeated, it changes nothing.
"""
