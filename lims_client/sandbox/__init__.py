"""A small but real LIMS that speaks the contract: rules as data, moving jobs, signed webhooks, one SQLite file."""
