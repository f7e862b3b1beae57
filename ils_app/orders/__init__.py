"""Orders: what a practice asks the lab to make, from the first keystroke to the parcel.

Knows the draft as it was written, the order as it was sent, where the lab says its job is, and everything that
happened to it. Does not know what can be made (the LIMS does), who may sign in, or how the lab's floor is run.
"""
