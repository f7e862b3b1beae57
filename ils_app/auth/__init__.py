"""Who you are: organisations, people, their roles, their sessions, and what it takes to prove it.

This room knows that a person works at a practice, at the lab or for a supplier, and in which roles. It does not know
what a practice is beyond its name (`practices` does), nor what a role may do (`kernel.roles` does).
"""
