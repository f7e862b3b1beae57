"""A typed, async client for a lens laboratory's LIMS."""
