"""The TOML that comes with the program -> its content. It is parsed once and then kept ready beside the source, as the
interpreter keeps the code of a module: to parse the words of the command line takes longer than to print its help.

What is kept begins with a mark of the source's bytes and of the interpreter, and is passed over where that is another:
an edited source is never answered with its old content. Where nothing can be kept, or PYTHONDONTWRITEBYTECODE is set,
the source is parsed each time.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source, source_hash
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent
"""The folder of the program."""


def read_shipped(name: str) -> dict[str, Any]:
    """The content of a file, by its way from the folder of the program, with forward slashes: ``units.toml``.

    Raises OSError, and as ``tomllib.loads``.
    """
    path = HOME / name
    source = path.read_bytes()
    mark, kept = source_hash(source), kept_at(path)
    with suppress(OSError, ValueError, EOFError, TypeError):
        packed = kept.read_bytes()
        if packed.startswith(mark):
            found: dict[str, Any] = marshal.loads(memoryview(packed)[len(mark) :])  # noqa: S302 - our own, and beside our code
            return found
    import tomllib  # not at the top: needed once for each file

    content = tomllib.loads(source.decode("utf-8"))
    if not sys.dont_write_bytecode:
        _keep(kept, mark, content)
    return content


def kept_at(source: Path) -> Path:
    """Where the content of a file is kept: under its whole name, for the code of a module of the same name lies there
    too, and each would take the other's place at every start."""
    return Path(cache_from_source(f"{source}.py"))


def _keep(path: Path, mark: bytes, content: dict[str, Any]) -> None:
    """Write it whole or not at all: others may read it at this moment."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError, ValueError):  # a folder of others, a full disk, a value that cannot be kept: parsed again
        packed = mark + marshal.dumps(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("xb") as file:
            file.write(packed)
        beside.replace(path)
