"""A filled decision workbook -> the office's decisions, or every fault in it by sheet and cell.

The office chooses between answers, or sends them back. A figure of its own has no way in: what is read is which answer
was chosen, and never a value.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from smartcity_xl.books.content import Odd
from smartcity_xl.books.identity import DECISIONS_KIND
from smartcity_xl.books.keyed import FaultyCells, KeyedSheet
from smartcity_xl.books.opener import BookShape, SheetShape, far_cells, load_book
from smartcity_xl.errors import DecisionFault
from smartcity_xl.messages import label
from smartcity_xl.model import SEND_BACK, Decision, Identity, Origin
from smartcity_xl.office.deciding.form import CONFLICTS, INPUTS, LAPSED, read_decision_row, read_side_row
from smartcity_xl.office.editing.cells import read_value
from smartcity_xl.office.editing.form import Form


class DecisionBook(Struct, frozen=True):
    """A decision workbook as read: its file's name, which round it is for, its decisions, and those that had lapsed
    before."""

    name: str
    identity: Identity | None
    decisions: tuple[Decision, ...]
    lapsed: tuple[Decision, ...]


NOTHING_DECIDED = DecisionBook("", None, (), ())


def read_decision_book(path: Path) -> DecisionBook:
    """The decisions of a workbook, one for each conflict decided.

    Raises UsageFault for a file that is no decision workbook, MachineFault where it cannot be read, DecisionFault with
    every fault (sheet, cell, what was found, what to do).
    """
    book, sheets = load_book(path, _shape())
    reader = _DecisionsReader(path.name, faults=list(far_cells(sheets.values())))
    reader.read_conflicts(sheets[CONFLICTS])
    if LAPSED in sheets:
        reader.read_lapsed(sheets[LAPSED])
    if reader.faults:
        raise DecisionFault(str(path), reader.faults)
    return DecisionBook(path.name, book.identity, tuple(reader.decisions.values()), tuple(reader.lapsed))


def _shape() -> BookShape:
    """What a workbook must hold; a sheet of lapsed decisions only where there were any."""
    conflicts = (*INPUTS.values(), "number", "unit")
    sheets = {
        CONFLICTS: SheetShape(label("decide.sheet"), {name: label(f"decide.{name}") for name in conflicts}),
        LAPSED: SheetShape(label("decide.sheet_lapsed"), {name: label(f"decide.{name}") for name in _KEPT}, True),
    }
    return BookShape(DECISIONS_KIND, "decisions-unreadable", DecisionFault, sheets)


_KEPT = ("said", "reason", "who")
"""What is kept of a decision that has lapsed."""


class _DecisionsReader(FaultyCells):
    """``options``: subject -> number -> key and words of a side."""

    file: str
    decisions: dict[str, Decision] = field(default_factory=dict)
    lapsed: list[Decision] = field(default_factory=list)
    options: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def read_conflicts(self, page: KeyedSheet) -> None:
        keys = list(page.keyed())
        self._read_options(page, keys)
        for key, row in keys:
            if subject := read_decision_row(key):
                self._read_decision(page, row, subject)
        known = {key for key, _ in keys if read_decision_row(key) or read_side_row(key)}
        self.keyless(page, known, {"value": label("decide.value"), "number": label("decide.number")}, ("value",))

    def _read_options(self, page: KeyedSheet, keys: list[tuple[str, int]]) -> None:
        """The sides as they stand on the sheet, worded as the office saw them."""
        givers: dict[tuple[str, str], list[str]] = {}
        for key, row in keys:
            if not (side := read_side_row(key)):
                continue
            subject, number, name = side
            shown = {one: self.words(page, row, one, True, True, True) for one in ("value", "unit", "department")}
            departments = givers.setdefault((subject, number), [])
            departments += [shown["department"]] if shown["department"] not in departments else []
            words = label("decide.option", number=number, value=shown["value"].partition("\n")[0], unit=shown["unit"],
                          departments=label("word.separator").join(departments))  # fmt: skip
            options = self.options.setdefault(subject, {})
            if options.setdefault(number, (name, words))[0] != name:
                self.note_cell(page, row, "number", "side-again", found=number)
            options[number] = (name, words)

    def _read_decision(self, page: KeyedSheet, row: int, subject: str) -> None:
        known = len(self.faults)
        given = {name: self._read(page, row, column, name) for name, column in INPUTS.items()}
        if len(self.faults) > known or not any(given.values()):
            return
        for name in [name for name, text in given.items() if not text]:
            self.note_cell(page, row, INPUTS[name], "decision-half", found=label(f"decide.{name}"))
        back, options = label("decide.back"), self.options.get(subject, {})
        if given["choice"] not in ("", back, *options):
            offered = label("word.separator").join((*options, back))
            self.note_cell(page, row, INPUTS["choice"], "cell-choice", found=given["choice"], expected=offered)
        if len(self.faults) > known:
            return
        choice, said = (SEND_BACK, back) if given["choice"] == back else options[given["choice"]]
        origin = self._origin(page, row, INPUTS["choice"])
        figure, department, answers = subject.split("|")
        decision = Decision(figure, department, answers, choice, given["reason"], given["who"], said, origin)
        other = self.decisions.setdefault(subject, decision)
        if (other.choice, other.reason, other.who) != (choice, given["reason"], given["who"]):
            first = f"{other.origin.sheet}!{other.origin.cell}"
            self.note_cell(page, row, INPUTS["choice"], "decision-twice", first=first)

    def _origin(self, page: KeyedSheet, row: int, name: str) -> Origin:
        return Origin(self.file, page.sheet.name, page.cell_name(row, name))

    def _read(self, page: KeyedSheet, row: int, column: str, name: str) -> str:
        """What the office typed into a cell; a fault, and nothing, for what is no text or number."""
        value = read_value(page.content(row, column), Form.CODE if name == "choice" else Form.TEXT)
        if isinstance(value, Odd):
            self.note_cell(page, row, column, value.code, found=value.found)
            return ""
        return str(value or "")

    def read_lapsed(self, page: KeyedSheet) -> None:
        for key, row in page.keyed():
            figure, department, answers, choice, *_ = (*key.split("|"), "", "", "")
            if key.count("|") != 3:
                continue
            said, reason, who = (self.words(page, row, name, True, True, True) for name in _KEPT)
            origin = self._origin(page, row, "said")
            self.lapsed.append(Decision(figure, department, answers, choice, reason, who, said, origin))
