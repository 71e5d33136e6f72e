"""A filled decision workbook -> the office's decisions, or every fault in it by sheet and cell.

The office chooses between answers, or sends them back. A figure of its own has no way in: what is read is which answer
was chosen, and never a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.identity import DECISIONS_KIND, MARKER
from smartcity_xl.books.package import Package, Refused
from smartcity_xl.books.sheets import Sheet, read_identity, read_sheets
from smartcity_xl.books.values import show_cell
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import DecisionFault, MachineFault, UsageFault
from smartcity_xl.messages import label
from smartcity_xl.model import SEND_BACK, Decision, Origin
from smartcity_xl.office.deciding.form import CONFLICTS, INPUTS, LAPSED, read_decision_row, read_side_row
from smartcity_xl.office.editing.cells import Strange, read_value
from smartcity_xl.office.editing.form import Form


@dataclass(frozen=True, slots=True)
class DecisionBook:
    """A decision workbook as read: its file's name, which round it is for, its decisions, and those that had lapsed
    before."""

    name: str
    identity: Mapping[str, str]
    decisions: tuple[Decision, ...]
    lapsed: tuple[Decision, ...]


NOTHING_DECIDED = DecisionBook("", {}, (), ())


def read_decision_book(path: Path) -> DecisionBook:
    """The decisions of a workbook, one for each conflict decided.

    Raises UsageFault for a file that is no decision workbook, MachineFault where it cannot be read, DecisionFault with
    every fault (sheet, cell, what was found, what to do).
    """
    try:
        sheets = read_sheets(Package(path.read_bytes()), frozenset(), _input_letters)
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error
    except Refused as error:
        raise UsageFault("decisions-unreadable", path=str(path)) from error
    identity = read_identity(sheets)
    marked = [(_marker(sheet), sheet) for sheet in sheets]
    if identity.get("kind") != DECISIONS_KIND or CONFLICTS not in {name for name, _ in marked}:
        raise UsageFault("decisions-unreadable", path=str(path))
    reader = _DecisionsReader(path.name)
    for name, sheet in marked:
        if name == CONFLICTS:
            reader.read_conflicts(sheet)
        elif name == LAPSED:
            reader.read_lapsed(sheet)
    if reader.faults:
        raise DecisionFault(str(path), reader.faults)
    return DecisionBook(path.name, identity, tuple(reader.decisions.values()), tuple(reader.lapsed))


def _marker(sheet: Sheet) -> str:
    first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else None
    return first.removeprefix(MARKER) if isinstance(first, str) and first.startswith(MARKER) else ""


def _columns(sheet: Sheet) -> dict[str, int]:
    return {name: at for at, name in enumerate(sheet.rows[0]) if isinstance(name, str) and at}


def _input_letters(sheet: Sheet) -> tuple[str, ...]:
    """The columns whose formulas and errors must be seen."""
    if _marker(sheet) != CONFLICTS:
        return ()
    columns = _columns(sheet)
    return tuple(column_name(columns[name]) for name in INPUTS.values() if name in columns)


@dataclass(slots=True)
class _DecisionsReader:
    """``options``: subject -> number -> key and words of a side."""

    file: str
    decisions: dict[str, Decision] = field(default_factory=dict)
    lapsed: list[Decision] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    options: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def read_conflicts(self, sheet: Sheet) -> None:
        columns = _columns(sheet)
        lost = [name for name in (*INPUTS.values(), "number", "unit") if name not in columns]
        if lost:
            heads = label("word.separator").join(label(f"decide.{name}") for name in lost)
            self.faults.append(Fault(f"{sheet.name}!A1", "column-missing", {"found": heads}))
            return
        keys = [(row, show_cell(sheet.cell(row, 0))) for row in range(1, len(sheet.rows))]
        self._read_options(sheet, columns, keys)
        for row, key in keys:
            if subject := read_decision_row(key):
                self._read_decision(sheet, columns, row, subject)

    def _read_options(self, sheet: Sheet, columns: Mapping[str, int], keys: list[tuple[int, str]]) -> None:
        """The sides as they stand on the sheet, worded as the office saw them."""
        givers: dict[tuple[str, str], list[str]] = {}
        for row, key in keys:
            if not (side := read_side_row(key)):
                continue
            subject, number, name = side
            shown = {column: show_cell(sheet.cell(row, columns[column])) for column in ("value", "unit", "department")}
            departments = givers.setdefault((subject, number), [])
            departments += [shown["department"]] if shown["department"] not in departments else []
            words = label("decide.option", number=number, value=shown["value"].partition("\n")[0], unit=shown["unit"],
                          departments=label("word.separator").join(departments))  # fmt: skip
            self.options.setdefault(subject, {})[number] = (name, words)

    def _read_decision(self, sheet: Sheet, columns: Mapping[str, int], row: int, subject: str) -> None:
        known = len(self.faults)
        given = {name: self._read(sheet, row, columns[column], name) for name, column in INPUTS.items()}
        if len(self.faults) > known or not any(given.values()):
            return
        at = {name: columns[column] for name, column in INPUTS.items()}
        for name in [name for name, text in given.items() if not text]:
            self._fault(sheet, row, at[name], "decision-half", found=label(f"decide.{name}"))
        back, options = label("decide.back"), self.options.get(subject, {})
        if given["choice"] not in ("", back, *options):
            offered = label("word.separator").join((*options, back))
            self._fault(sheet, row, at["choice"], "cell-choice", found=given["choice"], expected=offered)
        if len(self.faults) > known:
            return
        choice, said = (SEND_BACK, back) if given["choice"] == back else options[given["choice"]]
        origin = Origin(self.file, sheet.name, cell_name(row, at["choice"]))
        figure, department, answers = subject.split("|")
        decision = Decision(figure, department, answers, choice, given["reason"], given["who"], said, origin)
        other = self.decisions.setdefault(subject, decision)
        if (other.choice, other.reason, other.who) != (choice, given["reason"], given["who"]):
            first = f"{other.origin.sheet}!{other.origin.cell}"
            self._fault(sheet, row, at["choice"], "decision-twice", first=first)

    def _read(self, sheet: Sheet, row: int, column: int, name: str) -> str:
        """What the office typed into a cell; a fault, and nothing, for what is no text or number."""
        try:
            value = read_value(sheet.cell(row, column), Form.CODE if name == "choice" else Form.TEXT)
        except Strange as strange:
            self._fault(sheet, row, column, strange.code, found=strange.found)
            return ""
        return str(value or "")

    def _fault(self, sheet: Sheet, row: int, column: int, code: str, /, **parameters: str) -> None:
        self.faults.append(Fault(f"{sheet.name}!{cell_name(row, column)}", code, parameters))

    def read_lapsed(self, sheet: Sheet) -> None:
        columns = _columns(sheet)
        for row in range(1, len(sheet.rows)):
            parts = show_cell(sheet.cell(row, 0)).split("|")
            if len(parts) != 4 or not {"said", "reason", "who"} <= columns.keys():
                continue
            said, reason, who = (show_cell(sheet.cell(row, columns[name])) for name in ("said", "reason", "who"))
            origin = Origin(self.file, sheet.name, cell_name(row, columns["said"]))
            figure, department, answers, choice = parts
            self.lapsed.append(Decision(figure, department, answers, choice, reason, who, said, origin))
