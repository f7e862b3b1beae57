"""The durable work of the suppliers room; each piece survives a repeat."""
