"""The engineering room is where the Principal Engineer works: rule sets with their drafts, what a draft would change
on recent orders, publishing and going back; and what the LIMS has told ILS, with what became of it. It keeps no tables:
the rules are the LIMS's, reached through the client, and deliveries are the kernel's inbox."""
