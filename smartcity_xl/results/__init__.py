"""What a run came to, as a record, and what is read from it."""
