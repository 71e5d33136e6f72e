"""The record of a run: its types, its one writer and one reader, and what is open for each department."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartcity_xl.results.compose import from_outcome
    from smartcity_xl.results.files import read_results, write_results
    from smartcity_xl.results.record import SCHEMA, Results

__all__ = ["SCHEMA", "Results", "from_outcome", "read_results", "write_results"]


def __getattr__(name: str) -> Any:
    """Each comes when it is asked for: to read a record needs nothing of what draws one together, and a look at a round
    (``glance``) not even the whole record."""
    if name == "from_outcome":
        from smartcity_xl.results.compose import from_outcome

        return from_outcome
    if name in ("read_results", "write_results"):
        from smartcity_xl.results import files

        return getattr(files, name)
    if name in ("SCHEMA", "Results"):
        from smartcity_xl.results import record

        return getattr(record, name)
    raise AttributeError(name)
