"""A pack is unpacked by its manifest alone; what is built to harm is refused before anything is written."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartcity_xl.errors import PackFault, UsageFault
from smartcity_xl.frozen import archive
from smartcity_xl.frozen.archive import is_safe, list_members, open_pack, write_archive
from smartcity_xl.frozen.manifest import MANIFEST, SCHEMA, FrozenFile, Made, Manifest, Scope, write_manifest
from smartcity_xl.messages import LANGUAGES

FILES = {"order.json": b"{}", "outputs/汇总.xlsx": b"PK" * 50, "ledger/ledger.sqlite3": bytes(range(256)) * 40}


def manifest_of(files: dict[str, bytes], *more: FrozenFile) -> bytes:
    listed = tuple(FrozenFile(n, hashlib.sha256(d).hexdigest(), len(d)) for n, d in sorted(files.items()))
    made = Made("1", "3.12.0", {})
    return write_manifest(Manifest(SCHEMA, Scope.WHOLE, made, "市", "2026", "", (), (*listed, *more)))


def packed(files: dict[str, bytes], folder: Path) -> bytes:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    stream = io.BytesIO()
    write_archive(folder, list_members(folder), manifest_of(files), stream)
    return stream.getvalue()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "pack.zip"
    path.write_bytes(packed(FILES, tmp_path / "source"))
    return path


def test_what_was_packed_comes_out_again(pack: Path, tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    opened = open_pack(pack, to)
    assert {p.relative_to(to).as_posix(): p.read_bytes() for p in to.rglob("*") if p.is_file()} == FILES
    assert opened.seal == hashlib.sha256(manifest_of(FILES)).hexdigest()
    assert packed(FILES, tmp_path / "other") == pack.read_bytes()
    with zipfile.ZipFile(pack) as read:
        assert all(one.flag_bits & 0x800 or one.filename.isascii() for one in read.infolist()), "names are UTF-8"
        assert {one.date_time for one in read.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_one_that_was_packed_anew_with_compression_is_read(tmp_path: Path) -> None:
    path, to = tmp_path / "anew.zip", tmp_path / "to"
    to.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in {**FILES, MANIFEST: manifest_of(FILES)}.items():
            written.writestr(name, data)
    assert open_pack(path, to).manifest.city == "市"


def test_files_beyond_four_gigabytes_are_packed_with_zip64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 5_000)  # the same decision, at a size that a test can write
    path, to = tmp_path / "large.zip", tmp_path / "to"
    to.mkdir()
    path.write_bytes(packed(FILES, tmp_path / "source"))
    assert b"PK\x06\x06" in path.read_bytes(), "its directory is of the large kind"
    assert (open_pack(path, to).folder / "ledger" / "ledger.sqlite3").read_bytes() == FILES["ledger/ledger.sqlite3"]


# --- hostile ones ------------------------------------------------------------------------------------------------


def written(entries: list[tuple[Any, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as target:
        for name, data in entries:
            target.writestr(name, data)
    return stream.getvalue()


def whole(*more: tuple[Any, bytes]) -> list[tuple[Any, bytes]]:
    return [(MANIFEST, manifest_of(FILES)), *FILES.items(), *more]


def named(name: str) -> Callable[[], bytes]:
    """A pack with a file of a name, which its manifest has as well."""
    return lambda: written([(MANIFEST, manifest_of({**FILES, name: b"x"})), *FILES.items(), (name, b"x")])


def link() -> bytes:
    entry = zipfile.ZipInfo("outputs/链接.xlsx")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return written(whole((entry, b"/etc/passwd")))


def without(name: str) -> bytes:
    return written([one for one in whole() if one[0] != name])


def bomb() -> bytes:
    zeros = bytes(32 * 2**20)
    member = FrozenFile("z", hashlib.sha256(zeros).hexdigest(), len(zeros))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        target.writestr(MANIFEST, manifest_of({}, member))
        target.writestr("z", zeros)
    return stream.getvalue()


def overlapping() -> bytes:
    data = bytearray(written(whole()))
    places = [at for at in range(len(data) - 4) if data[at : at + 4] == b"PK\x01\x02"]
    data[places[2] + 42 : places[2] + 46] = data[places[1] + 42 : places[1] + 46]
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(written(whole()))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def longer() -> bytes:
    """A file of which the archive holds more than the manifest says."""
    return written([(MANIFEST, manifest_of(FILES)), *((n, d + b"x") for n, d in FILES.items())])


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive at all": (lambda: b"not a zip", "no .zip"),
    "an archive that was cut off": (lambda: written(whole())[:-40], "no .zip"),
    "no manifest": (lambda: without(MANIFEST), "manifest.json"),
    "a manifest that is none": (lambda: written([(MANIFEST, b'{"schema": "x"}')]), "cannot be read"),
    "a manifest that is nested without end": (lambda: written([(MANIFEST, b"[" * 100_000)]), "cannot be read"),
    "a file is gone": (lambda: without("order.json"), "order.json: the manifest names it"),
    "a file is too many": (lambda: written(whole(("more.txt", b""))), "more.txt: it is there"),
    "a name twice": (lambda: written(whole(("order.json", b"x"))), "order.json: the name stands twice"),
    "a name twice but for its capitals": (named("ORDER.JSON"), "the name stands twice"),
    "a way out upwards": (named("../out.txt"), "leads out"),
    "a way out in the middle": (named("a/../../out.txt"), "leads out"),
    "a way from the root": (named("/tmp/out.txt"), "leads out"),  # noqa: S108
    "a drive": (named("C:/out.txt"), "leads out"),
    "a backslash": (named("..\\out.txt"), "leads out"),
    "a name of a device": (named("outputs/NUL.txt"), "leads out"),
    "a name that ends in a dot": (named("outputs/x."), "leads out"),
    "a name that turns its direction": (named("outputs/x\u202exslx.exe"), "leads out"),
    "a link": (link, "link or a special file"),
    "a bomb": (bomb, "would unpack to"),
    "files that share their bytes": (overlapping, "shares its bytes"),
    "a file under a password": (encrypted, "encrypted"),
    "more than the manifest says": (longer, "its content is not"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_pack_is_refused_and_says_why(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_SMALL", 2**20)  # so that a bomb that a test can write is one
    make, expected = HOSTILE[case]
    path, to = tmp_path / "pack.zip", tmp_path / "outer" / "to"
    to.mkdir(parents=True)
    path.write_bytes(make())
    with pytest.raises(PackFault) as refused:
        open_pack(path, to)
    for language in LANGUAGES:
        assert all(fault.words(language) for fault in refused.value.faults)
    assert expected in "\n".join(fault.words("en") for fault in refused.value.faults)
    assert sorted(p.name for p in tmp_path.rglob("*") if to not in p.parents) == ["outer", "pack.zip", "to"]


def test_a_manifest_that_is_huge_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MANIFEST_SIZE", 100)
    path = tmp_path / "pack.zip"
    path.write_bytes(written(whole()))
    with pytest.raises(PackFault) as refused:
        open_pack(path, tmp_path)
    assert [fault.code for fault in refused.value.faults] == ["pack-large"]  # type: ignore[attr-defined]


def test_a_directory_that_is_huge_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBERS", 3)
    path = tmp_path / "pack.zip"
    path.write_bytes(written(whole()))
    with pytest.raises(PackFault) as refused:
        open_pack(path, tmp_path)
    assert [fault.code for fault in refused.value.faults] == ["pack-crowded"]  # type: ignore[attr-defined]


def test_no_pack_there(tmp_path: Path) -> None:
    with pytest.raises(UsageFault):
        open_pack(tmp_path / "none.zip", tmp_path)


@pytest.mark.parametrize("name", ["outputs/退回/01-县甲局-第2版.xlsx", "ledger/store/ab/abc.json", "报送（1）.xlsx"])
def test_a_plain_name_is_safe(name: str) -> None:
    assert is_safe(name)
    assert json.dumps(name)
