"""The handbook: it builds without a warning, its commands and examples run, its pictures are of today."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click import ClickException
from make_handbook import EXAMPLES, FINDINGS, LANGUAGES, WHYS, build, lay_out, sections, write_findings
from make_pictures import MANIFEST, PICTURES, README_PICTURES, make_files, shown
from province_files import make_province
from transcript import fill

from smartcity_xl.cli import run_cli
from smartcity_xl.messages import finding_codes
from smartcity_xl.rules.syntax import RuleError, parse_rule

ROOT = Path(__file__).parent.parent
HOME = ROOT / "docs" / "handbook"
PAGES = ("first-day", "round", "last-day", "catalog", "questions")
"""Those with commands, in the order in which a newcomer meets them."""
PROVINCE = "province"
"""Its commands are typed in a folder of many cities, and not in that of a round."""
UNRUN = {"zh": "# 不运行：", "en": "# not run: "}
MAY_FAIL = {"collect": (0, 1), "status": (0, 1), "check": (0, 1), "rehearse": (1,), "report": (0, 1), "filing": (0, 1)}
LIST_ROW = 5
"""The first row for a city in a list of cities."""


def page_of(language: str, name: str) -> str:
    return (HOME / language / f"{name}.md").read_text(encoding="utf-8")


def blocks(language: str, name: str, kind: str = "sh") -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page_of(language, name), re.MULTILINE | re.DOTALL)


def lines_to_run(language: str, *names: str) -> Iterator[str]:
    """Every line of every block that does not say why it is not run."""
    for name in names or PAGES:
        for block in blocks(language, name):
            if not block.startswith(UNRUN[language]):
                yield from block.splitlines()


# --- it builds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_handbook_builds_without_a_warning(language: str, tmp_path: Path) -> None:
    pages = tmp_path / language
    lay_out(pages, language, None)
    build(pages, tmp_path / "built", language)
    names = {path.stem for path in (HOME / language).glob("*.md")} | {"commands", "findings"}
    assert names <= {path.stem for path in (tmp_path / "built").glob("*.html")}
    for page in (tmp_path / "built").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(https?://[^"]+)"', text)
        assert loaded == [], "it opens from a folder, without a network"


def test_a_page_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    pages = tmp_path / "zh"
    lay_out(pages, "zh", None)
    (pages / "questions.md").write_text("# 问与答\n\n[去](nowhere.md)\n", encoding="utf-8")
    with pytest.raises(ClickException):
        build(pages, tmp_path / "built", "zh")


def test_both_languages_have_the_same_pages_and_commands() -> None:
    names = [{path.name for path in (HOME / language).glob("*.md")} for language in LANGUAGES]
    assert names[0] == names[1]
    assert list(lines_to_run("zh", *PAGES, PROVINCE)) == list(lines_to_run("en", *PAGES, PROVINCE))


# --- what stands in it runs ------------------------------------------------------------------------------------------


def put_answers(round_: Path) -> None:
    """A department has filled its workbook."""
    name = "01-市政务服务和大数据局.xlsx"
    filled = fill((round_ / "下发" / name).read_bytes(), {}, whole=True)
    (round_ / "收件" / name).write_bytes(filled)


def test_the_commands_of_the_handbook_run_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XLSCORE_LANG", "zh")
    ran = []
    for line in lines_to_run("zh"):
        words = shlex.split(line)
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
            (Path.cwd() / "本县指标").symlink_to(HOME / "本县指标")
            (Path.cwd() / "样例收件").symlink_to(ROOT / "samples" / "inbox")
            continue
        assert words[0] == "xlscore"
        assert run_cli(words[1:]) in MAY_FAIL.get(words[1], (0,)), line
        ran.append(words[1])
        if words[1] == "make-templates":
            put_answers(Path.cwd())
    assert {"init", "make-templates", "check", "collect", "status", "trace", "whatif", "audit", "catalog"} <= set(ran)


def test_the_commands_for_a_province_run_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_province(tmp_path / "全省收件", 3)
    ran = []
    for line in lines_to_run("zh", PROVINCE):
        words = shlex.split(line)
        silent = {"collect": 1, "province": 1}  # for a city is silent, and all else in order
        assert run_cli(words[1:]) == silent.get(words[1], 0), line
        ran.append(words[1])
        if words[1] == "city-list":
            book = openpyxl.load_workbook(words[2])
            book.worksheets[0].cell(LIST_ROW, 2, "云溪市")
            book.save(words[2])
    assert ran == ["city-list", "make-templates", "collect", "province", "firm"]
    for path in ("全国/下发清单.csv", "全国/云溪市", "全省汇总/云溪1市/results.json", "全省名次/各城市汇总.xlsx"):
        assert Path(path).exists(), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_in_python_run(language: str, tmp_path: Path) -> None:
    (tmp_path / "本县指标").symlink_to(HOME / "本县指标")
    written = "\n".join(blocks(language, "catalog", "python"))
    ran = subprocess.run([sys.executable, "-c", written], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_block_of_commands_is_run_or_says_why_not(language: str) -> None:
    for path in (HOME / language).glob("*.md"):
        for block in blocks(language, path.stem):
            assert path.stem in (*PAGES, PROVINCE), path
            first = block.splitlines()[0]
            assert not first.startswith("#") or len(first) > len(UNRUN[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_functions_of_the_rule_language_are_all_told(language: str) -> None:
    named = set(re.findall(r"`([a-z]+)\(", page_of(language, "catalog")))
    with pytest.raises(RuleError) as refused:
        parse_rule("nosuchfunction(1)")
    known = set(refused.value.expected.removeprefix("one of the functions ").split(", "))
    assert named == known


# --- findings, pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_told_with_a_reason_and_an_example(language: str) -> None:
    page = write_findings(language)
    whys = tomllib.loads(WHYS.read_text(encoding="utf-8"))
    assert whys.keys() == set(finding_codes()), "a finding without a why, or a why without a finding"
    for code, why in whys.items():
        own = page.partition(f"### `{code}`\n")[2].partition("\n### ")[0]
        assert why[language][:20].split("“")[0] in own.replace("\\", ""), code
        assert why[language].endswith("。" if language == "zh" else "."), code
    assert re.findall(r"^### `(.+)`$", page, re.MULTILINE) == list(finding_codes())
    assert not re.search(r"\{\w+\}", page)


def test_every_example_value_is_used() -> None:
    sentences = FINDINGS.read_text(encoding="utf-8")
    named = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))
    unused = [name for name in named["values"] if f"{{{name}" not in sentences]
    assert unused == []
    assert [title for title, codes in sections() if not codes] == []


def test_the_pictures_of_the_readme_show_the_files_of_today(tmp_path: Path) -> None:
    make_files(tmp_path)
    assert tomllib.loads(MANIFEST.read_text(encoding="utf-8")) == shown(tmp_path), "make pictures"
    for name in shown(tmp_path):
        assert (README_PICTURES / f"{name}.png").stat().st_size > 5000
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert set(re.findall(r"\(docs/pictures/([\w-]+)\.png\)", text)) == set(shown(tmp_path))


def test_every_picture_of_the_handbook_is_one_that_is_made() -> None:
    made = {one.name for one in PICTURES}
    for language in LANGUAGES:
        for path in (HOME / language).glob("*.md"):
            named = set(re.findall(r"\(pictures/([\w-]+)\.png\)", path.read_text(encoding="utf-8")))
            assert named <= made, os.fspath(path)
