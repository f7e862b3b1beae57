"""The admin room: what administrators decide and look back on, across all rooms.

It knows who asks to be let in and brings auth and practices together when they are, reads every room's facts as the
audit, and counts what needs a decision. It keeps no tables of its own: what it shows is asked of the rooms that know.
"""
