"""ILS, the Integrated Lens System: one application made of rooms (see docs/architecture.md)."""
