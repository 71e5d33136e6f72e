"""What a workbook says it is where its hidden sheet was taken away.

Excel's document inspector removes hidden sheets, and says so to nobody; the same fields stand among the properties of
the file, which programs leave alone.
"""

from __future__ import annotations

from smartcity_xl.books.identity import IDENTITY_FIELDS
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.texts import decoded

_PROPERTIES, _PREFIX = "docProps/custom.xml", "xlscore."


def read_properties(package: Package) -> dict[str, str]:
    """The identity among the properties of a file; empty for one that has none, or none that can be read and says what
    it is."""
    named = [*package.related_as("", "custom-properties"), *([_PROPERTIES] if package.has(_PROPERTIES) else [])]
    if not named:
        return {}
    try:
        properties = package.tree(named[0])
    except Refused:  # spoilt properties spoil no cells
        return {}
    found = {}
    for entry in properties:
        name = entry.get("name", "")
        if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) in IDENTITY_FIELDS:
            found[name.removeprefix(_PREFIX)] = decoded("".join(entry.itertext())).strip()
    return found if found.get("kind") else {}
