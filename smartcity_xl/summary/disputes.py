"""Conflicts in words: each answer with its origin, and what the scores come to under it.

The office's decision workbook and the summary show the same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from smartcity_xl.messages import label
from smartcity_xl.model import (
    Answer,
    Assignment,
    Catalog,
    Conflict,
    IndicatorScore,
    Outcome,
    Role,
    Scores,
    Side,
    Standing,
    TableAnswer,
)
from smartcity_xl.results.shown import exact, result_words, shown_value, two
from smartcity_xl.score.conflicts import word_answer

_LISTED = 3


def name_figure(catalog: Catalog, key: str) -> str:
    """What a slot or table is called where nothing around it says so: a checklist's item with its list."""
    figure = catalog.figures[key.partition(".")[0]]
    return figure.label if figure.key == key else f"{figure.label}：{catalog.label(key)}"


def side_rows(outcomes: Sequence[Outcome], conflict: Conflict) -> Iterator[tuple[Side, dict[str, str]]]:
    """One row for each answer of a conflict: number, value, unit, department, file, cell; and on the first row of each
    side the score of every indicator that reads the figure, and the total, under every system concerned."""
    concerned = {o.catalog.short if len(outcomes) > 1 else "": o for o in outcomes if conflict.subject in o.trials}
    outcome = next(iter(concerned.values()))
    slot = outcome.catalog.slots.get(conflict.figure)
    for number, side in enumerate(conflict.sides, start=1):
        scores, totals = [], []
        for system, one in concerned.items():
            trial = one.trials[conflict.subject][number - 1]
            scores += [f"{system} {line}".strip() for line in _word_scores(one, conflict.figure, trial)]
            totals.append(f"{system} {result_words(replace(one, scores=trial))}".strip())
        words = {"scores": "\n".join(scores), "total": "\n".join(totals)}
        for answer in side.answers:
            at = answer.origin
            yield (
                side,
                {
                    "number": str(number),
                    "value": _word_value(outcome.catalog, conflict, answer),
                    "unit": slot.unit if slot else "",
                    "department": outcome.assignment.name(answer.department),
                    "file": at.file,
                    "cell": f"{at.sheet}!{at.cell}" if at.cell else at.sheet,
                    **words,
                },
            )
            words = dict.fromkeys(words, "")


def word_choices(catalog: Catalog, assignment: Assignment, conflict: Conflict) -> dict[str, str]:
    """Each side of a conflict (its key) as the office's choice of it is worded."""
    slot = catalog.slots.get(conflict.figure)
    words = {}
    for number, side in enumerate(conflict.sides, start=1):
        departments = dict.fromkeys(assignment.name(answer.department) for answer in side.answers)
        last = _word_value(catalog, conflict, side.answers[-1]).partition("\n")[0]
        words[side.key] = label("decide.option", number=number, value=last, unit=slot.unit if slot else "",
                                departments=label("word.separator").join(departments))  # fmt: skip
    return words


def _word_value(catalog: Catalog, conflict: Conflict, answer: Answer | TableAnswer) -> str:
    if isinstance(answer, Answer):
        slot = catalog.slots[answer.slot]
        given = label("decide.given", given=answer.given) if answer.unit not in ("", slot.unit) else ""
        return f"{shown_value(slot, answer.value)}\n{given}".rstrip()
    return word_answer(catalog, answer) + _differing(conflict, answer)


def _differing(conflict: Conflict, table: TableAnswer) -> str:
    """The first rows of a table that not every other side has."""
    sides = [dict(_rows(side.answers[0])) for side in conflict.sides if isinstance(side.answers[0], TableAnswer)]
    apart = [f"{name} {said}" for name, said in _rows(table) if any(side.get(name) != said for side in sides)]
    shown = label("word.list").join(apart[:_LISTED]) + ("…" if len(apart) > _LISTED else "")
    return "\n" + label("decide.apart", rows=shown) if apart else ""


def _rows(table: TableAnswer) -> Iterator[tuple[str, str]]:
    separator = label("word.separator")
    return ((row.name, separator.join(exact(cell.value) or "" for cell in row.cells.values())) for row in table.rows)


def _word_scores(outcome: Outcome, figure: str, scores: Scores) -> Iterator[str]:
    for score in scores.reading(outcome.catalog, figure):
        yield f"{score.indicator.code}　{_word_score(score)}"


def _word_score(score: IndicatorScore) -> str:
    if score.mark is None:
        if score.standing is Standing.CONFLICT:
            return label("decide.waiting_conflict")
        return label("decide.waiting", number=len(score.open))
    if score.star is not None:
        star = label(f"stars.level_{score.star}")
        return star if score.score is None else label("decide.star_points", star=star, points=two(score.score))
    if score.score is None:
        return exact(score.mark) or ""
    full = f" / {two(score.indicator.full)}" if score.indicator.role is Role.SCORED else ""
    return two(score.score) + full
