"""The shared ground of Rackline: words, arithmetic, tables, reading and writing.

Both rooms above (`etl`, which fills the store, and `dashboard`, which shows it) stand on this
package and never on each other. `db.domain` is pure arithmetic; `db.models` is the one schema;
`db.ingest` is the only writer of facts; `db.queries` is the read side.

This file stays empty of imports, so that any part can be imported alone.
"""
