"""``xlscore audit``: whether the ledger is what was entered, and every file in it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcity_xl.cli import clock, options
from smartcity_xl.cli.shape import option
from smartcity_xl.cli.speech import CLEAN, NEEDS_A_PERSON, Speaker, local, tell_instead

if TYPE_CHECKING:
    from smartcity_xl.ledger import Flaw, Proof
    from smartcity_xl.model.place import Place
    from smartcity_xl.run.auditing import Audited

_SHOWN = 20
PARAMETERS = (
    options.CAMPAIGN,
    options.LEDGER,
    option("--repair", says="audit_repair", is_flag=True),
    options.INBOX.but("audit_inbox"),
    options.PASSWORDS,
    option("--anchor", says="audit_anchor", metavar="HASH", multiple=True),
)


def run(
    speaker: Speaker,
    campaign: Path | None,
    ledger: Place | None,
    repair: bool,
    inbox: Path | None,
    passwords: tuple[str, ...],
    anchor: tuple[str, ...],
) -> int:
    from smartcity_xl.ledger import LOST
    from smartcity_xl.run.auditing import audit
    from smartcity_xl.run.orders import order_look

    order = order_look(campaign, ledger)
    tell_instead(speaker, order.instead)
    given = (*passwords, *os.environ.get("XLSCORE_ARCHIVE_PASSWORD", "").splitlines())
    found = audit(order, clock.now(), repair, inbox, anchor, given)
    if speaker.data:
        speaker.give("xlscore-audit/1", **_document(speaker, found, order.ledger))
    else:
        _tell(speaker, found)
    if not found.left:
        return CLEAN
    if not repair and any(flaw.code in LOST for flaw in found.left):
        speaker.advise("next_repair", "audit", "--repair", *(("--ledger", ledger) if ledger else ()))
    return NEEDS_A_PERSON


def _document(speaker: Speaker, found: Audited, ledger: Place) -> dict[str, object]:
    proof, conserved = found.proof, found.conserved
    chain = proof.chained and {
        "links": proof.chained.links, "origin": proof.chained.origin, "since": proof.chained.since,
        "head": proof.chained.head, "anchor": proof.chained.anchor,
    }  # fmt: skip
    return {
        "ledger": str(ledger), "sound": not found.left, "bytewise": proof.bytewise,
        "entries": proof.entries, "objects": proof.objects, "size": proof.size, "chain": chain,
        "parcels": conserved and conserved.parcels, "states": conserved and conserved.states,
        "flaws": [_flaw(speaker, one) for one in found.left],
        "mended": [_flaw(speaker, one) for one in found.mended],
    }  # fmt: skip


def _flaw(speaker: Speaker, flaw: Flaw) -> dict[str, object]:
    found, remedy = _word_flaw(speaker, flaw)
    said = {"code": flaw.code, "sha256": flaw.sha256, "file": flaw.file, **flaw.parameters}
    return {**said, "found": found, "remedy": remedy}


def _word_flaw(speaker: Speaker, flaw: Flaw) -> tuple[str, str]:
    """What is wrong, and what to do."""
    told = {"file": flaw.file or "?", "sha256": flaw.sha256[:12], **flaw.parameters}
    told |= {"at": _moment(str(told["at"]))} if "at" in told else {}
    code = f"audit_{flaw.code.replace('-', '_')}"
    return speaker.say(code, **told), speaker.say(f"{code}_remedy", **told)


def _moment(at: str) -> str:
    try:
        return local(at)
    except ValueError:  # it was changed
        return at


def _tell(speaker: Speaker, found: Audited) -> None:
    say, proof = speaker.say, found.proof
    size = f"{proof.size / 2**20:.1f} MiB"
    click.echo(say("audit_looked", objects=proof.objects, size=size, entries=proof.entries))
    _tell_chain(speaker, proof)
    if found.conserved:
        states = found.conserved.states
        told = [f"{say(f'use_{state}')} {states[state]}" for state in sorted(states, key=lambda one: -states[one])]
        click.echo(say("audit_states", number=found.conserved.parcels, states=", ".join(told) or "0"))
    if found.mended:
        click.echo(say("audit_mended", number=len(found.mended)))
        _tell_flaws(speaker, [_word_flaw(speaker, flaw)[0] for flaw in found.mended], found.mended)
    if found.left:
        click.echo(say("audit_flaws", number=len(found.left)))
        words = [_word_flaw(speaker, flaw) for flaw in found.left]
        lines = [say("audit_flaw", found=wrong, remedy=remedy) for wrong, remedy in words]
        _tell_flaws(speaker, lines, found.left)
    else:
        click.echo(say("audit_sound"))


def _tell_chain(speaker: Speaker, proof: Proof) -> None:
    if chained := proof.chained:
        since = _moment(chained.since)
        click.echo(speaker.say(f"audit_origin_{chained.origin}", links=chained.links, since=since))
        if chained.anchor:
            click.echo(speaker.say("audit_anchor_is", anchor=chained.anchor))
    if proof.bytewise in ("unknown", "served"):
        click.echo(speaker.say(f"audit_bytes_{proof.bytewise}"))


def _tell_flaws(speaker: Speaker, lines: Sequence[str], flaws: Sequence[Flaw]) -> None:
    """Each flaw in a line, and of each kind so many; a store that is gone is no page of lines."""
    shown: Counter[str] = Counter()
    for line, flaw in zip(lines, flaws, strict=True):
        shown[flaw.code] += 1
        if shown[flaw.code] <= _SHOWN:
            click.echo(f"  {line}")
    rest = sum(max(number - _SHOWN, 0) for number in shown.values())
    if rest:
        click.echo("  " + speaker.say("audit_more", number=rest))
