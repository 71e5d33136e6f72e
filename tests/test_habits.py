"""What a contributor is told is so: the page names what exists, the hooks do what ``make check`` does."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import processes
import pytest
from hypothesis import settings
from support import check_growth

from smartcity_xl.cli import build_cli

ROOT = Path(__file__).parent.parent


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands_of(target: str) -> list[str]:
    """What ``make`` runs for a target, in the environment that it sets up."""
    body = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text("Makefile"), re.MULTILINE)
    assert body
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in body[1].splitlines()]


def strange_names(page: str) -> list[str]:
    """Targets, commands, files and options that a page names, and that there are none of."""
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    strange = [f"make {name}" for name in re.findall(r"`make ([a-z]+)`", page) if name not in targets]
    known = set(build_cli("en").commands)
    strange += [name for name in re.findall(r"xlscore ([a-z][a-z-]+)", page) if name not in known]
    linked = [name for name in re.findall(r"\]\(([^)#]+)\)", page) if "://" not in name]
    pointed = re.findall(r"(?:smartcity_xl|tests|docs)/[\w./-]*\w", page)
    strange += [name for name in (*linked, *pointed) if not (ROOT / name).exists()]
    inside = [name for name in re.findall(r"`((?:cli|docs)/[\w/]+\.\w+)`", page) if name.startswith("cli/")]
    return strange + [name for name in inside if not (ROOT / "smartcity_xl" / name).exists()]


def test_the_page_for_contributors_names_only_what_exists() -> None:
    page = text("CONTRIBUTING.md")
    assert strange_names(page) == []
    catalog = text("smartcity_xl/catalogs/cn-2018/system.toml")
    (rule,) = re.findall(r"`min\(100, 125 \* (ratio\(.*?\))\)`", page)
    assert 'code = "L1P1-A1"' in catalog
    assert f'rule = "100 * {rule}"' in catalog, "the rule that a newcomer is to change"


@pytest.mark.parametrize(
    "planted", ["`make coffee`", "`xlscore brew`", "[page](docs/none.md)", "in `tests/test_none.py`", "`cli/none.py`"]
)
def test_a_name_of_nothing_is_seen(planted: str) -> None:
    assert strange_names(planted)


def test_the_hooks_do_what_make_check_does_and_fetch_nothing() -> None:
    hooks = text(".pre-commit-config.yaml")
    assert re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE) == commands_of("check")
    assert set(re.findall(r"repo: (.+)$", hooks, re.MULTILINE)) == {"local"}
    assert set(re.findall(r"language: (.+)$", hooks, re.MULTILINE)) == {"system"}
    assert "://" not in hooks


def test_every_version_of_the_changelog_says_what_moves_a_number_first() -> None:
    versions = re.split(r"^## ", text("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    assert versions
    for version in versions:
        headings = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert headings[0] == "What moves a number", version.splitlines()[0]
        assert len(headings) == len(set(headings))
    numbers = [tuple(map(int, found[0].split("."))) for one in versions if (found := re.match(r"[\d.]+", one))]
    assert numbers == sorted(numbers, reverse=True), "the newest on top"


# --- the tests themselves ----------------------------------------------------------------------------------------

WHOLE_HOUSE = ("laws", "docs", "habits", "wheel")
"""What tests are about that are about no room."""


def untidy_tests(files: Mapping[str, str], rooms: Collection[str]) -> list[str]:
    """What is wrong with files of tests, by name: not named after a room, too long, leaning on another's tests."""
    wrong = []
    for name, source in files.items():
        named_after = name.removeprefix("test_").partition("_")[0]
        if named_after not in (*rooms, *WHOLE_HOUSE):
            wrong.append(f"{name} is named after no room")
        if source.count("\n") > 600:
            wrong.append(f"{name} has more than 600 lines")
        borrowed = re.findall(r"^(?:from|import) (test_\w+)", source, re.MULTILINE)
        wrong += [f"{name} imports {other}" for other in borrowed]
    return wrong


def test_tests_are_named_after_rooms_and_stand_alone() -> None:
    files = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").glob("test_*.py"))}
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    assert untidy_tests(files, re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [("test_thing", ""), ("test_books_a", "\n" * 601), ("test_books_a", "from test_books_b import helper")],
)
def test_an_untidy_file_of_tests_is_seen(name: str, source: str) -> None:
    assert untidy_tests({name: source}, {"books"})
    assert not untidy_tests({"test_books_a": "from support import helper\n"}, {"books"})


def test_what_never_happens_is_waited_for_once_and_then_hardly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LIMIT", 0.6)
    monkeypatch.setattr(processes, "_GIVEN_UP", [])
    assert processes.wait_until(iter([0, 0, 7]).__next__, "a seven") == 7
    for said in ("not within 0.6 s", "not within 0.05 s"):
        with pytest.raises(pytest.fail.Exception, match=said):  # which is no Exception that a job would take up
            processes.wait_until(lambda: False, "nothing")


def test_work_that_grows_with_its_square_is_seen() -> None:
    check_growth(lambda size: sum(number * number for number in range(size)), 1_000)
    with pytest.raises(pytest.fail.Exception, match="times as long"):
        check_growth(lambda size: sum(one * other for one in range(size) for other in range(size)), 20)


def test_examples_that_are_made_up_are_the_same_every_time_and_may_take_their_time() -> None:
    chosen = settings()
    assert (chosen.derandomize, chosen.deadline) == (True, None)
