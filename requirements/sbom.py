"""What a release consists of, as a CycloneDX bill of materials: every locked package with its hashes and licence.

python requirements/sbom.py dist/sbom.cdx.json
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_ENTRY = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; (.+?))? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M
)
_LICENCE = re.compile(r"^\| `([^`]+)` \| ([^|]+) \|", re.M)
_EXTRA = re.compile(r"^\| (\w+) \| `([^`]+)` \| ([^|]+) \|", re.M)


@dataclass(frozen=True)
class Locked:
    """A package of a lock file. ``marker`` says where it is wanted ("": everywhere)."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_lock(text: str) -> tuple[Locked, ...]:
    """Raises ValueError where a line is none of a lock file."""
    found = tuple(Locked(name, version, marker, tuple(re.findall("[0-9a-f]{64}", hashes)))
                  for name, version, marker, hashes in _ENTRY.findall(text))  # fmt: skip
    if left := _ENTRY.sub("", text).strip():
        raise ValueError(f"no line of a lock file: {left.splitlines()[0]}")
    return found


def read_licences(page: str) -> dict[str, str]:
    """Package -> licence, from the table of docs/dependencies.md."""
    return {name: licence.strip() for name, licence in _LICENCE.findall(page.partition("## Licences")[2])}


def read_extras(page: str) -> dict[str, tuple[str, str]]:
    """Package -> the extra that asks for it, and its licence, from the second table of docs/dependencies.md."""
    found = _EXTRA.findall(page.partition("## Extras")[2])
    return {name: (extra, licence.strip()) for extra, name, licence in found}


def _components(locked: tuple[Locked, ...], licences: dict[str, str]) -> Iterator[dict[str, Any]]:
    for one in locked:
        purl = f"pkg:pypi/{one.name}@{one.version}"
        yield {
            "type": "library", "bom-ref": purl, "name": one.name, "version": one.version, "purl": purl,
            "licenses": [{"expression": licences[one.name]}] if one.name in licences else [],
            "externalReferences": [{"type": "distribution", "url": purl, "hashes": [
                {"alg": "SHA-256", "content": digest} for digest in one.hashes]}],
            **({"properties": [{"name": "pip:marker", "value": one.marker}]} if one.marker else {}),
        }  # fmt: skip


def _optional(page: str) -> Iterator[dict[str, Any]]:
    """What the extras ask for, as the developers' lock file locks it."""
    extras = read_extras(page)
    locked = read_lock((HERE / "dev.txt").read_text(encoding="utf-8"))
    licences = {name: licence for name, (_, licence) in extras.items()}
    for part in _components(tuple(one for one in locked if one.name in extras), licences):
        asked = {"name": "python:extra", "value": extras[part["name"]][0]}
        yield part | {"scope": "optional", "properties": [*part.get("properties", []), asked]}


def _vendored() -> Iterator[dict[str, Any]]:
    """What lies in the package and came from elsewhere, as the file beside it says."""
    for path in sorted((HERE.parent / "smartcity_xl").glob("**/vendor/*/SOURCE.toml")):
        source = tomllib.loads(path.read_text(encoding="utf-8"))
        purl = f"pkg:npm/{source['name']}@{source['version']}"
        yield {
            "type": "library", "bom-ref": purl, "name": source["name"], "version": source["version"], "purl": purl,
            "licenses": [{"expression": source["licence"]}],
            "hashes": [{"alg": "SHA-256", "content": source["sha256"]}],
        }  # fmt: skip


def write_sbom(version: str) -> bytes:
    """The bill, with a stable order and without a time: the same lock file gives the same bytes."""
    locked = read_lock((HERE / "runtime.txt").read_text(encoding="utf-8"))
    page = (HERE.parent / "docs" / "dependencies.md").read_text(encoding="utf-8")
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    root = {"type": "application", "bom-ref": "smartcity-xl", "name": "smartcity-xl", "version": version,
            "licenses": [{"expression": project["license"]}]}  # fmt: skip
    parts = [*_components(locked, read_licences(page)), *_optional(page), *_vendored()]
    bill = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": root},
        "components": parts,
        "dependencies": [{"ref": "smartcity-xl", "dependsOn": [part["bom-ref"] for part in parts]}],
    }  # fmt: skip
    return (json.dumps(bill, ensure_ascii=False, indent=1) + "\n").encode()


def main(to: Path) -> None:
    from smartcity_xl import __version__

    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(write_sbom(__version__))
    print(f"Wrote {to}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
