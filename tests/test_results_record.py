"""The record of a run: written and read in one place, as its published schema says, whatever the file holds."""

from __future__ import annotations

import ast
import copy
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import Struct
from msgspec.structs import fields, replace
from support import filled, identified, put

import smartcity_xl
from smartcity_xl.cli import run_cli
from smartcity_xl.errors import ResultsFault, UsageFault
from smartcity_xl.messages import LANGUAGES, sentence
from smartcity_xl.model import Kind, State
from smartcity_xl.results import Results, read_results, write_results
from smartcity_xl.results.files import write_schema
from smartcity_xl.results.open import open_work
from smartcity_xl.results.points import bring_points
from smartcity_xl.results.previous import previous_values
from smartcity_xl.results.tables import read_tables

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "results.schema.json"
SCHEMA = json.loads(PAGE.read_text(encoding="utf-8"))
OLD = gzip.decompress((ROOT / "tests" / "data" / "results-1.json.gz").read_bytes())
"""The rehearsal city's results as xlscore-results/1 had them."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the rehearsal city."""
    out = tmp_path_factory.mktemp("record")
    run_cli(["collect", str(ROOT / "samples" / "inbox"), "--out", str(out)])
    return out / "results.json"


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a round with a correction."""
    folder = tmp_path_factory.mktemp("corrected")
    later = identified(filled("secrecy", leak_events=1), revision="2")
    put(folder / "inbox", {"a.xlsx": filled("secrecy", leak_events=3), "b.xlsx": later})
    run_cli(["collect", str(folder / "inbox"), "--out", str(folder / "out")])
    return folder / "out" / "results.json"


def faults(document: object) -> list[str]:
    """What an independent validator has against a document, by the published schema."""
    return [error.json_path for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


# --- the schema --------------------------------------------------------------------------------------------------


def test_the_published_schema_is_the_one_of_the_types() -> None:
    assert PAGE.read_bytes() == write_schema(), "docs/results.schema.json is stale: make docs"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ["city", "corrected"])
def test_what_is_written_is_as_the_schema_says(name: str, request: pytest.FixtureRequest) -> None:
    assert faults(json.loads(request.getfixturevalue(name).read_bytes())) == []


def test_the_page_of_the_results_names_every_key_of_the_schema() -> None:
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    keys = {key for entry in SCHEMA["$defs"].values() for key in entry.get("properties", ())}
    assert {key for key in keys if f"`{key}`" not in page and f"`{key}[]`" not in page} == set()


def first(document: Any, *path: str | int) -> Any:
    for key in path:
        document = document[key]
    return document


INDICATOR = ("dimensions", 0, "categories", 0, "indicators", 0)
BROKEN: Mapping[str, tuple[tuple[str | int, ...], object]] = {
    "a number that is none": ((*INDICATOR, "factor"), "1/3"),
    "a number as a number": ((*INDICATOR, "full"), 100.0),
    "a score with one decimal": ((*INDICATOR, "full"), "100.0"),
    "a number that is infinite": ((*INDICATOR, "factor"), "Infinity"),
    "a power of ten": ((*INDICATOR, "factor"), "1E+2"),
    "a standing that there is not": ((*INDICATOR, "standing"), "perhaps"),
    "a list that is a text": (("departments", 0, "files"), "a.xlsx"),
    "a text that is nothing": (("city",), None),
    "a truth that is a text": (("figures", 0, "answers", 0, "used"), "true"),
    "a count that is a text": (("departments", 0, "errors"), "1"),
    "a finding of another level": (("findings", 0, "severity"), "fatal"),
    "a file of another status": (("files", 0, "status"), "lost"),
    "a key that is missing": (("files", 0, "sha256"), ...),
    "a part that is missing": (("findings",), ...),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_by_reader_and_schema_alike_and_the_place_is_named(case: str, city: Path) -> None:
    path, value = BROKEN[case]
    document = json.loads(city.read_bytes())
    holder = first(document, *path[:-1])
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    assert faults(document)
    with pytest.raises(ResultsFault, match="results-broken") as refused:
        read_results(json.dumps(document).encode(), "before.json")
    told = refused.value.parameters
    assert told["path"] == "before.json"
    assert str(next(key for key in path if isinstance(key, str))) in f"{told['at']}{told['expected']}"
    for language in LANGUAGES:
        words = sentence("errors", refused.value.code, language, **told)
        assert str(told["at"]) in words
        assert value is ... or str(json.dumps(value) if not isinstance(value, str) else value) in words


NONE_OF_OURS: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "results-unreadable"),
    "no JSON": (b"PK\x03\x04", "results-workbook"),
    "no UTF-8": (b'{"schema": "\xff"}', "results-unreadable"),
    "cut off": (OLD[:5000], "results-unreadable"),
    "a bomb": (b"[" * 100_000, "results-unreadable"),
    "a list": (b"[]", "results-schema"),
    "an object without a schema": (b"{}", "results-schema"),
    "another schema": (b'{"schema": "something/2"}', "results-schema"),
    "a schema to come": (b'{"schema": "xlscore-results/3"}', "results-schema"),
    "a schema that is a list": (b'{"schema": ["xlscore-results/2"]}', "results-schema"),
    "today's schema and nothing else": (b'{"schema": "xlscore-results/2"}', "results-broken"),
    "the first schema and nothing else": (b'{"schema": "xlscore-results/1"}', "results-broken"),
}  # fmt: skip


@pytest.mark.parametrize("case", NONE_OF_OURS)
def test_what_holds_no_results_is_refused_by_name(case: str, tmp_path: Path) -> None:
    data, code = NONE_OF_OURS[case]
    path = tmp_path / "其他.json"
    path.write_bytes(data)
    for reader in (read_results, read_tables):
        with pytest.raises(ResultsFault, match=code) as refused:
            reader(path)
        assert isinstance(refused.value, UsageFault)
        assert isinstance(refused.value, ValueError)
        for language in LANGUAGES:
            assert "其他.json" in sentence("errors", refused.value.code, language, **refused.value.parameters)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(ResultsFault, match="file-missing"):
        read_results("nowhere.json")


# --- written and read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["city", "corrected"])
def test_what_is_written_is_read_again_to_the_byte(name: str, request: pytest.FixtureRequest) -> None:
    data = request.getfixturevalue(name).read_bytes()
    assert write_results(read_results(data)) == data


def test_a_key_that_a_later_version_adds_does_no_harm(city: Path) -> None:
    document = json.loads(city.read_bytes())
    document["figures"][0]["answers"][0]["later"] = {"any": [1]}
    assert read_results(json.dumps(document).encode()) == read_results(city)


def texts(record: object) -> Iterator[str]:
    """Every type that stands in a record."""
    if isinstance(record, Struct):
        for field in fields(record):
            yield from texts(getattr(record, field.name))
    elif isinstance(record, tuple):
        for one in record:
            yield from texts(one)
    elif isinstance(record, dict):
        for one in record.values():
            yield from texts(one)
    else:
        yield type(record).__name__


def test_no_binary_float_stands_in_a_record(city: Path) -> None:
    assert "float" not in set(texts(read_results(city)))


def test_points_are_what_the_score_brings_to_the_total(city: Path) -> None:
    record = read_results(city)
    assert record.total
    points = sum(Decimal(one.points or 0) for one in record.indicators)
    assert abs(points - Decimal(record.total.score)) < Decimal("0.1")  # the total is rounded at every level
    assert sum(Decimal(one.points_full) for one in record.indicators) == Decimal(record.total.full)
    assert all((one.points is None) == (one.score is None) for one in record.indicators)
    assert [bring_points(*given) for given in (("50.00", "0.3"), ("100.00", "1"), ("0.00", "0.3"), (None, "1"))] == [
        "15", "100", "0", None,
    ]  # fmt: skip


def test_a_finding_names_the_indicators_that_its_points_are_of(city: Path) -> None:
    record = read_results(city)
    stakes = {one.code: Decimal(one.stake) for one in record.indicators}
    for finding in record.findings:
        assert sum(stakes[code] for code in finding.indicators) == Decimal(finding.points)


def test_the_results_hold_what_is_open_as_it_is_decided(city: Path) -> None:
    record = read_results(city)
    for work, entry in zip(open_work([record]), record.departments, strict=True):
        assert (work.errors, work.queries, work.shares[0].stake) == (entry.errors, entry.queries, entry.stake)
        assert work.held == Decimal(entry.held)


# --- an older schema ---------------------------------------------------------------------------------------------


def test_the_first_schema_is_read_as_todays() -> None:
    raw, record = json.loads(OLD), read_results(OLD)
    assert faults(json.loads(write_results(record))) == []
    assert record.total
    assert record.total.score == raw["total"]["score"]
    indicators = [i for d in raw["dimensions"] for c in d["categories"] for i in c["indicators"]]
    for old, new in zip(indicators, record.indicators, strict=True):
        assert (new.code, new.score) == (old["code"], old["score"])
        assert new.points == bring_points(old["score"], old["factor"])
    assert [entry.held for entry in record.departments] == [entry["at_stake"] for entry in raw["departments"]]
    assert len(record.findings) == len(raw["findings"])
    [table] = [figure for figure in record.figures if figure.kind is Kind.TABLE]
    rows = [row for answer in table.answers for row in answer.rows or ()]
    assert rows
    assert all(cell.state is State.VALUE for row in rows for cell in row.cells.values())
    assert record.people[0].said["leader.name"][0].text


def test_in_the_first_schema_what_is_open_is_counted_anew() -> None:
    """The same departments had the same findings; what counted was told in two ways."""
    record = read_results(OLD)
    works = {one.department: one for one in open_work([record])}
    conflict = [one for one in record.conflicts if one.state == "open" and one.department is None]
    sides = {answer.department for one in conflict for side in one.sides for answer in side.answers}
    assert sides
    assert all(works[department].conflicts for department in sides)
    assert [(one.errors, one.queries) for one in record.departments] == [
        (works[one.key].errors, works[one.key].queries) for one in record.departments
    ]


def test_whatever_reads_results_reads_those_of_the_first_schema(tmp_path: Path) -> None:
    path = tmp_path / "results-1.json"
    path.write_bytes(OLD)
    assert len(read_tables(path)["indicators"]) == 53
    assert previous_values(read_results(path)).rows["tertiary_hospitals.outpatient_visits", "云溪市中医院"]
    arguments = ["make-templates", "--round", "2019", "--previous", str(path), "--out", str(tmp_path / "issue")]
    assert run_cli(arguments) == 0


SPOILED: Mapping[str, Callable[[Any], object]] = {
    "no total": lambda raw: raw.pop("total"),
    "figures that are a number": lambda raw: raw.update(figures=3),
    "a table without rows": lambda raw: [a.pop("rows") for f in raw["figures"] for a in f["answers"] if "rows" in a],
    "a score that is none": lambda raw: first(raw, *INDICATOR).update(score="good"),
    "a deduction that is a list": lambda raw: first(raw, *INDICATOR).update(deduct_max=[], role="deduction"),
    "departments without points": lambda raw: raw["departments"][0].pop("at_stake"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_broken_results_of_the_first_schema_are_refused_too(case: str) -> None:
    raw = copy.deepcopy(json.loads(OLD))
    SPOILED[case](raw)
    with pytest.raises(ResultsFault, match="results-broken"):
        read_results(json.dumps(raw).encode())


# --- nobody else reads them --------------------------------------------------------------------------------------

LISTS_OF_ITS_OWN = {"ledger", "results", "run/returns.py", "arrival/inbox.py", "office/assigning/kept.py",
                 "frozen"}  # fmt: skip
"""Rooms and modules that read JSON: the ledger its columns and notes, the folder of what goes back its register, an
assignment what it began from, a frozen round its manifest and what it was told."""
_READERS = {"loads", "load", "JSONDecoder", "decode", "raw_decode"}


def reads_of_json(source: str) -> list[str]:
    """Every name by which a module can read JSON."""
    tree = ast.parse(source)
    modules = {"json", "msgspec", "msgspec.json", "orjson", "ujson"}
    names, found = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name in modules}
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            found += [alias.name for alias in node.names if alias.name in _READERS]
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "json"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _READERS:
            base = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and base.id in names:
                found.append(node.attr)
    return found


def test_no_room_but_that_of_the_results_reads_their_json() -> None:
    package = Path(smartcity_xl.__file__).parent
    for path in package.rglob("*.py"):
        inside = path.relative_to(package)
        if not {inside.parts[0], inside.as_posix()} & LISTS_OF_ITS_OWN:
            assert reads_of_json(path.read_text(encoding="utf-8")) == [], inside


@pytest.mark.parametrize(
    "planted",
    ["import json\njson.loads(b'')", "import json as j\nx = j.load", "from json import loads", "import msgspec\n"
     "msgspec.json.decode(b'')", "from msgspec import json\njson.decode(b'')", "def f():\n    import json\n"
     "    return json.JSONDecoder().decode('')"],
)  # fmt: skip
def test_a_room_that_reads_json_is_seen(planted: str) -> None:
    assert reads_of_json(planted)


def test_a_record_that_is_not_what_its_types_say_is_seen_when_it_is_written(corrected: Path) -> None:
    """Every test that writes results proves so; see ``conftest.py``."""
    from smartcity_xl import results

    record: Results = replace(read_results(corrected), city=None)  # type: ignore[arg-type]
    with pytest.raises(ResultsFault, match="results-broken"):
        results.write_results(record)
