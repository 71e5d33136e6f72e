"""Whether what is taken for a province's folder is one city's inbox: with a sub-folder for each department, or with
their workbooks in the folder itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from smartcity_xl.arrival.inbox import SIZE_LIMIT, is_litter
from smartcity_xl.confined import Confined
from smartcity_xl.model import Identity, Parcel

_ENOUGH = 6
"""Sub-folders that are looked into: no department sits in so many cities, and no city in so many departments."""
_FORM = ".xlsx"


def find_one_city(folders: Sequence[Path]) -> str:
    """The city whose departments these folders are; "" where they are not of one city, or nobody can say."""
    seen = list(islice(_identities(next(_forms(folder), None) for folder in folders), _ENOUGH))
    cities = {(one.city, one.round, one.catalog) for one in seen}
    departments = {one.department for one in seen}
    return seen[0].city if len(seen) > 1 and len(cities) == 1 and len(departments) == len(seen) else ""


def find_loose_city(loose: Sequence[Path], folders: Sequence[Path]) -> str:
    """The city several of whose departments' workbooks lie in the folder itself, where no sub-folder has another's;
    "" where that is not so."""
    forms = (path for path in loose if path.name.casefold().endswith(_FORM))
    seen = list(islice(_identities(forms), _ENOUGH))
    if len({one.city for one in seen}) != 1 or len({one.department for one in seen}) == 1:
        return ""
    beside = islice(_identities(next(_forms(folder), None) for folder in folders), _ENOUGH)
    return seen[0].city if all(one.city == seen[0].city for one in beside) else ""


def _identities(forms: Iterable[Path | None]) -> Iterator[Identity]:
    """Of those that are workbooks of ours. Strangers' files: a child reads them."""
    with Confined() as confined:
        ask = confined.teach(identify)
        for form in forms:
            if form and isinstance(found := ask(form), Identity):
                yield found


def _forms(folder: Path) -> Iterator[Path]:
    for base, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.casefold().endswith(_FORM) and not is_litter(name):
                yield Path(base, name)


def identify(path: Path) -> Identity | None:
    """What a workbook says it is; None where it is none of ours."""
    from smartcity_xl.books.refused import Refused
    from smartcity_xl.form.reading.workbook import open_workbook

    try:
        if path.is_symlink() or path.stat().st_size > SIZE_LIMIT:
            return None
        return open_workbook(Parcel(path.name, path.read_bytes(), "")).identity
    except (Refused, OSError):
        return None
