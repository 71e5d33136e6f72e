"""Imported before any test: what the package sets for openpyxl must be set before openpyxl is imported."""

import smartcity_xl  # noqa: F401
