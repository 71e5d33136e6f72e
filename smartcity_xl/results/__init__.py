"""The record of a run: its types, its one writer and one reader, and what is open for each department."""

from smartcity_xl.results.compose import from_outcome
from smartcity_xl.results.files import read_results, write_results
from smartcity_xl.results.record import SCHEMA, Results

__all__ = ["SCHEMA", "Results", "from_outcome", "read_results", "write_results"]
