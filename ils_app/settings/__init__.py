"""What people switch while ILS runs: how the lab works, what stands on letters, and what a person likes.

This room knows the lab's order prefix, working hours, holidays and terms, every organisation's letterhead, and each
person's theme and notifications. It does not know who they are (`auth` does), nor what an operator decides before the
start (`kernel.config` does).
"""
