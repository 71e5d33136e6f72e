"""The questionnaire workbook, with a worked example in it that the office overwrites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartcity_xl.books.cells import cell_name, column_name
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.messages import label, words
from smartcity_xl.office.editing.form import FIRST_ROW, SETTINGS, TITLE_ROW
from smartcity_xl.office.editing.pages import STYLES, offer_list, start_list, write_settings
from smartcity_xl.office.survey.form import ANSWERS, FORM, LISTS, QUESTIONS, ROWS, SCALES, SETTING_KEYS, words_of
from smartcity_xl.office.survey.questionnaire import Keep, Twins

_STYLES = {
    (QUESTIONS, "scale"): "input_choice", (QUESTIONS, "weight"): "input_percent", (SCALES, "decimals"): "input_choice",
    (ANSWERS, "scale"): "input_choice", (ANSWERS, "points"): "input_number",
}  # fmt: skip
_NUMBERS = {"minimum": "input_percent", "least": "input_choice"}
"""The settings that are numbers."""
_FieldsWritten = Mapping[str, Any]


def write_questionnaire(city: str = "", round_: str = "") -> bytes:
    """The workbook, with the name of the round that it is for; without one, that is part of the example. The same round
    gives the same bytes."""
    book = Book(label("survey.title"))
    example = words("survey_example")
    own = {"title": label("survey.own_title", city=city, round=round_), "city": city, "round": round_, "as_of": ""}
    _write_settings(book, {**example[SETTINGS], **(own if city else {})})
    book.workbook.define_name("xlscore_scales", f"={_area(SCALES, 'name')}")
    for name, columns in LISTS.items():
        page = start_list(book, FORM.section, name, columns)
        _write_list(page, name, example[name])
        if name in _CHECKS:
            _write_checks(page, name, _shown(name, example))
        if name == QUESTIONS:
            _check_weights(page)
    write_identity(book, (("kind", FORM.kind),))
    return book.close()


def _write_settings(book: Book, given: _FieldsWritten) -> None:
    texts = {key: "" if key in _NUMBERS else given[key] for key in SETTING_KEYS}
    choices = {kind.__name__.lower(): list(words_of(kind).values()) for kind in (Keep, Twins)}
    page, first = write_settings(
        book, FORM.section, label("survey.title"), texts, dict.fromkeys(choices, "input_choice") | _NUMBERS
    )
    for row, key in enumerate(SETTING_KEYS, start=first):
        if key in _NUMBERS:
            page.number(row, 2, given[key], _NUMBERS[key])
        if key in choices:
            offer_list(page, 2, row, row, choices[key], label("survey.error_list"))


def _write_list(page: Page, name: str, entries: Sequence[_FieldsWritten]) -> None:
    """The example's rows, and empty ones below."""
    for row in range(FIRST_ROW, FIRST_ROW + ROWS[name]):
        entry = entries[row - FIRST_ROW] if row - FIRST_ROW < len(entries) else {}
        texts = {}
        for at, column in enumerate(LISTS[name], start=1):
            style = _STYLES.get((name, column.name), STYLES[column.form])
            value = entry.get(column.name, "")
            if isinstance(value, str):
                page.text(row, at, value, style)
                texts[at] = value
            else:
                page.number(row, at, value, style)
        page.height(row, texts)
    last = FIRST_ROW + ROWS[name] - 1
    for at, column in enumerate(LISTS[name], start=1):
        if column.name == "scale":
            offer_list(page, at, FIRST_ROW, last, "=xlscore_scales", label("survey.error_list"))
        if column.name == "decimals":
            offer_list(page, at, FIRST_ROW, last, [label("word.yes"), label("word.no")], label("survey.error_list"))


# --- live checks -----------------------------------------------------------------------------------------------


def _at(name: str, column: str) -> int:
    return 1 + next(at for at, one in enumerate(LISTS[name]) if one.name == column)


def _area(name: str, column: str) -> str:
    """The cells of a column that are laid out."""
    letters = column_name(_at(name, column))
    return f"'{label(f'survey.sheet_{name}')}'!${letters}${FIRST_ROW + 1}:${letters}${FIRST_ROW + ROWS[name]}"


def _say(code: str) -> str:
    return f'"{label(f"survey.check_{code}")}"'


def _check_question(cells: Mapping[str, str]) -> str:
    weight, scale = cells["weight"], cells["scale"]
    fine = f"IF(AND(ISNUMBER({weight}),{weight}>=0,{weight}<=1),{_say('ok')},{_say('weight')})"
    known = f"IF(COUNTIF({_area(SCALES, 'name')},{scale})=0,{_say('scale_unknown')},{fine})"
    return f'IF(TRIM({cells["column"]})="","",IF(TRIM({scale})="",{_say("scale_none")},{known}))'


def _check_scale(cells: Mapping[str, str]) -> str:
    numbers = f"COUNT({cells['low']}:{cells['high_points']})"
    named = f"COUNTIF({_area(ANSWERS, 'scale')},{cells['name']})"
    span = f"IF({cells['low']}<{cells['high']},{_say('ok')},{_say('range')})"
    words = f"IF({named}=0,{_say('empty')},{_say('named')}&{named})"
    return f'IF(TRIM({cells["name"]})="","",IF({numbers}=4,{span},IF({numbers}=0,{words},{_say("partial")})))'


def _check_answer(cells: Mapping[str, str]) -> str:
    scale, points = cells["scale"], cells["points"]
    excused = f'TRIM({points})="{label("survey.excused")}"'
    fine = f"IF(ISNUMBER({points}),AND({points}>=0,{points}<=100),{excused})"
    checked = f"IF({fine},{_say('ok')},{_say('points')})"
    named = f'IF(TRIM({cells["answer"]})="",{_say("answer")},{checked})'
    known = f"IF(COUNTIF({_area(SCALES, 'name')},{scale})=0,{_say('scale_unknown')},{named})"
    return f'IF(AND(TRIM({scale})="",TRIM({cells["answer"]})=""),"",IF(TRIM({scale})="",{_say("scale_none")},{known}))'


_CHECKS = {QUESTIONS: _check_question, SCALES: _check_scale, ANSWERS: _check_answer}


def _shown(name: str, example: _FieldsWritten) -> list[str]:
    """What the checks say of the example's rows, which have no fault."""
    ok = label("survey.check_ok")
    if name != SCALES:
        return [ok] * len(example[name])
    number = {entry["name"]: sum(a["scale"] == entry["name"] for a in example[ANSWERS]) for entry in example[SCALES]}
    return [ok if "low" in e else f"{label('survey.check_named')}{number[e['name']]}" for e in example[SCALES]]


def _write_checks(page: Page, name: str, shown: Sequence[str]) -> None:
    check, last = _at(name, "check"), FIRST_ROW + ROWS[name]
    for row in range(FIRST_ROW, last):
        cells = {column.name: cell_name(row, _at(name, column.name)) for column in LISTS[name]}
        cached = shown[row - FIRST_ROW] if row - FIRST_ROW < len(shown) else ""
        page.formula(row, check, _CHECKS[name](cells), cached, "check")
    _colour(page, FIRST_ROW, last - 1, check)


def _check_weights(page: Page) -> None:
    total, at = f"SUM({_area(QUESTIONS, 'weight')})", _at(QUESTIONS, "check")
    wrong = f'{_say("total")}&TEXT({total},"0.0#%")&{_say("expected")}'
    page.formula(
        TITLE_ROW, at, f"IF(ABS({total}-1)<0.000000001,{_say('closed')},{wrong})", label("survey.check_closed"), "check"
    )
    _colour(page, TITLE_ROW, TITLE_ROW, at)


def _colour(page: Page, first: int, last: int, column: int) -> None:
    """A tick in green, anything else in red."""
    for criteria, style in (("containing", "good"), ("not containing", "bad")):
        page.worksheet.conditional_format(first, column, last, column, {
            "type": "text", "criteria": criteria, "value": label("survey.check_ok"),
            "format": page.book.format(style),
        })  # fmt: skip
