"""The laws of the house that a machine can hold the code to. Each guard is shown a planted fault."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "smartcity_xl"

# Rooms in the order the data flows, as docs/house.md lists them. A module imports only from rooms above its own.
ROOMS = (
    "errors", "rules", "units", "model", "messages", "stakes", "catalog", "layout", "sheets", "template", "reading",
    "assigning", "editing", "survey", "ledger", "inbox", "intake", "post", "checks", "conflicts", "merge", "scoring",
    "echoes", "corrections", "documents", "people", "summary", "deciding", "returning", "tables", "status", "trace",
    "campaign", "mailbox", "chasing", "run", "cli", "__main__",
)  # fmt: skip


def sources() -> list[tuple[str, str]]:
    """(room, source) of every module."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        found.append((room, path.read_text(encoding="utf-8")))
    return found


def wrong_imports(room: str, source: str) -> Iterator[str]:
    """The rooms below its own that a module imports from."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] != "smartcity_xl" or len(parts) == 1:
                continue
            if parts[1] not in ROOMS or ROOMS.index(parts[1]) > ROOMS.index(room):
                yield f"{room} imports {name}"


def test_every_room_is_in_the_list_and_every_import_goes_upwards() -> None:
    wrong = [line for room, source in sources() if room != "__init__" for line in wrong_imports(room, source)]
    assert wrong == []


@pytest.mark.parametrize(
    ("room", "planted"),
    [("rules", "from smartcity_xl.model import Catalog"), ("scoring", "import smartcity_xl.run"),
     ("model", "def f():\n    from smartcity_xl.cli import main")],
)  # fmt: skip
def test_an_import_that_goes_downwards_is_seen(room: str, planted: str) -> None:
    assert list(wrong_imports(room, planted))


def test_the_house_page_lists_the_rooms_in_this_order() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert listed == [room for room in ROOMS if room != "__main__"]


# --- no indicator code, department, figure or catalog text in Python -------------------------------------------


def catalog_words() -> set[str]:
    """Every code, key and name of the built-in catalogs that could only have come from there."""
    words: set[str] = set()
    for identity in catalog_ids():
        catalog = load_catalog(identity)
        words |= {i.code for i in catalog.indicators} | {i.name for i in catalog.indicators}
        words |= {c.name for c in catalog.categories} | {d.name for d in catalog.dimensions}
        words |= {key for key in catalog.figures if "_" in key} | {f.label for f in catalog.figures.values()}
        for name in assignment_ids(identity):
            assignment = load_assignment(catalog, name)
            words |= {d.name for d in assignment.departments.values()} | {assignment.city, name}
    return {word for word in words if not word.isdigit()}  # a code that is a bare number could have come from anywhere


def catalog_facts(source: str, words: set[str]) -> list[str]:
    """Constants and names of a module that repeat what a catalog says."""
    texts = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            texts.append(node.id if isinstance(node, ast.Name) else node.attr)
    coded = [text for text in texts if re.search(r"\bL\dP\d+(-A\d+)?\b", text)]
    return coded + [text for text in texts if text in words]


def test_no_catalog_fact_stands_in_python() -> None:
    words = catalog_words()
    found = [fact for _, source in sources() for fact in catalog_facts(source, words)]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "if code == 'L1P1-A1': pass",
        "name = '市公安局'",
        "total = values.gov_items_total",
        "x = '惠民服务'",
        "y = 'see L2P3'",
    ],
)
def test_a_catalog_fact_in_python_is_seen(planted: str) -> None:
    assert catalog_facts(planted, catalog_words())


# --- the clock and chance are arguments ------------------------------------------------------------------------


def reads_of_the_clock(source: str) -> list[str]:
    banned = re.compile(r"\b(time\.time|datetime\.now|date\.today|utcnow|random\.|uuid\.|perf_counter)")
    return banned.findall(source)


def test_nothing_but_the_command_line_reads_a_clock_and_nothing_rolls_a_die() -> None:
    found = {(room, read) for room, source in sources() for read in reads_of_the_clock(source)}
    assert found <= {("cli", "datetime.now")}


def test_a_read_of_the_clock_is_seen() -> None:
    assert reads_of_the_clock("now = datetime.now()")


# --- the project speaks of itself alone ------------------------------------------------------------------------

_FORBIDDEN = re.compile(r"/ro" r"ot/|/wo" r"rk/|\b1[3-9]\d{9}\b|@(?:163|126|qq|gmail)\.com\b")


def test_no_path_of_a_machine_and_no_mailbox_or_mobile_number_of_a_person() -> None:
    endings = {".py", ".md", ".toml", ".json", ".yml", ""}
    files = [
        path for path in ROOT.rglob("*")
        if path.is_file() and path.suffix in endings
        and not {"out", "build", "dist", "__pycache__"} & set(path.relative_to(ROOT).parts)
        and not any(part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts[:-1])
    ]  # fmt: skip
    found = [(path.name, match) for path in files for match in _FORBIDDEN.findall(path.read_text("utf-8", "ignore"))]
    assert found == []


def test_a_mobile_number_is_seen() -> None:
    assert _FORBIDDEN.search("call 139" + "00001111")
