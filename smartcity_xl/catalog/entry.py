"""Reading a catalog's file field by field: every fault is noted, and all are told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from msgspec import Struct

from smartcity_xl.messages import sentence
from smartcity_xl.rules.syntax import RuleError

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(%?)")
_Choice = TypeVar("_Choice", bound=StrEnum)
_Read = TypeVar("_Read")


class Fault(Struct, frozen=True):
    """Something wrong with a catalog. ``where`` names the list, the entry and the field, for people.

    ``path`` says the same for programs: list, entry (position from 0, or code or key), field, and so on downwards.
    """

    where: str
    code: str
    parameters: Mapping[str, str]
    path: tuple[str | int, ...] = ()

    def words(self, language: str = "zh") -> str:
        text = sentence("faults", self.code, language, **self.parameters)
        return f"{self.where}: {text}" if self.where else text


FaultPlace = tuple[str, ...]
"""List, entry and field: what a fault's ``where`` says in words."""


def fault_at(where: FaultPlace, code: str, /, at: tuple[str | int, ...] = (), **parameters: object) -> Fault:
    """A fault; ``at`` goes on where its words stop, for programs."""
    told = {name: str(value) for name, value in parameters.items()}
    return Fault(" ".join(where), code, told, (*where, *at))


class EntryReader:
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

    def flag(self, field: str) -> bool:
        value: bool = self._get(field, bool, False)
        return value

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

    def entries(self, field: str, key: str = "key") -> list[EntryReader]:
        found = []
        for number, fields in enumerate(self._get(field, list, []), start=1):
            if not isinstance(fields, dict):
                self.fault(field, "field-type", found=fields, expected="table")
                continue
            name = fields.get(key, f"#{number}")
            path = (*self.path, field, number - 1)
            found.append(EntryReader(f"{self.where} {field} {name}".strip(), fields, self.faults, path))
        return found

    def section(self, field: str) -> EntryReader:
        """A table within this one; empty, and noted, where something else stands there."""
        return EntryReader(
            f"{self.where} {field}".strip(), self._get(field, dict, {}), self.faults, (*self.path, field)
        )

    def done(self) -> None:
        """Note every field that nobody asked for: it is a slip of the pen."""
        for name in sorted(self.fields.keys() - self.read):
            self.fault(name, "field-unknown")
