"""The workbook of a survey's results: what ``collect`` takes the score from, and a person reads.

Beside every number that is read back stands what it was computed from, in full: ``take`` computes it again.
"""

from __future__ import annotations

from fractions import Fraction

from smartcity_xl.books.identity import LAYOUT, MARKER, SURVEY_KIND
from smartcity_xl.books.pages import Book, Page, write_identity
from smartcity_xl.books.styles import ACCENT, BODY, INK
from smartcity_xl.form.map import COLUMNS, SURVEY
from smartcity_xl.messages import label, words
from smartcity_xl.office.survey.form import words_of
from smartcity_xl.office.survey.lists import write_dropped, write_groups, write_questions, write_used
from smartcity_xl.office.survey.questionnaire import Keep, Questionnaire, ScaleVerdict, Twins
from smartcity_xl.office.survey.read import percent
from smartcity_xl.office.survey.score import Drop, Loss, SurveyResult
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant

_WIDTHS = (0.0, 24.0, 15.0, 46.0, 32.0, 0.0)
_LAST = len(_WIDTHS) - 2
_FIRST_PLACES = 5
PLACES = 10
"""Sums are carried to so many decimals."""


def write_survey_result(result: SurveyResult) -> bytes:
    """The same result gives the same bytes."""
    asked = result.questionnaire
    book = Book(f"{label('survey_result.title')}：{asked.title}")
    page = book.page(label("survey_result.sheet_overview"), _WIDTHS)
    means = write_questions(book, result)
    write_groups(book, result)
    write_dropped(book, result)
    write_used(book, result)
    _write_overview(page, result, means)
    fields = {"kind": SURVEY_KIND, "round": asked.round, "city": asked.city, "layout": LAYOUT}
    write_identity(book, fields.items())
    return book.close()


def exactly(value: Fraction) -> str:
    """A sum in full, as text: no program rounds it on the way."""
    return constant(round_half_up(value, PLACES))


def _write_overview(page: Page, result: SurveyResult, means: tuple[int, int]) -> None:
    asked = result.questionnaire
    page.map_columns(MARKER + SURVEY, COLUMNS[SURVEY][1:])
    page.merged(1, 1, _LAST, label("survey_result.title"), "title_centre")
    page.worksheet.set_row(1, 36)
    page.merged(2, 1, _LAST, label("survey_result.subtitle", city=asked.city, round=asked.round, title=asked.title),
                "subtitle")  # fmt: skip
    page.worksheet.set_row(2, 22)
    at = _write_score(page, result, 4)
    at = _write_responses(page, result, at + 1)
    at = _write_answers(page, result, at + 1)
    at = _write_methods(page, asked, at + 1)
    _write_chart(page, at + 1, means)
    page.print_on_a4(landscape=False, head=None, footer=f"&R{label('word.page')}", one_page=True)
    page.protect()
    page.worksheet.activate()


def _head(page: Page, at: int, section: str) -> int:
    page.merged(at, 1, _LAST, label(f"survey_result.section_{section}"), "section")
    page.worksheet.set_row(at, 22)
    names = ("item", "value", "note") if section == "score" else ("item", "value", "note", "first")
    page.head_columns(at + 1, {number: label(f"survey_result.{name}") for number, name in enumerate(names, start=1)})
    if section == "score":
        page.merged(at + 1, 3, _LAST, label("survey_result.note"), "head")
    return at + 2


def _line(page: Page, row: int, item: str, value: int | str, note: str, first: str = "", key: str = "") -> None:
    """A row of a table; ``value`` a count or a text."""
    page.text(row, 0, key, "plain")
    page.text(row, 1, item, "label")
    if isinstance(value, int):
        page.number(row, 2, value, "centre")
    else:
        page.text(row, 2, value, "centre")
    page.text(row, 3, note, "small")
    page.text(row, 4, first, "small")
    page.height(row, {1: item, 3: note, 4: first}, least=22)


def _write_score(page: Page, result: SurveyResult, at: int) -> int:
    """The numbers that are read back, each by its key."""
    asked, estimate = result.questionnaire, result.estimate
    at = _head(page, at, "score")
    few = estimate.number < asked.least
    low, high = estimate.interval or (None, None)
    notes = {
        "low": label("survey_result.note_none" if low is None else "survey_result.note_low"),
        "number": label("survey_result.note_few", least=asked.least) if few else "",
    }
    for key, value in {
        "score": estimate.score, "low": low, "high": high, "number": Fraction(estimate.number),
        "total": estimate.total, "squares": estimate.squares, "least": Fraction(asked.least),
    }.items():  # fmt: skip
        note = notes.get(key) or label(f"survey_result.note_{key}")
        _line(page, at, label(f"survey_result.{key}"), "", note, key=key)
        page.merged(at, 3, _LAST, note, "small")
        if value is not None:
            whole = key in ("number", "least")
            page.number(at, 2, float(value), "big" if key == "score" else "centre" if whole else "score")
            page.text(at, _LAST + 1, exactly(value), "plain")
        if key == "score":
            page.worksheet.set_row(at, 42)
        at += 1
    _line(page, at, label("survey_result.as_of"), asked.as_of, asked.method, key="as_of")
    page.merged(at, 3, _LAST, asked.method, "small")
    page.text(at, _LAST + 1, asked.as_of, "plain")
    return at + 1


def _places(loss: Loss) -> str:
    """The first places of a kind, drawn together by file."""
    rows: dict[str, list[str]] = {}
    for place, _, _ in loss.listed[:_FIRST_PLACES]:
        listed = rows.setdefault(place.file, [])
        if str(place.row) not in listed:
            listed.append(str(place.row))
    separator = label("word.separator")
    texts = [label("survey_result.place", file=file, rows=separator.join(one)) for file, one in rows.items()]
    return label("word.list").join(texts) + (" …" if loss.number > _FIRST_PLACES else "")


def _write_responses(page: Page, result: SurveyResult, at: int) -> int:
    asked = result.questionnaire
    at = _head(page, at, "responses")
    received = label("survey_result.note_received", files=len(result.sources))
    _line(page, at, label("survey_result.received"), result.received, received)
    for loss in result.dropped:
        at += 1
        _line(page, at, label(f"survey_result.drop_{loss.kind}"), loss.number, _drop_note(result, loss), _places(loss))
    if asked.respondent:
        at += 1
        note = label("survey_result.note_nameless", column=asked.respondent)
        _line(page, at, label("survey_result.nameless"), result.nameless, note)
    _line(page, at + 1, label("survey_result.counted"), result.estimate.number, "")
    return at + 2


def _drop_note(result: SurveyResult, loss: Loss) -> str:
    asked = result.questionnaire
    twins = words_of(Twins)[asked.twins]
    told = {
        "minimum": percent(asked.minimum), "column": asked.respondent, "keep": words_of(Keep)[asked.keep],
        "twins": twins, "number": result.twins,
    }  # fmt: skip
    name = f"note_{loss.kind}"
    if loss.kind == Drop.SAME_RESPONDENT and not asked.respondent:
        name = "note_no_respondent"
    if loss.kind == Drop.TWIN and asked.respondent:
        name = "note_twin_named"
    elif loss.kind == Drop.TWIN and result.twins:
        name = "note_twin_kept"
    return label(f"survey_result.{name}", **told)


def _write_answers(page: Page, result: SurveyResult, at: int) -> int:
    at = _head(page, at, "answers")
    for loss in result.answers:
        first = _places(loss) if loss.kind == ScaleVerdict.IMPOSSIBLE else ""
        note = label(f"survey_result.note_{loss.kind}")
        _line(page, at, label(f"survey_result.answer_{loss.kind}"), loss.number, note, first)
        at += 1
    return at


def _write_methods(page: Page, asked: Questionnaire, at: int) -> int:
    page.merged(at, 1, _LAST, label("survey_result.section_method"), "section")
    page.worksheet.set_row(at, 22)
    for line in words("survey_result")["methods"]:
        at += 1
        text = line.format(minimum=percent(asked.minimum))
        page.merged(at, 1, _LAST, text, "hint")
        page.height(at, {1: text}, {1: sum(_WIDTHS)})
    return at + 1


def _write_chart(page: Page, at: int, means: tuple[int, int]) -> None:
    """The questions' means, from the sheet of questions: ``means`` are its first and last row."""
    first, last = means
    sheet, font = label("survey_result.sheet_questions"), {"name": BODY, "size": 9, "color": INK}
    chart = page.book.workbook.add_chart({"type": "bar"})
    chart.add_series({
        "categories": [sheet, first, 0, last, 0], "values": [sheet, first, 3, last, 3], "gap": 60,
        "fill": {"color": ACCENT}, "data_labels": {"value": True, "num_format": "0.00", "font": font},
    })  # fmt: skip
    title = {"name": BODY, "size": 12, "color": INK, "bold": False}
    chart.set_title({"name": label("survey_result.chart"), "name_font": title})
    chart.set_x_axis({"min": 0, "max": 100, "num_font": font, "major_gridlines": {"visible": True,
                      "line": {"color": "#E3E8EE"}}})  # fmt: skip
    chart.set_y_axis({"num_font": font, "reverse": True, "label_position": "low"})
    chart.set_legend({"none": True})
    chart.set_size({"width": 835, "height": max(180, 70 + 26 * (last - first + 1))})
    page.chart(at, 1, chart, label("survey_result.chart"), x_offset=4, y_offset=4)
