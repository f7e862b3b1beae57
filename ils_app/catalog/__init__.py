"""The catalog room knows what the lab can make: every version the LIMS has published, how each differs from the one
before, what an order form may offer of it, and why something is not possible with the rest of what is entered. It does
not know the orders, and it changes nothing at the LIMS: rules are edited in `engineering`."""
