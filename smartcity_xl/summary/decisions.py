"""Every conflict with all its answers, what the scores come to under each, and what the office decided."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.messages import label
from smartcity_xl.model import Conflict, Decision, Outcome
from smartcity_xl.summary.disputes import name_figure, side_rows
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, write_list
from smartcity_xl.summary.places import Places

_COLUMNS = (
    Head("code", 10), Head("label", 26), Head("decision", 9), Head("option", 6), Head("option_value", 20),
    Head("department", 20), Head("file", 24), Head("cell", 14), Head("option_scores", 26),
    Head("option_total", 18), Head("reason", 26), Head("who", 10),
)  # fmt: skip


def write_decisions(book: Book, outcome: Outcome, places: Places) -> None:
    lines = [line for one in outcome.merged.conflicts for line in _lines(outcome, one, places)]
    lines += [_lapsed(outcome, one) for one in outcome.merged.lapsed]
    write_list(book, "decisions", _COLUMNS, lines, freeze=2)


def rows_of_conflicts(outcome: Outcome) -> Iterator[tuple[str, int]]:
    """Subject of a conflict, and the row of its first answer."""
    row = FIRST_ROW
    for conflict in outcome.merged.conflicts:
        yield conflict.subject, row
        row += sum(len(side.answers) for side in conflict.sides)


def _lines(outcome: Outcome, conflict: Conflict, places: Places) -> Iterator[Line]:
    decision, chosen = conflict.decision, conflict.chosen
    codes = outcome.catalog.used_by[conflict.figure.partition(".")[0]]
    answers = (answer for side in conflict.sides for answer in side.answers)
    for answer, (side, words) in zip(answers, side_rows([outcome], conflict), strict=True):
        state = f"state_{conflict.state}" if not chosen else "state_used" if side is chosen else "state_aside"
        cells = {
            "code": "\n".join(codes),
            "label": name_figure(outcome.catalog, conflict.figure),
            "decision": label(f"decide.{state}"),
            "option": words["number"],
            "option_value": f"{words['value']} {words['unit']}".strip(),
            **{name: words[name] for name in ("department", "file", "cell")},
            **{f"option_{name}": words[name] for name in ("scores", "total")},
            "reason": decision.reason if decision else "",
            "who": decision.who if decision else "",
        }
        to = {
            "code": places.scores[name_of(Height.MARK, codes[0])] if len(codes) == 1 else None,
            "option": places.slots.get(conflict.figure),
            "cell": places.cell(answer.origin),
        }
        yield Line(cells, to)


def _lapsed(outcome: Outcome, lapsed: Decision) -> Line:
    return Line({
        "label": name_figure(outcome.catalog, lapsed.figure),
        "decision": label("decide.state_lapsed"),
        "option_value": lapsed.said,
        "file": lapsed.origin.file,
        "cell": f"{lapsed.origin.sheet}!{lapsed.origin.cell}",
        "reason": lapsed.reason,
        "who": lapsed.who,
    })  # fmt: skip
