"""The office's mail: the mailbox at its provider, and who is written to."""
