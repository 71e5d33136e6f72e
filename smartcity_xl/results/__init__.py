"""The record of a run: its types, its one writer and one reader, and what is open for each department."""

from typing import TYPE_CHECKING, Any

from smartcity_xl.results.files import read_results, write_results
from smartcity_xl.results.record import SCHEMA, Results

if TYPE_CHECKING:
    from smartcity_xl.results.compose import from_outcome

__all__ = ["SCHEMA", "Results", "from_outcome", "read_results", "write_results"]


def __getattr__(name: str) -> Any:
    """``from_outcome`` comes when it is asked for: to read a record needs nothing of what draws one together."""
    if name != "from_outcome":
        raise AttributeError(name)
    from smartcity_xl.results.compose import from_outcome

    return from_outcome
