"""What the admin room does when it hears a fact: nothing; it reads them all."""
