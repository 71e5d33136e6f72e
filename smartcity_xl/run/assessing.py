"""What came -> what it comes to: read, checked, merged and scored, under each system of the round."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from smartcity_xl.arrival.campaign import HELD_SETTINGS, Scored, choose_round, find_stranger, sender_of, tell_settings
from smartcity_xl.arrival.copies import recognise_again, take_copies
from smartcity_xl.arrival.echoes import part_echoes
from smartcity_xl.arrival.intake import Intake, open_intake
from smartcity_xl.arrival.post import receive, receive_again, unpack_all
from smartcity_xl.arrival.proof import prove_identity, trust_revisions
from smartcity_xl.arrival.rulings import (
    ECHOES,
    IDENTITIES,
    ROUNDS,
    SENDERS,
    keep_out,
    place_admitted,
    tell_admitted,
    tell_blanks_alone,
    tell_excluded,
)
from smartcity_xl.arrival.waiting import WaitingRoom
from smartcity_xl.books.identity import SURVEY_KIND
from smartcity_xl.catalog.combine import JOIN, part_of_assignment, part_of_findings, part_of_submission
from smartcity_xl.catalog.load import load_assignment
from smartcity_xl.confined import Confined, NotRead
from smartcity_xl.documents import (
    choose_outlines,
    folders_of,
    part_of_documents,
    review_documents,
    settle_receipts,
)
from smartcity_xl.errors import NothingUsable
from smartcity_xl.messages import severity
from smartcity_xl.model import (
    NO_RULINGS,
    Assignment,
    Finding,
    Identity,
    Material,
    Origin,
    Outcome,
    Parcel,
    Receipt,
    Recognised,
    Roster,
    Round,
    Rulings,
    Severity,
    Submission,
)
from smartcity_xl.model.headway import ticking
from smartcity_xl.model.settings import Settings, settings_from_text
from smartcity_xl.office.deciding import NOTHING_DECIDED, DecisionBook
from smartcity_xl.run.concluding import conclude
from smartcity_xl.run.decisions import decisions_for, recall_decisions
from smartcity_xl.run.meanwhile import NOTHING, Meanwhile
from smartcity_xl.run.reading import Ours, ReadBook, Readers, Remember, read_always
from smartcity_xl.run.refusals import tell_refusals
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, Choice, fit, load_systems, pick
from smartcity_xl.score.corrections import (
    mark_receipts,
    settle_submissions,
)

CHOSEN = "chosen"
"""What the ledger calls a run's settings where the office chose them."""


def assess(
    inbox: Path,
    leave_out: Path | None = None,
    choice: Choice = EVERYTHING_DEFAULT,
    roster: Roster | None = None,
    authserv: str = "",
    decided: DecisionBook = NOTHING_DECIDED,
    passwords: tuple[str, ...] = (),
) -> Outcome:
    """Read, check, merge and score an inbox; writes nothing. Raises as ``collect``."""
    with open_intake(inbox, leave_out) as intake:
        return assess_intake(intake, inbox, choice, roster, authserv, decided, passwords)


def assess_intake(
    intake: Intake,
    inbox: Path,
    choice: Choice = EVERYTHING_DEFAULT,
    roster: Roster | None = None,
    authserv: str = "",
    decided: DecisionBook = NOTHING_DECIDED,
    passwords: tuple[str, ...] = (),
    returned: Collection[str] = (),
    remember: Remember = read_always,
    meanwhile: Meanwhile = NOTHING,
) -> Outcome:
    """Read, check, merge and score what came from an inbox. ``passwords`` are tried on what is locked, ``returned`` are
    the hashes of workbooks that went back; ``remember`` is for ``Readers``, ``meanwhile`` is done while a child reads.
    Raises as ``collect``."""
    with Confined(meanwhile) as confined, WaitingRoom() as room:
        readers = Readers(confined, room, authserv, passwords, remember)
        return _assess(readers, intake, inbox, choice, roster, decided, returned, meanwhile)


def _assess(
    readers: Readers,
    intake: Intake,
    inbox: Path,
    choice: Choice,
    roster: Roster | None,
    decided: DecisionBook,
    returned: Collection[str],
    meanwhile: Meanwhile,
) -> Outcome:
    own = pick(choice) if choice.assignment_book or choice.systems else None
    receipts = _receive_aside(intake)
    materials: list[Material] = []
    opened = _open_all(intake, receipts, materials, readers)
    receipts |= _receive_aside(intake)  # what was still being written is known once all was read
    recall = partial(_chosen_settings, intake, choice)
    rulings = intake.rulings
    counting = [book for book in opened if book.parcel.sha256 not in rulings.excluded]
    vote = partial(
        choose_round, own=own[1] if own else None, roster=roster, round_=choice.round, city=choice.city, recall=recall
    )
    scored = vote(counting) or vote(opened)
    if scored is None:
        raise NothingUsable(str(inbox), tell_refusals(receipts, opened))
    campaign, settings = scored.identity, scored.settings
    if own and own[1].id == campaign.assignment:
        picked = own
    else:
        system = load_systems(campaign.catalog.split(JOIN))
        picked = system, load_assignment(system, campaign.assignment)
    catalog, assignment = fit(picked, choice, campaign.city, campaign.round, settings)
    meanwhile.expect(catalog.systems)
    read = readers.for_round(catalog, assignment, campaign, choice.previous)
    tick = ticking("check", intake.follow, len({book.parcel.sha256 for book in opened}))
    taken = take_copies(
        opened, receipts, assignment, roster, intake.arrived,
        lambda book: tick(_take(book, read, assignment, scored, rulings)),
        lambda sha256: rulings.admission(sha256, SENDERS) is not None,
        lambda book: _doubts(book, choice.key, assignment, scored, rulings),
    )  # fmt: skip
    readers.finish()
    let, out = keep_out(trust_revisions(taken.submissions, opened, choice.key), rulings)
    mailed = {book.parcel.name for book in opened if book.parcel.letter}
    echoing = {sha256 for sha256 in rulings.admitted if rulings.admission(sha256, ECHOES)}
    submissions, echoes = part_echoes(let, returned, mailed, echoing)
    receipts |= {name: replace(receipts[name], status="ignored", findings=(told,)) for name, told in echoes.items()}
    receipts |= tell_admitted(receipts, submissions, rulings)
    receipts |= tell_blanks_alone(receipts, submissions, rulings, lambda: intake.filled_before(assignment.id, campaign),
                                  intake.lies_at)  # fmt: skip
    receipts |= tell_excluded(receipts, rulings)
    placing = place_admitted(rulings, intake.first_seen)
    settled = settle_submissions(submissions, taken.received, taken.again, placing.placed, placing.known)
    decisions = decisions_for(decided, catalog, assignment, campaign)
    if decided is NOTHING_DECIDED and (runs := intake.runs_then(assignment.id, campaign.round, campaign.city)):
        kept = intake.ledger.decisions(runs[0]) if intake.ledger else ()
        decisions = recall_decisions(kept, runs[0].at, catalog, assignment, settled.in_force)
    copies = [(name, one.department) for one in taken.submissions for name in taken.places[one.sha256]]
    outlines = choose_outlines([system.id for system in catalog.systems], assignment.id, choice.outlines)
    came_along = [_posted(one, receipts) for one in materials if one.sha256 not in rulings.excluded]
    sender_of = roster.department_of if roster else lambda _: ""
    documents = review_documents(catalog, assignment, settled.in_force, came_along, outlines, copies, sender_of)
    came = mark_receipts([receipts[name] for name in sorted(receipts)], settled)
    all_receipts = settle_receipts(came, documents, assignment)
    outcomes = []
    for system in catalog.systems:
        view = partial(part_of_submission, whole=catalog, system=system)
        outcome = conclude(
            system,
            part_of_assignment(assignment, catalog, system),
            campaign,
            settled.seen_by(view),
            [replace(r, findings=tuple(part_of_findings(r.findings, catalog, system))) for r in all_receipts],
            part_of_documents(documents, catalog, system),
            intake.findings,
            decisions,
        )
        outcomes.append(replace(outcome, aside=tuple(map(view, (*taken.aside, *out))), rulings=rulings))
    sent = tuple(one for one in settled.in_force if one.identity.kind != SURVEY_KIND)
    whole = Round(catalog, assignment, sent, settled.histories, settled.placed, tuple(decisions))
    return replace(outcomes[0], beside=tuple(outcomes[1:]), whole=whole)


def _receive_aside(intake: Intake) -> dict[str, Receipt]:
    return {name: Receipt(name, "", "ignored", "", (finding,)) for name, finding in intake.aside.items()}


def _chosen_settings(intake: Intake, choice: Choice, identity: Identity) -> Settings | None:
    """The settings that the office chose for a round: now, or in the run that is looked back to."""
    if choice.settings:
        return choice.settings
    for run in intake.runs_then(identity.assignment, identity.round, identity.city):
        if CHOSEN in run.settings:
            return settings_from_text(run.settings[CHOSEN])
    return None


def _open_all(
    intake: Intake, receipts: dict[str, Receipt], materials: list[Material], readers: Readers
) -> list[Recognised]:
    """Find the workbooks of ours in all files, also in mails and archives; what is none gets its receipt at once.

    What is none is added to ``materials``, with what can be known of it: its bytes are not kept.
    """
    opened: list[Recognised] = []
    books: dict[str, Recognised] = {}
    others: dict[tuple[str, str | None], str] = {}
    for parcel in intake.keep_inside(unpack_all(intake.parcels, receipts, readers.unpack)):
        if parcel.sha256 in books:
            opened.append(recognise_again(books[parcel.sha256], parcel))
            continue
        first = others.setdefault((parcel.sha256, sender_of(parcel)), parcel.name)
        if first != parcel.name:
            receipts[parcel.name] = receive_again(parcel, first)
            continue
        found = readers.look(parcel)
        if isinstance(found, Ours):
            books[parcel.sha256] = Recognised(readers.let_wait(parcel), found.identity)
            opened.append(books[parcel.sha256])
            materials += found.inside
            continue
        receipts[parcel.name] = _reject(parcel, found.code, found.parameters)
        materials += [] if isinstance(found, NotRead) else [found.material]
    known = {material.name for material in materials}
    for receipt in receipts.values():  # what came twice, and archives that could not be opened, can be evidence too
        if receipt.sha256 and receipt.status in ("duplicate", "rejected") and receipt.parcel not in known:
            materials.append(Material(receipt.parcel, receipt.sha256, settled=True))
    return opened


def _posted(material: Material, receipts: Mapping[str, Receipt]) -> Material:
    """A file that came, with the mail that brought it."""
    around = [name for name in folders_of(material.name) if (one := receipts.get(name)) and one.letter]
    return replace(material, mail=around[-1], sender=_sender(receipts[around[-1]])) if around else material


def _sender(receipt: Receipt) -> str:
    return receipt.letter.sender if receipt.letter else ""


def _take(
    book: Recognised, read: ReadBook, assignment: Assignment, scored: Scored, rulings: Rulings = NO_RULINGS
) -> tuple[Submission | None, Receipt]:
    """Read and check one workbook: its submission, if it belongs here, and what became of it."""
    survey, sha256 = book.identity.kind == SURVEY_KIND, book.parcel.sha256
    strange = not survey and find_stranger(
        book.identity, scored.identity, assignment, bool(rulings.admission(sha256, ROUNDS))
    )
    if strange:
        return None, _reject(book.parcel, *strange)
    found = read(book.parcel)
    match found:
        case NotRead():
            return None, _reject(book.parcel, found.code, found.parameters)
        case Finding():
            return None, receive(book.parcel, "rejected", found.department, found)
    noted = () if survey else (one for one in tell_settings(book, scored) if one.code not in HELD_SETTINGS)
    return found, receive(book.parcel, "taken", found.department, *noted, *found.findings)


def _doubts(
    book: Recognised, key: bytes, assignment: Assignment, scored: Scored, rulings: Rulings
) -> tuple[Finding, ...]:
    """For what a workbook is held that belongs here, as far as the office has not let it in."""
    sha256 = book.parcel.sha256
    unproven = prove_identity(book, key, assignment, scored)
    known = rulings.admission(sha256, IDENTITIES | ROUNDS)
    settings = [one for one in tell_settings(book, scored) if one.code in HELD_SETTINGS]
    let_in = rulings.admission(sha256, HELD_SETTINGS)
    return (*([unproven] if unproven and not known else []), *([] if let_in else settings))


def _reject(parcel: Parcel, code: str, parameters: Mapping[str, str]) -> Receipt:
    status = "ignored" if severity(code) is Severity.INFO else "rejected"
    finding = Finding(code, Origin(parcel.name), parameters=parameters)
    return receive(parcel, status, "", finding)
