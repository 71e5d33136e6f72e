"""A frozen round comes to the same bytes wherever it is run again; what was changed in it is named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from frozen_rounds import PLANTED, SECRETS, found_in, members, play, repacked
from tiny_round import KEY, Round

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import FreezeFault
from smartcity_xl.frozen.versions import made_here
from smartcity_xl.messages import label
from smartcity_xl.office.campaign import KEY_FILE
from smartcity_xl.run import freezing

ROOT = Path(__file__).parent.parent
SUMMARY = label("file.summary")


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return play(tmp_path_factory.mktemp("round"))


@pytest.fixture(scope="module")
def pack(round_: Round) -> Path:
    assert round_.run("freeze") == 0, round_.told.getvalue()
    return round_.folder / label("file.pack_whole")


@pytest.fixture(scope="module")
def redacted(round_: Round) -> Path:
    assert round_.run("freeze", "--redacted") == 0, round_.told.getvalue()
    return round_.folder / label("file.pack_redacted")


def seal_of(pack: Path) -> str:
    return hashlib.sha256(members(pack)["manifest.json"]).hexdigest()


def test_a_pack_holds_all_that_the_round_rests_on(round_: Round, pack: Path) -> None:
    held = members(pack)
    names = set(held)
    assert {"order.json", "round/roster.xlsx", "round/assignment.xlsx", "round/campaign.json"} <= names
    assert {"round/systems/1/system.toml", "ledger/ledger.sqlite3", f"outputs/{label('file.decisions')}"} <= names
    out = {path.relative_to(round_.out).as_posix(): path.read_bytes() for path in round_.out.rglob("*.xlsx")}
    out["results.json"] = (round_.out / "results.json").read_bytes()
    assert {name.removeprefix("outputs/"): data for name, data in held.items() if name.startswith("outputs/")} == out
    manifest = json.loads(held["manifest.json"])
    listed = {one["name"]: (one["sha256"], one["size"]) for one in manifest["files"]}
    assert listed == {n: (hashlib.sha256(d).hexdigest(), len(d)) for n, d in held.items() if n != "manifest.json"}
    assert manifest["made"]["python"].count(".") == 2
    assert "openpyxl" in manifest["made"]["libraries"]
    assert seal_of(pack) in _told(round_, "freeze", "--overwrite")


def _told(round_: Round, *words: str) -> str:
    round_.run(*words)
    return round_.told.getvalue()


def test_the_same_round_gives_the_same_archive(round_: Round, pack: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    assert round_.run("freeze", "--pack", str(again)) == 0
    assert again.read_bytes() == pack.read_bytes()
    assert round_.run("freeze", "--pack", str(again)) == 2, "what stands there is not written over"


PLACES = {
    "another zone west of ours, another locale": {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    "another zone east of ours, a Chinese one": {"TZ": "Asia/Shanghai", "LANG": "zh_CN.UTF-8", "PYTHONHASHSEED": "77"},
}


@pytest.mark.parametrize("kind", ["pack", "redacted"])
@pytest.mark.parametrize("place", PLACES)
def test_it_comes_to_the_same_bytes_on_another_path_in_another_place(
    place: str, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    frozen: Path = request.getfixturevalue(kind)
    moved = tmp_path / "别处 elsewhere" / "轮.zip"
    moved.parent.mkdir()
    shutil.copyfile(frozen, moved)
    moved.chmod(0o444)
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("LC_")}, **PLACES[place]}
    command = [
        sys.executable,
        "-m",
        "smartcity_xl",
        "--lang",
        "en",
        "replay",
        str(moved),
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    told = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, told + done.stderr.decode("utf-8", "replace")
    assert "The same bytes came out" in told
    packed = {n.removeprefix("outputs/"): d for n, d in members(frozen).items() if n.startswith("outputs/")}
    packed.pop(label("file.decisions"), None)
    out = {p.relative_to(tmp_path / "out").as_posix(): p.read_bytes() for p in (tmp_path / "out").rglob("*.*")}
    assert out == packed
    assert moved.read_bytes() == frozen.read_bytes()
    assert sorted(path.name for path in moved.parent.iterdir()) == ["轮.zip"]


@pytest.mark.parametrize("kind", ["pack", "redacted"])
def test_no_key_and_no_secret_goes_in(round_: Round, kind: str, request: pytest.FixtureRequest) -> None:
    held = members(request.getfixturevalue(kind))
    assert (round_.folder / KEY_FILE).exists()
    assert not any(KEY_FILE in name for name in held)
    assert [name for name, data in held.items() if KEY in data or KEY.hex().encode() in data.lower()] == []
    assert found_in(held, (*SECRETS, KEY.hex())) == {}


def test_a_key_that_came_as_a_file_is_not_packed(tmp_path: Path) -> None:
    """Somebody put it into the inbox under another name: the ledger holds it, and the pack would."""
    round_ = play(tmp_path)
    (round_.place("inbox") / "说明.txt").write_bytes(b"key: " + KEY.hex().encode())
    assert round_.run("collect") == 1
    assert round_.run("freeze") == 2
    assert ".xlscore-key" in round_.told.getvalue()
    assert "ledger/" in round_.told.getvalue()
    assert not (round_.folder / label("file.pack_whole")).exists()
    assert round_.run("freeze", "--redacted") == 0


def test_a_redacted_pack_names_nobody_and_comes_to_the_same_numbers(round_: Round, pack: Path, redacted: Path) -> None:
    assert len({word for words in found_in(members(pack), PLANTED).values() for word in words}) > 12
    assert found_in(members(redacted), PLANTED) == {}
    whole, bare = (json.loads(members(one)["outputs/results.json"]) for one in (pack, redacted))
    for key in ("total", "dimensions", "reach", "settings", "stars"):
        assert whole[key] == bare[key], key
    assert [(f["key"], f["value"]) for f in whole["figures"]] == [(f["key"], f["value"]) for f in bare["figures"]]
    assert [c["state"] for c in whole["conflicts"]] == [c["state"] for c in bare["conflicts"]]
    assert "decided" in {c["state"] for c in bare["conflicts"]}, (
        "the office's decision holds over answers without names"
    )
    assert [c["total_after"] for c in whole["corrections"]] == [c["total_after"] for c in bare["corrections"]] != []


# --- what was changed is named -----------------------------------------------------------------------------------


def replayed(pack: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = run_cli(["--lang", "en", "replay", str(pack), *words])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_one_changed_byte_is_named(pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, name = bytearray(pack.read_bytes()), "outputs/results.json"
    at = data.index(name.encode() + b"{") + 150
    data[at] ^= 1
    changed = tmp_path / "changed.zip"
    changed.write_bytes(bytes(data))
    code, told = replayed(changed, capsys)
    assert code == 2
    assert name in told
    assert told.count("ledger/") == 0


def test_what_was_written_anew_with_its_manifest_has_another_seal(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what it was changed to does not come out of it: the record says 99.99, the answers do not."""
    held = members(pack)
    name = "outputs/results.json"
    total = json.loads(held[name])["total"]["score"]
    forged = held[name].replace(f'"score": "{total}"'.encode(), b'"score": "99.99"', 1)
    manifest = json.loads(held["manifest.json"])
    for one in manifest["files"]:
        if one["name"] == name:
            one["sha256"], one["size"] = hashlib.sha256(forged).hexdigest(), len(forged)
    changed = {"outputs_s_results__json": forged, "manifest__json": json.dumps(manifest, ensure_ascii=False).encode()}
    anew = repacked(pack, tmp_path / "anew.zip", **changed)
    code, told = replayed(anew, capsys, "--seal", seal_of(pack)[:16])
    assert code == 2
    assert "seal" in told
    code, told = replayed(anew, capsys)
    assert code == 1
    assert f"total.score: 99.99 → {total}" in told
    assert "it is no signature" in told.casefold()


def test_another_version_is_told_as_what_may_explain_a_difference(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = members(pack)
    manifest = json.loads(held["manifest.json"])
    manifest["made"]["program"] = "0.0.1"
    older = repacked(pack, tmp_path / "older.zip", manifest__json=json.dumps(manifest).encode())
    code, told = replayed(older, capsys)
    assert code == 0
    assert f"smartcity-xl was 0.0.1, here it is {made_here().program}" in told


def test_the_seal_is_taken_by_its_first_signs(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replayed(pack, capsys, "--seal", seal_of(pack)[:12].upper())[0] == 0
    assert replayed(pack, capsys, "--seal", seal_of(pack)[:11])[0] == 2


# --- what cannot be frozen ---------------------------------------------------------------------------------------


def test_a_round_that_comes_out_otherwise_is_not_frozen(tmp_path: Path) -> None:
    """The office changed the settings after it collected: the ledger's run and the folder's settings are two rounds."""
    round_ = play(tmp_path)
    settings = round_.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8").replace('rounding = "every-level"', 'rounding = "once"')
    settings.write_text(text.replace('missing = "zero"', 'missing = "left-out"'), encoding="utf-8")
    assert round_.run("freeze") == 1
    told = round_.told.getvalue()
    assert "settings.missing: the ledger has zero, now it is left-out" in told
    assert not list(round_.folder.glob("*.zip"))
    assert round_.run("collect") == 1
    assert round_.run("freeze") == 0


def test_of_many_differences_the_first_are_named_and_the_rest_counted() -> None:
    was, now = ({"catalog": {"id": "a"}, "figures": [str(n + by) for n in range(60)]} for by in (0, 1))
    remade = SimpleNamespace(files={"results.json": json.dumps(now).encode()})
    run = SimpleNamespace(settings={"program": freezing.__version__})
    with pytest.raises(FreezeFault) as refused:
        freezing._hold_against(
            SimpleNamespace(ledger=Path("台账")),
            [run],
            {"a": json.dumps(was).encode()},
            remade,  # type: ignore[arg-type, list-item]
        )
    assert len(refused.value.faults) == freezing._SHOWN + 1
    assert refused.value.faults[-1].words("en").endswith(f"and {60 - freezing._SHOWN} more"), "freeze-more"


def test_a_summary_that_was_edited_is_told_and_the_true_one_frozen(tmp_path: Path) -> None:
    round_ = play(tmp_path)
    path = round_.out / SUMMARY
    true = path.read_bytes()
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["D4"] = "最终得分"
    book.save(path)
    assert round_.run("freeze") == 1
    assert "is not what the collection wrote" in round_.told.getvalue()
    assert members(round_.folder / label("file.pack_whole"))[f"outputs/{SUMMARY}"] == true


def test_nothing_to_freeze_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["freeze", str(tmp_path), "--out", str(tmp_path / "out"), "--no-campaign", "--lang", "en"]) == 2
    assert "no ledger" in capsys.readouterr().err.casefold()
