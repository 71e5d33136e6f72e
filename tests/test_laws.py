"""The laws of the house that a machine can hold the code to. Each guard is shown a planted fault."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from smartcity_xl.catalog.load import assignment_ids, catalog_ids, load_assignment, load_catalog

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "smartcity_xl"
# Rooms in the order the data flows, as docs/house.md lists them. A module imports only from rooms above its own.
ROOMS = (
    "shipped", "errors", "rules", "units", "model", "messages", "catalog", "books", "confined", "ledger", "storage",
    "arrival", "documents", "score", "results", "form", "summary", "report", "office", "frozen", "mail", "run",
    "interface", "cli", "__main__",
)  # fmt: skip

EXPORTED = ("smartcity_xl.__init__", "smartcity_xl.interface.__init__")
"""The one import that goes downward: the package exports its interface, when that is first asked for."""


@cache
def sources() -> dict[str, str]:
    """Every module by its name, with its source. A package is known by the ``.__init__`` at the end."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        found[".".join(path.relative_to(ROOT).with_suffix("").parts)] = path.read_text(encoding="utf-8")
    return found


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


def known(modules: Iterable[str]) -> dict[str, str]:
    """What an import says -> the module that it means."""
    return {name.removesuffix(".__init__"): name for name in modules}


def room_of(module: str) -> str:
    return module.split(".")[1]


def dotted(node: ast.expr, bound: Mapping[str, str]) -> str:
    """The full name of ``a.b.c`` by what its first part was imported as; "" where that is no import."""
    if isinstance(node, ast.Name):
        return bound.get(node.id, "")
    if isinstance(node, ast.Attribute) and (base := dotted(node.value, bound)):
        return f"{base}.{node.attr}"
    return ""


# --- imports: in any form, at any depth, under TYPE_CHECKING and inside functions --------------------------------


def origin(module: str, node: ast.ImportFrom) -> str:
    """The dotted name behind ``from``, a relative one as seen from its module."""
    if not node.level:
        return node.module or ""
    above = module.split(".")[: -node.level]
    return ".".join([*above, *([node.module] if node.module else [])])


def imports(module: str, source: str, modules: Iterable[str]) -> Iterator[str]:
    """The modules of ours that a module imports; what is none of them, as it is written."""
    there = known(modules)
    for node in nodes(source):
        said = []
        if isinstance(node, ast.Import):
            said = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = origin(module, node)
            inner = [f"{base}.{alias.name}" for alias in node.names]
            said = [name if name in there else base for name in inner]
        elif isinstance(node, ast.Attribute) and (name := dotted(node, {"smartcity_xl": "smartcity_xl"})) in there:
            said = [name]
        for name in said:
            if name == "smartcity_xl" and isinstance(node, ast.Import):
                yield "smartcity_xl, and not which room of it"
            elif name.partition(".")[0] == "smartcity_xl" and (module, there.get(name, name)) != EXPORTED:
                yield there.get(name, name)


def hidden_imports(source: str) -> list[str]:
    """Ways to import what no reader of the file sees."""
    found = []
    for node in nodes(source):
        names = [node.id] if isinstance(node, ast.Name) else [node.attr] if isinstance(node, ast.Attribute) else []
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
        found += [name for name in names if name in ("__import__", "import_module", "exec_module", "load_module")]
    return found


def wrong_imports(module: str, source: str, modules: Iterable[str]) -> list[str]:
    """What a module imports from rooms below its own, or from none."""
    order = ("__init__", *ROOMS)
    wrong = []
    for name in imports(module, source, modules):
        room = room_of(name) if "." in name else name
        if room not in order or order.index(room) > order.index(room_of(module)):
            wrong.append(f"{module} imports {name}")
    return wrong


def circles(files: Mapping[str, str]) -> list[list[str]]:
    """Modules that import each other, the way round through others too."""
    reached = {module: set(imports(module, source, files)) for module, source in files.items()}
    for through in files:  # Warshall: by the end, all that can be come to from each module
        for module in files:
            if through in reached[module]:
                reached[module] |= reached[through]
    in_circles = [module for module in files if module in reached[module]]
    rounds = {tuple(sorted(one for one in in_circles if one in reached[module] and module in reached[one]))
              for module in in_circles}  # fmt: skip
    return [list(one) for one in sorted(rounds)]


def test_every_room_is_in_the_list_and_every_import_goes_upwards() -> None:
    files = sources()
    assert [line for module, source in files.items() for line in wrong_imports(module, source, files)] == []
    assert {room_of(module) for module in files} == {"__init__", *ROOMS}


def test_no_module_comes_back_to_itself() -> None:
    assert circles(sources()) == []


def test_nothing_but_the_package_itself_may_import_downward() -> None:
    files = {"smartcity_xl.__init__": "", "smartcity_xl.interface.__init__": "", "smartcity_xl.run.one": ""}
    said = "from smartcity_xl.interface import score"
    assert wrong_imports("smartcity_xl.__init__", said, files) == []
    assert wrong_imports("smartcity_xl.run.one", said, files) != []
    assert wrong_imports("smartcity_xl.__init__", "from smartcity_xl.run import one", files) != []


def test_only_the_command_line_finds_modules_by_their_names() -> None:
    found = {module: names for module, source in sources().items() if (names := hidden_imports(source))}
    assert set(found) == {"smartcity_xl.cli.assembly"}


DOWNWARDS = [
    ("rules.tree", "from smartcity_xl.model import Catalog"),
    ("model.catalog", "import smartcity_xl.run"),
    ("model.catalog", "import smartcity_xl.run.rounds"),
    ("model.catalog", "import smartcity_xl.run.rounds as rounds"),
    ("model.catalog", "import re, smartcity_xl.cli"),
    ("model.catalog", "from smartcity_xl import run"),
    ("model.catalog", "from smartcity_xl import __version__, run as work"),
    ("model.catalog", "from smartcity_xl.run import rounds"),
    ("model.catalog", "from .. import run"),
    ("model.catalog", "from ..run import rounds"),
    ("model.catalog", "from ..run.rounds import init_campaign"),
    ("model.__init__", "from ..run.rounds import init_campaign"),
    ("model.__init__", "from .. import cli"),
    ("errors", "from . import cli"),
    ("errors", "from .cli import main"),
    ("catalog.load", "def f():\n    from smartcity_xl.cli import main"),
    ("catalog.load", "class A:\n    def f(self):\n        import smartcity_xl.cli as c"),
    ("catalog.load", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from smartcity_xl.cli import main"),
    ("catalog.load", "import typing\nif typing.TYPE_CHECKING:\n    from ..run import rounds"),
    ("catalog.load", "try:\n    from smartcity_xl.run import *\nexcept ImportError:\n    pass"),
    ("catalog.load", "import smartcity_xl"),
    ("catalog.load", "import smartcity_xl as all_of_it"),
    ("catalog.load", "import smartcity_xl.errors\ndef f():\n    return smartcity_xl.run.rounds.init_campaign"),
    ("catalog.load", "from smartcity_xl.attic import junk"),
    ("__init__", "from smartcity_xl.errors import UsageFault"),
]


@pytest.mark.parametrize(("module", "planted"), DOWNWARDS)
def test_an_import_that_goes_downwards_is_seen_in_every_form(module: str, planted: str) -> None:
    files = sources()
    assert f"smartcity_xl.{module}" in files
    assert wrong_imports(f"smartcity_xl.{module}", planted, files)


@pytest.mark.parametrize(
    ("module", "fine"),
    [("run.rounds", "from ..model import Catalog"), ("run.rounds", "from . import systems"),
     ("run.rounds", "from smartcity_xl import __version__"), ("run.rounds", "from smartcity_xl import model"),
     ("model.__init__", "from .answers import Answer"), ("run.rounds", "from .systems import Choice"),
     ("cli.__init__", "import smartcity_xl.run.rounds as r"), ("errors", "from collections import run")],
)  # fmt: skip
def test_an_import_that_goes_upwards_is_not_taken_for_one_that_does_not(module: str, fine: str) -> None:
    assert wrong_imports(f"smartcity_xl.{module}", fine, sources()) == []


CIRCLES = [
    {"a": "from smartcity_xl.room.b import x", "b": "from smartcity_xl.room.a import y"},
    {"a": "from smartcity_xl.room import b", "b": "import smartcity_xl.room.a as a"},
    {"a": "from . import b", "b": "from .c import x", "c": "from ..room.a import y"},
    {"a": "from .b import x", "b": "def f():\n    from .a import y"},
    {"a": "from .b import x", "b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import Y"},
    {"__init__": "from .a import x", "a": "from smartcity_xl.room import x"},
    {"__init__": "from smartcity_xl.room.a import x", "a": "from . import x"},
    {"a": "from smartcity_xl.room.a import x"},
]


@pytest.mark.parametrize("planted", CIRCLES)
def test_a_circle_inside_a_room_is_seen(planted: dict[str, str]) -> None:
    files = {f"smartcity_xl.room.{name}": source for name, source in planted.items()}
    assert circles(files | {"smartcity_xl.room.z": "from .a import x"}) == [sorted(files)]


@pytest.mark.parametrize(
    "planted",
    ["import importlib\nimportlib.import_module('smartcity_xl.cli')", "__import__('smartcity_xl.cli')",
     "from importlib import import_module as load\nload('smartcity_xl.cli')", "x = __import__"],
)  # fmt: skip
def test_an_import_that_no_reader_sees_is_seen(planted: str) -> None:
    assert hidden_imports(planted)


def test_the_house_page_lists_the_rooms_in_this_order() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert listed == [room for room in ROOMS if room != "__main__"]


# --- no indicator code, department, figure or catalog text in Python ---------------------------------------------


@cache
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
    for node in nodes(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            texts.append(node.id if isinstance(node, ast.Name) else node.attr)
    coded = [text for text in texts if re.search(r"\bL\dP\d+(-A\d+)?\b", text)]
    return coded + [text for text in texts if text in words]


def test_no_catalog_fact_stands_in_python() -> None:
    words = catalog_words()
    found = [fact for source in sources().values() for fact in catalog_facts(source, words)]
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


# --- the clock and chance are arguments --------------------------------------------------------------------------

# Whole modules, and single names of others. Whoever can name a clock can read it: naming it is enough.
CLOCKS = {
    "time", "random", "secrets", "uuid", "numpy.random",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "os.urandom", "os.getrandom", "os.times", "ssl.RAND_bytes",
    "email.utils.make_msgid", "email.utils.formatdate", "email.utils.localtime",
    "pandas.Timestamp.now", "pandas.Timestamp.utcnow", "pandas.Timestamp.today",
}  # fmt: skip
# The two rooms of the command line that may.
CLOCK, CHANCE = "smartcity_xl.cli.clock", "smartcity_xl.cli.chance"
# Methods that read a clock or roll a die, whatever they are called on.
ASKED = {"now", "utcnow", "today", "monotonic", "perf_counter", "urandom", "getrandbits", "uuid1", "uuid4", "shuffle"}
# The same in the words of databases and spreadsheets.
_IN_TEXT = re.compile(
    r"\b(CURRENT_(?:TIMESTAMP|DATE|TIME)\b|RANDOM\(|RAND\(|RANDBETWEEN\(|NOW\(\)|TODAY\(\)|(?:datetime|date|time|julianday|"
    r"unixepoch|strftime)\([^)]*'now')", re.IGNORECASE
)  # fmt: skip


def is_clock(name: str) -> bool:
    if name.endswith(".*"):
        return any(f"{clock}.".startswith(name[:-1]) for clock in CLOCKS)
    return any(name == clock or name.startswith(f"{clock}.") for clock in CLOCKS)


def bindings(source: str) -> Iterator[tuple[str, str]]:
    """Every name that an import makes, and what it stands for."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def reads_of_the_clock(source: str) -> set[str]:
    """What a module knows of clocks and of chance, by the names under which Python knows them."""
    bound = dict(bindings(source))
    found = {name for _, name in bindings(source) if is_clock(name)}
    for node in nodes(source):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if is_clock(alias.name)}
        elif isinstance(node, ast.Attribute) and is_clock(name := dotted(node, bound)):
            found.add(name)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKED:
            name = dotted(node.func, bound) or f"?.{node.func.attr}"
            found |= {name} - {f"{CLOCK}.now"}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (word := _IN_TEXT.search(node.value)):
            found.add(word.group())
    return found


def test_nothing_but_the_command_line_reads_a_clock_or_rolls_a_die() -> None:
    found = {module: reads for module, source in sources().items() if (reads := reads_of_the_clock(source))}
    assert found == {
        CLOCK: {"time", "time.sleep", "time.monotonic", "datetime.datetime.now"},
        CHANCE: {"secrets", "secrets.token_bytes"},
    }


@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import datetime\nx = datetime.now()",
        "from datetime import datetime as d, UTC\nx = d.now(UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "import datetime as dt\nx = dt.date.today()",
        "import datetime as dt\nclass A:\n    made = dt.datetime.today()",
        "from datetime import date\ndef f(day=date.today()): pass",
        "from datetime import datetime\nread = datetime.now\nx = read()",
        "from datetime import datetime\nx = map(datetime.now, zones)",
        "from datetime import datetime\nd = datetime\nx = d.now()",
        "x = type(moment).now()",
        "import time\nx = time.time()",
        "import time as x\ny = x.monotonic()",
        "from time import time as t\nx = t()",
        "from time import perf_counter",
        "from time import *\nx = time()",
        "from os import *\nx = urandom(8)",
        "from datetime import time\ndef f():\n    import time",
        "def f():\n    import time\n    time.sleep(1)",
        "from time import sleep",
        "import time\nx = time.localtime()",
        "import time\nx = time.gmtime()",
        "import time\nx = time.strftime('%Y')",
        "import os\nx = os.urandom(8)",
        "from os import urandom as u\nx = u(8)",
        "import os as system\nx = system.getrandom(8)",
        "import random\nx = random.random()",
        "import random as r\nr.Random(1)",
        "from random import shuffle",
        "from random import Random as R",
        "import secrets",
        "from secrets import token_hex as name",
        "import uuid\nx = uuid.uuid4()",
        "from uuid import uuid1 as u",
        "import numpy as np\nx = np.random.rand()",
        "import numpy.random as chance",
        "from numpy import random as chance",
        "import pandas as pd\nx = pd.Timestamp.now()",
        "import email.utils\nx = email.utils.make_msgid()",
        "from email.utils import formatdate",
        "if x:\n    from email import utils\n    utils.localtime()",
        "if TYPE_CHECKING:\n    import random",
        "sql = 'INSERT INTO t VALUES (CURRENT_TIMESTAMP)'",
        "sql = \"SELECT strftime('%s', 'now')\"",
        "formula = '=TODAY()-A1'",
        "formula = f'=RAND()*{x}'",
    ],
)
def test_a_read_of_the_clock_or_a_roll_of_a_die_is_seen_in_every_form(planted: str) -> None:
    assert reads_of_the_clock(planted)


@pytest.mark.parametrize(
    "fine",
    [
        "from datetime import datetime, time\nx = datetime.combine(day, time.min)",
        "from datetime import date\nx = date.fromisoformat(text)",
        "def f(now, clock):\n    return clock() - now",
        "def f(desk):\n    return desk.now",
        "import os\nx = os.replace(a, b)",
        "from email.utils import format_datetime, parsedate_to_datetime",
        "x = 'the time is now, today, at random'",
    ],
)
def test_a_time_that_is_handed_down_is_not_taken_for_a_read_of_the_clock(fine: str) -> None:
    assert reads_of_the_clock(fine) == set()


def taken_out(source: str) -> set[str]:
    """What a module keeps of the rooms of clock and chance under a name of its own."""
    return {name for _, name in bindings(source) if name.startswith((f"{CLOCK}.", f"{CHANCE}."))}


def test_clock_and_chance_are_asked_where_they_live() -> None:
    """One who puts another clock there then puts it there for all, whichever module was loaded first."""
    assert {module: names for module, source in sources().items() if (names := taken_out(source))} == {}


@pytest.mark.parametrize(
    "planted",
    [f"from {CLOCK} import now", f"def f():\n    from {CHANCE} import new_key as k", f"from {CLOCK} import *"],
)
def test_a_clock_that_is_kept_elsewhere_is_seen(planted: str) -> None:
    assert taken_out(planted)


# --- the project speaks of itself alone --------------------------------------------------------------------------

_FORBIDDEN = re.compile(r"/ro" r"ot/|/wo" r"rk/|\b1[3-9]\d{9}\b|@(?:163|126|qq|gmail)\.com\b")


def test_no_path_of_a_machine_and_no_mailbox_or_mobile_number_of_a_person() -> None:
    endings = {".py", ".md", ".toml", ".json", ".yml", ".yaml", ""}
    files = [
        path for path in ROOT.rglob("*")
        if path.is_file() and path.suffix in endings and path.name != ".git"
        and not {"out", "build", "dist", "__pycache__"} & set(path.relative_to(ROOT).parts)
        and not any(part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts[:-1])
    ]  # fmt: skip
    found = [(path.name, match) for path in files for match in _FORBIDDEN.findall(path.read_text("utf-8", "ignore"))]
    assert found == []


def test_a_mobile_number_is_seen() -> None:
    assert _FORBIDDEN.search("call 139" + "00001111")
