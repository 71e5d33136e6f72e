"""A folder from which the program is installed without a network: every wheel that it needs, with hashes, and a script.

python requirements/bundle.py OUT            for Linux x86-64, Linux aarch64 and Windows, Pythons 3.11 to 3.13
python requirements/bundle.py OUT --here     for this machine's kind and this Python alone

Needs a network. What may be installed is what the lock file names (``requirements/runtime.txt``), by its hashes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.tags import sys_tags
from sbom import HERE, Locked, read_lock

ROOT = HERE.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", "--retries", "8", "--timeout",
       "60")  # fmt: skip
PAUSES = (5, 30)
"""Seconds after which what a network did not bring is asked for again."""
WHEELS = "wheels"
BUILDERS = frozenset({"editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"})
"""Locked for whoever builds the package; a wheel needs none of them."""


@dataclass(frozen=True)
class Target:
    """A kind of machine and a Python: the tags of wheels that it takes, the best first, and what markers say of it."""

    python: str
    platforms: tuple[str, ...]
    system: str

    def wants(self, one: Locked) -> bool:
        """Whether the lock file means a package for it."""
        told = {"sys_platform": self.system, "platform_system": {"win32": "Windows"}.get(self.system, "Linux"),
                "python_version": self.python, "python_full_version": f"{self.python}.0", "os_name": "posix",
                "platform_python_implementation": "CPython", "implementation_name": "cpython"}  # fmt: skip
        return one.name not in BUILDERS and (not one.marker or Marker(one.marker).evaluate(told))


def _linux(machine: str) -> tuple[str, ...]:
    return (*(f"manylinux_2_{minor}_{machine}" for minor in (28, 27, 26, 24, 17, 12)), f"manylinux2014_{machine}")


TARGETS = tuple(
    Target(python, platforms, system)
    for python in ("3.11", "3.12", "3.13")
    for platforms, system in ((_linux("x86_64"), "linux"), (_linux("aarch64"), "linux"), (("win_amd64",), "win32"))
)


def here() -> Target:
    """This machine and this Python."""
    platforms = tuple(dict.fromkeys(tag.platform for tag in sys_tags() if tag.platform != "any"))
    return Target(sysconfig.get_python_version(), platforms, sys.platform)


def gather(out: Path, targets: Iterable[Target]) -> None:
    """Lay the bundle into a folder that is empty or not there yet. Raises CalledProcessError where a wheel is not to be
    had, or its hash is another."""
    wheels = out / WHEELS
    wheels.mkdir(parents=True)
    subprocess.run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(ROOT)], check=True)
    (own,) = wheels.glob("smartcity_xl-*.whl")
    locked = read_lock((HERE / "runtime.txt").read_text(encoding="utf-8"))
    for target in targets:
        download(wheels, target, [one for one in locked if target.wants(one)])
    text = "".join(_line(one) for one in locked if one.name not in BUILDERS)
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    text += f"./{WHEELS}/{own.name} --hash=sha256:{digest}\n"
    _write(out / "requirements.txt", text)
    for name, script in _scripts():
        _write(out / name, script)
        (out / name).chmod(0o755)
    _write(out / "SHA256SUMS", "".join(_sums(out)))


def download(wheels: Path, target: Target, wanted: Iterable[Locked]) -> None:
    """The wheels of locked packages for one kind of machine. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "wanted.txt"
        listed.write_text("".join(_line(one, marked=False) for one in wanted), encoding="utf-8")
        told = [
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "-r",
            str(listed),
            "-d",
            str(wheels),
        ]
        told += ["--implementation", "cp", "--python-version", target.python]
        told += [word for platform in target.platforms for word in ("--platform", platform)]
        for pause in PAUSES:
            if subprocess.run([*PIP, *told], check=False).returncode == 0:
                return
            time.sleep(pause)
        subprocess.run([*PIP, *told], check=True)


def _line(one: Locked, marked: bool = True) -> str:
    marker = f" ; {one.marker}" if marked and one.marker else ""
    hashes = " \\\n".join(f"    --hash=sha256:{digest}" for digest in one.hashes)
    return f"{one.name}=={one.version}{marker} \\\n{hashes}\n"


def _scripts() -> Iterator[tuple[str, str]]:
    """What installs it: into a folder of its own beside the script, with nothing but what lies there."""
    install = f"-m pip install --no-index --find-links {WHEELS} --require-hashes -r requirements.txt"
    yield "install.sh", (
        '#!/bin/sh\n# 安装到本文件夹的 xlscore 里，不上网。Installs into xlscore beside this file, without a network.\n'
        f'set -eu\ncd "$(dirname "$0")"\n"${{PYTHON:-python3}}" -m venv xlscore\nxlscore/bin/python {install}\n'
        'echo "xlscore/bin/xlscore"\nxlscore/bin/xlscore --version\n'
    )  # fmt: skip
    yield (
        "install.cmd",
        (
            "@echo off\r\nrem Installs into xlscore beside this file, without a network.\r\n"
            'cd /d "%~dp0"\r\npy -3 -m venv xlscore || python -m venv xlscore || exit /b 1\r\n'
            f"xlscore\\Scripts\\python {install} || exit /b 1\r\nxlscore\\Scripts\\xlscore --version\r\npause\r\n"
        ),
    )


def _sums(out: Path) -> Iterator[str]:
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}\n"


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[2:] not in ([], ["--here"]):
        sys.exit(__doc__)
    place = Path(sys.argv[1])
    if place.exists() and os.listdir(place):  # noqa: PTH208 - any entry will do
        sys.exit(f"{place} holds something already; name a new folder.")
    gather(place, [here()] if sys.argv[2:] else TARGETS)
