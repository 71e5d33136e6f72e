"""A release: wheel and sdist, built twice to the same bytes, what they consist of, and the hashes of all of it.

python requirements/release.py dist
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
_MOMENT = "1767225600"
"""The time that files of a release bear, whenever it is built."""


def build(source: Path, out: Path) -> list[Path]:
    """The wheel and the sdist of a source tree. Raises CalledProcessError."""
    env = os.environ | {"SOURCE_DATE_EPOCH": _MOMENT}
    told = [sys.executable, "-m", "hatchling", "build", "-d", str(out)]
    subprocess.run(told, cwd=source, env=env, check=True, capture_output=True)
    return sorted(path for path in out.iterdir() if path.suffix in (".whl", ".gz"))


def release(out: Path) -> None:
    """Write a release. Raises SystemExit where two builds differ."""
    out.mkdir(parents=True, exist_ok=True)
    files = build(ROOT, out)
    with tempfile.TemporaryDirectory() as folder:
        again = build(ROOT, Path(folder))
        if [path.read_bytes() for path in files] != [path.read_bytes() for path in again]:
            sys.exit("Two builds of the same tree gave other bytes; nothing should be released.")
    subprocess.run([sys.executable, str(HERE / "sbom.py"), str(out / "sbom.cdx.json")], check=True)
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
                   for path in [*files, out / "sbom.cdx.json"])  # fmt: skip
    (out / "SHA256SUMS").write_bytes(sums.encode())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    release(Path(sys.argv[1]))
