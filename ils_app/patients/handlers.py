"""What the patients room does when it hears a fact: nothing; it tells, and listens to nobody."""
