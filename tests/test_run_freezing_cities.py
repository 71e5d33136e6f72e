"""Whole cities frozen without a round's folder: one with every kind of fault, and one under three systems."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from frozen_rounds import found_in, members
from several import SYSTEMS, WHOLE, hold

from smartcity_xl.catalog.load import BUILT_IN
from smartcity_xl.cli import run_cli

SAMPLES = Path(__file__).parent.parent / "samples" / "inbox"
LEAST = 3
"""Signs of a word that could not stand anywhere by chance."""


def freeze(folder: Path, inbox: Path, *words: str) -> tuple[Path, Path]:
    """A collection, the whole pack of it, and the redacted one."""
    place = [str(inbox), "--out", str(folder / "out"), *words, "--no-campaign"]
    assert run_cli(["collect", *place]) in (0, 1)
    whole, redacted = folder / "whole.zip", folder / "redacted.zip"
    assert run_cli(["freeze", *place, "--pack", str(whole)]) == 0
    assert run_cli(["freeze", *place, "--pack", str(redacted), "--redacted"]) == 0
    return whole, redacted


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return freeze(tmp_path_factory.mktemp("sample"), SAMPLES)


def free_words(record: dict[str, Any]) -> Iterator[str]:
    """What people typed that is neither a number nor a choice: their names, words, and names of files and rows."""
    for entry in record["people"]:
        yield from (said["text"] for found in entry["said"].values() for said in found)
    yield from (value for one in record["departments"] for entry in one["people"] for value in entry.values())
    yield from (one["file"] for one in record["files"])
    yield from (text for one in record["evidence"]["named"] for text in (one["title"], one["named"]))
    for answer in (answer for figure in record["figures"] for answer in figure["answers"]):
        yield from (answer["remark"], answer["explanation"])
        yield from (row["name"] for row in answer["rows"] or ())
        if answer["state"] not in ("value", "not-applicable"):
            yield answer["raw"]


def is_number(word: str) -> bool:
    """A date, or a number so short that a score could be the same; a telephone number is none."""
    return bool(re.fullmatch(r"[\d.,%-]{1,6}|20\d\d[-\d]*", word))


def test_of_a_whole_city_no_free_word_is_left(sample: tuple[Path, Path]) -> None:
    whole, redacted = sample
    record = json.loads(members(whole)["outputs/results.json"])
    printed = "".join(path.read_text(encoding="utf-8") for path in BUILT_IN.rglob("*.toml"))
    names = {one["name"] for one in record["departments"]}
    words = {word.strip() for word in free_words(record)} - names
    typed = tuple(sorted(word for word in words if len(word) >= LEAST and word not in printed and not is_number(word)))
    assert len(typed) > 250
    assert len({word for found in found_in(members(whole), typed).values() for word in found}) > 200, "the guard sees"
    assert found_in(members(redacted), typed) == {}


def test_a_city_with_every_fault_comes_out_again(sample: tuple[Path, Path]) -> None:
    assert [run_cli(["replay", str(pack)]) for pack in sample] == [0, 0]


def test_three_systems_are_frozen_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = hold(tmp_path, WHOLE)
    for pack in freeze(tmp_path, held.inbox, "--assignment", str(held.book)):
        manifest = json.loads(members(pack)["manifest.json"])
        assert [run["catalog"] for run in manifest["runs"]] == list(SYSTEMS)
        outputs = {name for name in members(pack) if name.startswith("outputs/")}
        assert {f"outputs/results-{system}.json" for system in SYSTEMS} <= outputs
    capsys.readouterr()  # the whole one was run again as it was frozen
    assert run_cli(["replay", str(pack), "--lang", "en"]) == 0
    assert "The same bytes came out" in capsys.readouterr().out
