"""What a pack is made with: this program, its Python, and what it reads and writes with."""

from __future__ import annotations

import platform
import sqlite3
import zlib
from importlib import metadata

from smartcity_xl import __version__
from smartcity_xl.frozen.manifest import Made


def made_here() -> Made:
    """The versions of this program, of its Python, and of what it writes and reads with."""
    libraries = {"sqlite": sqlite3.sqlite_version, "zlib": zlib.ZLIB_RUNTIME_VERSION}
    try:
        needed = metadata.requires("smartcity-xl") or []
    except metadata.PackageNotFoundError:  # run from its sources
        needed = []
    for name in sorted({_name_of(one) for one in needed if "extra ==" not in one}):
        try:
            libraries[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return Made(__version__, platform.python_version(), libraries)


def _name_of(requirement: str) -> str:
    return requirement.replace(";", " ").split("[")[0].split(">")[0].split("=")[0].split("<")[0].split()[0]
