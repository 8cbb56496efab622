"""The three illustrative plants: a seeded SimPy factory that writes what real plant systems would.

Every figure in here (cycle times, yields, parts, stock) is illustrative. Nothing else in etl
imports this package.
"""
