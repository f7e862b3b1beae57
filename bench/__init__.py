"""Measures ILS beside bare twins: the least code that does the same work, in the same run, in turns.

`python -m bench` measures everything and writes `bench/results.json` and the table in `docs/performance.md`. `parts/`
holds one module a group of figures, `loads/` the programs that make the load, `twins/` the bare twins.
"""
