"""Score a smart city from the workbooks that its departments fill.

What a Python program may count on is exported here (``__all__``; docs/python.md has it with examples): it stays as it
is through all releases of one major version. It is loaded when it is first asked for.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what a type checker takes for true, without the library that names it
if TYPE_CHECKING:
    from smartcity_xl.interface import (
        Catalog,
        Collected,
        ComparedResults,
        Results,
        Scores,
        Settings,
        TriedSystem,
        Written,
        XlscoreError,
        assess,
        catalog_ids,
        collect,
        compare,
        export_tables,
        load_catalog,
        make_templates,
        read_results,
        read_tables,
        score_figures,
        weigh_results,
        what_if,
        word_error,
        write_report,
    )

__version__ = "1.0.0"
__all__ = [
    "Catalog",
    "Collected",
    "ComparedResults",
    "Results",
    "Scores",
    "Settings",
    "TriedSystem",
    "Written",
    "XlscoreError",
    "__version__",
    "assess",
    "catalog_ids",
    "collect",
    "compare",
    "export_tables",
    "load_catalog",
    "make_templates",
    "read_results",
    "read_tables",
    "score_figures",
    "weigh_results",
    "what_if",
    "word_error",
    "write_report",
]

# openpyxl takes lxml where it happens to be installed, and then writes and reads a little differently.
os.environ.setdefault("OPENPYXL_LXML", "False")


if not TYPE_CHECKING:  # a checker of types knows the names above, and must find any other unknown

    def __getattr__(name: str) -> object:
        """What is exported, at its first use: a command that needs none of it must not wait for all of it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from smartcity_xl import interface

        return getattr(interface, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
