"""A whole round with an office's own system."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from assignments import fill_book
from changed_catalogs import SYSTEM, entry, figure
from edited_books import BOOK, ID, Edit, Editor, edited, put, rule
from make_samples import fill_workbook
from openxml_audit import OpenXmlValidator
from support import ASSIGNMENT

from smartcity_xl.catalog.build import build_catalog
from smartcity_xl.catalog.lint import lint_catalog
from smartcity_xl.catalog.load import catalog_ids, load_catalog
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.form.template import Issue, write_template
from smartcity_xl.model import Catalog
from smartcity_xl.office.assigning import read_assignment_book, write_assignment_book
from smartcity_xl.office.editing import read_catalog_book, write_document


@pytest.mark.parametrize("rare", [0, 15, 60], ids="{} rare signs".format)
def test_forms_take_the_longest_words_that_a_system_may_have(rare: int, tmp_path: Path) -> None:
    document, said = copy.deepcopy(SYSTEM), "𠀀" * rare + "长" * (60 - rare)
    figure("gov_items_total", label=said, guidance=said * 2)(document)
    figure("tertiary_hospitals", row_label=said)(document)
    option = entry(document, "figures", "news_sites_accessible")["options"][0]
    option["label"] = "𠀀" * rare + "长" * (236 - 2 * rare)
    catalog, faults = build_catalog(document)
    assert (*faults, *lint_catalog(catalog)) == ()
    path = tmp_path / "form.xlsx"
    for key in ("gov_items_total", "tertiary_hospitals", "news_sites_accessible"):
        department = ASSIGNMENT.asked[key][0]
        path.write_bytes(write_template(catalog, ASSIGNMENT, department, Issue("2018", "云溪市", "")))
        assert OpenXmlValidator().validate(str(path)).errors == []


@pytest.fixture(scope="module", params=catalog_ids())
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- a round with an office's own system -------------------------------------------------------------------------


def own_book(tmp_path: Path, system: str = "yunxi-2026", *edits: Edit) -> Path:
    assert run_cli(["catalog", "export", ID, "--out", str(tmp_path / "export.xlsx")]) == 0
    change = put("settings", "id", "value", system)
    return edited(tmp_path, change, *edits, data=(tmp_path / "export.xlsx").read_bytes())


def imported(tmp_path: Path, *edits: Edit) -> Path:
    folder = tmp_path / "own"
    assert run_cli(["catalog", "import", str(own_book(tmp_path, "yunxi-2026", *edits)), "--out", str(folder)]) == 0
    return folder


CHANGES: tuple[Edit, ...] = (
    put("indicators", "L1P1-A1", "weight", 0.2), put("indicators", "L1P1-A2", "weight", 0.4),
    rule("100 * min(1, 2 * ratio(gov_items_ecert, gov_items_total))"),
    put("figures", "gov_items_total", "label", "全市政务服务事项总数"),
)  # fmt: skip
ANSWERS = {"gov_items_total": 100, "gov_items_ecert": 50, "gov_items_onestop": 25, "gov_items_unified_login": 10}


def collected(catalog: Catalog, book: Path, tmp_path: Path, system: str) -> dict[str, Any]:
    """The results of a round in which one department answers four figures."""
    _, assignment = read_assignment_book(book, catalog)
    (department,) = {assignment.asked[key][0] for key in ANSWERS}
    issue = Issue(assignment.round, assignment.city, assignment.deadline)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "1.xlsx").write_bytes(fill_workbook(catalog, assignment, department, issue, {"answers": ANSWERS}))
    out = tmp_path / "out"
    arguments = ["collect", str(inbox), "--out", str(out), "--assignment", str(book), "--catalog", system]
    assert run_cli(arguments) == 1
    results: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return results


def test_an_edited_system_runs_a_whole_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = imported(tmp_path, *CHANGES)
    catalog = load_catalog(str(folder))
    blank, book = tmp_path / "blank.xlsx", tmp_path / "分工.xlsx"
    assert run_cli(["--lang", "en", "catalog", "assign", str(folder), "--out", str(blank)]) == 0
    assert f"--catalog {folder}" in capsys.readouterr().out
    assert blank.read_bytes() == write_assignment_book(catalog)
    book.write_bytes(fill_book(catalog, dict.fromkeys(ANSWERS, ("县教育局",))))
    issue = ["make-templates", "--assignment", str(book), "--out", str(tmp_path / "issue")]
    assert run_cli(["--lang", "en", *issue]) == 2
    told = capsys.readouterr().err
    assert "yunxi-2026" in told
    assert "--catalog" in told
    assert run_cli([*issue, "--catalog", str(folder)]) == 0
    assert len(list((tmp_path / "issue").glob("*.xlsx"))) == 2
    results = collected(catalog, book, tmp_path, str(folder))
    category = results["dimensions"][0]["categories"][0]
    assert [indicator["score"] for indicator in category["indicators"]] == ["20.00", "10.00", "4.00"]
    assert results["total"]["score"] == "1.70"  # (20 + 10 + 4) × 5 %
    assert any(figure["label"] == "全市政务服务事项总数" for figure in results["figures"])
    capsys.readouterr()
    assert run_cli(["--lang", "en", "collect", str(tmp_path / "inbox"), "--out", str(tmp_path / "again")]) == 2
    told = capsys.readouterr().err
    assert "yunxi-2026" in told
    assert "--catalog" in told
    assert run_cli(["--lang", "en", "catalog", "diff", ID, str(folder)]) == 0
    assert "new rule of indicator  L1P1-A1" in capsys.readouterr().out


def test_an_assignment_of_another_edition_is_refused(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    book = tmp_path / "分工.xlsx"
    book.write_bytes(fill_book(load_catalog(str(folder)), {"gov_items_total": ("县教育局",)}))
    text = (folder / "system.toml").read_text(encoding="utf-8")
    (folder / "system.toml").write_text(text.replace('version = "1"', 'version = "2"'), encoding="utf-8")
    with pytest.raises(UsageFault, match="assignment-old"):
        read_assignment_book(book, load_catalog(str(folder)))
    with pytest.raises(UsageFault, match="assignment-other-system"):
        read_assignment_book(book, load_catalog(ID))


def test_a_workbook_never_names_a_path(tmp_path: Path) -> None:
    """What a received workbook calls its system is an id, whatever stands there."""
    folder = imported(tmp_path)
    catalog = load_catalog(str(folder))
    path = tmp_path / "strange.xlsx"
    editor = Editor(fill_book(catalog, {"gov_items_total": ("县教育局",)}))
    for row in editor.book["_xlscore"].iter_rows():
        if row[0].value == "catalog":
            row[1].value = str(folder)
    with pytest.raises(UsageFault, match="catalog-needed"):
        read_assignment_book(editor.save(path))


def test_a_built_in_id_cannot_come_to_mean_another_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own"
    same, other = tmp_path / "same.xlsx", own_book(tmp_path, ID, *CHANGES)
    same.write_bytes(BOOK)
    assert run_cli(["--lang", "en", "catalog", "import", str(other), "--out", str(out)]) == 2
    assert "Choose another id" in capsys.readouterr().err
    assert not out.exists()
    assert run_cli(["catalog", "import", str(same), "--out", str(out)]) == 0
    assert load_catalog(str(out)) == load_catalog(ID)
    text = (out / "system.toml").read_text(encoding="utf-8")
    (out / "system.toml").write_text(text.replace("政务服务", "政府服务"), encoding="utf-8")
    with pytest.raises(UsageFault, match="catalog-shadows"):
        load_catalog(str(out))


def test_a_folder_may_be_named_by_its_file_and_no_other_file_is_a_system(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    assert load_catalog(str(folder / "system.toml")) == load_catalog(str(folder))
    for reference in (str(tmp_path), str(tmp_path / "export.xlsx"), str(tmp_path / "none"), ""):
        with pytest.raises(UsageFault, match="catalog-unknown"):
            load_catalog(reference)


def test_a_system_with_faults_is_not_worked_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = imported(tmp_path)
    text = (folder / "system.toml").read_text(encoding="utf-8")
    (folder / "system.toml").write_text(text.replace('weight = "26%"', 'weight = "27%"'), encoding="utf-8")
    for command in ("show", "assign", "export"):
        assert run_cli(["--lang", "en", "catalog", command, str(folder)]) == 2
        assert "must make 100%" in capsys.readouterr().err
    assert run_cli(["--lang", "en", "make-templates", "--catalog", str(folder)]) == 2
    assert run_cli(["--lang", "en", "catalog", "lint", str(folder)]) == 1


def test_another_system_in_the_folder_is_not_overwritten_unasked(tmp_path: Path) -> None:
    folder = imported(tmp_path)
    before = (folder / "system.toml").read_bytes()
    book = str(own_book(tmp_path, "other-2026"))
    assert run_cli(["catalog", "import", book, "--out", str(folder)]) == 2
    assert (folder / "system.toml").read_bytes() == before
    assert run_cli(["catalog", "import", book, "--out", str(folder), "--overwrite"]) == 0
    assert load_catalog(str(folder)).id == "other-2026"


def test_an_own_system_without_an_assignment_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = imported(tmp_path)
    assert run_cli(["--lang", "en", "make-templates", "--catalog", str(folder)]) == 2
    assert f"xlscore catalog assign {folder}" in capsys.readouterr().err


def test_a_document_that_was_edited_is_the_document_of_its_file(tmp_path: Path) -> None:
    book = read_catalog_book(own_book(tmp_path, "yunxi-2026", *CHANGES))
    catalog, faults = build_catalog(tomllib.loads(write_document(book.document)))
    assert (catalog, faults) == (book.catalog, ())
