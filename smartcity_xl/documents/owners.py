"""Whose a file is: by who sent the mail, by the mail, archive or folder it lies in, or by the name of a department in
its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from smartcity_xl.documents.names import fold
from smartcity_xl.model import Assignment, Material, Submission


def folders_of(name: str) -> Iterator[str]:
    """The folders a file lies in, the nearest first, the inbox itself left out: 甲/乙/丙.pdf -> 甲/乙, 甲."""
    folder = name.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


class Owners(Struct, frozen=True):
    """Tells the department a file belongs to, or "" where nothing tells."""

    names: Sequence[tuple[str, str]]
    """(a department's name or alias, folded; its key)."""
    reporters: dict[str, frozenset[str]]
    """Folder -> the departments whose workbooks lie in or below it."""
    sender_of: Callable[[str], str] = lambda _: ""
    """The department in whose roster an address stands, or ""."""

    def owner_of(self, material: Material) -> str:
        """Whose a file is that came: what a mail brought belongs to the one department whose workbooks lie beside it in
        that mail, else to its sender's; all else as ``owner`` says."""
        if material.mail and (department := self.sender_of(material.sender)):
            inside = (folder for folder in folders_of(material.name) if f"{folder}/".startswith(f"{material.mail}/"))
            beside = sorted(next(filter(None, map(self.reporters.get, inside)), ()))
            return beside[0] if len(beside) == 1 else department
        return self.owner(material.name)

    def owner(self, name: str) -> str:
        """By the nearest folder that says anything: it names one department, or only one's workbooks lie in it; else
        by the file's own name."""
        for folder in folders_of(name):
            if named := self.named(folder.rpartition("/")[2]):
                return named
            if reporters := self.reporters.get(folder):
                if len(reporters) == 1:
                    return next(iter(reporters))
                break  # several departments share the folder: it says nothing, nor does any above it
        return self.named(name.rpartition("/")[2])

    def named(self, text: str) -> str:
        """The one department that a text names; of names that contain each other the longest counts."""
        folded = fold(text)
        found = [(name, key) for name, key in self.names if name in folded]
        keys = {key for name, key in found if not any(name != other and name in other for other, _ in found)}
        return max(keys) if len(keys) == 1 else ""


def find_owners(
    assignment: Assignment,
    submissions: Sequence[Submission],
    copies: Sequence[tuple[str, str]] = (),
    sender_of: Callable[[str], str] = lambda _: "",
) -> Owners:
    """The owners of an inbox, from where the departments' own workbooks lie, ``copies`` of them (name, department),
    and who sent what."""
    names = [
        (fold(name), key)
        for key, department in assignment.departments.items()
        for name in (department.name, *department.aliases)
    ]
    reporters: dict[str, frozenset[str]] = {}
    for name, department in (*((one.parcel, one.department) for one in submissions), *copies):
        for folder in (name, *folders_of(name)):  # a file can lie in a workbook, too
            reporters[folder] = reporters.get(folder, frozenset()) | {department}
    return Owners(names, reporters, sender_of)
