"""What the rules of a system read of its tables: not the rows, but an aggregate over them."""

from __future__ import annotations

from smartcity_xl.model import Catalog
from smartcity_xl.rules.tree import Mean, walk


def means_of(catalog: Catalog, table: str) -> tuple[Mean, ...]:
    """The aggregates that the catalog's rules ask of a table, each once."""
    nodes = (node for indicator in catalog.indicators for node in walk(indicator.rule))
    return tuple(dict.fromkeys(node for node in nodes if isinstance(node, Mean) and node.table == table))
