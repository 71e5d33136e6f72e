"""The sheets of what came besides the figures: evidence files, written material, and the people of each department."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from smartcity_xl.books.pages import Book
from smartcity_xl.catalog.duties import is_drawn_in
from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.form.map import PEOPLE
from smartcity_xl.form.people import describe_fields
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import FileState, Material, NamedFile, Origin, Outcome, PeopleEntry, WrittenMaterial
from smartcity_xl.summary.grid import FIRST_ROW, Head, Line, write_list
from smartcity_xl.summary.places import Places

_ALARMING = frozenset({
    "file_state.missing", "file_state.unclear", "file_state.unlisted", "file_state.lacking", "departments.missing",
})  # fmt: skip


def write_evidence(book: Book, outcome: Outcome, places: Places) -> None:
    """For each indicator and department: what was named, which file that is, and whether it came; then the files that
    nobody named."""
    columns = (
        Head("code", 9), Head("name", 20), Head("backed", 8), Head("department", 17), Head("title", 24),
        Head("evidence_file", 24), Head("evidence_state", 9), Head("matched", 30), Head("sha256", 34),
        Head("remark", 14), Head("file", 22), Head("cell", 8),
    )  # fmt: skip
    write_list(book, "evidence", columns, (_linked(cells, places) for cells, _ in _evidence_rows(outcome)), freeze=1)


def rows_of_evidence(outcome: Outcome) -> Iterator[tuple[Origin, int]]:
    """Where a file is named, and the row about it: the first, where several files bear the name."""
    named = ((entry, row) for row, (_, entry) in enumerate(_evidence_rows(outcome), start=FIRST_ROW) if entry)
    yield from ((entry.origin, row) for entry, row in reversed(list(named)))


def _linked(cells: Mapping[str, str], places: Places) -> Line:
    to = {
        "code": places.scores.get(name_of(Height.MARK, cells.get("code", ""))),
        "evidence_state": places.files.get(cells.get("matched", "")),
        "cell": places.files.get(cells.get("file", "")),
    }
    return Line(cells, to, styles=_alarms(cells))


def _alarms(cells: Mapping[str, str]) -> dict[str, str]:
    """The styles of cells that should alarm."""
    return {name: "alarm" for name in ("evidence_state", "backed", "reported") if cells.get(name) in _alarming()}


@cache
def _alarming() -> frozenset[str]:
    return frozenset(map(label, _ALARMING))


def _evidence_rows(outcome: Outcome) -> Iterator[tuple[dict[str, str], NamedFile | None]]:
    """A row for each file that bears a name of a list, or one for a name that none bears; then what nobody named."""
    named: dict[tuple[str, str], list[NamedFile]] = {}
    for entry in outcome.documents.named:
        named.setdefault((entry.indicator, entry.department), []).append(entry)
    reported = {status.department.key for status in outcome.departments if status.reported}
    for indicator in outcome.catalog.indicators:
        asked = (d for f in outcome.catalog.figures_of[indicator.code] for d in outcome.assignment.asked[f.key])
        lacking = indicator.code in outcome.evidenced.lacking
        backed = label("file_state.lacking" if lacking else "file_state.backed") if indicator.evidence else ""
        for department in dict.fromkeys(asked):
            if not is_drawn_in(outcome.catalog, outcome.assignment, department, indicator.code):
                continue
            common = {
                "code": indicator.code, "name": indicator.name, "backed": backed,
                "department": outcome.assignment.name(department),
            }  # fmt: skip
            mine = named.pop((indicator.code, department), [])
            for entry in mine:
                yield from ((common | _named_cells(entry) | file, entry) for file in _files_of(entry))
            if not mine and indicator.evidence and department in reported:
                yield common | {"evidence_state": label("file_state.unlisted")}, None
    for material in outcome.documents.unmentioned:
        whose = outcome.assignment.name(material.department) if material.department else ""
        state = label("file_state.unmentioned")
        yield {"department": whose, "evidence_state": state, **_file_cells(material)}, None


def _files_of(entry: NamedFile) -> Iterable[dict[str, str]]:
    sure = entry.state is FileState.PRESENT
    return [_file_cells(material, sure) for material in entry.files] or [{}]


def _named_cells(entry: NamedFile) -> dict[str, str]:
    at = entry.origin
    return {
        "title": entry.title,
        "evidence_file": entry.named,
        "evidence_state": label(f"file_state.{entry.state.value}"),
        "remark": entry.remark,
        "file": at.file,
        "cell": at.cell,
    }


def _file_cells(material: Material, sure: bool = True) -> dict[str, str]:
    return {"matched": material.name, "sha256": material.sha256 if sure else ""}


def write_written(book: Book, outcome: Outcome, places: Places) -> None:
    """Every document of a kind that a notice asks for, with its measure and what it lacks."""
    columns = (
        Head("kind", 14), Head("department", 22), Head("file", 38), Head("document_title", 34),
        Head("characters", 14), Head("figures_tables", 14), Head("sections_found", 40), Head("missing", 60),
    )  # fmt: skip
    rows = (_written_row(outcome, entry) for entry in outcome.documents.written)
    lines = (Line(cells, {"kind": places.files.get(cells["file"])}) for cells in rows)
    write_list(book, "written", columns, lines, freeze=2)


def _written_row(outcome: Outcome, entry: WrittenMaterial) -> dict[str, str]:
    writing, outline = entry.material.writing, entry.outline
    row = {
        "kind": outline.name,
        "department": outcome.assignment.name(entry.department) if entry.department else label("word.unknown"),
        "file": entry.material.name,
        "missing": "\n".join(f"{wording.found}。{wording.remedy}" for wording in map(word_finding, entry.findings)),
    }
    if writing:
        shown = label("written.shown", figures=writing.figures, tables=writing.tables)
        row |= {
            "document_title": writing.title,
            "characters": _of(str(writing.characters), outline.characters),
            "figures_tables": _of(shown, outline.figures),
            "sections_found": label("word.list").join(writing.headings),
        }
    return row


def _of(found: str, limit: int) -> str:
    return label("written.of", found=found, limit=limit) if limit else found


def write_people(book: Book, outcome: Outcome, places: Places) -> None:
    """One row for each department: who answers for it, by all its workbooks, and what is missing."""
    widths = {"name": 11, "post": 12, "phone": 16, "mobile": 16, "mail": 28}
    people = (Head(key.replace(".", "_"), widths[key.partition(".")[2]]) for key in PEOPLE)
    columns = (Head("department", 26), Head("reported", 10), *people, Head("missing", 46))
    rows = ((entry.department, _people_row(outcome, entry)) for entry in outcome.people)
    lines = (Line(cells, {"reported": places.departments.get(key)}, styles=_alarms(cells)) for key, cells in rows)
    write_list(book, "people", columns, lines, freeze=1)


def _people_row(outcome: Outcome, entry: PeopleEntry) -> dict[str, str]:
    said = {
        key.replace(".", "_"): given[0].text if len(given) == 1 else "\n".join(
            label("word.said", text=one.text, files=label("word.separator").join(one.files)) for one in given
        )
        for key, given in entry.said.items()
    }  # fmt: skip
    return {
        "department": outcome.assignment.name(entry.department),
        "reported": label("departments.reported" if entry.reported else "departments.missing"),
        "missing": "\n".join(
            [label("people.missing", field=describe_fields(group)) for group in entry.missing]
            + [word_finding(finding).found for finding in entry.findings]
        ),
        **said,
    }
