"""What is tried, typed into a cell of 试算 or on the command line -> numbers, or every fault in it.

What stands there is read and checked as an answer of a department is: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from smartcity_xl.books.identity import SUMMARY_KIND
from smartcity_xl.books.keyed import FaultyCells, KeyedSheet
from smartcity_xl.books.opener import BookShape, SheetShape, far_cells, load_book
from smartcity_xl.books.values import plain, read_cell, show_cell
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import WhatifFault, Worded
from smartcity_xl.form.checks import mark_decimals, share_scale, valid_range, whole_number
from smartcity_xl.messages import label, sentence, word_finding, word_value
from smartcity_xl.messages.near import find_near
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Figure,
    Finding,
    Identity,
    Kind,
    Origin,
    Slot,
    State,
    Submission,
    TableAnswer,
    TableRow,
)
from smartcity_xl.score.trying import Trials
from smartcity_xl.summary.whatif_form import INPUT, WHATIF

_CHECKS = (valid_range.check, whole_number.check, mark_decimals.check, share_scale.check)
_NEAR, _NAMED = 4, 8
"""How many names are told that may have been meant, and how many that are known."""


class TypedTrial(Struct, frozen=True):
    """``name`` is a key, or the wording of a figure; ``cell`` what is tried, with its number format; ``place`` says
    where it was typed."""

    name: str
    place: str
    cell: object
    code: str = ""


class FilledSheet(Struct, frozen=True):
    """A summary in which somebody tried something; ``identity`` says of which run it is."""

    path: Path
    identity: Identity
    typed: tuple[TypedTrial, ...]


class RefusedValue(Struct, frozen=True):
    """Why a value cannot be taken, in the words of the check that refuses it; what to do is another matter here."""

    place: str
    finding: Finding

    def words(self, language: str = "zh") -> str:
        said = word_finding(self.finding, language)
        told = sentence("faults", "tried-value", language, found=said.found, expected=said.expected)
        return f"{self.place}: {told}"


def read_whatif(path: Path) -> FilledSheet:
    """What stands in the input cells of a summary. Raises UsageFault (none of ours), MachineFault, WhatifFault."""
    shape = BookShape(
        SUMMARY_KIND, "whatif-book-unreadable", WhatifFault,
        {WHATIF: SheetShape(label(f"sheet.{WHATIF}"), {INPUT: label(f"whatif.{INPUT}")})},
    )  # fmt: skip
    book, sheets = load_book(path, shape)
    page, faults = sheets[WHATIF], FaultyCells(faults=list(far_cells(sheets.values())))
    known = {key for key, _ in page.keyed()}
    typed = tuple(_typed(page, faults, known))
    headings = {INPUT: label(f"whatif.{INPUT}"), "adopted": label("whatif.adopted")}
    faults.keyless(page, known, headings, (INPUT,))
    if faults.faults:
        raise WhatifFault(str(path), faults.faults)
    return FilledSheet(path, book.identity, typed)


def _typed(page: KeyedSheet, faults: FaultyCells, known: Iterable[str]) -> Iterator[TypedTrial]:
    for key, row in faults.keyed_once(page, set(known), INPUT):
        cell = page.cell(row, INPUT)
        if show_cell(cell).strip():
            code = page.sheet.formats.get(page.cell_name(row, INPUT), "")
            yield TypedTrial(key, page.place(row, INPUT), cell, code)


# --- which figure is meant -------------------------------------------------------------------------------------------


class Reader(Struct, frozen=True):
    """Reads what is tried of one system."""

    catalog: Catalog
    trials: Trials

    def knows(self, name: str) -> bool:
        return bool(self._keys(name))

    def read(self, typed: Sequence[TypedTrial]) -> tuple[dict[str, Fraction], list[Worded]]:
        """Key -> number, and a fault for everything that is none."""
        values: dict[str, Fraction] = {}
        faults: list[Worded] = []
        places: dict[str, str] = {}
        for one in typed:
            keys = self._keys(one.name)
            if len(keys) != 1:
                told = ", ".join(keys[:_NAMED])
                several = Fault(one.place, "tried-several", {"found": one.name, "keys": told})
                faults.append(several if keys else self.why_not(one) or self.unknown(one))
                continue
            (key,) = keys
            read = self._value(key, one)
            if key in places:
                faults.append(Fault(one.place, "tried-twice", {"label": self._label(key), "first": places[key]}))
            elif isinstance(read, Fraction):
                values[key] = read
            else:
                faults.append(read)
            places[key] = one.place
        return values, faults

    def _label(self, key: str) -> str:
        return self.trials.wording(self.trials.slots[key])

    def _keys(self, name: str) -> list[str]:
        """The keys that a name means."""
        if name in self.trials.slots:
            return [name]
        wanted = _bare(name)
        whole = [key for key in self.trials.slots if _bare(self._label(key)) == wanted]
        return whole or [key for key, slot in self.trials.slots.items() if _bare(slot.label) == wanted]

    def unknown(self, one: TypedTrial) -> Fault:
        """A name that means nothing, with those like it."""
        names = {text: key for key in self.trials.slots for text in (key, self._label(key))}
        near = find_near(one.name, names, _NEAR, 0.5)
        if not near:
            return Fault(one.place, "tried-unknown", {"found": one.name})
        told = "；".join(f"{key}（{self._label(key)}）" for key in near)
        return Fault(one.place, "tried-unknown-near", {"found": one.name, "near": told})

    def why_not(self, one: TypedTrial) -> Fault | None:
        """What a name is that is no figure to try: one that the text fixes, a list, a table's column, an indicator."""
        name, place = one.name, one.place
        for key, figure in self.catalog.figures.items():
            if name == key or _bare(name) == _bare(figure.label):
                return self._whole_figure(figure, place)
            columns = {f"{key}.{column.key}": column.label for column in figure.columns}
            if name in columns:
                offered = next(k for k, mean in self.trials.means.items() if mean.table == key)
                return Fault(place, "tried-column", {"label": figure.label, "key": offered})
        for indicator in self.catalog.indicators:
            if name.casefold() == indicator.code.casefold():
                read = [slot.key for slot in self.trials.slots_of(indicator) if slot.fixed is None]
                told = {"found": indicator.code, "name": indicator.name, "keys": ", ".join(read[:_NAMED])}
                return Fault(place, "tried-indicator", told)
        return None

    def _whole_figure(self, figure: Figure, place: str) -> Fault:
        if figure.kind is Kind.CHECKLIST:
            items = ", ".join(slot.key for slot in figure.slots[:_NAMED])
            return Fault(place, "tried-list", {"label": figure.label, "keys": items, "first": figure.slots[0].key})
        if figure.fixed is not None:
            value = f"{word_value(figure.slots[0], figure.fixed)}{figure.unit}"
            return Fault(place, "tried-fixed", {"label": figure.label, "value": value})
        keys = ", ".join(key for key, mean in self.trials.means.items() if mean.table == figure.key)
        return Fault(place, "tried-column", {"label": figure.label, "key": keys})

    def named(self, key: str) -> Slot:
        """What is typed, under its whole name."""
        return replace(self.trials.slots[key], label=self._label(key))

    # --- and which value

    def _value(self, key: str, one: TypedTrial) -> Fraction | Worded:
        return read_value(self.trials.catalog, self.named(key), one, _given)


def read_value(
    catalog: Catalog, slot: Slot, one: TypedTrial, given: Callable[[Answer], Submission]
) -> Fraction | Worded:
    """What is typed for a slot (under its whole name), read and checked as an answer is; ``given`` makes of the answer
    the workbook that could have brought it."""
    reading = read_cell(_option(one.cell, slot), slot, code=one.code)
    if reading.state is State.NOT_APPLICABLE and slot.none is not None:
        return slot.none
    if reading.state in (State.BLANK, State.NO_DATA, State.NOT_APPLICABLE):
        code = "tried-none" if reading.state is State.NOT_APPLICABLE else "tried-blank"
        return Fault(one.place, code, {"label": slot.label})
    raw = reading.raw or show_cell(one.cell)
    answer = Answer(slot.key, "", reading.state, reading.value, raw, Origin(""), unit=reading.unit)
    found = [finding for check in _CHECKS for finding in check(catalog, _NOBODY, given(answer))]
    if reading.value is None:
        found = [Finding(code, Origin(""), figure=slot.key, parameters=told) for code, told in reading.problems]
    return RefusedValue(one.place, found[0]) if found or reading.value is None else reading.value


def _bare(text: str) -> str:
    """A name alike however its signs and blanks are typed."""
    return "".join(plain(text).split()).casefold()


def _option(cell: object, slot: Slot) -> object:
    """An option of a choice may be named by its key."""
    named = {option.key: option.label for option in slot.options}
    return named.get(cell, cell) if isinstance(cell, str) else cell


_NOBODY = Assignment("", "", "", "", "", "", "", (), "", {}, {}, {}, {})
_NOBODYS = Identity(*[""] * 8)


def _given(answer: Answer) -> Submission:
    """An answer as if a workbook had brought it, for the checks."""
    return Submission("", "", _NOBODYS, {answer.slot: answer}, {}, (), {}, ())


def given_in_row(table: str, answer: Answer) -> Submission:
    """An answer in the only row of a table, as if a workbook had brought it."""
    rows = (TableRow("", {answer.slot: answer}),)
    return Submission("", "", _NOBODYS, {}, {table: TableAnswer(table, "", State.VALUE, rows, Origin(""))}, (), {}, ())


def tell_unknown(readers: Sequence[Reader], typed: Iterable[TypedTrial]) -> list[Worded]:
    """A fault for every name that none of several systems knows."""
    unknown = [one for one in typed if not any(reader.knows(one.name) for reader in readers)]
    known_as = ((one, next(filter(None, (reader.why_not(one) for reader in readers)), None)) for one in unknown)
    return [why or readers[0].unknown(one) for one, why in known_as]
