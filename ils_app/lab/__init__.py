"""Lab: the floor as the lab sees it, a card for every job from its birth to the parcel.

Knows the tray a job lies in, the stage and station the LIMS says it has reached and since when, and how to ask the
LIMS to move it. Does not know patients or prescriptions (orders does) and never decides where a job is (the LIMS does).
"""
