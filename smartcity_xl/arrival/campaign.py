"""The workbooks of an inbox -> the round that they belong to, and the settings under which it is scored.

Both are what most of the workbooks say, each once however often it came, and never what the first of them by name says.
Nothing is guessed where the numbers are equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from smartcity_xl.arrival.post import admits
from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.catalog.combine import JOIN
from smartcity_xl.catalog.load import assignment_ids, catalog_ids
from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Finding, Identity, Origin, Parcel, Recognised, Roster, Settings
from smartcity_xl.model.settings import DEFAULT_SETTINGS, settings_from_text

_Key = TypeVar("_Key")
OWN_PREFIX = "own-"
"""How the identity of an office's own assignment begins."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The round that is scored, as the identity of a workbook of it, and its settings; ``chosen``: by the office, and
    not by what most workbooks carry."""

    identity: Identity
    settings: Settings
    chosen: bool


def choose_round(
    opened: Iterable[Recognised],
    own: Assignment | None,
    roster: Roster | None,
    round_: str = "",
    city: str = "",
    recall: Callable[[Identity], Settings | None] = lambda _: None,
) -> Scored | None:
    """The round and the settings that were chosen, else those that most workbooks carry; None where there is no
    workbook of ours. Workbooks whose sender is not admitted have a say only where there are no others.

    ``own``: the office's own sharing-out, if one was given; ``recall``: the settings that the office chose for a round,
    if it did. Raises UsageFault: as many workbooks belong to one round
    as to another, or carry one set of settings as another; none belongs to the round chosen; or their sharing-out, or
    their system, is an office's own and was not given.
    """
    books = list(opened)
    known = [book for book in books if _known(book.identity, own)]
    if not known:
        _miss_own([book.identity for book in books], own)
        return None
    heard = [book for book in known if admits(roster, sender_of(book.parcel), book.identity.department)] or known
    voices = list({book.parcel.sha256: book.identity for book in heard}.values())
    wanted = [i for i in voices if (round_ or i.round, city or i.city) == (i.round, i.city)]
    if not wanted:
        there = ", ".join(sorted({f"{identity.city} {identity.round}" for identity in voices}))
        raise UsageFault("round-absent", city=city, round=round_, found=there)
    names = {key: " / ".join(key) for key in map(_round_of, wanted)}
    key = _most(Counter(map(_round_of, wanted)), names, "several-rounds", "rounds")
    mine = sorted((identity for identity in wanted if _round_of(identity) == key), key=repr)
    identity = replace(mine[0], settings="", department="", seal="", revision="")
    if (settings := recall(identity)) is not None:
        return Scored(identity, settings, True)
    read = [settings_from_text(one.settings) for one in mine if one.kind == TEMPLATE_KIND]
    carried = Counter(one for one in read if one is not None) or Counter([DEFAULT_SETTINGS])
    told = {one: word_settings(one) for one in carried}
    return Scored(identity, _most(carried, told, "several-settings", "settings"), False)


def tell_settings(book: Recognised, scored: Scored) -> tuple[Finding, ...]:
    """What the office should know of a workbook of the round that carries other settings than those it is scored by:
    its answers count, and the score that it shows its department is another."""
    if book.identity.kind != TEMPLATE_KIND:
        return ()
    found = settings_from_text(book.identity.settings)
    if found == scored.settings:
        return ()
    words = word_settings(found) if found else book.identity.settings
    parameters = {"found": words, "expected": word_settings(scored.settings)}
    code = "settings-other" if scored.chosen and found else "settings-differ"
    return (Finding(code, Origin(book.parcel.name), parameters=parameters),)


def word_settings(settings: Settings) -> str:
    """The choices of a campaign in short words."""
    star = "own" if settings.target_star is None else str(settings.target_star)
    named = {"ratio": settings.ratio_above_one.value, "rounding": settings.rounding.value,
             "missing": settings.missing.value}  # fmt: skip
    parts = [label(f"settings.short_{name}_{value.replace('-', '_')}") for name, value in named.items()]
    parts += [] if star == "own" else [label("settings.short_target", star=star)]
    return label("word.separator").join(parts)


def _most(votes: Counter[_Key], names: Mapping[_Key, str], code: str, what: str) -> _Key:
    """What has the most votes. Raises UsageFault with all of it where two have as many."""
    ranked = sorted(votes.items(), key=lambda entry: (-entry[1], names[entry[0]]))
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        sides = "\n".join(f"  {names[key]}: {number}" for key, number in ranked)
        raise UsageFault(code, **{what: sides})
    return ranked[0][0]


def _miss_own(identities: Sequence[Identity], own: Assignment | None) -> None:
    strange = {(one.catalog, one.assignment) for one in identities if one.assignment.startswith(OWN_PREFIX)}
    unknown = {catalog for catalog, _ in strange if set(catalog.split(JOIN)) - set(catalog_ids())}
    if lacking := unknown - ({own.system} if own else set()):
        raise UsageFault("catalog-needed", found=", ".join(sorted(lacking)))
    if strange:
        raise UsageFault("assignment-needed", found=", ".join(sorted(assignment for _, assignment in strange)))


def _round_of(identity: Identity) -> tuple[str, str, str, str]:
    return identity.catalog, identity.assignment, identity.round, identity.city


def _known(identity: Identity, own: Assignment | None) -> bool:
    if own and (identity.catalog, identity.assignment) == (own.system, own.id):
        return True
    return identity.assignment in assignment_ids(identity.catalog)


def sender_of(parcel: Parcel) -> str | None:
    """The address that a parcel came from in a mail, perhaps ""; None for what the office laid into the folder."""
    return parcel.letter.sender if parcel.letter else None


def find_stranger(
    identity: Identity, campaign: Identity, assignment: Assignment, admitted: bool = False
) -> tuple[str, dict[str, str]] | None:
    """Why a workbook of ours does not belong here: finding code and parameters, or None where it does. ``admitted``:
    the office lets it in though it names another round or city."""
    for field in ("catalog", "assignment", *(() if admitted else ("round", "city"))):
        found, expected = getattr(identity, field), getattr(campaign, field)
        if found != expected:
            return f"{field}-differs", {"found": found, "expected": expected}
    if identity.department not in assignment.departments:
        return "department-unknown", {"found": identity.department}
    return None
