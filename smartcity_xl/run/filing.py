"""A run's record -> the workbooks from which the office files in the national system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import local_time, parse_moment, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.model import CampaignSettings
from smartcity_xl.office.filing import FilingBook, plan_filing, write_filing
from smartcity_xl.results.runs import read_runs
from smartcity_xl.run.files import Written, write_once
from smartcity_xl.run.whatif import load_recorded

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place


@dataclass(frozen=True, slots=True)
class Filed:
    """The workbooks that were written, each with what it holds."""

    done: Written
    books: tuple[FilingBook, ...]


def file_round(
    ledger: Place,
    out: Path,
    settings: CampaignSettings | None = None,
    systems: Sequence[str] = (),
    as_of: str = "",
    provisional: bool = False,
    overwrite: bool = False,
) -> Filed:
    """Write the figures of the newest run, or of the newest as of a moment, into the folder ``out``: a workbook for
    each system. With ``provisional``, values that are not final stand in it, marked.

    Raises UsageFault (no run; another edition of a system; workbooks that stand there otherwise), MachineFault.
    """
    with read_ledger(ledger) as opened:
        runs = read_runs(opened, parse_moment(as_of) if as_of else "")
    references = systems or (settings.systems if settings else ())
    files, books = {}, []
    for run, record in runs:
        catalog = load_recorded(record, references)
        try:
            book = plan_filing(record, catalog)
        except KeyError as error:
            raise UsageFault("whatif-rules", system=catalog.id, city=record.city, round=record.round) from error
        name = label("file.filing_of", system=catalog.id) if len(runs) > 1 else label("file.filing")
        files[out / name] = write_filing(book, local_time(run.at), provisional)
        books.append(book)
    return Filed(write_once(files, overwrite), tuple(books))
