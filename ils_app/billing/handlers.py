"""The billing room's ears and durable jobs; each survives a repeat."""
