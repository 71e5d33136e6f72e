"""Looks up every locked package among the known vulnerabilities. Fails where one has any.

Where nothing can be looked up (no network, a registry without that service), it says so and passes: what nobody can
know here must not stop the tests.

    python requirements/audit.py PIP-AUDIT
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCKS = ("dev.txt", "tools.txt")
PATIENCE = 180


def look_up(program: str, locks: Sequence[Path]) -> Mapping[str, Any] | None:
    """What the program says of lock files; None where it cannot say anything."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        named = [word for lock in locks for word in ("-r", str(lock))]
        ways = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "-f", "json", "-o", str(found)]
        try:
            subprocess.run([program, *named, *ways], capture_output=True, timeout=PATIENCE, check=False)
            return dict(json.loads(found.read_bytes()))
        except (OSError, subprocess.TimeoutExpired, ValueError):
            return None


def tell(found: Mapping[str, Any] | None) -> int:
    """Say what was found, in a line or a few; gives the number of vulnerabilities."""
    if found is None:
        print("No package was looked up: the known vulnerabilities cannot be reached from here.")
        return 0
    packages = found["dependencies"]
    looked = [one for one in packages if "skip_reason" not in one]
    holes = [(one, hole) for one in looked for hole in one["vulns"]]
    print(f"{len(looked)} of {len(packages)} packages looked up, {len(holes)} known vulnerabilities")
    for one, hole in holes:
        fixed = ", ".join(hole.get("fix_versions", ())) or "nothing yet"
        print(f"  {one['name']} {one['version']}: {hole['id']}, mended by {fixed}")
    return len(holes)


def main(program: str) -> int:
    return min(1, tell(look_up(program, [HERE / name for name in LOCKS])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
