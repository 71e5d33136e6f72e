"""The files that evidence lists name -> the files that came along; and the indicators that are left without any.

A name is looked for wherever it may lie. What came with the department's own workbook goes before what lies in nobody's
folder; what lies in another department's folder, and names that several different files answer to, are asked about.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.catalog.duties import is_drawn_in
from smartcity_xl.documents.names import compare_names, fold, forms, loose_keys, parse_name, spellings
from smartcity_xl.documents.owners import Owners, folders_of
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Evidence,
    FileState,
    Finding,
    Material,
    NamedFile,
    Origin,
    Submission,
)

_OWN, _NOBODYS, _ANOTHERS = 0, 1, 2
_LOOSE, _FOLDER = 98, 99
_LISTED = 6


class _Candidate(Struct, frozen=True):
    """A file, or a folder with all that lies in it, that may be meant. ``place`` tells folders of one name apart."""

    place: str
    owner: str
    materials: tuple[Material, ...]

    @property
    def content(self) -> frozenset[str]:
        return frozenset(material.sha256 for material in self.materials)


class _Inbox(Struct):
    """The files that came, found by name."""

    owners: Owners
    files: dict[str, list[Material]] = field(default_factory=lambda: defaultdict(list))
    """Stem, and stem without the mark of a copy -> files."""
    loose: dict[str, list[Material]] = field(default_factory=lambda: defaultdict(list))
    """What names are known by that programs have changed on the way -> files."""
    folders: dict[str, dict[str, list[Material]]] = field(default_factory=lambda: defaultdict(dict))
    """Folded name of a folder or archive -> its path -> files in it."""

    def add(self, material: Material, codes: Iterable[str]) -> None:
        base = material.name.rpartition("/")[2]
        prefixes = dict.fromkeys(prefix for code in codes for prefix in _prefixes(code))
        parsed = [parse_name(base, prefix) for prefix in prefixes if fold(base).startswith(fold(prefix))]
        for key in dict.fromkeys(key for name in parsed for key in (name.whole, name.stem, name.bare)):
            self.files[key].append(material)
        known = sorted(loose_keys(base))
        for key in dict.fromkeys((*known, *(f"{key.rpartition('.')[0]}." for key in known))):
            self.loose[key].append(material)
        for folder in folders_of(material.name):
            names = [fold(name) for name in spellings(folder.rpartition("/")[2])]
            names += [re.sub(f"{forms()['archives']}$", "", name) for name in names]
            for key in dict.fromkeys(names):
                self.folders[key].setdefault(folder, []).append(material)

    def find(self, text: str, code: str, department: str) -> tuple[FileState, tuple[Material, ...]]:
        """What one name stands for. UNCLEAR brings the candidates."""
        ranked = [
            (self.nearness(candidate, department), rank, candidate) for rank, candidate in self.candidates(text, code)
        ]
        if not ranked:
            return FileState.MISSING, ()
        best = min((near, rank) for near, rank, _ in ranked)
        chosen = sorted((c for near, rank, c in ranked if (near, rank) == best), key=lambda c: c.place)
        contents = {candidate.content for candidate in chosen}
        if best[0] == _ANOTHERS or len(contents) > 1:
            return FileState.UNCLEAR, tuple(m for candidate in chosen for m in candidate.materials[:_LISTED])
        return FileState.PRESENT, chosen[0].materials

    def nearness(self, candidate: _Candidate, department: str) -> int:
        return _OWN if candidate.owner == department else _ANOTHERS if candidate.owner else _NOBODYS

    def candidates(self, text: str, code: str) -> Iterator[tuple[int, _Candidate]]:
        """Every file and folder that answers to a name, with how well it does (0 best)."""
        *above, base = [part for part in re.split(r"[/\\]", text) if part.strip()] or [""]
        within = [fold(part) for part in above]
        parsed = [parse_name(base, prefix) for prefix in _prefixes(code)]
        keys = dict.fromkeys(key for name in parsed for key in (name.whole, name.stem))
        for material in {m.name: m for key in keys for m in self.files.get(key, ())}.values():
            rank = _rank(base, material, code)
            if rank is not None and _lies_within(material.name, within):
                yield rank, _Candidate(material.name, self.owners.owner_of(material), (material,))
        for material in {m.name: m for key in sorted(loose_keys(base)) for m in self.loose.get(key, ())}.values():
            if _lies_within(material.name, within):
                yield _LOOSE, _Candidate(material.name, self.owners.owner_of(material), (material,))
        name = re.sub(f"{forms()['folders']}$", "", fold(base))
        for folder, materials in self.folders.get(name, {}).items() if name else ():
            if _lies_within(folder, within):
                yield _FOLDER, _Candidate(folder, self._owner_of_folder(folder, materials), tuple(materials))

    def _owner_of_folder(self, folder: str, materials: Sequence[Material]) -> str:
        """By itself; one that came in a mail, by what it holds."""
        if all(material.mail and self.owners.sender_of(material.sender) for material in materials):
            owners = list(dict.fromkeys(map(self.owners.owner_of, materials)))
            return owners[0] if len(owners) == 1 else ""
        return self.owners.owner(f"{folder}/")


def _rank(base: str, material: Material, code: str) -> int | None:
    """As ``compare_names``, finer: a name that agrees only once the indicator's code is taken off comes after."""
    other = material.name.rpartition("/")[2]
    ranks = (compare_names(parse_name(base, prefix), parse_name(other, prefix)) for prefix in _prefixes(code))
    return min((3 * rank + number for number, rank in enumerate(ranks) if rank is not None), default=None)


def _prefixes(code: str) -> tuple[str, ...]:
    """What may stand before a name like a number: nothing, an indicator's code, and that code without its system."""
    return tuple(dict.fromkeys(("", code, code.rpartition(" ")[2])))


def _lies_within(name: str, folders: Sequence[str]) -> bool:
    """Whether a path leads through these folders."""
    return not folders or set(folders) <= {fold(part) for part in name.split("/")[:-1]}


def split_names(text: str, known: Mapping[str, object]) -> list[str]:
    """The names in one cell. Where a sign may belong to a name, the cell is divided only if the whole is nothing that
    came, and either every piece looks like a file or one of them did come. ``known`` are folded names and stems."""

    def came(piece: str) -> bool:
        name = parse_name(piece.rpartition("/")[2])
        return bool({name.whole, name.stem} & known.keys())

    def divided(line: str, signs: str) -> list[str]:
        pieces = [piece.strip() for piece in re.split(f"[{signs}]", line) if piece.strip()]
        if len(pieces) < 2 or came(line):
            return [line] if line else []
        apart = all(parse_name(piece).ending for piece in pieces) or (signs != "/" and any(map(came, pieces)))
        return pieces if apart else [line]

    lines = (line.strip() for line in re.split(f"[{forms()['strong']}]", text))
    names = (re.sub(f"^{forms()['openings']}(?=.)", "", line) for line in lines)
    return [piece for name in names for part in divided(name, forms()["weak"]) for piece in divided(part, "/")]


def match_evidence(
    catalog: Catalog, owners: Owners, submissions: Sequence[Submission], materials: Iterable[Material]
) -> tuple[NamedFile, ...]:
    """Every name in the evidence lists with what it stands for, in the order of the submissions and their rows."""
    codes = [indicator.code for indicator in catalog.indicators]
    inbox = _Inbox(owners)
    for material in materials:
        inbox.add(material, codes)
    known = {**inbox.files, **inbox.folders}
    found: dict[tuple[str, str, str], NamedFile] = {}
    for submission in submissions:
        for entry in submission.evidence:
            for named in _names_in(entry, known):
                state, files = inbox.find(named, entry.indicator, submission.department)
                found.setdefault(
                    (submission.department, entry.indicator, fold(named)),
                    NamedFile(entry.indicator, submission.department, entry.title, named, state, files, entry.remark,
                              entry.origin),
                )  # fmt: skip
    return tuple(found.values())


def _names_in(entry: Evidence, known: Mapping[str, object]) -> list[str]:
    """The names that a line gives. Where the file's cell is blank, the title stands for it."""
    text = entry.file or entry.title
    if text in tolerance()["fillers"] or text in tolerance()["not_applicable"]:
        return []
    return split_names(text, known)


def find_evidence_problems(assignment: Assignment, named: Sequence[NamedFile]) -> tuple[Finding, ...]:
    """One finding for each name that stands for nothing or for too much; one for all where none of a department's
    files came."""
    findings = []
    for department in assignment.departments:
        mine = [entry for entry in named if entry.department == department]
        if len(mine) > 1 and all(entry.state is FileState.MISSING for entry in mine):
            parameters = {"number": str(len(mine)), "names": _listed(entry.named for entry in mine)}
            at = Origin(mine[0].origin.file, mine[0].origin.sheet)
            findings.append(Finding("evidence-files-none", at, department, parameters=parameters))
            continue
        findings += [_problem(entry) for entry in mine if entry.state is not FileState.PRESENT]
    return tuple(findings)


def _problem(entry: NamedFile) -> Finding:
    code = "evidence-file-missing" if entry.state is FileState.MISSING else "evidence-file-unclear"
    parameters = {"named": entry.named, "files": _listed(material.name for material in entry.files)}
    return Finding(code, entry.origin, entry.department, indicator=entry.indicator, parameters=parameters)


def _listed(names: Iterable[str]) -> str:
    first, *rest = [*names] or [""]
    shown = [first, *rest[: _LISTED - 1]]
    return label("word.separator").join(shown) + ("…" if len(rest) >= _LISTED else "")


def find_lacking(catalog: Catalog, assignment: Assignment, named: Iterable[NamedFile]) -> tuple[str, ...]:
    """The indicators for which the catalog wants evidence, and the departments that answer them name no file that is
    there."""
    backed = {(entry.indicator, entry.department) for entry in named if entry.state is FileState.PRESENT}

    def answering(code: str) -> set[str]:
        asked = {d for figure in catalog.figures_of[code] for d in assignment.asked[figure.key]}
        return {department for department in asked if is_drawn_in(catalog, assignment, department, code)}

    return tuple(
        i.code for i in catalog.indicators
        if i.evidence and not any((i.code, department) in backed for department in answering(i.code))
    )  # fmt: skip
