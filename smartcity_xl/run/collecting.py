"""Filled workbooks in: read, check, merge, score, and write what came of it."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from smartcity_xl import __version__
from smartcity_xl.arrival.intake import Intake, open_intake
from smartcity_xl.arrival.post import FORMS, check_sender, receive, receive_again, unpack_all
from smartcity_xl.books.identity import SURVEY_KIND
from smartcity_xl.books.package import Refused
from smartcity_xl.catalog.combine import JOIN, part_of_assignment, part_of_findings, part_of_submission
from smartcity_xl.catalog.duties import is_required
from smartcity_xl.catalog.lint import is_date
from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment
from smartcity_xl.documents import (
    choose_outlines,
    find_lacking,
    part_of_documents,
    read_material,
    review_documents,
    settle_receipts,
)
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.checks import Previous, check_workbook
from smartcity_xl.form.checks.previous import read_previous
from smartcity_xl.form.people import merge_people
from smartcity_xl.form.reading.beside import find_embedded
from smartcity_xl.form.reading.workbook import OpenWorkbook, open_workbook, read_submission
from smartcity_xl.ledger import Keeping
from smartcity_xl.messages import is_open, label, severity
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Decision,
    DepartmentStatus,
    Documents,
    Evidenced,
    Finding,
    Held,
    Identity,
    Material,
    Origin,
    Outcome,
    Parcel,
    Receipt,
    Roster,
    Round,
    Severity,
    State,
    Submission,
    TableAnswer,
)
from smartcity_xl.model.settings import settings_from_text
from smartcity_xl.office.deciding import NOTHING_DECIDED, DecisionBook, read_decision_book
from smartcity_xl.run.decisions import decisions_for, decisions_made, open_standing, renew_book
from smartcity_xl.run.files import Written, read_previous_round, write_file
from smartcity_xl.run.returns import put_returns
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, Choice, choose, load_systems, settle
from smartcity_xl.score.corrections import (
    Settled,
    compare_corrections,
    mark_receipts,
    settle_submissions,
    tell_corrections,
)
from smartcity_xl.score.merge import merge_submissions
from smartcity_xl.score.scoring import points_held, score_merged, total_without, try_sides
from smartcity_xl.score.stakes import rank_findings

OWN_PREFIX = "own-"
"""How the identity of an office's own assignment begins."""
_LOG = logging.getLogger(__name__)


def collect(
    inbox: Path,
    out: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    roster: Roster | None = None,
    authserv: str = "",
    keeping: Keeping | None = None,
    decisions: Path | None = None,
    return_by: str = "",
) -> tuple[Outcome, Written]:
    """Read an inbox, score it, and write the summary and the results into ``out``, one of each for each system.

    With a ``roster`` a mail from an address that is none of its department's is put aside. ``authserv`` is the name
    under which the office's own mail server states what it found out about senders. ``keeping`` says where the ledger
    is kept; without it none is. Where answers contradict each other, the workbook in which the office decides is
    written too, but not when looking back; ``decisions`` is one that it has filled. Workbooks with something open go
    into a folder of their own, wanted back by ``return_by`` (ISO date; the assignment's deadline if left out).

    Raises UsageFault (no such folder, nothing in it), MachineFault (cannot read or write; nothing is lost),
    DecisionFault (faults in a decision workbook; nothing was written).
    """
    from smartcity_xl.summary import write_results, write_summary

    if return_by and not is_date(return_by):
        raise UsageFault("return-by-unreadable", found=return_by)
    given = read_decision_book(decisions) if decisions else NOTHING_DECIDED
    earlier = open_standing(out, given)
    with open_intake(inbox, out, keeping) as intake:
        outcome = assess_intake(intake, inbox, choice, roster, authserv, given)
        together = (outcome, *outcome.beside)
        files, runs = renew_book(out, together, given, earlier) if not (keeping and keeping.as_of) else {}, []
        for one in together:
            name = label("file.summary_of", system=one.catalog.id) if outcome.beside else label("file.summary")
            files[out / name] = write_summary(one, together)
            results = write_results(one)
            files[out / (f"results-{one.catalog.id}.json" if outcome.beside else "results.json")] = results
            runs.append((one, results))
        settings = {"program": __version__, "settings": outcome.catalog.settings.as_text()}
        intake.record(runs, settings, decisions_made(outcome))
        for path, data in files.items():
            write_file(path, data)
        returned, kept = put_returns(outcome, out, return_by)
    return outcome, Written(tuple(files), (), returned, kept)


def assess(
    inbox: Path,
    leave_out: Path | None = None,
    choice: Choice = EVERYTHING_DEFAULT,
    roster: Roster | None = None,
    authserv: str = "",
    decided: DecisionBook = NOTHING_DECIDED,
) -> Outcome:
    """Read, check, merge and score an inbox; writes nothing. Raises as ``collect``."""
    with open_intake(inbox, leave_out) as intake:
        return assess_intake(intake, inbox, choice, roster, authserv, decided)


def assess_intake(
    intake: Intake,
    inbox: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    roster: Roster | None = None,
    authserv: str = "",
    decided: DecisionBook = NOTHING_DECIDED,
) -> Outcome:
    """Read, check, merge and score what came from an inbox. Raises as ``collect``."""
    own = choose(choice) if choice.assignment_book or choice.systems else None
    receipts = {name: Receipt(name, "", "ignored", "", (finding,)) for name, finding in intake.aside.items()}
    materials: list[Material] = []
    opened = _open_all(intake, receipts, materials, authserv)
    campaign = _campaign([book.identity for book in opened], own[1] if own else None, choice)
    if campaign is None:
        files = "\n".join(f"  {name}" for name in intake.names if name not in intake.aside)
        raise UsageFault("no-templates", path=str(inbox), files=files)
    settings = choice.settings or settings_from_text(campaign.settings)
    if own and own[1].id == campaign.assignment:
        catalog, assignment = settle(own[0], settings), own[1]
    else:
        catalog = settle(load_systems(campaign.catalog.split(JOIN)), settings)
        assignment = load_assignment(catalog, campaign.assignment)
    decisions = decisions_for(decided, catalog, assignment, campaign)
    submissions, aside = _take_all(opened, receipts, catalog, assignment, campaign, roster, choice.previous)
    settled = settle_submissions(submissions, intake.received)
    outlines = choose_outlines([system.id for system in catalog.systems], assignment.id, choice.outlines)
    documents = review_documents(catalog, assignment, settled.in_force, materials, outlines)
    came = mark_receipts([receipts[name] for name in sorted(receipts)], settled)
    all_receipts = settle_receipts(came, documents, assignment)
    outcomes = []
    for system in catalog.systems:
        view = partial(part_of_submission, whole=catalog, system=system)
        outcome = _conclude(
            system,
            part_of_assignment(assignment, catalog, system),
            campaign,
            settled.seen_by(view),
            [replace(r, findings=tuple(part_of_findings(r.findings, catalog, system))) for r in all_receipts],
            part_of_documents(documents, catalog, system),
            intake.findings,
            decisions,
        )
        outcomes.append(replace(outcome, aside=tuple(map(view, aside))))
    sent = tuple(one for one in settled.in_force if one.identity.kind != SURVEY_KIND)
    whole = Round(catalog, replace(assignment, city=campaign.city), sent)
    return replace(outcomes[0], beside=tuple(outcomes[1:]), whole=whole)


def open_previous(paths: Iterable[Path]) -> Previous:
    """What the results of a previous round hold, several files as one. Raises UsageFault."""
    found = Previous()
    for path in paths:
        found = found.with_others(read_previous_round(path, read_previous))
    return found


def _open_all(
    intake: Intake, receipts: dict[str, Receipt], materials: list[Material], authserv: str
) -> list[OpenWorkbook]:
    """Open every file, also in mails and archives, as a workbook of ours; what is none gets its receipt at once.

    What is none is added to ``materials``, with what can be known of it: its bytes are not kept.
    """
    opened: list[OpenWorkbook] = []
    for parcel in intake.keep_inside(unpack_all(intake.parcels, receipts, authserv)):
        try:
            opened.append(open_workbook(parcel))
            materials += _inside(opened[-1])
        except Refused as reason:
            code = _as_material(parcel, reason.code)
            receipts[parcel.name] = _reject(parcel, code, reason.parameters)
            materials.append(read_material(parcel, settled=code != "other-file"))
        except Exception as error:  # noqa: BLE001 - our own bug: it costs this one file, and is told
            receipts[parcel.name] = _own_bug(parcel, error)
    known = {material.name for material in materials}
    for receipt in receipts.values():  # what came twice, and archives that could not be opened, can be evidence too
        if receipt.sha256 and receipt.status in ("duplicate", "rejected") and receipt.parcel not in known:
            materials.append(Material(receipt.parcel, receipt.sha256, settled=True))
    return opened


def _inside(book: OpenWorkbook) -> list[Material]:
    """The files that were put into a workbook as objects: they may be what its list of evidence names."""
    return [
        read_material(replace(book.parcel, name=f"{book.parcel.name}/{file.name}", data=file.data,
                              sha256=hashlib.sha256(file.data).hexdigest()))
        for sheet in book.sheets.values() for file in find_embedded(book.package, sheet.part) if file.data
    ]  # fmt: skip


def _take_all(
    opened: Iterable[OpenWorkbook],
    receipts: dict[str, Receipt],
    catalog: Catalog,
    assignment: Assignment,
    campaign: Identity,
    roster: Roster | None,
    before: Previous,
) -> tuple[list[Submission], list[Submission]]:
    """The submissions that count, and those whose sender the office has yet to admit; all get their receipts."""
    taken: dict[str, Submission] = {}
    aside = []
    for book in opened:
        if book.identity.kind == SURVEY_KIND:
            submission, receipts[book.parcel.name] = _take_survey(book, catalog, assignment, campaign)
        else:
            submission, receipts[book.parcel.name] = _take(book, catalog, assignment, campaign, before)
        if submission is None:
            continue
        letter, department = book.parcel.letter, submission.department
        if doubt := check_sender(roster, assignment, letter, department, book.parcel.name):
            receipts[book.parcel.name] = receive(book.parcel, "aside", department, doubt)
            aside.append(submission)
        elif (first := taken.setdefault(submission.sha256, submission)) is not submission:  # from two senders
            receipts[book.parcel.name] = receive_again(book.parcel, first.parcel)
    return list(taken.values()), aside


def _take(
    book: OpenWorkbook, catalog: Catalog, assignment: Assignment, campaign: Identity, before: Previous
) -> tuple[Submission | None, Receipt]:
    """Read and check one workbook: its submission, if it belongs here, and what became of it."""
    if strange := _stranger(book.identity, campaign, assignment):
        return None, _reject(book.parcel, *strange)
    try:
        read = read_submission(book, catalog, assignment)
        submission = check_workbook(catalog, assignment, book, read, before)
    except Refused as reason:
        return None, _reject(book.parcel, reason.code, reason.parameters)
    except Exception as error:  # noqa: BLE001 - as above
        return None, _own_bug(book.parcel, error)
    return submission, receive(book.parcel, "taken", submission.department, *submission.findings)


def _take_survey(
    book: OpenWorkbook, catalog: Catalog, assignment: Assignment, campaign: Identity
) -> tuple[Submission | None, Receipt]:
    """The results of a survey as the office's answer to the system's survey figure, and what became of them."""
    from smartcity_xl.office.survey.take import take_survey

    try:
        taken = take_survey(book, catalog, assignment, campaign)
    except Exception as error:  # noqa: BLE001 - as above
        return None, _own_bug(book.parcel, error)
    if isinstance(taken, Finding):
        return None, receive(book.parcel, "rejected", taken.department, taken)
    return taken, receive(book.parcel, "taken", taken.department, *taken.findings)


def _own_bug(parcel: Parcel, error: Exception) -> Receipt:
    _LOG.error("%s could not be read", parcel.name, exc_info=error)
    return _reject(parcel, "own-bug", {"error": f"{type(error).__name__}: {error}"})


def _as_material(parcel: Parcel, code: str) -> str:
    """A file that neither is nor claims to be a spreadsheet came along as supporting material."""
    claims = parcel.name.casefold().endswith(FORMS)
    return "other-file" if code == "not-a-workbook" and not claims else code


def _reject(parcel: Parcel, code: str, parameters: dict[str, str]) -> Receipt:
    status = "ignored" if severity(code) is Severity.INFO else "rejected"
    finding = Finding(code, Origin(parcel.name), parameters=parameters)
    return receive(parcel, status, "", finding)


def _campaign(identities: Sequence[Identity], own: Assignment | None, choice: Choice) -> Identity | None:
    """The round that was chosen, else the one that most workbooks belong to, as the identity of one of them; None where
    there is no workbook of ours."""
    known = [identity for identity in identities if _known(identity, own)]
    strange = next((identity for identity in identities if identity.assignment.startswith(OWN_PREFIX)), None)
    if not known and strange:
        strangers = set(strange.catalog.split(JOIN)) - set(catalog_ids())
        if strangers and not (own and own.system == strange.catalog):
            raise UsageFault("catalog-needed", found=strange.catalog)
        raise UsageFault("assignment-needed", found=strange.assignment)
    if not known:
        return None
    wanted = [i for i in known if (choice.round or i.round, choice.city or i.city) == (i.round, i.city)]
    if not wanted:
        there = ", ".join(sorted({f"{identity.city} {identity.round}" for identity in known}))
        raise UsageFault("round-absent", city=choice.city, round=choice.round, found=there)
    rounds = Counter(map(_round_of, wanted))
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
    return identity.assignment in assignment_ids(identity.catalog)


def _stranger(identity: Identity, campaign: Identity, assignment: Assignment) -> tuple[str, dict[str, str]] | None:
    """Why a workbook of ours does not belong here: finding code and parameters, or None where it does."""
    for field in ("catalog", "assignment", "round", "city"):
        found, expected = getattr(identity, field), getattr(campaign, field)
        if found != expected:
            return f"{field}-differs", {"found": found, "expected": expected}
    if identity.department not in assignment.departments:
        return "department-unknown", {"found": identity.department}
    return None


def _conclude(
    catalog: Catalog,
    assignment: Assignment,
    campaign: Identity,
    settled: Settled,
    receipts: Sequence[Receipt],
    documents: Documents,
    from_inbox: Sequence[Finding],
    decisions: Sequence[Decision],
) -> Outcome:
    counted = settled.in_force
    corrections = compare_corrections(catalog, assignment, settled, decisions)
    merged = merge_submissions(catalog, assignment, counted, decisions)
    scores = score_merged(catalog, merged)
    surveys = tuple(one for one in counted if one.identity.kind == SURVEY_KIND)
    surveyed = {slot for one in surveys for slot in one.answers}
    submissions = tuple(one for one in counted if one.identity.kind != SURVEY_KIND)
    lacking = find_lacking(catalog, assignment, documents.named)
    people = merge_people(assignment, submissions)
    held = points_held(catalog, assignment, merged, scores)
    departments = tuple(
        _status(catalog, assignment, d, submissions, surveyed, held[d])
        for d in assignment.departments
        if any(assignment.figures_for(d))
    )
    several = [
        Finding("several-workbooks", Origin(status.files[0]), status.department.key,
                parameters={"department": status.department.name, "files": label("word.separator").join(status.files)})
        for status in departments if len(status.files) > 1
    ]  # fmt: skip
    absent = [
        Finding("department-missing", Origin(""), status.department.key,
                parameters={"department": status.department.name, "number": str(status.asked)},
                concerns=tuple(assignment.figures_for(status.department.key)))
        for status in departments if not status.reported and status.asked
    ]  # fmt: skip
    from_files = [
        finding for receipt in receipts if receipt.status != "attached" for finding in receipt.findings
        if not (finding.code == "missing" and finding.figure in surveyed)
    ]  # fmt: skip
    from_people = [finding for entry in people for finding in entry.findings]
    corrected = tell_corrections(assignment, corrections)
    found = (*absent, *several, *from_inbox, *corrected, *from_files, *merged.findings, *scores.findings,
             *documents.findings, *from_people)  # fmt: skip
    named = [_name_indicator(catalog, finding) for finding in found]
    return Outcome(
        catalog, replace(assignment, city=campaign.city), campaign.round, tuple(receipts), submissions,
        departments, merged, scores, rank_findings(catalog, named), documents,
        Evidenced(lacking, total_without(catalog, scores, lacking)), people, surveys=surveys,
        superseded=settled.superseded, corrections=corrections, trials=try_sides(catalog, merged),
    )  # fmt: skip


def _name_indicator(catalog: Catalog, finding: Finding) -> Finding:
    """A finding about a figure, with the first indicator that the figure counts for."""
    figure = finding.figure.partition(".")[0]
    if finding.indicator or figure not in catalog.used_by:
        return finding
    return replace(finding, indicator=catalog.used_by[figure][0])


def _status(
    catalog: Catalog,
    assignment: Assignment,
    department: str,
    submissions: Sequence[Submission],
    surveyed: Collection[str],
    held: Held,
) -> DepartmentStatus:
    """``surveyed`` are the slots that a survey has answered: nobody is asked for them any more."""
    mine = [submission for submission in submissions if submission.department == department]
    figures = [catalog.figures[key] for key in assignment.figures_for(department)]
    required = [figure for figure in figures if is_required(assignment, figure, department)]
    slots = [slot.key for figure in required for slot in figure.slots if slot.key not in surveyed]
    tables = [figure.key for figure in required if figure.columns]
    filled = sum(any(_is_filled(s.answers.get(key)) for s in mine) for key in slots)
    filled += sum(any(_is_filled(s.tables.get(key)) for s in mine) for key in tables)
    files = tuple(submission.parcel for submission in mine)
    return DepartmentStatus(assignment.departments[department], files, filled, len(slots) + len(tables), held)


def _is_filled(answer: Answer | TableAnswer | None) -> bool:
    """Whether a required answer is there: a value, or “not applicable” with its reason."""
    if answer is None:
        return False
    return answer.state is State.VALUE or (answer.state is State.NOT_APPLICABLE and bool(answer.remark))


def needs_a_person(outcome: Outcome, review: bool = False) -> bool:
    """Whether anything is left for a person: a finding that nobody has explained, or a score that is not final.

    ``review``: what the departments have explained is to be looked at too.
    """
    return any(
        not one.scores.final
        or any(map(is_open, one.findings))
        or (review and any(finding.explanation for finding in one.findings))
        for one in (outcome, *outcome.beside)
    )
