"""What a look goes by is what the whole record says: each part that is named, and the record of an older schema."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from support import filled, put

from smartcity_xl.errors import ResultsFault
from smartcity_xl.ledger import Ledger, Run
from smartcity_xl.results import read_results, write_results
from smartcity_xl.results.glance import StatusGlance, TraceGlance, glance_runs
from smartcity_xl.run.collecting import collect

SHAPES = (StatusGlance, TraceGlance)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("glance")
    collect(put(folder / "inbox", {"机要.xlsx": filled()}), folder / "out")
    return (folder / "out" / "results.json").read_bytes()


class Kept:
    """A ledger whose last run came to these bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def last_runs(self, as_of: str) -> tuple[Run, ...]:
        return (Run(1, "2026-11-21T03:04:05Z", "c", "1", "a", "r", "city", "0.00", False, "ab", {}),)

    def results(self, run: Run) -> bytes:
        return self.data


def glance(data: bytes, shape: Any) -> Any:
    kept: Any = Kept(data)
    ledger: Ledger = kept
    [(_, found)] = glance_runs(ledger, shape)
    return found


def parts(glance: Any, whole: Any) -> Any:
    """Of the whole what the glance names."""
    if isinstance(glance, dict) and isinstance(whole, dict):
        return {key: parts(one, whole[key]) for key, one in glance.items()}
    if isinstance(glance, list) and isinstance(whole, list):
        return [parts(one, other) for one, other in zip(glance, whole, strict=True)]
    return whole


@pytest.mark.parametrize("shape", SHAPES)
def test_a_glance_says_what_the_record_says(shape: Any, record: bytes) -> None:
    found = json.loads(msgspec.json.encode(glance(record, shape)))
    assert found["departments"]
    assert found == parts(found, json.loads(record))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_glance_cannot_take_is_read_whole(shape: Any, record: bytes) -> None:
    raw = json.loads(record)
    broken = json.dumps({**raw, "departments": 1, "files": 1}).encode()
    with pytest.raises(ResultsFault) as told:
        glance(broken, shape)
    assert told.value.code == "results-broken"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_record_of_an_older_schema_is_told_as_one_of_today(shape: Any, record: bytes) -> None:
    raw = json.loads(record)
    raw["schema"] = "xlscore-results/1"
    for department in raw["departments"]:
        department["at_stake"] = department.pop("held")
    for person in raw["people"]:
        person |= person.pop("said")
    for figure in raw["figures"]:
        for answer in figure["answers"]:
            answer["rows"] = (
                [{"name": row["name"], **row["cells"]} for row in answer["rows"] or ()]
                if figure["kind"] == "table"
                else None
            )
    older = json.dumps(raw).encode()
    assert glance(older, shape) == glance(write_results(read_results(older)), shape)
