"""A round as one archive that can be run again: what is in it, how it is packed, opened, and held against itself."""
