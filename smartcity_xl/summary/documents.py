"""The sheets of what came besides the figures: evidence files, written material, and the people of each department."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from smartcity_xl.books.pages import Book, Page
from smartcity_xl.catalog.duties import is_drawn_in
from smartcity_xl.form.map import PEOPLE
from smartcity_xl.form.people import describe_fields
from smartcity_xl.messages import label, word_finding
from smartcity_xl.model import FileState, Material, NamedFile, Outcome, PeopleEntry, WrittenMaterial
from smartcity_xl.summary.grid import Head, write_head

FIRST_ROW = 3
_CENTRED = frozenset({"code", "evidence_state", "backed", "characters", "figures_tables", "reported"})
_ALARMING = frozenset({
    "file_state.missing", "file_state.unclear", "file_state.unlisted", "file_state.lacking", "departments.missing",
})  # fmt: skip


def write_evidence(book: Book, outcome: Outcome) -> None:
    """For each indicator and department: what was named, which file that is, and whether it came; then the files that
    nobody named."""
    columns = (
        Head("code", 9), Head("name", 22), Head("backed", 9), Head("department", 18), Head("title", 26),
        Head("evidence_file", 28), Head("evidence_state", 9), Head("matched", 34), Head("sha256", 34),
        Head("remark", 16), Head("place", 30),
    )  # fmt: skip
    _write_rows(write_head(book, "evidence", columns, FIRST_ROW, freeze=1), columns, _evidence_rows(outcome))


def _evidence_rows(outcome: Outcome) -> Iterator[dict[str, str]]:
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
                yield common | _named_cells(entry)
            if not mine and indicator.evidence and department in reported:
                yield common | {"evidence_state": label("file_state.unlisted")}
    for material in outcome.documents.unmentioned:
        whose = outcome.assignment.name(material.department) if material.department else ""
        yield {"department": whose, "evidence_state": label("file_state.unmentioned"), **_file_cells((material,))}


def _named_cells(entry: NamedFile) -> dict[str, str]:
    at = entry.origin
    return {
        "title": entry.title,
        "evidence_file": entry.named,
        "evidence_state": label(f"file_state.{entry.state.value}"),
        "remark": entry.remark,
        "place": f"{at.file}　{at.cell}",
        **_file_cells(entry.files, sure=entry.state is FileState.PRESENT),
    }


def _file_cells(files: Iterable[Material], sure: bool = True) -> dict[str, str]:
    names = "\n".join(material.name for material in files)
    return {"matched": names, "sha256": "\n".join(material.sha256 for material in files) if sure else ""}


def write_written(book: Book, outcome: Outcome) -> None:
    """Every document of a kind that a notice asks for, with its measure and what it lacks."""
    columns = (
        Head("kind", 14), Head("department", 22), Head("file", 38), Head("document_title", 34),
        Head("characters", 14), Head("figures_tables", 14), Head("sections_found", 40), Head("missing", 60),
    )  # fmt: skip
    page = write_head(book, "written", columns, FIRST_ROW, freeze=2)
    _write_rows(page, columns, (_written_row(outcome, entry) for entry in outcome.documents.written))


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


def write_people(book: Book, outcome: Outcome) -> None:
    """One row for each department: who answers for it, by all its workbooks, and what is missing."""
    widths = {"name": 11, "post": 12, "phone": 16, "mobile": 16, "mail": 28}
    people = (Head(key.replace(".", "_"), widths[key.partition(".")[2]]) for key in PEOPLE)
    columns = (Head("department", 26), Head("reported", 10), *people, Head("missing", 46))
    page = write_head(book, "people", columns, FIRST_ROW, freeze=1)
    _write_rows(page, columns, (_people_row(outcome, entry) for entry in outcome.people))


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


def _write_rows(page: Page, columns: tuple[Head, ...], rows: Iterable[Mapping[str, str]]) -> None:
    alarming = {label(code) for code in _ALARMING}
    row = FIRST_ROW - 1
    for row, cells in enumerate(rows, start=FIRST_ROW):
        for at, column in enumerate(columns):
            text = cells.get(column.name, "")
            style = "cell" if column.name not in _CENTRED else "alarm" if text in alarming else "centre"
            page.text(row, at, text, style)
        page.height(row, {at: cells.get(column.name, "") for at, column in enumerate(columns)})
    page.worksheet.autofilter(FIRST_ROW - 1, 0, row, len(columns) - 1)
