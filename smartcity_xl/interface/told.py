"""What is told of finished runs: side by side, as tables in files, as a report. Nothing is scored again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from smartcity_xl.errors import UsageFault
from smartcity_xl.interface.jobs import NamedPath
from smartcity_xl.results.compared import ComparedResults
from smartcity_xl.run.comparing import compare_results, write_comparisons
from smartcity_xl.run.exporting import export_tables as export
from smartcity_xl.run.files import Written
from smartcity_xl.run.records import find_results
from smartcity_xl.run.reporting import ReportOrder, find_records
from smartcity_xl.run.reporting import write_report as report


def compare(
    results: Sequence[NamedPath],
    *,
    systems: Sequence[str] = (),
    out: NamedPath | None = None,
    overwrite: bool = False,
) -> tuple[ComparedResults, ...]:
    """Runs side by side, and of what their differences consist: a record for each system of which there are several.

    ``results``: at least two ``results.json``, or the folders that hold them, in the order in which they are told.
    ``systems`` are the folders of an office's own indicator systems. With ``out`` 比较.xlsx is written there too.
    Differences are texts of exact decimals. Source of the parts of a difference: ``docs/compare.md``.

    Raises UsageFault (fewer than two, too many; a file stands there and not ``overwrite``), ResultsFault, MachineFault.
    """
    made = compare_results(_paths(results), None, tuple(systems))
    if out is not None:
        write_comparisons(made, Path(out), overwrite)
    return made


def export_tables(
    results: Sequence[NamedPath],
    out: NamedPath,
    *,
    parquet: bool = False,
    contacts: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write the tables of runs as CSV into ``out``, with the dictionary of their columns; ``parquet``: beside each a
    Parquet file. ``read_tables`` gives the same as frames. ``contacts``: whom the departments name too.

    Raises UsageFault (other files stand there and not ``overwrite``; Parquet cannot be written), ResultsFault,
    MachineFault.
    """
    return export(find_results("export", _paths(results), None), Path(out), parquet, contacts, overwrite)


def write_report(
    results: Sequence[NamedPath],
    out: NamedPath,
    *,
    template: NamedPath | None = None,
    only: Literal["", "word", "page"] = "",
    contacts: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write the evaluation report of one round into ``out``: the document and the page, or ``only`` one of them.

    ``results``: the records of the round, one for each system, as files or by their folder. ``template``: the office's
    own document. A document that somebody has written on since is left alone unless ``overwrite``.

    Raises UsageFault (no record; of two rounds), ResultsFault, TemplateFault, MachineFault; then nothing was written.
    """
    if not results:
        raise UsageFault("results-unnamed", command="report")
    records, _, _ = find_records(_paths(results))
    own = None if template is None else Path(template)
    return report(ReportOrder(records, Path(out), own, contacts, only, overwrite)).done


def _paths(given: Sequence[NamedPath]) -> tuple[Path, ...]:
    return tuple(map(Path, given))
