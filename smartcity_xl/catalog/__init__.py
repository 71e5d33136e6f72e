"""Indicator systems and assignments: reading them from data, and proving that they are whole."""
