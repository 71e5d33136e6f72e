"""An opened workbook -> its identity, and the answers it holds, found by key wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.books import limits
from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.content import Odd, read_content, words_in
from smartcity_xl.books.identity import IDENTITY_SHEET, SURVEY_KIND, TEMPLATE_KIND
from smartcity_xl.books.keyed import KEY
from smartcity_xl.books.opener import OpenWorkbook, open_book
from smartcity_xl.books.package import Refused
from smartcity_xl.books.sheets import Sheet
from smartcity_xl.books.tolerance import tolerance
from smartcity_xl.books.values import (
    Cell,
    MarkedText,
    parse_numeral,
    plain,
    read_cell,
    read_date,
    read_unit_cell,
    says_nothing,
    show_cell,
    shows_nothing,
    trimmed,
)
from smartcity_xl.books.windows import read_window
from smartcity_xl.form.map import (
    COVER,
    EVIDENCE,
    FIGURES,
    INPUTS,
    OPTIONAL,
    PAPER_SHEET,
    PEOPLE,
    TABLE,
    TABLE_NAME,
    heading_of,
)
from smartcity_xl.form.reading.outside import find_outside
from smartcity_xl.form.reading.unmarked import say_unmarked
from smartcity_xl.form.reading.versions import NEEDED, judge_columns, judge_figure, printed
from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Evidence,
    Figure,
    Finding,
    Kind,
    Origin,
    Parcel,
    Slot,
    State,
    Submission,
    TableAnswer,
    TableRow,
    Typed,
)
from smartcity_xl.rules.formula import constant

FROM_1904 = 1_462
"""Days between the two beginnings from which programs count dates."""
BESIDE = ("unit", "check", "guidance", "remark", "explanation")
"""Columns into which a number strays that belongs into the column of values."""


def _contents(role: str, columns: Mapping[str, int]) -> tuple[str, ...]:
    """The columns of a sheet that are read for what they hold; of a table all but ours."""
    if role.startswith(f"{TABLE}:"):
        return tuple(n for n in columns if n not in (KEY, "check", "state") and not n.startswith("mean"))
    return INPUTS.get(role, ())


def open_workbook(parcel: Parcel) -> OpenWorkbook:
    """Open a parcel as a department's workbook, or the results of a survey. Raises Refused, with the reason."""
    kinds, skip = (TEMPLATE_KIND, SURVEY_KIND), (label("sheet.scores"), PAPER_SHEET)
    book = open_book(parcel, kinds, _contents, skip, layout=True)
    if not re.fullmatch(r"(?:[1-9][0-9]{0,3})?", book.identity.revision):
        raise Refused("revision-unreadable", found=book.identity.revision[:80])
    return book


class _FormReader(Struct):
    """Reads one workbook; ``findings`` grows on the way."""

    book: OpenWorkbook
    catalog: Catalog
    assignment: Assignment
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, Origin] = field(default_factory=dict)

    @property
    def department(self) -> str:
        return self.book.identity.department

    def origin(self, sheet: Sheet, row: int, column: int) -> Origin:
        return Origin(self.book.parcel.name, sheet.name, cell_name(row, column))

    def report(
        self, code: str, origin: Origin, figure: str = "", concerns: tuple[str, ...] = (), /, **parameters: str
    ) -> None:
        self.findings.append(Finding(code, origin, self.department, figure, parameters=parameters, concerns=concerns))

    def answered_on(self, role: str) -> tuple[str, ...]:
        """The figures that are answered on a sheet."""
        if role == FIGURES:
            return tuple(self.assignment.figures_for(self.department))
        return (role.removeprefix(f"{TABLE}:"),) if role.startswith(TABLE) else ()

    @property
    def versions(self) -> dict[str, str]:
        """Both versions, where the workbook was made from another than the catalog's; else nothing."""
        found, expected = self.book.identity.version, self.catalog.version
        return {} if found == expected else {"found": found, "expected": expected}

    def unplaced(self, key: str, sheet: Sheet, row: int, columns: Mapping[str, int]) -> None:
        """A row that is not asked of the department: pasted from elsewhere, or, answered, of another version."""
        at, raw = self.origin(sheet, row, columns["value"]), show_cell(sheet.cell(row, columns["value"]))
        if not self.versions:
            self.report("row-unknown", at, key=key, raw=raw[:80])
        elif trimmed(raw):
            self.report("version-row", at, label=printed(sheet, row, columns["label"]), raw=raw[:80], **self.versions)

    def sheet(self, role: str, name: str) -> Sheet | None:
        """A sheet by its marker; one that was deleted, or has lost its marker, is reported."""
        sheet = self.book.sheets.get(role)
        if sheet is None:
            there = self.book.package if name in self.book.unmarked else None
            code = say_unmarked(there, name) if there else "sheet-missing"
            at = Origin(self.book.parcel.name, name if there else "")
            self.report(code, at, "", self.answered_on(role), sheet=name)
        elif sheet.name != name and not role.startswith(TABLE):
            self.report("sheet-renamed", Origin(self.book.parcel.name, sheet.name), sheet=name, found=sheet.name)
        return sheet

    def columns(self, role: str, sheet: Sheet, needed: tuple[str, ...]) -> Mapping[str, int]:
        """Where the sheet's columns are now; empty, and reported, where one that is needed is gone, or stands twice."""
        if sheet.far:
            self.report("far-cell", Origin(self.book.parcel.name, sheet.name, sheet.far), cell=sheet.far)
        page = self.book.pages[role]
        columns = page.columns
        gone = [name for name in (KEY, *needed) if name not in columns and name not in OPTIONAL]
        if gone:
            self.report("columns-missing", Origin(self.book.parcel.name, sheet.name), "", self.answered_on(role),
                        columns=self.headings(role, gone))  # fmt: skip
        copied = [name for name in page.copied if name in (KEY, *needed)]
        if copied:
            self.report("column-copied", Origin(self.book.parcel.name, sheet.name), "", self.answered_on(role),
                        columns=self.headings(role, copied))  # fmt: skip
        return {} if gone or copied else columns

    def headings(self, role: str, names: list[str]) -> str:
        return label("word.separator").join(
            heading_of(self.catalog, role, "key" if name == KEY else name) for name in names
        )

    def words(
        self, sheet: Sheet, row: int, column: int, field: str, figure: str = "", concerns: tuple[str, ...] = (),
        name: bool = False,
    ) -> str:  # fmt: skip
        """The words of a cell that does not count for a score, of a formula its result; "", and reported, where there
        are none to take. ``name``: of a person, a file, a row of a table, where a date is a slip."""
        cell = sheet.cell(row, column)
        if cell is None:
            return ""
        if isinstance(cell, str):
            return "" if shows_nothing(cell) else trimmed(cell)
        at, content = self.origin(sheet, row, column), read_content(cell)
        if isinstance(cell, MarkedText) and label("word.struck") in cell.shown:
            self.report("words-struck", at, figure, concerns, field=field, raw=cell.shown[:80])
        strict = words_in(content, results=True, dates=not name)
        if not isinstance(strict, Odd):
            return strict
        said = words_in(content, results=True, dates=True, truths=True)
        if not isinstance(said, Odd):
            self.report("words-odd", at, figure, concerns, field=field, raw=strict.found)
            return said
        code = "words-unsaved" if said.code == "cell-unsaved" else "words-error"
        self.report(code, at, figure, concerns, field=field, raw=said.found)
        return ""

    def beside(self, sheet: Sheet, row: int, columns: Mapping[str, int], key: str) -> tuple[str, str]:
        """Remark and explanation in the row of a figure; a filler explains nothing."""
        remark = self.figure_words(sheet, row, columns, "remark", key)
        explanation = self.figure_words(sheet, row, columns, "explanation", key)
        return remark, "" if says_nothing(explanation) else explanation

    def figure_words(self, sheet: Sheet, row: int, columns: Mapping[str, int], name: str, key: str) -> str:
        """The words in a column of the sheet of figures; "" where it has none."""
        at = columns.get(name)
        if at is None or sheet.cell(row, at) is None:
            return ""
        return self.words(sheet, row, at, label(f"figures.{name}"), key)

    def answer(
        self, sheet: Sheet, row: int, column: int, slot: Slot, unit: str = "", chosen: str = "", **beside: str
    ) -> Answer:
        """The answer in a cell; ``unit`` as ``read_cell`` has it, ``chosen`` what stands in its cell, ``beside`` what
        stands in other columns."""
        cell, origin = sheet.cell(row, column), self.origin(sheet, row, column)
        code = sheet.formats.get(origin.cell, "")
        reading = read_cell(cell, slot, unit, code)
        for problem, parameters in reading.problems:
            self.report(problem, origin, slot.key, **parameters)
        if reading.state is State.VALUE and origin.cell in sheet.doubtful:
            self.report("format-conditional", origin, slot.key, label=slot.label, raw=show_cell(cell)[:80],
                        code=sheet.doubtful[origin.cell])  # fmt: skip
        raw = reading.raw or show_cell(cell)
        return Answer(slot.key, self.department, reading.state, reading.value, raw, origin, unit=reading.unit,
                      typed=Typed(cell, code, chosen), **beside)  # fmt: skip

    def measured(self, sheet: Sheet, row: int, columns: Mapping[str, int], slot: Slot, **beside: str) -> Answer:
        """The answer of a row that has a unit beside it: what stands there matters where there is a number."""
        chosen = sheet.cell(row, columns["unit"])
        as_usual = chosen == slot.unit or not slot.numeric
        unit = slot.unit if as_usual else read_unit_cell(chosen, slot)
        told = len(self.findings)
        typed = trimmed(show_cell(chosen))
        answer = self.answer(sheet, row, columns["value"], slot, unit or "", typed, **beside)
        if answer.state is State.BLANK:
            self.beside_blank(sheet, row, columns, slot)
        if as_usual or answer.state is not State.VALUE:
            return answer
        parameters = {"label": slot.label, "raw": typed[:80], "given": answer.given,
                      "choices": label("word.separator").join(slot.choices)}  # fmt: skip
        at = self.origin(sheet, row, columns["unit"])
        if unit is None:
            del self.findings[told:]  # how the number was taken no longer matters
            self.report("unit-unknown", at, slot.key, **parameters | {"given": answer.raw})
            return replace(_unreadable(answer), unit="")
        if not typed and len(slot.choices) > 1:
            self.report("unit-blank", at, slot.key, **parameters)
        return answer

    def beside_blank(self, sheet: Sheet, row: int, columns: Mapping[str, int], slot: Slot) -> None:
        """Report a number that stands in another column of a row whose answer is blank."""
        for name in BESIDE if slot.numeric else ():
            at = columns.get(name)
            cell = sheet.cell(row, at) if at is not None else None
            raw = trimmed(show_cell(cell))
            if at is not None and (raw and parse_numeral(raw) is not None):
                self.report("number-beside", self.origin(sheet, row, at), slot.key, label=slot.label, raw=raw[:80],
                            column=label(f"figures.{name}"), cell=cell_name(row, columns["value"]))  # fmt: skip

    def judged(self, sheet: Sheet, row: int, columns: Mapping[str, int], slot: Slot, **beside: str) -> Answer:
        """The answer of a form of another version, as far as it may be used."""
        told = len(self.findings)
        answer = self.measured(sheet, row, columns, slot, **beside)
        unit, wording = (printed(sheet, row, columns[name]) for name in NEEDED[::-1])
        problem = judge_figure(slot, answer.raw, unit, wording)
        if problem is None or answer.state not in (State.VALUE, State.UNREADABLE):
            return answer
        code, parameters = problem
        unusable = code == "version-unit"
        if unusable:
            del self.findings[told:]  # how the answer was read no longer matters
        if unusable or answer.state is State.VALUE:
            self.report(code, answer.origin, slot.key, **parameters, **self.versions)
        return _unreadable(answer) if unusable else answer

    # The sheet of figures

    def figures(self) -> tuple[dict[str, Answer], dict[str, tuple[str, str, str, Origin]]]:
        """Slot -> answer, and table -> what stands beside it: remark, date of the data, explanation, and where the
        date stands."""
        sheet = self.sheet(FIGURES, label("sheet.figures"))
        read, witnesses = (self.judged, NEEDED) if self.versions else (self.measured, ())
        if sheet is None or not (columns := self.columns(FIGURES, sheet, (*INPUTS[FIGURES], *witnesses))):
            return {}, {}
        asked = set(self.assignment.figures_for(self.department))
        found: dict[str, Answer] = {}
        remarks: dict[str, tuple[str, str, str, Origin]] = {}
        pictures = self.book.package.pictures(sheet.part)
        lists = dict(self.lists(sheet, columns, asked))
        page, slots, figures, at = self.book.pages[FIGURES], self.catalog.slots, self.catalog.figures, columns["value"]
        for key, row in page.keyed():
            slot = slots.get(key)
            if key in figures and figures[key].kind is Kind.TABLE:
                value_at = self.origin(sheet, row, at)
                remark, explanation = self.beside(sheet, row, columns, key)
                remark = self.beside_table(key, sheet, row, at, remark)
                dated_at = self.origin(sheet, row, columns["as_of"])
                said = (remark, self.date(sheet, row, columns["as_of"], key), explanation)
                before = remarks.setdefault(key, (*said, dated_at))[:3]
                if before != said:
                    remarks[key] = (*self.neither(value_at, key, before, said), dated_at)
            elif key in lists:
                continue
            elif slot is None or slot.figure not in asked:
                self.unplaced(key, sheet, row, columns)
            elif slot.fixed is not None:
                self.fixed(slot, sheet.cell(row, at), self.origin(sheet, row, at))
            else:
                own, once = self.said_beside(sheet, row, columns, key), lists.get(slot.figure, {})
                if once and not own["as_of"]:
                    own["as_of_cell"] = once["as_of_cell"]
                said_here = {name: own[name] or once.get(name, "") for name in own} if once else own
                answer = read(sheet, row, columns, slot, **said_here)
                if answer.state is State.BLANK and (row, at) in pictures:
                    told = {"raw": "", "label": slot.label, "unit": slot.unit}
                    self.report("picture-in-cell", self.origin(sheet, row, at), key, **told)
                    answer = _unreadable(answer)
                found[key] = self.once(found.get(key), answer)
        self.missing_rows(sheet, asked, found)
        keyed = {row for _, row in page.keyed()}
        for row, column, text in find_outside(sheet, columns, INPUTS[FIGURES], keyed):
            self.report("outside-form", self.origin(sheet, row, column), raw=text[:200])
        return found, remarks

    def said_beside(self, sheet: Sheet, row: int, columns: Mapping[str, int], key: str) -> dict[str, str]:
        """What stands beside an answer, or beside a checklist as a whole."""
        remark, explanation = self.beside(sheet, row, columns, key)
        return {"as_of": self.date(sheet, row, columns["as_of"], key), "remark": remark, "explanation": explanation,
                "as_of_cell": cell_name(row, columns["as_of"])}  # fmt: skip

    def lists(self, sheet: Sheet, columns: Mapping[str, int], asked: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
        """Checklist -> what is said once for all its items; an item that says something of its own keeps to that."""
        for key, row in self.book.pages[FIGURES].keyed():
            if key in asked and self.catalog.figures[key].kind is Kind.CHECKLIST:
                yield key, self.said_beside(sheet, row, columns, key)

    def beside_table(self, key: str, sheet: Sheet, row: int, column: int, remark: str) -> str:
        """The remark to a table, with 不适用 before it where that was typed into the cell that names the table's sheet;
        anything else that was typed there is told."""
        typed = trimmed(show_cell(sheet.cell(row, column)))
        if plain(typed) in tolerance()["not_applicable"]:
            return remark if remark.startswith(plain(typed)) else f"{plain(typed)} {remark}".strip()
        if typed and not typed.startswith(label("figures.table_unit")):
            self.report("outside-form", self.origin(sheet, row, column), key, raw=typed[:200])
        return remark

    def date(self, sheet: Sheet, row: int, column: int, key: str) -> str:
        cell = sheet.cell(row, column)
        if cell is None:
            return ""
        if self.book.package.counts_from_1904 and isinstance(cell, (int, float)) and not isinstance(cell, bool):
            cell = cell + FROM_1904 if 20_000 <= cell + FROM_1904 <= 60_000 else cell
        date = read_date(cell)
        if date is None and isinstance(cell, str) and read_window(cell):
            return plain(cell)
        if date is None:
            self.report("date-unreadable", self.origin(sheet, row, column), key, raw=show_cell(cell)[:80])
            return show_cell(cell)
        return date

    def once(self, before: Answer | None, answer: Answer) -> Answer:
        """A row that stands twice: the same answer counts once, different ones count not at all."""
        if before is None:
            return answer
        parameters = {
            "label": self.catalog.slots[answer.slot].label,
            "first": before.origin.cell,
            "second": answer.origin.cell,
            "first_raw": before.given[:80],
            "second_raw": answer.given[:80],
        }
        if (before.state, before.value) == (answer.state, answer.value):
            return before
        self.report("row-twice", answer.origin, answer.slot, **parameters)
        return _unreadable(answer)

    def neither(
        self, origin: Origin, key: str, first: tuple[str, str, str], second: tuple[str, str, str]
    ) -> tuple[str, str, str]:
        """What stands beside a table whose row stands twice with different words: nothing is taken."""
        told = {"label": self.catalog.figures[key].label, "first": label("figures.remark"), "second": origin.cell}
        raw = {"first_raw": "　".join(first)[:80], "second_raw": "　".join(second)[:80]}
        self.report("row-twice", origin, key, **told, **raw)
        return "", "", ""

    def fixed(self, slot: Slot, cell: Cell, origin: Origin) -> None:
        reading = read_cell(cell, slot)
        if reading.value != slot.fixed and not self.versions:
            expected = constant(slot.fixed) if slot.fixed is not None else ""
            self.report("fixed-changed", origin, slot.key, label=slot.label, raw=show_cell(cell), expected=expected,
                        unit=slot.unit)  # fmt: skip

    def missing_rows(self, sheet: Sheet, asked: set[str], found: Mapping[str, Answer]) -> None:
        for figure in self.catalog.figures.values():
            for slot in figure.slots if figure.key in asked else ():
                if slot.key not in found and slot.fixed is None:
                    code = "version-asks" if self.versions else "row-missing"
                    at = Origin(self.book.parcel.name, sheet.name)
                    self.report(code, at, slot.key, label=slot.label, **self.versions)

    # The other sheets

    def table(
        self, figure: Figure, number: int, remark: str = "", as_of: str = "", explanation: str = "",
        dated_at: Origin | None = None,
    ) -> TableAnswer:  # fmt: skip
        name = label("sheet.table", number=number)
        if self.versions and f"{TABLE}:{figure.key}" not in self.book.sheets:
            at = Origin(self.book.parcel.name)
            self.report("version-asks", at, figure.key, label=figure.label, **self.versions)
            return TableAnswer(figure.key, self.department, State.BLANK, (), at)
        role = f"{TABLE}:{figure.key}"
        sheet = self.sheet(role, name)
        origin = Origin(self.book.parcel.name, sheet.name if sheet else name)
        names = tuple(column.key for column in figure.columns)
        if sheet is None or not (columns := self.columns(role, sheet, (TABLE_NAME, *names))):
            return TableAnswer(figure.key, self.department, State.BLANK, (), origin)
        rows: list[TableRow] = []
        named: set[str] = set()
        sound = True
        # From the first row that has a key on, every row counts: one that was inserted is an answer too
        first = next((row for _, row in self.book.pages[role].keyed()), len(sheet.rows))
        changed = judge_columns(figure, sheet, columns, first) if self.versions else []
        for row in range(first, len(sheet.rows)):
            field = f"{figure.label}：{figure.row_label}"
            title = self.words(sheet, row, columns[TABLE_NAME], field, figure.key, name=True)
            cells = {
                column.key: self.answer(sheet, row, columns[column.key], _in_table(column)) for column in figure.columns
            }
            if not title and all(cell.state is State.BLANK for cell in cells.values()):
                continue
            whole = bool(title) and all(cell.state is State.VALUE for cell in cells.values())
            if not whole:
                at = self.origin(sheet, row, columns[TABLE_NAME])
                self.report("table-row-incomplete", at, figure.key, name=title or "？", label=figure.label)
            twice = title in named
            if twice:
                at = self.origin(sheet, row, columns[TABLE_NAME])
                self.report("table-row-twice", at, figure.key, name=title, label=figure.label)
            sound = sound and whole and not twice
            rows.append(TableRow(title, cells))
            named |= {title} - {""}
            if len(rows) > limits.TABLE_ROWS:
                told = {"label": figure.label, "limit": f"{limits.TABLE_ROWS:,}"}
                self.report("table-long", self.origin(sheet, row, columns[TABLE_NAME]), figure.key, **told)
                rows, sound = [], False
                break
        for code, parameters in changed if rows else ():
            self.report(code, origin, figure.key, **parameters, **self.versions)
        sound = sound and not (rows and changed)
        excused = any(remark.startswith(word) for word in tolerance()["not_applicable"])
        state = (
            State.UNREADABLE if not sound else State.VALUE if rows else State.NOT_APPLICABLE if excused else State.BLANK
        )
        return TableAnswer(
            figure.key, self.department, state, tuple(rows), origin, remark, as_of, explanation, dated_at
        )

    def evidence(self) -> tuple[Evidence, ...]:
        sheet = self.sheet(EVIDENCE, label("sheet.evidence"))
        if sheet is None or not (columns := self.columns(EVIDENCE, sheet, INPUTS[EVIDENCE])):
            return ()
        found: list[Evidence] = []
        headings = tuple(label(f"evidence.{name}") for name in ("title_column", "file", "remark"))
        for key, row in self.book.pages[EVIDENCE].keyed():
            origin, (code, _, line) = self.origin(sheet, row, columns["file"]), key.partition("#")
            self.places.setdefault(code, origin)
            if all(sheet.cell(row, columns[name]) is None for name in INPUTS[EVIDENCE]):
                continue
            title, file, remark = (
                self.words(sheet, row, columns[name], heading, "", (code,), name=name == "file")
                for name, heading in zip(INPUTS[EVIDENCE], headings, strict=True)
            )
            if not (title or file or remark):
                continue
            if len(found) >= limits.EVIDENCE_LINES:
                self.report("evidence-long", origin, limit=f"{limits.EVIDENCE_LINES:,}")
                break
            found.append(Evidence(code, title, file, remark, origin, line))
        return tuple(found)

    def people(self) -> dict[str, str]:
        sheet = self.sheet(COVER, label("sheet.cover"))
        if sheet is None or not (columns := self.columns(COVER, sheet, INPUTS[COVER])):
            return {}
        found: dict[str, str] = {}
        for key, row in self.book.pages[COVER].keyed():
            if key not in PEOPLE:
                continue
            field, at = label("person." + key.replace(".", "_")), self.origin(sheet, row, columns["value"])
            said = self.words(sheet, row, columns["value"], field, name=key.endswith("name"))
            first = self.places.setdefault(key, at)
            if found.setdefault(key, said) != said:
                told = {"label": field, "first": first.cell, "second": at.cell}
                self.report("row-twice", at, **told, first_raw=found[key][:80], second_raw=said[:80])
                found[key] = ""
        return found


def _in_table(column: Slot) -> Slot:
    return Slot(f"{column.figure}.{column.key}", column.figure, column.label, column.kind, column.unit, column.minimum,
                column.maximum, units=column.units)  # fmt: skip


def _unreadable(answer: Answer) -> Answer:
    return replace(answer, state=State.UNREADABLE, value=None)


def read_submission(book: OpenWorkbook, catalog: Catalog, assignment: Assignment) -> Submission:
    """All that a workbook says, with what was wrong in reading it. The catalog and assignment are those it names."""
    reader = _FormReader(book, catalog, assignment)
    if IDENTITY_SHEET not in book.package.sheets:
        reader.report("identity-from-properties", Origin(book.parcel.name))
    if kind := book.package.came_as:
        reader.report("other-format", Origin(book.parcel.name), kind=label(f"format.{kind}"),
                      unseen=label(f"format.unseen_{kind}"))  # fmt: skip
    if reader.versions:
        reader.report("version-other", Origin(book.parcel.name), **reader.versions)
    answers, remarks = reader.figures()
    asked = [catalog.figures[key] for key in assignment.figures_for(reader.department)]
    in_order = [f for f in asked if f.kind is Kind.TABLE]
    tables = {f.key: reader.table(f, n, *remarks.get(f.key, ())) for n, f in enumerate(in_order, start=1)}
    evidence, people = reader.evidence(), reader.people()
    return Submission(
        book.parcel.name, book.parcel.sha256, book.identity, answers, tables, evidence, people, tuple(reader.findings),
        reader.places,
    )  # fmt: skip
