"""What the practices room does when it hears a fact: nothing yet; a practice is registered by hand, not by event."""
