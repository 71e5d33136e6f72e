"""Figures as a program has them -> what they come to. They are read and checked as the answers of a workbook are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
from pathlib import Path
from types import MappingProxyType

from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import FiguresFault, Worded
from smartcity_xl.model import Catalog, Figure, Merged, MergedSlot, MergedTable, Scores, Slot, Standing
from smartcity_xl.results import Results, read_results
from smartcity_xl.results.tried import TriedSystem
from smartcity_xl.rules.formula import constant
from smartcity_xl.run.whatif import try_on
from smartcity_xl.score.trying import Trial, offer_trials, score_trial
from smartcity_xl.summary.whatif_read import Reader, TypedTrial, given_in_row, read_value

Value = str | int | float | Decimal | Fraction
"""A number, or a text as a clerk would type it: 85%, 1.2万, 是, an option of a choice. Of a float count the 15 digits
that a spreadsheet keeps; whoever needs more gives a Decimal."""
FigureValues = Mapping[str, Value | None]
"""Figure (its key, or its whole wording) -> value, in the figure's unit; None where there is no answer."""
TableRows = Mapping[str, Sequence[Mapping[str, Value]]]
"""Table (its key) -> rows, each column (its key) -> value."""
_NO_ROWS: TableRows = MappingProxyType({})


def score_figures(catalog: Catalog, figures: FigureValues, tables: TableRows = _NO_ROWS) -> Scores:
    """The whole tree of scores that figures come to: total, dimensions, categories, indicators.

    ``figures`` may leave out any: an indicator that needs one of these has the standing MISSING and no score, and
    ``Scores.final`` is False. Points are exact ``Fraction``, on the scale that each level says with ``full``. A table
    is given by its rows, or in ``figures`` by the mean that the rules read (``docs/whatif.md``).

    Raises FiguresFault with every fault of what was given: an unknown name, one given twice, a value that is no answer
    or out of range. Source of each rule: ``Indicator.rule`` and ``Indicator.source``, from the official text.
    """
    reader = Reader(catalog, offer_trials(catalog))
    values, faults = reader.read(_typed(figures))
    rows = {key: [dict(_row(catalog, key, n, row, faults)) for n, row in enumerate(given, 1)]
            for key, given in tables.items() if _is_table(catalog, key, faults)}  # fmt: skip
    for key in rows:
        twice = [name for name, mean in reader.trials.means.items() if mean.table == key and name in values]
        faults += [Fault(name, "tried-twice", {"label": catalog.figures[key].label, "first": key}) for name in twice]
    if faults:
        raise FiguresFault(faults)
    trial = reader.trials.trial(values)
    return score_trial(catalog, _nothing_answered(catalog), Trial(trial.values, rows, trial.means))


def what_if(results: Results | str | Path, values: FigureValues, systems: Sequence[str] = ()) -> TriedSystem:
    """What a run would come to with other values in place of those adopted; nothing of the run is changed.

    ``results`` is a record or the path of a ``results.json``; ``values`` as for ``score_figures``. ``systems`` are the
    folders of an office's own indicator systems, where the record is of one. Totals are texts with two decimals,
    differences in full. Raises FiguresFault, ResultsFault (no record), UsageFault (a system that is unknown, or is
    another edition by now).
    """
    record = results if isinstance(results, Results) else read_results(results)
    return try_on(record, tuple(_typed(values)), systems)


def _typed(figures: FigureValues) -> list[TypedTrial]:
    return [TypedTrial(name, name, _cell(value)) for name, value in figures.items() if value is not None]


def _cell(value: Value) -> object:
    """A value as a cell of a workbook would hold it; what is exact goes as its digits."""
    match value:
        case bool() | str():
            return value
        case Integral():
            return str(int(value))
        case Rational():
            return constant(Fraction(value))
        case Decimal() if value.is_finite():
            return constant(Fraction(value))
        case _:
            return value


def _is_table(catalog: Catalog, key: str, faults: list[Worded]) -> bool:
    known = [name for name, figure in catalog.figures.items() if figure.columns]
    if key not in known:
        faults.append(Fault(key, "given-table-unknown", {"found": key, "known": ", ".join(known) or "—"}))
    return key in known


def _row(
    catalog: Catalog, key: str, number: int, row: Mapping[str, Value], faults: list[Worded]
) -> Iterator[tuple[str, Fraction]]:
    """The values of one row; what is wrong with it goes into ``faults``."""
    figure = catalog.figures[key]
    columns = {column.key: column for column in figure.columns}
    place = f"{key}[{number}]"
    for name in [*(name for name in row if name not in columns), *(name for name in columns if name not in row)]:
        code = "given-column-missing" if name in columns else "given-column-unknown"
        faults.append(Fault(place, code, {"found": name, "known": ", ".join(columns)}))
    for name, value in row.items():
        if name in columns:
            read = _column(catalog, figure, columns[name], TypedTrial(name, f"{place}.{name}", _cell(value)))
            if isinstance(read, Fraction):
                yield name, read
            else:
                faults.append(read)


def _column(catalog: Catalog, figure: Figure, slot: Slot, typed: TypedTrial) -> Fraction | Worded:
    return read_value(catalog, slot, typed, lambda answer: given_in_row(figure.key, answer))


def _nothing_answered(catalog: Catalog) -> Merged:
    """A round in which nobody has said anything but what the texts themselves fix."""
    slots = {
        key: MergedSlot(key, Standing.MISSING if slot.fixed is None else Standing.SETTLED, slot.fixed, (), ())
        for key, slot in catalog.slots.items()
    }
    tables = {f.key: MergedTable(f.key, Standing.MISSING, None, ()) for f in catalog.figures.values() if f.columns}
    return Merged(slots, tables, ())
