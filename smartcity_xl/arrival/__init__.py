"""What came: which round and which settings it belongs to, and what is one report that came several times."""
