"""What a program is known by."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smartcity_xl.ledger import checksum, feed_file
from smartcity_xl.run import fingerprint
from smartcity_xl.run.fingerprint import program_digest


def test_a_disk_that_gives_less_than_is_asked_for_is_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    path, read, taken = Path(fingerprint.__file__), os.read, bytearray()
    monkeypatch.setattr(os, "read", lambda descriptor, most: read(descriptor, min(most, 1_000)))
    assert feed_file(taken.extend, str(path)) == len(taken)
    assert taken == path.read_bytes()


FILES = {
    "a.py": "x = 1",
    "data/t.toml": "x = 1",
    "long.py": "#" * 2 * checksum._AT_ONCE + "1",
    "__pycache__/a.pyc": "",
}
CHANGES = [
    "a line", "a datum", "a new file", "another name", "a line that went to the next file", "the end of a long file",
    "a library", "the zone",
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_of_the_program_is_another_its_digest_is_another(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, library = tmp_path / "package", tmp_path / "site"
    for path, content in FILES.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(content, encoding="utf-8")
    (library / "reader-1.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(fingerprint, "_PACKAGE", package)
    monkeypatch.syspath_prepend(str(library))

    def digest() -> str:
        program_digest.cache_clear()
        try:
            return program_digest()
        finally:
            program_digest.cache_clear()

    before = digest()
    (package / "__pycache__" / "a.pyc").write_text("compiled", encoding="utf-8")
    assert digest() == before, "what is compiled is made of the rest"
    match change:
        case "a line":
            (package / "a.py").write_text("x = 2", encoding="utf-8")
        case "a datum":
            (package / "data" / "t.toml").write_text("x = 2", encoding="utf-8")
        case "a new file":
            (package / "b.py").touch()
        case "another name":
            (package / "a.py").rename(package / "b.py")
        case "a line that went to the next file":
            (package / "a.py").write_text("", encoding="utf-8")
            (package / "data" / "t.toml").write_text(FILES["a.py"] + FILES["data/t.toml"], encoding="utf-8")
        case "the end of a long file":
            (package / "long.py").write_text(f"{FILES['long.py'][:-1]}2", encoding="utf-8")
        case "a library":
            (library / "reader-1.0.dist-info").rename(library / "reader-1.1.dist-info")
        case "the zone":
            monkeypatch.setattr(fingerprint, "local_time", lambda moment: f"{moment} elsewhere")
    assert digest() != before
