"""Results as tidy tables in files: CSV always, Parquet where it is asked for, and what their columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from smartcity_xl.messages import label
from smartcity_xl.results.csv_text import write_csv
from smartcity_xl.results.dictionary import describe_tables
from smartcity_xl.results.parquet import load_pyarrow, write_parquet
from smartcity_xl.results.tables import NamedResults, make_tables, name_source
from smartcity_xl.run.files import Written, write_once
from smartcity_xl.run.records import FoundResults


def export_tables(
    found: Sequence[FoundResults], out: Path, parquet: bool = False, contacts: bool = False, overwrite: bool = False
) -> Written:
    """Write each table as ``<name>.csv``, and as ``<name>.parquet`` beside it, with the dictionary.

    ``contacts``: whom the departments name too. Raises UsageFault (other files stand there and not ``overwrite``,
    Parquet cannot be written), MachineFault.
    """
    if parquet:
        load_pyarrow()  # before the work, lest it be told after it
    tables = make_tables([NamedResults(name_source(one.path), one.record) for one in found], contacts)
    files = {out / f"{table.name}.csv": write_csv(table) for table in tables}
    if parquet:
        files |= {out / f"{table.name}.parquet": write_parquet(table) for table in tables}
    files[out / label("file.dictionary")] = write_csv(describe_tables(tables))
    return write_once(files, overwrite)
