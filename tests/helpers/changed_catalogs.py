"""A built-in system with one thing changed, and the faults that this makes."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

from smartcity_xl.catalog.build import build_assignment, build_catalog
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.lint import lint_assignment, lint_catalog
from smartcity_xl.catalog.load import load_catalog

Document = dict[str, Any]
Change = Callable[[Document], object]
_HOME = resources.files("smartcity_xl") / "catalogs" / "cn-2018"
SYSTEM: Document = tomllib.loads((_HOME / "system.toml").read_text(encoding="utf-8"))
LUOYANG: Document = tomllib.loads((_HOME / "luoyang-2019.toml").read_text(encoding="utf-8"))
CATALOG = load_catalog("cn-2018")


def catalog_faults(change: Change) -> list[Fault]:
    document = copy.deepcopy(SYSTEM)
    change(document)
    catalog, faults = build_catalog(document)
    return [*faults, *lint_catalog(catalog)]


def assignment_faults(change: Change) -> list[Fault]:
    document = copy.deepcopy(LUOYANG)
    change(document)
    assignment, faults = build_assignment(document, CATALOG)
    return [*faults, *lint_assignment(CATALOG, assignment)]


def entry(document: Document, section: str, name: str) -> Document:
    """The entry of a list that has the code or the key."""
    return next(found for found in document[section] if name in (found.get("code"), found.get("key")))


def put(section: str, name: str, /, **fields: object) -> Change:
    """Set fields of one entry; None takes the field away."""

    def change(document: Document) -> None:
        found = entry(document, section, name)
        for field, value in fields.items():
            found.pop(field, None)
            if value is not None:
                found[field] = value

    return change


def add(section: str, /, **fields: object) -> Change:
    return lambda document: document[section].append(fields)


def top(**fields: object) -> Change:
    def change(document: Document) -> None:
        for field, value in fields.items():
            document.pop(field, None)
            if value is not None:
                document[field] = value

    return change


def indicator(code: str, /, **fields: object) -> Change:
    return put("indicators", code, **fields)


def figure(key: str, /, **fields: object) -> Change:
    return put("figures", key, **fields)


def item(checklist: str, number: int, /, **fields: object) -> Change:
    """Set fields of one item of a checklist."""
    return lambda document: entry(document, "figures", checklist)["items"][number].update(fields)


def column(number: int, /, **fields: object) -> Change:
    return lambda document: entry(document, "figures", "tertiary_hospitals")["columns"][number].update(fields)


def all_of(*changes: Change) -> Change:
    return lambda document: [change(document) for change in changes]


# The rule that these changes play with; it reads the checklist ss_remote_services and nothing else.
REMOTE = "L1P3-A2"


def query(when: str) -> list[Document]:
    return [{"when": when, "say": "请核对"}]


def remote(rule: str) -> Change:
    return indicator(REMOTE, rule=rule)
