"""The folder of the workbooks that go back: written anew on each run, and never over what somebody changed there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from smartcity_xl.errors import MachineFault
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.results import Results
from smartcity_xl.run.files import write_file

_REGISTER = ".xlscore-returned.json"
"""Names and hashes of the workbooks that we have put into the folder."""


def put_returns(
    outcome: Outcome, records: Sequence[Results], out: Path, until: str = ""
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Write the workbooks that go back into their folder in ``out``, and take away ours that are not wanted any more.

    Gives those that stand there now, and those that were left as they are since somebody has changed them. A file is
    ours as long as its bytes are those that we wrote. Raises MachineFault.
    """
    from smartcity_xl.form.returning import write_returns

    folder = out / label("file.returned_folder")
    wanted = {one.name: one.data for one in write_returns(outcome, until, records)}
    ours = _read_register(folder)
    written, kept = [], []
    for name in sorted(wanted.keys() | ours.keys()):
        path, data = folder / name, wanted.get(name)
        standing = _bytes_of(path)
        if standing is not None and standing != data and _hash(standing) != ours.get(name):
            kept.append(path)
        elif data is None:
            _remove(path)
        else:
            written.append(path)
            if standing != data:
                write_file(path, data)
    register = {name: _hash(data) for name, data in wanted.items() if folder / name in written}
    register |= {path.name: ours[path.name] for path in kept if path.name in ours}
    if register or ours:
        write_file(folder / _REGISTER, json.dumps(register, ensure_ascii=False, indent=1, sort_keys=True).encode())
    return tuple(written), tuple(kept)


def _read_register(folder: Path) -> Mapping[str, str]:
    """What we wrote before; nothing where the register is gone or is none of ours."""
    try:
        known = json.loads((folder / _REGISTER).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    found = known.items() if isinstance(known, dict) else ()
    return {str(name): str(digest) for name, digest in found if Path(str(name)).name == name}


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error)) from error


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise MachineFault("file-unwritable", path=str(path), reason=error.strerror or str(error)) from error
