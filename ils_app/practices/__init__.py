"""The practices room: what the lab must know of a practice that orders, and no more.

It knows each practice's account with the lab, the sites its lenses are sent to and the people who prescribe there. It
does not know who may sign in (auth), who the patients are (patients) or what was ordered (orders). A practice's id is
its organisation's id.
"""
