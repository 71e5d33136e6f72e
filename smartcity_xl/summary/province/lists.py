"""The lists over all systems: what is to be asked back, how figures lie, what there is to know."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.pages import Book
from smartcity_xl.messages import label
from smartcity_xl.model import Kind
from smartcity_xl.results.province.asked import grouped
from smartcity_xl.results.province.record import QueryRecord, SystemRecord
from smartcity_xl.summary.grid import FIRST_ROW
from smartcity_xl.summary.places import spot
from smartcity_xl.summary.province.sheets import (
    CITIES,
    FIGURES,
    NOTES,
    QUERIES,
    Laid,
    WideCells,
    WideColumn,
    end_list,
    say_bare,
    start_list,
    write_all,
)

_LINE_BREAK = "\n"


def _columns(*heads: tuple[str, float, str]) -> list[WideColumn]:
    return [WideColumn(label(f"province.head_{name}"), width, style) for name, width, style in heads]


# --- to be asked back ------------------------------------------------------------------------------------------------


def write_queries(book: Book, laid: Laid) -> None:
    columns = _columns(
        ("system", 6, "centre"), ("city", 14, "cell"), ("departments", 16, "cell"), ("figure", 24, "cell"),
        ("value", 15, "number"), ("unit", 8, "centre"), ("usual", 20, "centre"), ("times", 10, "centre"),
        ("looks_like", 11, "centre"), ("said", 54, "cell"), ("file", 22, "cell"), ("cell", 14, "centre"),
    )  # fmt: skip
    page = start_list(book, label(f"sheet.{QUERIES}"), label("province.hint_queries"), columns, freeze=2)
    found = [(system, one) for system in laid.province.systems for one in system.queries]
    cells, row = WideCells(page), FIRST_ROW
    for row, (system, one) in enumerate(found, start=FIRST_ROW):
        told = _query(system, one)
        write_all(cells, row, columns, told)
        page.text(row, 1, laid.names[one.city], "cell", spot(CITIES, laid.reported[one.city]))
        page.height(row, {at: str(told.get(at, "")) for at in (2, 3, 6, 9, 10, 11)} | {1: laid.names[one.city]})
    if not found:
        page.merged(row, 0, len(columns) - 1, label("province.no_queries"), "cell")
    end_list(page, columns, len(found))


def _query(system: SystemRecord, one: QueryRecord) -> dict[int, float | str | None]:
    usual = label("province.from_to", low=grouped(one.low), high=grouped(one.high))
    likely = label(f"province.slip_{one.slip}") if one.slip else label(f"province.why_{one.why}")
    where = (label("province.place", sheet=place.sheet, cell=place.cell) for place in one.places)
    times = float(one.times)
    far = "" if times <= 0 else f"×{one.times}" if times >= 1 else f"÷{_times(1 / times)}"
    return {
        0: system.number, 2: _LINE_BREAK.join(dict.fromkeys(_departments(system, one))), 3: one.label,
        4: float(one.value), 5: one.unit, 6: usual, 7: far, 8: likely, 9: one.zh,
        10: _LINE_BREAK.join(place.file for place in one.places), 11: _LINE_BREAK.join(where),
    }  # fmt: skip


def _times(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _departments(system: SystemRecord, one: QueryRecord) -> Iterator[str]:
    yield from (place.department for place in one.places)


# --- figures ---------------------------------------------------------------------------------------------------------


def write_figures(book: Book, laid: Laid) -> None:
    columns = _columns(
        ("system", 6, "centre"), ("figure", 44, "cell"), ("unit", 9, "centre"), ("count", 9, "centre"),
        *((name, 15, "number") for name in ("least", "lower", "middle", "upper", "most", "mean")),
        *((name, 8, "centre") for name in ("missing", "not_applicable", "unreadable", "conflict")),
    )  # fmt: skip
    page = start_list(book, label(f"sheet.{FIGURES}"), label("province.hint_figures"), columns, freeze=2)
    cells, row = WideCells(page), FIRST_ROW
    for system in laid.systems:
        for one in system.figures:
            spread, yes = one.spread, one.kind is Kind.YESNO
            told: dict[int, float | str | None] = {0: system.number, 1: one.label, 2: one.unit, 3: spread.count}
            ends = (spread.least, spread.lower, spread.middle, spread.upper, spread.most, spread.mean)
            told |= {} if yes else {at: _brief(value) for at, value in enumerate(ends, start=4)}
            counts = (spread.missing, spread.not_applicable, spread.unreadable, spread.conflict)
            write_all(cells, row, columns, told | dict(enumerate(counts, start=10)))
            if yes and spread.mean is not None:
                cells.text(row, 9, label("province.yes_share", share=f"{float(spread.mean):.0%}"), "centre")
            page.height(row, {1: one.label})
            row += 1
    end_list(page, columns, row - FIRST_ROW)


def _brief(value: str | None) -> float | None:
    """A mean or a quartile has no end of digits."""
    return None if value is None else round(float(value), 4)


# --- notes -----------------------------------------------------------------------------------------------------------


def write_notes(book: Book, laid: Laid) -> None:
    columns = [WideColumn(label("head.matter"), 20), WideColumn(label("head.note"), 110)]
    page = start_list(book, label(f"sheet.{NOTES}"), label("province.hint_notes"), columns, freeze=0)
    for row, (matter, note) in enumerate(_notes(laid), start=FIRST_ROW):
        page.text(row, 0, matter, "bold_cell")
        page.text(row, 1, note, "cell")
        page.height(row, {0: matter, 1: note})


def _notes(laid: Laid) -> Iterator[tuple[str, str]]:
    province = laid.province
    told = ("firm",) if any(one.firm for system in province.systems for one in system.ranking) else ()
    for name in ("rank", *told, "open", "spread", "heat", "queries", "tables", "copies"):
        yield label(f"province.note_{name}"), label(f"province.note_{name}_text")
    for system in province.systems:
        yield label("province.note_system", number=system.number), _settings(system)
        if system.untold:
            labels = {one.key: one.label for one in system.figures}
            names = label("word.separator").join(labels[key] for key in system.untold[:_MOST_NAMED])
            more = label("province.and_more", number=len(system.untold)) if len(system.untold) > _MOST_NAMED else ""
            text = label("province.note_untold_text", number=len(system.untold), names=names + more)
            yield label("province.note_untold", number=system.number), text
    for one in province.apart:
        yield label("province.note_apart"), one.zh
    if laid.bare:
        yield label("province.note_more"), say_bare(laid)


_MOST_NAMED = 12


def _settings(system: SystemRecord) -> str:
    chosen = {"ratio": system.settings.ratio_above_one, "rounding": system.settings.rounding,
              "missing": system.settings.missing}  # fmt: skip
    words = {name: label(f"settings.{name}_{choice.replace('-', '_')}") for name, choice in chosen.items()}
    about = label("province.system_about", title=system.catalog.title, version=system.catalog.version,
                  round=system.round, number=len(system.ranking))  # fmt: skip
    return about + label("province.system_settings", **words)
