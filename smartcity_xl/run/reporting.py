"""The report of a round, from its records: nothing is scored again, and nothing else of the round is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import parse_moment, read_ledger
from smartcity_xl.messages import label
from smartcity_xl.report import compose_report, open_template, write_page, write_word
from smartcity_xl.results import Results, read_results
from smartcity_xl.results.runs import read_runs
from smartcity_xl.run.files import Written, write_once
from smartcity_xl.run.orders import Instead, order_look

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

_RECORDS = "results*.json"
WORD, PAGE = "word", "page"


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """From which records, into which folder. ``only``: the document or the page alone, "" for both."""

    records: tuple[Results, ...]
    out: Path
    template: Path | None = None
    contacts: bool = False
    only: str = ""
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Reported:
    """What was written, and whether it says of itself that it is provisional."""

    done: Written
    provisional: bool


def find_records(
    given: Sequence[Path], campaign: Path | None = None, ledger: Place | None = None, as_of: str = ""
) -> tuple[tuple[Results, ...], Path, tuple[Instead, ...]]:
    """The records that are named, as files or by their folders, else those of the newest run in the ledger; the folder
    in which they lie; and what was said in place of what the round says.

    Raises UsageFault (none there, both named, of two rounds, twice of one system) and as ``read_results``,
    ``read_runs``.
    """
    if given and (ledger or as_of):
        raise UsageFault("report-and-ledger", option="--ledger" if ledger else "--as-of")
    if given:
        records = tuple(record for place in given for record in _read_all(place))
        _check_round(records)
        return records, given[0] if given[0].is_dir() else given[0].parent, ()
    order = order_look(campaign, ledger)
    with read_ledger(order.ledger) as opened:
        records = tuple(record for _, record in read_runs(opened, parse_moment(as_of) if as_of else ""))
    return records, order.beside, order.instead


def _read_all(place: Path) -> list[Results]:
    if not place.is_dir():
        return [read_results(place)]
    found = sorted(place.glob(_RECORDS))
    if not found:
        raise UsageFault("report-none", path=str(place))
    return [read_results(path) for path in found]


def _check_round(records: Sequence[Results]) -> None:
    """One report is about one round, and each system once."""
    rounds = dict.fromkeys(f"{one.city} {one.round}" for one in records)
    if len(rounds) > 1:
        raise UsageFault("report-mixed", found="、".join(rounds))
    systems = [one.catalog.id for one in records]
    if twice := sorted({one for one in systems if systems.count(one) > 1}):
        raise UsageFault("report-same-system", found="、".join(twice))


def write_report(order: ReportOrder) -> Reported:
    """Write the document and the page. A document that stands there may have been written on: unless ``overwrite``, it
    is left, and nothing is written; the page is made anew.

    Raises UsageFault, MachineFault, TemplateFault.
    """
    report = compose_report(order.records, order.contacts)
    word, page = order.out / label("report.word_file"), order.out / label("report.page_file")
    files: dict[Path, bytes] = {}
    if order.only != PAGE:
        files[word] = write_word(report, open_template(order.template) if order.template else None)
        if word.exists() and not order.overwrite and word.read_bytes() != files[word]:
            raise UsageFault("report-would-overwrite", path=str(word))
    if order.only != WORD:
        files[page] = write_page(report)
    return Reported(write_once(files, overwrite=True), bool(report.provisional))
