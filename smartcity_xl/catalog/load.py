"""TOML -> ``Catalog`` and ``Assignment``. The format is described in ``docs/catalog.md``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from smartcity_xl.errors import CatalogFault, MachineFault, UsageFault
from smartcity_xl.messages import sentence
from smartcity_xl.model import (
    Assignment,
    Catalog,
    Category,
    Department,
    Dimension,
    Figure,
    Indicator,
    Kind,
    Merge,
    Notice,
    Option,
    Query,
    Slot,
)
from smartcity_xl.rules.syntax import RuleError, parse_condition, parse_rule
from smartcity_xl.rules.tree import Node, Rule

DEFAULT_CATALOG = "cn-2018"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(%?)")
_Choice = TypeVar("_Choice", bound=StrEnum)
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a catalog. ``where`` names the list, the entry and the field, for people.

    ``path`` says the same for programs: list, entry (position from 0, or code or key), field, and so on downwards.
    """

    where: str
    code: str
    parameters: Mapping[str, str]
    path: tuple[str | int, ...] = field(default=(), compare=False)

    def words(self, language: str = "zh") -> str:
        text = sentence("faults", self.code, language, **self.parameters)
        return f"{self.where}: {text}" if self.where else text


class _Entry:
    """One table of the file. Reading a field notes a fault instead of raising, so that all faults are told at once."""

    def __init__(
        self, where: str, fields: Mapping[str, Any], faults: list[Fault], path: tuple[str | int, ...] = ()
    ) -> None:
        self.where, self.fields, self.faults, self.path = where, fields, faults, path
        self.read: set[str] = set()

    def fault(self, field: str, code: str, /, **parameters: object) -> None:
        where = f"{self.where} {field}".strip()
        told = {name: str(value) for name, value in parameters.items()}
        self.faults.append(Fault(where, code, told, (*self.path, field)))

    def _get(self, field: str, kind: type, default: Any) -> Any:
        self.read.add(field)
        if field not in self.fields:
            if default is None:
                self.fault(field, "field-missing")
            return kind() if default is None else default
        value = self.fields[field]
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        self.fault(field, "field-type", found=value, expected=kind.__name__)
        return kind()

    def text(self, field: str, default: str | None = None) -> str:
        value: str = self._get(field, str, default)
        return value

    def integer(self, field: str, default: int) -> int:
        value: int = self._get(field, int, default)
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        values = self._get(field, list, [])
        if all(isinstance(value, str) for value in values):
            return tuple(values)
        self.fault(field, "field-type", found=values, expected="list of str")
        return ()

    def number(self, field: str, default: Fraction | None = None) -> Fraction:
        """An integer, or a string such as "0.5" or "26%"; never a binary float."""
        self.read.add(field)
        if field not in self.fields:
            if default is None:
                self.fault(field, "field-missing")
            return default or Fraction(0)
        value = self.fields[field]
        if isinstance(value, int) and not isinstance(value, bool):
            return Fraction(value)
        if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
            return Fraction(value.removesuffix("%")) / (100 if match[2] else 1)
        self.fault(field, "number-unreadable", found=value)
        return Fraction(0)

    def optional_number(self, field: str) -> Fraction | None:
        return self.number(field) if field in self.fields else None

    def choice(self, field: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        value = self.text(field, default.value if default else None)
        try:
            return kind(value)
        except ValueError:
            self.fault(field, "choice-unknown", found=value, expected=", ".join(kind))
            return next(iter(kind))

    def parsed(self, field: str, parse: Callable[[str], _Read], otherwise: _Read) -> _Read:
        source = self.text(field)
        try:
            return parse(source)
        except RuleError as error:
            self.fault(
                field, "rule-unreadable",
                line=error.line, column=error.column, found=error.found, expected=error.expected,
            )  # fmt: skip
            return otherwise

    def entries(self, field: str, key: str = "key") -> list[_Entry]:
        found = []
        for number, fields in enumerate(self._get(field, list, []), start=1):
            if not isinstance(fields, dict):
                self.fault(field, "field-type", found=fields, expected="table")
                continue
            name = fields.get(key, f"#{number}")
            path = (*self.path, field, number - 1)
            found.append(_Entry(f"{self.where} {field} {name}".strip(), fields, self.faults, path))
        return found

    def section(self, field: str) -> _Entry:
        """A table within this one; empty, and noted, where something else stands there."""
        return _Entry(f"{self.where} {field}".strip(), self._get(field, dict, {}), self.faults, (*self.path, field))

    def done(self) -> None:
        """Note every field that nobody asked for: it is a slip of the pen."""
        for name in sorted(self.fields.keys() - self.read):
            self.fault(name, "field-unknown")


def _read_option(entry: _Entry) -> Option:
    option = Option(entry.text("key"), entry.text("label"))
    entry.done()
    return option


def _read_range(entry: _Entry, kind: Kind) -> tuple[Fraction, Fraction]:
    if kind in (Kind.YESNO, Kind.CHOICE, Kind.CHECKLIST, Kind.TABLE):
        return Fraction(0), Fraction(1)
    upper = Fraction(100) if kind is Kind.SHARE else None
    return entry.number("min", Fraction(0)), entry.number("max", upper)


def _read_column(entry: _Entry, table: str) -> Slot:
    kind = entry.choice("kind", Kind)
    minimum, maximum = _read_range(entry, kind)
    column = Slot(
        entry.text("key"), table, entry.text("label"), kind, entry.text("unit", ""), minimum, maximum,
        entry.text("part_of", ""), units=entry.texts("units"),
    )  # fmt: skip
    entry.done()
    return column


def _read_figure(entry: _Entry) -> Figure:
    key, kind = entry.text("key"), entry.choice("kind", Kind)
    minimum, maximum = _read_range(entry, kind)
    figure = Figure(
        key=key,
        label=entry.text("label"),
        kind=kind,
        unit=entry.text("unit", "%" if kind is Kind.SHARE else ""),
        minimum=minimum,
        maximum=maximum,
        part_of=entry.text("part_of", ""),
        same_as=entry.text("same_as", ""),
        fixed=entry.optional_number("fixed"),
        items=tuple(map(_read_option, entry.entries("items"))),
        options=tuple(map(_read_option, entry.entries("options"))),
        columns=tuple(_read_column(column, key) for column in entry.entries("columns")),
        rows=entry.integer("rows", 0),
        row_label=entry.text("row_label", ""),
        merge=entry.choice("merge", Merge, Merge.AGREE),
        guidance=entry.text("guidance", ""),
        as_of=entry.text("as_of", ""),
        source=entry.text("source", ""),
        units=entry.texts("units"),
    )
    entry.done()
    return figure


_NO_RULE = Rule("0", (), parse_condition("0"))


def _read_query(entry: _Entry) -> Query:
    no_condition: Node = _NO_RULE.result
    query = Query(entry.parsed("when", parse_condition, no_condition), entry.text("say"))
    entry.done()
    return query


def _read_indicator(entry: _Entry) -> Indicator:
    deduct_max = entry.optional_number("deduct_max")
    indicator = Indicator(
        code=entry.text("code"),
        category=entry.text("category"),
        name=entry.text("name"),
        weight=Fraction(0) if deduct_max is not None else entry.number("weight"),
        deduct_max=deduct_max,
        rule=entry.parsed("rule", parse_rule, _NO_RULE),
        source=entry.text("source"),
        evidence=entry.texts("evidence"),
        note=entry.text("note", ""),
        queries=tuple(map(_read_query, entry.entries("queries", "when"))),
    )
    entry.done()
    return indicator


def _read_dimension(entry: _Entry) -> Dimension:
    dimension = Dimension(entry.text("code"), entry.text("name"), entry.number("weight"))
    entry.done()
    return dimension


def _read_category(entry: _Entry) -> Category:
    category = Category(
        entry.text("code"),
        entry.text("dimension"),
        entry.text("name"),
        entry.number("weight"),
        entry.text("weights_open", ""),
    )
    entry.done()
    return category


def _read_notice(entry: _Entry) -> Notice:
    notice = Notice(entry.text("about", ""), entry.text("text"))
    entry.done()
    return notice


def _read_department(entry: _Entry) -> Department:
    department = Department(entry.text("key"), entry.text("name"), entry.texts("aliases"))
    entry.done()
    return department


def _once(entries: list[_Entry], key: str) -> None:
    """Note every code or key that stands twice."""
    seen: set[str] = set()
    for entry in entries:
        name = str(entry.fields.get(key, ""))
        if name in seen:
            entry.fault(key, "duplicate", found=name)
        seen.add(name)


def build_catalog(document: Mapping[str, Any]) -> tuple[Catalog, tuple[Fault, ...]]:
    """A catalog from its file's content, and every fault of its form; ``lint_catalog`` finds those of substance."""
    faults: list[Fault] = []
    top = _Entry("", document, faults)
    lists = {
        name: top.entries(name, key)
        for name, key in (
            ("dimensions", "code"), ("categories", "code"), ("indicators", "code"), ("figures", "key"),
            ("notices", "about"),
        )
    }  # fmt: skip
    for name in ("dimensions", "categories", "indicators"):
        _once(lists[name], "code")
    _once(lists["figures"], "key")
    catalog = Catalog(
        id=top.text("id"),
        version=top.text("version"),
        title=top.text("title"),
        document=top.text("document"),
        dimensions=tuple(map(_read_dimension, lists["dimensions"])),
        categories=tuple(map(_read_category, lists["categories"])),
        indicators=tuple(map(_read_indicator, lists["indicators"])),
        figures={figure.key: figure for figure in map(_read_figure, lists["figures"])},
        notices=tuple(map(_read_notice, lists["notices"])),
        survey_dimension=top.text("survey_dimension", ""),
    )
    top.done()
    return catalog, tuple(faults)


def build_assignment(document: Mapping[str, Any], catalog: Catalog) -> tuple[Assignment, tuple[Fault, ...]]:
    """An assignment from the content of its file, for its catalog, and every fault of its form."""
    faults: list[Fault] = []
    top = _Entry("", document, faults)
    departments = top.entries("departments")
    _once(departments, "key")

    def duties(section: str) -> dict[str, tuple[str, ...]]:
        entry = top.section(section)
        return {name: entry.texts(name) for name in entry.fields}

    unassigned = top.section("unassigned")
    by_indicator, by_figure, office = duties("indicators"), duties("figures"), top.text("office")
    assignment = Assignment(
        id=top.text("id"),
        system=top.text("system"),
        city=top.text("city"),
        title=top.text("title"),
        document=top.text("document"),
        round=top.text("round"),
        deadline=top.text("deadline"),
        recipients=top.texts("recipients"),
        office=office,
        departments={department.key: department for department in map(_read_department, departments)},
        duties=by_indicator,
        asked=_share_out(catalog, by_indicator, by_figure, office),
        unassigned={code: unassigned.text(code) for code in unassigned.fields},
    )
    for figure in by_figure.keys() - catalog.figures.keys():
        top.fault(f"figures {figure}", "name-unknown", found=figure)
    top.done()
    return assignment, tuple(faults)


def _share_out(
    catalog: Catalog, by_indicator: Mapping[str, tuple[str, ...]], by_figure: Mapping[str, tuple[str, ...]], office: str
) -> dict[str, tuple[str, ...]]:
    """Who is asked for each figure: those named for it, else those of its indicators, else the office."""
    asked = {}
    for key in catalog.figures:
        named = by_figure.get(key) or [d for code in catalog.used_by[key] for d in by_indicator.get(code, ())]
        asked[key] = tuple(dict.fromkeys(named)) or (office,)
    return asked


# --- the built-in catalogs, and those of an office's own -------------------------------------------------------

SYSTEM_FILE = "system.toml"


def _home() -> Traversable:
    return resources.files("smartcity_xl") / "catalogs"


def catalog_ids() -> tuple[str, ...]:
    """The built-in systems."""
    return tuple(sorted(folder.name for folder in _home().iterdir() if (folder / SYSTEM_FILE).is_file()))


def assignment_ids(catalog_id: str) -> tuple[str, ...]:
    """The assignments that come with a built-in system; none with any other."""
    if catalog_id not in catalog_ids():
        return ()
    files = (_home() / catalog_id).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name not in (SYSTEM_FILE, "__pycache__")))


def _read(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogFault(file.name, (Fault("", "file-unreadable", {"reason": str(error)}),)) from error
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(file), reason=error.strerror or str(error)) from error


def _refuse(file: str, faults: tuple[Fault, ...]) -> None:
    if faults:
        raise CatalogFault(file, faults)


def _find_system(reference: str) -> Traversable:
    """The file of a system: a built-in id, else a folder with ``system.toml`` in it, or that file itself."""
    if reference in catalog_ids():
        return _home() / reference / SYSTEM_FILE
    path = Path(reference)
    file = path / SYSTEM_FILE if path.is_dir() else path
    if file.suffix == ".toml" and file.is_file():
        return file
    raise UsageFault("catalog-unknown", found=reference, known=", ".join(catalog_ids()))


def load_document(reference: str) -> dict[str, Any]:
    """The content of a system's file, as it stands. Raises as ``load_catalog``."""
    return _read(_find_system(reference))


def load_catalog(reference: str) -> Catalog:
    """A built-in system by its id, or an office's own by its folder or file.

    Raises UsageFault for an unknown one and for one that takes a built-in id for something else, CatalogFault for a
    file that cannot be read, MachineFault where the machine refuses.
    """
    file = _find_system(reference)
    catalog, faults = build_catalog(_read(file))
    built_in = reference in catalog_ids()
    _refuse(f"{reference}/{file.name}" if built_in else str(file), faults)
    if not built_in:
        refuse_shadow(catalog)
    return catalog


def refuse_shadow(catalog: Catalog) -> None:
    """Raises UsageFault where an office's own system bears a built-in id and is not that very system."""
    if catalog.id in catalog_ids() and catalog != load_catalog(catalog.id):
        raise UsageFault("catalog-shadows", found=catalog.id)


def load_assignment(catalog: Catalog, assignment_id: str | None = None) -> Assignment:
    """An assignment that comes with a built-in system; without an id, its first. Raises as ``load_catalog``."""
    known = assignment_ids(catalog.id)
    if not known:
        raise UsageFault("assignment-none", catalog=catalog.id)
    if assignment_id is None:
        assignment_id = known[0]
    if assignment_id not in known:
        raise UsageFault("assignment-unknown", found=assignment_id, catalog=catalog.id, known=", ".join(known))
    assignment, faults = build_assignment(_read(_home() / catalog.id / f"{assignment_id}.toml"), catalog)
    _refuse(f"{catalog.id}/{assignment_id}.toml", faults)
    return assignment
