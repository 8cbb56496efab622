"""Alembic migrations, from the first table on. Run with: rackline migrate."""
