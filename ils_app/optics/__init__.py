"""Trace files, lens geometry and prescription rules: pure Python and numpy, no database, no pages, of use on its own.

Knows VCA/OMA files (`vca`), what shapes measure (`geometry`), how they look (`drawing`), and says what is wrong with
them as findings. Knows nothing of orders, people or the LIMS.
"""
