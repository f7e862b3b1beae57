"""Suppliers: from whom the lab buys, what it has ordered from them, and the papers that come with it.

Knows suppliers with their contacts and terms, purchase orders from draft to the counted delivery, and technical
documents with their expiry. A supplier's id is its organisation's id, and a supplier who signs in reaches its own and
nothing else. Does not know who may sign in, how mail leaves, or what the lab makes of what it bought.
"""
