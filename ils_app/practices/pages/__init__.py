"""The practices room has no page yet: orders and patients show what it knows."""
