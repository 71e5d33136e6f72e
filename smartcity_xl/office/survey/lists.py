"""The lists behind a survey's score: questions, groups, what does not count, and the questionnaire and files used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from smartcity_xl.books.identity import MARKER
from smartcity_xl.books.pages import Book, Page
from smartcity_xl.form.map import COLUMNS, SURVEY_GROUPS
from smartcity_xl.messages import label
from smartcity_xl.office.editing.cells import decimal
from smartcity_xl.office.survey.form import words_of
from smartcity_xl.office.survey.questionnaire import Keep, Scale, ScaleVerdict, Twins
from smartcity_xl.office.survey.read import percent
from smartcity_xl.office.survey.score import LISTED, QuestionResult, SurveyResult
from smartcity_xl.rules.exact import round_half_up
from smartcity_xl.rules.formula import constant

_TEXT_SHOWN = 40
_Value = str | int | Fraction
"""A cell: text, a count, or a score with two decimals."""


def _start(book: Book, sheet: str, widths: tuple[float, ...], first: int, **told: object) -> Page:
    """A sheet with title and hint in its rows ``first`` and the next; A4, landscape."""
    page = book.page(label(f"survey_result.sheet_{sheet}"), widths)
    column = next(at for at, width in enumerate(widths) if width)
    last = max(at for at, width in enumerate(widths) if width)
    page.text(first, column, label(f"survey_result.sheet_{sheet}"), "title")
    page.worksheet.set_row(first, 28)
    hint = label(f"survey_result.hint_{sheet}", **told)
    page.merged(first + 1, column, last, hint, "hint")
    page.height(first + 1, {column: hint}, {column: sum(widths)})
    page.print_on_a4(landscape=True, head=None, footer=f"&R{label('word.page')}")
    return page


def _heads(page: Page, row: int, names: Iterable[str], first: int = 0) -> None:
    page.head_columns(row, {at: label(f"survey_result.{name}") for at, name in enumerate(names, start=first)})


def _row(page: Page, row: int, values: Sequence[_Value], first: int = 0, left: int = 1) -> None:
    """Cells beside each other; the ``left`` first ones are words, the others stand in the middle."""
    texts = {}
    for at, value in enumerate(values, start=first):
        if isinstance(value, str):
            page.text(row, at, value, "cell" if at < first + left else "centre")
            texts[at] = value
        else:
            page.number(row, at, float(value), "centre" if isinstance(value, int) else "score")
    page.height(row, texts)


# --- questions -------------------------------------------------------------------------------------------------


def write_questions(book: Book, result: SurveyResult) -> tuple[int, int]:
    """How each question was answered. The rows of the first and the last question."""
    page = _start(book, "questions", (46, 16, 10, 10, 11, 9, 9, 11), 0)
    _heads(page, 3, ("question", "scale", "weight", "mean", "valid", "unanswered", "excused", "impossible"))
    row = 3
    for row, one in enumerate(result.questions, start=4):
        _row(page, row, (
            one.question.text, one.question.scale.name, percent(one.question.weight),
            one.valid.score if one.valid else "", one.valid.number if one.valid else 0,
            *(one.verdicts.get(verdict, 0) for verdict in (ScaleVerdict.UNANSWERED, ScaleVerdict.EXCUSED, ScaleVerdict.IMPOSSIBLE)),
        ))  # fmt: skip
    at = row + 2
    page.merged(at, 0, 3, label("survey_result.distribution"), "section")
    at += 1
    _heads(page, at, ("answer", "points", "times", "share"))
    for one in result.questions:
        at = _write_distribution(page, one, at + 1)
    return 4, row


def _write_distribution(page: Page, one: QuestionResult, at: int) -> int:
    page.merged(at, 0, 3, one.question.text, "subband")
    page.height(at, {0: one.question.text}, {0: sum(page.widths[:4])})
    first, whole = at + 1, one.valid.number if one.valid else 0
    for at, answer in enumerate(one.answers, start=first):
        shown = "" if answer.counts else label("survey.excused")
        _row(page, at, (answer.text, shown if answer.points is None else shortly(answer.points), answer.number))
        page.text(at, 0, answer.text, "item")
        if answer.counts and whole:
            page.number(at, 3, answer.number / whole, "rate")
        else:
            page.blank(at, 3, "centre")
    page.worksheet.conditional_format(first, 3, max(first, at), 3, {
        "type": "data_bar", "bar_color": "#9DB9D6", "min_type": "num", "min_value": 0,
        "max_type": "num", "max_value": 1,
    })  # fmt: skip
    return at


def shortly(points: Fraction) -> str:
    """Points for reading, to two decimals where they have no short form."""
    return constant(round_half_up(points))


# --- groups ----------------------------------------------------------------------------------------------------


def write_groups(book: Book, result: SurveyResult) -> None:
    """The score of each group, with the sums it comes from, which are read back."""
    widths = (0.0, 20.0, 26.0, 10.0, 10.0, 12.0, 12.0, 12.0, 16.0, 0.0, 0.0)
    page = _start(book, "groups", widths, 1)
    page.map_columns(MARKER + SURVEY_GROUPS, COLUMNS[SURVEY_GROUPS][1:])
    names = ("grouping", "group", "group_number", "group_share", "group_score", "low", "high", "group_note")
    _heads(page, 4, names, first=1)
    asked = result.questionnaire
    for row, one in enumerate(result.groups, start=5):
        estimate = one.estimate
        low, high = estimate.interval or ("", "")
        few = label("survey_result.few") if estimate.number < asked.least else ""
        page.text(row, 0, f"{asked.groupings.index(one.grouping)}.{one.value}", "plain")
        value = one.value or label("survey_result.group_blank")
        values = (one.grouping.name, value, estimate.number, "", estimate.score, low, high, few)
        _row(page, row, values, first=1, left=2)
        page.number(row, 4, estimate.number / result.estimate.number, "rate")
        page.text(row, 9, constant(round_half_up(estimate.total, 10)), "plain")
        page.text(row, 10, constant(round_half_up(estimate.squares, 10)), "plain")
    page.worksheet.freeze_panes(5, 3)
    page.protect()


# --- what does not count ---------------------------------------------------------------------------------------


def write_dropped(book: Book, result: SurveyResult) -> None:
    page = _start(book, "dropped", (40, 10, 28, 40, 30), 0, listed=LISTED)
    _heads(page, 3, ("file", "row", "why", "question", "given"))
    row = 3
    for loss in result.dropped:
        for place, _, _ in loss.listed:
            row += 1
            _row(page, row, (place.file, place.row, label(f"survey_result.drop_{loss.kind}"), "", ""))
    for place, question, given in next(loss for loss in result.answers if loss.kind == ScaleVerdict.IMPOSSIBLE).listed:
        row += 1
        shown = given if len(given) <= _TEXT_SHOWN else given[: _TEXT_SHOWN - 1] + "…"
        _row(page, row, (place.file, place.row, label("survey_result.answer_impossible"), question, shown))
    if row == 3:
        page.merged(4, 0, 4, label("survey_result.none_dropped"), "cell")
    page.worksheet.freeze_panes(4, 0)
    page.worksheet.autofilter(3, 0, max(row, 4), 4)


# --- what the score rests on -----------------------------------------------------------------------------------


def write_used(book: Book, result: SurveyResult) -> None:
    """Files, settings, questions and scales, as they were."""
    page = _start(book, "used", (46, 50, 18, 12, 68), 0)
    at = _section(page, 3, "files", ("file", "kind", "rows"))
    page.text(at - 1, 4, label("survey_result.sha256"), "head")
    for source in result.sources:
        _row(page, at, (source.file, source.kind, source.rows, "", source.sha256))
        at += 1
    at = _write_settings_used(page, result, at + 1)
    at = _section(page, at + 1, "questions", ("question", "column", "scale", "weight"))
    for question in result.questionnaire.questions:
        _row(page, at, (question.text, question.column, question.scale.name, percent(question.weight)), left=2)
        at += 1
    at = _section(page, at + 1, "scales", ("scale", "answer", "points"))
    scales = {question.scale.name: question.scale for question in result.questionnaire.questions}
    for scale in scales.values():
        for answer, points in _scale_lines(scale):
            _row(page, at, (scale.name, answer, points), left=2)
            at += 1


def _section(page: Page, at: int, name: str, heads: tuple[str, ...]) -> int:
    page.merged(at, 0, 4, label(f"survey_result.used_{name}"), "section")
    _heads(page, at + 1, heads)
    return at + 2


def _write_settings_used(page: Page, result: SurveyResult, at: int) -> int:
    asked = result.questionnaire
    at = _section(page, at, "settings", ("item", "value"))
    for key, value in {
        "title": asked.title, "city": asked.city, "round": asked.round, "as_of": asked.as_of, "method": asked.method,
        "respondent": asked.respondent, "keep": words_of(Keep)[asked.keep], "twins": words_of(Twins)[asked.twins],
        "minimum": percent(asked.minimum), "least": str(asked.least),
        "unanswered": label("word.separator").join(asked.unanswered),
    }.items():  # fmt: skip
        _row(page, at, (label(f"survey.setting_{key}"), value), left=2)
        at += 1
    return at


def _scale_lines(scale: Scale) -> list[tuple[str, str]]:
    """An answer and its points, in words."""
    lines = [
        (answer, label("survey.excused") if points is None else decimal(points))
        for answer, points in scale.answers.items()
    ]
    if (span := scale.span) is None:
        return lines
    numbers = label("survey_result.span", low=decimal(span.low), high=decimal(span.high))
    whole = label("survey_result.decimals" if span.decimals else "survey_result.whole")
    points = label("survey_result.span_points", low=decimal(span.low_points), high=decimal(span.high_points))
    return [(f"{numbers}（{whole}）", points), *lines]
