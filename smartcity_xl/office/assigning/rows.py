"""The rows of the duties: who answers each figure, what was said of it before, and what other places say."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.books.cells import cell_name
from smartcity_xl.books.pages import Page
from smartcity_xl.messages import label, sentence
from smartcity_xl.model import Catalog
from smartcity_xl.office.assigning.carry import Carried
from smartcity_xl.office.assigning.form import DUTY_COLUMNS, FIRST_ROW, TAKE, is_asked, join_names, unit_words
from smartcity_xl.office.assigning.suggest import Suggestion, suggest_departments

_AT = {name: at for at, name in enumerate(DUTY_COLUMNS)}


class DutyRows(Struct, frozen=True):
    """What every row refers to: the ranges with the names of the departments and with their former names ("" for none),
    the names as they stand there, and what other places suggest."""

    names: str
    former: str
    listed: frozenset[str]
    suggestions: tuple[Suggestion, ...] = ()
    columns: tuple[str, ...] = field(default=DUTY_COLUMNS)

    def for_catalog(self, catalog: Catalog, carried: Carried | None) -> DutyRows:
        besides = carried.assignment.id if carried else ""
        return replace(self, suggestions=suggest_departments(catalog, besides))

    @property
    def suggested(self) -> dict[str, str]:
        """Column -> heading of what other places suggest."""
        return {
            TAKE + one.choice: label("assign.suggested", city=one.city, system=one.system) for one in self.suggestions
        }


def write_duty_rows(page: Page, catalog: Catalog, carried: Carried | None, rows: DutyRows) -> int:
    """One row for each figure that is asked; gives the last of them."""
    row = FIRST_ROW - 1
    for figure in filter(is_asked, catalog.figures.values()):
        row += 1
        key, codes = figure.key, join_names(catalog.used_by[figure.key])
        named = _names(carried, carried.named.get(key, ())) if carried else ()
        texts = {
            _AT["codes"]: codes, _AT["label"]: figure.label, _AT["unit"]: unit_words(figure),
            _AT["lead"]: named[0] if named else "", _AT["others"]: join_names(named[1:]),
            _AT["change"]: describe_change(carried, key) if carried else "",
            _AT["carried"]: join_names(_names(carried, carried.before.get(key, ()))) if carried else "",
        }  # fmt: skip
        texts |= {len(DUTY_COLUMNS) + at: one.names.get(key, "") for at, one in enumerate(rows.suggestions)}
        styles = {_AT["codes"]: "centre", _AT["unit"]: "centre", _AT["lead"]: "input_text", _AT["others"]: "input_text"}
        page.text(row, 0, key, "plain")
        for at, text in texts.items():
            page.text(row, at, text, styles.get(at, "small" if at > _AT["check"] else "cell"))
        _let_choose(page, row, rows, [one.choice for one in rows.suggestions if key in one.names], texts)
        _check(page, row, rows, bool(carried and key in carried.open), texts[_AT["lead"]])
        page.height(row, {at: text for at, text in texts.items() if page.widths[at]})
    return row


def _names(carried: Carried, departments: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(carried.assignment.name, departments))


def describe_change(carried: Carried, key: str) -> str:
    """What is not as it was about a figure, in the words of its row; "" for one that carries over."""
    if key in carried.new:
        return label("assign.change_new")
    return "\n".join(
        label("assign.change_field", field=sentence("cli", f"field_{one.field}"), before=one.before, after=one.after)
        for one in carried.changed.get(key, ())
    )


def _let_choose(page: Page, row: int, rows: DutyRows, cities: list[str], texts: Mapping[int, str]) -> None:
    """The drop-downs: a department, or what stands in the row as a whole."""
    page.validate(row, _AT["lead"], {
        "validate": "list", "source": "=xlscore_departments", "error_type": "stop",
        "error_title": label("hint.error_title"), "error_message": label("assign.error_department"),
    })  # fmt: skip
    page.blank(row, _AT["take"], "input_choice")
    last = [label("assign.take_last")] if texts[_AT["carried"]] else []
    page.validate(row, _AT["take"], {
        "validate": "list", "source": [*last, *cities, label("assign.take_office")], "error_type": "stop",
        "error_title": label("hint.error_title"), "error_message": label("assign.error_take"),
    })  # fmt: skip


def _check(page: Page, row: int, rows: DutyRows, is_open: bool, lead: str) -> None:
    """What becomes of the row, live: its result now stands in it too."""
    checks = ("office", "open", "ok", "unknown", "taken", "both")
    said = {name: '"' + label(f"assign.check_{name}") + '"' for name in checks}
    at = {name: cell_name(row, _AT[name]) for name in ("lead", "others", "take")}
    blank = "open" if is_open else "office"
    known = f"COUNTIF({rows.names},{at['lead']})>0"
    if rows.former:
        known = f"OR({known},COUNTIF({rows.former},{at['lead']})>0)"
    page.formula(
        row, _AT["check"],
        f'IF(TRIM({at["take"]})<>"",IF(TRIM({at["lead"]}&{at["others"]})="",{said["taken"]},{said["both"]}),'
        f'IF(TRIM({at["lead"]})="",{said[blank]},IF({known},{said["ok"]},{said["unknown"]})))',
        label("assign.check_ok" if lead else f"assign.check_{blank}"), "check",
    )  # fmt: skip
