"""The two jobs, composed from the rooms: templates out, and filled workbooks in. Prints nothing."""

from __future__ import annotations

import logging
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smartcity_xl.catalog.lint import is_date, lint_assignment, lint_catalog, load_whole_catalog
from smartcity_xl.catalog.load import (
    DEFAULT_CATALOG,
    SYSTEM_FILE,
    Fault,
    assignment_ids,
    catalog_ids,
    load_assignment,
    load_catalog,
    load_document,
    refuse_shadow,
)
from smartcity_xl.checks import Previous, check_workbook
from smartcity_xl.checks.previous import read_previous
from smartcity_xl.errors import MachineFault, UsageFault
from smartcity_xl.inbox import Entry, is_litter, list_files, read_parcels
from smartcity_xl.layout import is_required
from smartcity_xl.merge import merge_submissions
from smartcity_xl.messages import is_open, label, severity
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    DepartmentStatus,
    Finding,
    Identity,
    Origin,
    Outcome,
    Parcel,
    Receipt,
    Severity,
    State,
    Submission,
    TableAnswer,
)
from smartcity_xl.reading.package import Refused
from smartcity_xl.reading.workbook import OpenWorkbook, open_workbook, read_submission
from smartcity_xl.scoring import score_merged
from smartcity_xl.stakes import rank_findings

RESULTS_NAME = "results.json"
OWN_PREFIX = "own-"
"""How the identity of an office's own assignment begins."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """Files a job wrote, and files that already stood there with the very same bytes."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]


# --- templates out -------------------------------------------------------------------------------------------


def make_templates(
    out: Path,
    catalog_id: str | None = None,
    round_: str | None = None,
    city: str | None = None,
    deadline: str | None = None,
    overwrite: bool = False,
    assignment_book: Path | None = None,
) -> Written:
    """Write one workbook for each department of the catalog's assignment, or of the office's own.

    A file that already stands there with other content may be a clerk's answers: it is not touched unless
    ``overwrite``. Raises UsageFault, MachineFault, CatalogFault; then nothing was written.
    """
    from smartcity_xl.template import Issue, file_name, write_template

    catalog, assignment = _choose(catalog_id, assignment_book)
    if deadline and not is_date(deadline):
        raise UsageFault("deadline-unreadable", found=deadline)
    issue = Issue(round_ or assignment.round, city or assignment.city, deadline or assignment.deadline)
    books = {
        out / file_name(assignment, department): write_template(catalog, assignment, department, issue)
        for department in assignment.departments
    }
    return _write_once(books, overwrite)


def _choose(catalog_id: str | None, assignment_book: Path | None) -> tuple[Catalog, Assignment]:
    """The system and the assignment that a command asks for."""
    catalog = load_whole_catalog(catalog_id) if catalog_id else None
    if assignment_book is None:
        catalog = catalog or load_catalog(DEFAULT_CATALOG)
        if not assignment_ids(catalog.id):
            raise UsageFault("assignment-none", catalog=catalog_id or catalog.id)
        return catalog, load_assignment(catalog)
    from smartcity_xl.assigning import read_assignment_book

    return read_assignment_book(assignment_book, catalog)


def write_assignment(catalog_id: str, path: Path, overwrite: bool = False) -> Written:
    """Write the blank assignment workbook of a system. Raises as ``make_templates``."""
    from smartcity_xl.assigning import write_assignment_book

    return _write_once({path: write_assignment_book(load_whole_catalog(catalog_id))}, overwrite)


def export_catalog(catalog_id: str, path: Path, overwrite: bool = False) -> Written:
    """Write a system as a workbook in which it can be edited. Raises as ``make_templates``."""
    from smartcity_xl.editing import write_catalog_book

    catalog = load_whole_catalog(catalog_id)
    return _write_once({path: write_catalog_book(catalog, load_document(catalog_id))}, overwrite)


def import_catalog(book: Path, out: Path, overwrite: bool = False) -> Written:
    """Write the system of an edited workbook into a folder.

    Raises CatalogFault with every fault of the workbook, UsageFault (no such workbook, a built-in id, a folder that
    holds another system), MachineFault; then nothing was written.
    """
    from smartcity_xl.editing import read_catalog_book, write_document

    read = read_catalog_book(book)
    refuse_shadow(read.catalog)
    return _write_once({out / SYSTEM_FILE: write_document(read.document).encode()}, overwrite)


def open_system(reference: str) -> Catalog:
    """A system by its id, its folder or file, or the workbook in which it is edited. Raises as ``import_catalog``."""
    if not _is_book(reference):
        return load_whole_catalog(reference)
    from smartcity_xl.editing import read_catalog_book

    return read_catalog_book(Path(reference)).catalog


def lint_system(reference: str) -> tuple[Fault, ...]:
    """Every fault of a system and of the assignments that come with it. Raises as ``load_catalog``."""
    if _is_book(reference):
        from smartcity_xl.editing import open_catalog_book

        return open_catalog_book(Path(reference)).faults
    catalog = load_catalog(reference)
    assignments = (load_assignment(catalog, name) for name in assignment_ids(reference))
    return (*lint_catalog(catalog), *(fault for one in assignments for fault in lint_assignment(catalog, one)))


def _is_book(reference: str) -> bool:
    return reference.casefold().endswith((".xlsx", ".xlsm"))


def _write_once(files: Mapping[Path, bytes], overwrite: bool) -> Written:
    """Write files, but for those that stand there already; where others stand, write nothing unless ``overwrite``."""
    standing = {path for path in files if path.exists()}
    same = {path for path in standing if _holds(path, files[path])}
    if (others := sorted(standing - same)) and not overwrite:
        raise UsageFault("would-overwrite", files="\n".join(f"  {path}" for path in others))
    for path, data in files.items():
        if path not in same:
            write_file(path, data)
    return Written(tuple(path for path in files if path not in same), tuple(path for path in files if path in same))


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error


def write_file(path: Path, data: bytes) -> None:
    """Put a file in place whole or not at all. Raises MachineFault."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".xlscore-", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except PermissionError as error:
        raise MachineFault("file-locked", path=str(path)) from error
    except OSError as error:
        raise MachineFault("file-unwritable", path=str(path), reason=error.strerror or str(error)) from error


# --- filled workbooks in -------------------------------------------------------------------------------------


def collect(
    inbox: Path,
    out: Path,
    assignment_book: Path | None = None,
    catalog_id: str | None = None,
    previous: Path | None = None,
) -> tuple[Outcome, Written]:
    """Read an inbox, score it, and write the summary and the results into ``out``.

    ``assignment_book`` is the office's own assignment, ``catalog_id`` its own system, where the templates were made
    from one. ``previous`` is the ``results.json`` of another round, which this round's figures are held against.

    Raises UsageFault (no such folder, nothing in it), MachineFault (cannot read or write; nothing is lost).
    """
    from smartcity_xl.summary import write_results, write_summary

    outcome = assess(inbox, out, assignment_book, catalog_id, previous)
    files = {
        out / label("file.summary"): write_summary(outcome),
        out / RESULTS_NAME: write_results(outcome),
    }
    for path, data in files.items():
        write_file(path, data)
    return outcome, Written(tuple(files), ())


def assess(
    inbox: Path,
    leave_out: Path | None = None,
    assignment_book: Path | None = None,
    catalog_id: str | None = None,
    previous: Path | None = None,
) -> Outcome:
    """Read, check, merge and score an inbox; writes nothing. Raises as ``collect``."""
    before = _read_previous(previous) if previous else None
    own = _choose(catalog_id, assignment_book) if assignment_book or catalog_id else None
    entries = list_files(inbox, leave_out)
    receipts: dict[str, Receipt] = {}
    for entry in entries:
        if entry.link or is_litter(entry.name):
            finding = Finding("link" if entry.link else "litter", Origin(entry.name))
            receipts[entry.name] = Receipt(entry.name, "", "ignored", "", (finding,))
    useful = [entry for entry in entries if entry.name not in receipts]
    if not useful:
        raise UsageFault("inbox-empty", path=str(inbox))
    opened = _open_all(useful, receipts)
    campaign = _campaign([book.identity for book in opened], own[1] if own else None)
    if campaign is None:
        files = "\n".join(f"  {entry.name}" for entry in useful)
        raise UsageFault("no-templates", path=str(inbox), files=files)
    if own and own[1].id == campaign.assignment:
        catalog, assignment = own
    else:
        catalog = load_catalog(campaign.catalog)
        assignment = load_assignment(catalog, campaign.assignment)
    submissions = []
    for book in opened:
        submission, receipt = _take(book, catalog, assignment, campaign, before)
        receipts[book.parcel.name] = receipt
        if submission:
            submissions.append(submission)
    return _conclude(catalog, assignment, campaign, submissions, [receipts[entry.name] for entry in entries])


def _read_previous(path: Path) -> Previous:
    try:
        return read_previous(path.read_bytes())
    except OSError as error:
        raise UsageFault("previous-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    except ValueError as error:
        raise UsageFault("previous-unreadable", path=str(path), reason=str(error)[:200]) from error


def _open_all(entries: Iterable[Entry], receipts: dict[str, Receipt]) -> list[OpenWorkbook]:
    """Open every file as a workbook of ours; what is none, or is there twice, gets its receipt at once."""
    opened: list[OpenWorkbook] = []
    first_of: dict[str, str] = {}
    for parcel in read_parcels(entries):
        if parcel.sha256 in first_of:
            finding = Finding("duplicate-file", Origin(parcel.name), parameters={"first": first_of[parcel.sha256]})
            receipts[parcel.name] = Receipt(parcel.name, parcel.sha256, "duplicate", "", (finding,))
            continue
        first_of[parcel.sha256] = parcel.name
        try:
            opened.append(open_workbook(parcel))
        except Refused as reason:
            receipts[parcel.name] = _reject(parcel, _as_material(parcel, reason.code), reason.parameters)
        except Exception as error:  # noqa: BLE001 - our own bug: it costs this one file, and is told
            receipts[parcel.name] = _own_bug(parcel, error)
    return opened


def _take(
    book: OpenWorkbook, catalog: Catalog, assignment: Assignment, campaign: Identity, previous: Previous | None
) -> tuple[Submission | None, Receipt]:
    """Read and check one workbook: its submission, if it belongs here, and what became of it."""
    if strange := _stranger(book.identity, catalog, campaign, assignment):
        return None, _reject(book.parcel, *strange)
    try:
        read = read_submission(book, catalog, assignment)
        submission = check_workbook(catalog, assignment, book, read, previous)
    except Refused as reason:
        return None, _reject(book.parcel, reason.code, reason.parameters)
    except Exception as error:  # noqa: BLE001 - as above
        return None, _own_bug(book.parcel, error)
    receipt = Receipt(book.parcel.name, book.parcel.sha256, "taken", submission.department, submission.findings)
    return submission, receipt


def _own_bug(parcel: Parcel, error: Exception) -> Receipt:
    _LOG.error("%s could not be read", parcel.name, exc_info=error)
    return _reject(parcel, "own-bug", {"error": f"{type(error).__name__}: {error}"})


_FORMS = (".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".xlsb", ".ods", ".csv")


def _as_material(parcel: Parcel, code: str) -> str:
    """A file that neither is nor claims to be a spreadsheet came along as supporting material."""
    claims = parcel.name.casefold().endswith(_FORMS)
    return "other-file" if code == "not-a-workbook" and not claims else code


def _reject(parcel: Parcel, code: str, parameters: dict[str, str]) -> Receipt:
    status = "ignored" if severity(code) is Severity.INFO else "rejected"
    finding = Finding(code, Origin(parcel.name), parameters=parameters)
    return Receipt(parcel.name, parcel.sha256, status, "", (finding,))


def _campaign(identities: Sequence[Identity], own: Assignment | None) -> Identity | None:
    """The round that most workbooks belong to, as the identity of one of them; None where there is none."""
    known = [identity for identity in identities if _known(identity, own)]
    strange = next((identity for identity in identities if identity.assignment.startswith(OWN_PREFIX)), None)
    if not known and strange:
        if strange.catalog not in catalog_ids() and not (own and own.system == strange.catalog):
            raise UsageFault("catalog-needed", found=strange.catalog)
        raise UsageFault("assignment-needed", found=strange.assignment)
    rounds = Counter(map(_round_of, known))
    if not rounds:
        return None
    ranked = sorted(rounds.items(), key=lambda entry: (-entry[1], entry[0]))
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        sides = "\n".join(f"  {' / '.join(key)}: {number}" for key, number in ranked)
        raise UsageFault("several-rounds", rounds=sides)
    return next(identity for identity in known if _round_of(identity) == ranked[0][0])


def _round_of(identity: Identity) -> tuple[str, str, str, str]:
    return identity.catalog, identity.assignment, identity.round, identity.city


def _known(identity: Identity, own: Assignment | None) -> bool:
    if own and (identity.catalog, identity.assignment) == (own.system, own.id):
        return True
    return identity.catalog in catalog_ids() and identity.assignment in assignment_ids(identity.catalog)


def _stranger(
    identity: Identity, catalog: Catalog, campaign: Identity, assignment: Assignment
) -> tuple[str, dict[str, str]] | None:
    """Why a workbook of ours does not belong here: finding code and parameters, or None where it does."""
    expected_here = replace(campaign, version=catalog.version)
    for field in ("catalog", "version", "assignment", "round", "city"):
        found, expected = getattr(identity, field), getattr(expected_here, field)
        if found != expected:
            return f"{field}-differs", {"found": found, "expected": expected}
    if identity.department not in assignment.departments:
        return "department-unknown", {"found": identity.department}
    return None


def _conclude(
    catalog: Catalog,
    assignment: Assignment,
    campaign: Identity,
    submissions: Sequence[Submission],
    receipts: Sequence[Receipt],
) -> Outcome:
    merged = merge_submissions(catalog, assignment, submissions)
    scores = score_merged(catalog, merged)
    departments = tuple(_status(catalog, assignment, d, submissions) for d in assignment.departments)
    several = [
        Finding("several-workbooks", Origin(status.files[0]), status.department.key,
                parameters={"department": status.department.name, "files": label("word.separator").join(status.files)})
        for status in departments if len(status.files) > 1
    ]  # fmt: skip
    absent = [
        Finding("department-missing", Origin(""), status.department.key,
                parameters={"department": status.department.name, "number": str(status.asked)},
                concerns=tuple(assignment.figures_for(status.department.key)))
        for status in departments if not status.reported
    ]  # fmt: skip
    from_files = [finding for receipt in receipts for finding in receipt.findings]
    named = [_name_indicator(catalog, f) for f in (*absent, *several, *from_files, *merged.findings, *scores.findings)]
    return Outcome(
        catalog, replace(assignment, city=campaign.city), campaign.round, tuple(receipts), tuple(submissions),
        departments, merged, scores, rank_findings(catalog, named),
    )  # fmt: skip


def _name_indicator(catalog: Catalog, finding: Finding) -> Finding:
    """A finding about a figure, with the first indicator that the figure counts for."""
    figure = finding.figure.partition(".")[0]
    if finding.indicator or figure not in catalog.used_by:
        return finding
    return replace(finding, indicator=catalog.used_by[figure][0])


def _status(
    catalog: Catalog, assignment: Assignment, department: str, submissions: Sequence[Submission]
) -> DepartmentStatus:
    mine = [submission for submission in submissions if submission.department == department]
    figures = [catalog.figures[key] for key in assignment.figures_for(department)]
    required = [figure for figure in figures if is_required(assignment, figure, department)]
    slots = [slot.key for figure in required for slot in figure.slots]
    tables = [figure.key for figure in required if figure.columns]
    filled = sum(any(_is_filled(s.answers.get(key)) for s in mine) for key in slots)
    filled += sum(any(_is_filled(s.tables.get(key)) for s in mine) for key in tables)
    files = tuple(submission.parcel for submission in mine)
    return DepartmentStatus(assignment.departments[department], files, filled, len(slots) + len(tables))


def _is_filled(answer: Answer | TableAnswer | None) -> bool:
    """Whether a required answer is there: a value, or “not applicable” with its reason."""
    if answer is None:
        return False
    return answer.state is State.VALUE or (answer.state is State.NOT_APPLICABLE and bool(answer.remark))


def needs_a_person(outcome: Outcome, review: bool = False) -> bool:
    """Whether anything is left for a person: a finding that nobody has explained, or a score that is not final.

    ``review``: what the departments have explained is to be looked at too.
    """
    explained = review and any(finding.explanation for finding in outcome.findings)
    return explained or not outcome.scores.final or any(map(is_open, outcome.findings))
