"""The lists of a comparison: levels, indicators, points, figures, and what is not compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from smartcity_xl.books.pages import Book
from smartcity_xl.messages import label
from smartcity_xl.results.attributed import PARTS
from smartcity_xl.results.compared import (
    ComparedFigure,
    ComparedIndicator,
    ComparedLevel,
    ComparedPoints,
    ComparedResults,
    ComparedTotals,
    Incomparable,
)
from smartcity_xl.summary.comparison.sheets import (
    APART,
    FIGURES,
    INDICATORS,
    LEVELS,
    NOTES,
    POINTS,
    Named,
    RowPlaces,
    cells,
    column,
    moved,
    name_pair,
    number,
    pair_key,
    per_pair,
    per_run,
    to_indicator,
    to_points,
    write_rows,
)
from smartcity_xl.summary.grid import Line
from smartcity_xl.summary.places import spot

_NUMBERLESS = frozenset({"yesno", "choice"})


def _word(name: str) -> str:
    return label(f"compare.{name}")


# --- levels ----------------------------------------------------------------------------------------------------------


def write_levels(book: Book, made: ComparedResults) -> None:
    columns = [
        column("level", 7, _word("levels_head"), "centre"), column("name", 26, _word("name")),
        *(one for name, width, style in (("code", 11, "centre"), ("score", 11, "score"), ("full", 11, "score"),
                                         ("rate", 11, "rate"))
          for one in per_run(made, name, width, style, name)),
        *per_pair(made, "change", 12, "rate", "rate_change"),
    ]  # fmt: skip
    write_rows(book, LEVELS, columns, (_level_line(made, one) for one in made.levels), freeze=2)


def _level_line(made: ComparedResults, one: ComparedLevel) -> Line:
    top = one.level == "dimension"
    held: dict[str, float | str | None] = {
        "level": _word(one.level), "name": " / ".join(dict.fromkeys(cell.name for cell in one.cells if cell)),
    }  # fmt: skip
    for run, cell in zip(made.runs, one.cells, strict=True):
        if cell:
            held |= {f"code{run.number}": cell.code, f"score{run.number}": number(cell.score),
                     f"full{run.number}": number(cell.full), f"rate{run.number}": number(cell.rate)}  # fmt: skip
    rates = {run.number: cell.rate for run, cell in zip(made.runs, one.cells, strict=True) if cell}
    for total in made.differences:
        before, after = rates.get(total.before), rates.get(total.after)
        if before is not None and after is not None:
            held[f"change{pair_key(total)}"] = float(Fraction(after) - Fraction(before))
    bold = {"name": "bold_cell", "level": "bold_cell"} if top else {}
    return Line(cells(held), level=0 if top else 1, styles=bold)


# --- indicators ------------------------------------------------------------------------------------------------------


def write_indicators(book: Book, made: ComparedResults, rows: RowPlaces) -> None:
    columns = [
        column("category", 18, _word("category_name")), column("name", 30, _word("indicator")),
        *(one for name, width, style, said in (
            ("code", 10, "centre", "code"), ("score", 10, "centre", "score"), ("full", 9, "score", "full"),
            ("points", 10, "points", "points"), ("rate", 9, "rate", "rate"), ("same", 7, "centre", "same"),
        ) for one in per_run(made, name, width, style, said)),
        *per_pair(made, "change", 12, "bold_change", "points_change"),
    ]  # fmt: skip
    write_rows(book, INDICATORS, columns, (_indicator_line(made, one, rows) for one in made.indicators), freeze=2)


def _indicator_line(made: ComparedResults, one: ComparedIndicator, rows: RowPlaces) -> Line:
    held: dict[str, float | str | None] = {
        "category": one.category, "name": " / ".join(dict.fromkeys(cell.name for cell in one.cells if cell)),
    }  # fmt: skip
    styles, to = {}, {}
    for run, cell, same in zip(made.runs, one.cells, one.same, strict=True):
        at = str(run.number)
        if cell is None:
            held[f"same{at}"] = _word("is_absent")
            continue
        held |= {f"code{at}": cell.code, f"full{at}": number(cell.full), f"rate{at}": number(cell.rate),
                 f"points{at}": number(cell.points), f"same{at}": _word("is_same" if same else "is_other")}  # fmt: skip
        if cell.star is not None:
            held[f"score{at}"], styles[f"score{at}"] = cell.star, "star"
        elif cell.score is not None:
            held[f"score{at}"], styles[f"score{at}"] = number(cell.score), "score"
        elif cell.mark is not None:
            held[f"score{at}"], styles[f"score{at}"] = number(cell.mark), "points"
        else:
            held[f"score{at}"] = label(f"standing.{cell.standing}")
    codes = {run.number: cell.code for run, cell in zip(made.runs, one.cells, strict=True) if cell}
    for total in made.differences:
        found = _between(total, codes.get(total.before), codes.get(total.after))
        if found:
            name = f"change{pair_key(total)}"
            held[name], to[name] = number(found.difference), to_points(rows, total, found)
    return Line(cells(held), to, styles=styles)


def _between(total: ComparedTotals, before: str | None, after: str | None) -> ComparedPoints | None:
    if before is None and after is None:
        return None
    return next((one for one in total.indicators if (one.before_code, one.after_code) == (before, after)), None)


# --- points ----------------------------------------------------------------------------------------------------------


def write_points(book: Book, made: ComparedResults, rows: RowPlaces) -> None:
    columns = [
        column("pair", 14, _word("pair"), "centre"), column("before_code", 10, _word("before"), "centre"),
        column("after_code", 10, _word("after"), "centre"), column("name", 30, _word("indicator")),
        column("before", 10, _word("before"), "points"), column("after", 10, _word("after"), "points"),
        column("difference", 10, _word("difference"), "bold_change"),
        *(column(part, 11, _word(f"part_{part}"), "points") for part in _told(made)),
        column("waits", 34, _word("waits")),
    ]  # fmt: skip
    columns[1] = column("before_code", 10, f"{_word('before')}\n{_word('code')}", "centre")
    columns[2] = column("after_code", 10, f"{_word('after')}\n{_word('code')}", "centre")
    labels = _labels(made)
    lines = (_points_line(total, one, rows, labels) for total in made.differences for one in moved(total))
    write_rows(book, POINTS, columns, lines, freeze=4)


def _told(made: ComparedResults) -> tuple[str, ...]:
    """The parts that some indicator has."""
    there = {part for total in made.differences for one in total.indicators for part in one.parts}
    return tuple(part for part in PARTS if part in there)


def _labels(made: ComparedResults) -> Mapping[str, str]:
    """Key of a figure -> its wording, where that is told somewhere."""
    apart = {code: name for one in made.incomparable if one.sort == "figure"
             for code, name in ((one.before_code, one.before_name), (one.after_code, one.after_name))
             if code and name}  # fmt: skip
    same = {cell.key: one.label for one in made.figures for cell in one.cells if cell}
    return apart | same


def _points_line(total: ComparedTotals, one: ComparedPoints, rows: RowPlaces, labels: Mapping[str, str]) -> Line:
    waits = (labels.get(key) or labels.get(key.partition(".")[0]) or key for key in one.waits)
    held: dict[str, float | str | None] = {
        "pair": name_pair(total), "before_code": one.before_code or _word("is_absent"),
        "after_code": one.after_code or _word("is_absent"), "name": one.name, "before": number(one.before),
        "after": number(one.after), "difference": number(one.difference),
        "waits": label("word.separator").join(dict.fromkeys(waits)),
        **{part: number(value) for part, value in one.parts.items()},
    }  # fmt: skip
    to = {"before_code": to_indicator(rows, total.before, one.before_code),
          "after_code": to_indicator(rows, total.after, one.after_code)}  # fmt: skip
    return Line(cells(held), to)


# --- figures ---------------------------------------------------------------------------------------------------------


def write_figures(book: Book, made: ComparedResults) -> None:
    columns = [
        column("label", 44, _word("figure")), column("unit", 9, _word("unit"), "centre"),
        *per_run(made, "value", 15, "number"), *per_pair(made, "change", 14, "number", "value_change"),
    ]  # fmt: skip
    lines = (_figure_line(made, one) for one in made.figures if sum(cell is not None for cell in one.cells) > 1)
    write_rows(book, FIGURES, columns, lines, freeze=1)


def _figure_line(made: ComparedResults, one: ComparedFigure) -> Line:
    held: dict[str, float | str | None] = {"label": one.label, "unit": one.unit}
    styles = {}
    values: dict[int, Fraction] = {}
    for run, cell in zip(made.runs, one.cells, strict=True):
        name = f"value{run.number}"
        if cell is None:
            continue
        plain = cell.value is None or one.kind in _NUMBERLESS
        held[name] = cell.shown if plain else number(cell.value)
        if plain:
            styles[name] = "alarm" if cell.value is None else "centre"
        elif cell.value is not None:
            values[run.number] = Fraction(cell.value)
    for total in made.differences:
        if total.before in values and total.after in values:
            held[f"change{pair_key(total)}"] = float(values[total.after] - values[total.before])
    return Line(cells(held), styles=styles)


# --- what is not compared, and notes ---------------------------------------------------------------------------------


def write_apart(book: Book, made: ComparedResults, rows: RowPlaces) -> None:
    columns = [
        column("pair", 13, _word("pair"), "centre"), column("sort", 10, _word("sort"), "centre"),
        column("reason", 14, _word("reason"), "centre"),
        column("before_code", 14, f"{_word('before')}\n{_word('code')}"),
        column("before_name", 30, f"{_word('before')}\n{_word('name')}"),
        column("after_code", 14, f"{_word('after')}\n{_word('code')}"),
        column("after_name", 30, f"{_word('after')}\n{_word('name')}"), column("what", 50, _word("what")),
    ]  # fmt: skip
    pairs = {(one.before, one.after): name_pair(one) for one in made.differences}
    lines = (_apart_line(one, pairs[one.before, one.after], rows) for one in made.incomparable)
    write_rows(book, APART, columns, lines, freeze=3)


def _apart_line(one: Incomparable, pair: str, rows: RowPlaces) -> Line:
    held: dict[str, float | str | None] = {
        "pair": pair, "sort": _word(f"sort_{one.sort}"), "reason": _word(f"reason_{one.reason}"),
        "before_code": one.before_code, "before_name": one.before_name, "after_code": one.after_code,
        "after_name": one.after_name, "what": one.zh,
    }  # fmt: skip
    to = {}
    if one.sort == "indicator":
        to = {"before_code": to_indicator(rows, one.before, one.before_code),
              "after_code": to_indicator(rows, one.after, one.after_code)}  # fmt: skip
    return Line(cells(held), to)


def write_notes(book: Book, made: ComparedResults) -> None:
    columns: list[Named] = [column("matter", 20, _word("what")), column("note", 110, label("sheet.compare_notes"))]
    columns[0] = column("matter", 20, label("head.matter"))
    columns[1] = column("note", 110, label("head.note"))
    write_rows(book, NOTES, columns, _note_lines(made), freeze=0)


def _note_lines(made: ComparedResults) -> Iterator[Line]:
    for name in ("order", "unlike", "corrected", "open", "rounded", "codes", "chained"):
        yield Line({"matter": label(f"compare_note.{name}"), "note": label(f"compare_note.{name}_text")})
    for run in made.runs:
        chosen = {"ratio": run.ratio_above_one, "rounding": run.rounding, "missing": run.missing}
        words = {name: label(f"settings.{name}_{choice.replace('-', '_')}") for name, choice in chosen.items()}
        text = label("compare_note.settings_text", number=run.number, **words)
        yield Line({"matter": label("compare_note.settings"), "note": text})
    for total in made.differences:
        if total.kept:
            text = label("compare.kept", keys=label("word.separator").join(total.kept))
            yield Line({"matter": name_pair(total), "note": text}, {"matter": spot(POINTS, 0)})
