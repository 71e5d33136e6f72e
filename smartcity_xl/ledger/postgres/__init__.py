"""The ledger on a PostgreSQL server: the same tables, queries and chain, and the bytes beside the rows."""
