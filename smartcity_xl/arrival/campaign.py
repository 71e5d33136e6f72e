"""The workbooks of an inbox -> the round that they belong to, and the settings under which it is scored.

Both are the office's to say. Where it says nothing, they are what the workbooks agree on: one that stands alone against
the others is put aside, and where they are not of one mind the office is asked. Nothing is decided by majority.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.arrival.post import is_heard
from smartcity_xl.books.identity import TEMPLATE_KIND
from smartcity_xl.catalog.combine import JOIN
from smartcity_xl.catalog.load import assignment_ids, catalog_ids
from smartcity_xl.errors import UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, Finding, Identity, Origin, Parcel, Recognised, Roster, Settings
from smartcity_xl.model.periods import period_of_round
from smartcity_xl.model.settings import DEFAULT_SETTINGS, settings_from_text

OWN_PREFIX = "own-"
"""How the identity of an office's own assignment begins."""


class Scored(Struct, frozen=True):
    """The round that is scored, as the identity of a workbook of it, and its settings; ``chosen``: by the office, and
    not by what the workbooks agree on."""

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
    """The round and the settings that were chosen, else those that the workbooks agree on; None where there is no
    workbook of ours. Workbooks whose sender is not admitted have a say only where there are no others.

    ``own``: the office's own sharing-out, if one was given; ``recall``: the settings that the office chose for a round,
    if it did. Raises UsageFault: the workbooks belong to several rounds, or carry several sets of settings, and it is
    not one that stands alone against the others; none belongs to the round chosen; or their sharing-out, or
    their system, is an office's own and was not given.
    """
    books = list(opened)
    shared_out = {(one.catalog, one.assignment) for one in (book.identity for book in books)}
    ours = {one for one in shared_out if _is_known(*one, own)}  # the shipped ones are looked up on the disk
    known = [book for book in books if (book.identity.catalog, book.identity.assignment) in ours]
    if not known:
        _miss_own([book.identity for book in books], own)
        return None
    heard = [book for book in known if is_heard(roster, book.parcel.letter, book.identity.department)] or known
    voices = list({book.parcel.sha256: book.identity for book in heard}.values())
    wanted = [i for i in voices if (round_ or i.round, city or i.city) == (i.round, i.city)]
    if not wanted:
        there = ", ".join(sorted({f"{identity.city} {identity.round}" for identity in voices}))
        raise UsageFault("round-absent", city=city, round=round_, found=there)
    named = own and [one for one in wanted if (one.catalog, one.assignment) == (own.system, own.id)]
    mine = _of_one_round(named or wanted)
    identity = replace(mine[0], settings="", department="", seal="", revision="", code="")
    if (settings := recall(identity)) is not None:
        return Scored(identity, settings, True)
    return Scored(identity, _agreed_settings(mine), False)


def _of_one_round(voices: Sequence[Identity]) -> list[Identity]:
    """The workbooks of the round that all belong to, but for strays. Raises UsageFault where they are of several."""
    rounds: dict[tuple[str, str, str, str], list[Identity]] = {}
    for one in sorted(voices, key=repr):
        rounds.setdefault(_round_of(one), []).append(one)
    ranked = sorted(rounds.items(), key=lambda entry: (-_departments(entry[1]), entry[0]))
    most, others = ranked[0][1], [entry[1] for entry in ranked[1:]]
    if all(_is_stray(one, most) for one in others):
        return most
    sides = "\n".join(f"  {_word_round(key, rounds)}: {len(mine)}" for key, mine in ranked)
    raise UsageFault("several-rounds", rounds=sides, choice=_type_round(ranked[0][0], rounds))


def _is_stray(one: Sequence[Identity], most: Sequence[Identity]) -> bool:
    """Whether workbooks of another round are one department's, beside those of several, and of no later round: the
    first that comes of a new round never goes under in an inbox full of the last one's."""
    if _departments(one) > 1 or _departments(most) < 2:
        return False
    here, there = most[0].round, one[0].round
    if here == there:
        return True
    ours, theirs = period_of_round(here), period_of_round(there)
    return ours is not None and theirs is not None and theirs.last < ours.last


def _departments(identities: Iterable[Identity]) -> int:
    return len({one.department for one in identities})


def _word_round(key: tuple[str, str, str, str], rounds: Iterable[tuple[str, str, str, str]]) -> str:
    """A round in words, and what is to be typed for it."""
    catalog, assignment, round_, city = key
    return f"{city} {round_} ({catalog} {assignment})  {_type_round(key, rounds)}"


def _type_round(key: tuple[str, str, str, str], rounds: Iterable[tuple[str, str, str, str]]) -> str:
    """The options that choose one of several rounds."""
    catalog, assignment, round_, city = key
    words = ["--city", city, "--round", round_]
    if len({one[0] for one in rounds}) > 1 and JOIN not in catalog and not assignment.startswith(OWN_PREFIX):
        words += ["--catalog", catalog]
    return shlex.join(words)


def _agreed_settings(mine: Sequence[Identity]) -> Settings:
    """The settings that the workbooks agree on, each department heard once for each set. Those that depart from the
    default need a second department. Raises UsageFault where no set has more departments than all others together."""
    carried: dict[Settings, set[str]] = {}
    for one in mine:
        read = settings_from_text(one.settings) if one.kind == TEMPLATE_KIND else None
        if read is not None:
            carried.setdefault(read, set()).add(one.department)
    ranked = sorted(carried.items(), key=lambda entry: (-len(entry[1]), word_settings(entry[0])))
    if not ranked:
        return DEFAULT_SETTINGS
    first, behind = ranked[0]
    alone = first != DEFAULT_SETTINGS and len(behind) < 2
    if alone or len(behind) <= sum(len(others) for _, others in ranked[1:]):
        sides = "\n".join(f"  {word_settings(one)}: {len(departments)}" for one, departments in ranked)
        raise UsageFault("several-settings" if len(ranked) > 1 else "settings-alone", settings=sides)
    return first


def tell_settings(book: Recognised, scored: Scored) -> tuple[Finding, ...]:
    """What the office should know of a workbook of the round that carries other settings than those it is scored by.
    Where the office has chosen them the answers count, and the score that it shows its department is another; else, and
    where they cannot be read, it is held (``HELD_SETTINGS``)."""
    if book.identity.kind != TEMPLATE_KIND:
        return ()
    found = settings_from_text(book.identity.settings)
    if found == scored.settings:
        return ()
    words = word_settings(found) if found else book.identity.settings[:80]
    parameters = {"found": words, "expected": word_settings(scored.settings)}
    code = "settings-unreadable" if found is None else "settings-other" if scored.chosen else "settings-differ"
    return (Finding(code, Origin(book.parcel.name), book.identity.department, parameters=parameters),)


HELD_SETTINGS = frozenset({"settings-differ", "settings-unreadable"})
"""What is said of a workbook that counts only once the office lets it in."""


def word_settings(settings: Settings) -> str:
    """The choices of a campaign in short words."""
    star = "own" if settings.target_star is None else str(settings.target_star)
    named = {"ratio": settings.ratio_above_one.value, "rounding": settings.rounding.value,
             "missing": settings.missing.value}  # fmt: skip
    parts = [label(f"settings.short_{name}_{value.replace('-', '_')}") for name, value in named.items()]
    parts += [] if star == "own" else [label("settings.short_target", star=star)]
    return label("word.separator").join(parts)


def _miss_own(identities: Sequence[Identity], own: Assignment | None) -> None:
    strange = {(one.catalog, one.assignment) for one in identities if one.assignment.startswith(OWN_PREFIX)}
    unknown = {catalog for catalog, _ in strange if set(catalog.split(JOIN)) - set(catalog_ids())}
    if lacking := unknown - ({own.system} if own else set()):
        raise UsageFault("catalog-needed", found=", ".join(sorted(lacking)))
    if strange:
        raise UsageFault("assignment-needed", found=", ".join(sorted(assignment for _, assignment in strange)))


def _round_of(identity: Identity) -> tuple[str, str, str, str]:
    return identity.catalog, identity.assignment, identity.round, identity.city


def _is_known(catalog: str, assignment: str, own: Assignment | None) -> bool:
    if own and (catalog, assignment) == (own.system, own.id):
        return True
    return assignment in assignment_ids(catalog)


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
