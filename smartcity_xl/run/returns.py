"""The folder of the workbooks that go back: written anew on each run, and never over what somebody changed there."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from smartcity_xl.arrival.inbox import RETURNED, RETURNED_BEFORE, UNFINISHED, known_returns, read_returned
from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import Memory, digest_of
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.results import Results
from smartcity_xl.run.files import Written, put_file, write_file
from smartcity_xl.run.standing import StandingReturns

_LOG = logging.getLogger(__name__)
_FEW, _AT_ONCE = 4, 8
"""Files that are not worth a thread, and threads that wait for the disk."""


def put_returns(
    outcome: Outcome,
    records: Sequence[Results],
    out: Path,
    until: str = "",
    key: bytes = b"",
    follow: Follow = unfollowed,
    memory: Memory | None = None,
) -> Written:
    """Write the workbooks that go back into their folder in ``out``, and take away ours that are not wanted any more.

    Says which stand there now, which were left as they are since somebody has changed them, and which could not be
    made or written: those cost nobody else theirs, and what stood in their place stays. A file is ours as long as its
    bytes are those that we wrote. With a ``memory`` those that stand there as they would be are not made again. Raises
    MachineFault.
    """
    from smartcity_xl.form.returning import stamp_return, write_returns

    folder, failed = out / label("file.returned_folder"), dict[str, str]()

    def tell(name: str, error: Exception) -> None:
        _LOG.error("%s could not be made", name, exc_info=error)
        failed[name] = f"{type(error).__name__}: {error}"

    make = StandingReturns(memory, folder).make if memory else stamp_return
    made = followed(write_returns(outcome, until, records, tell, key, make), "return", follow)
    wanted = {one.name: one.data for one in made}
    hashes = {name: _hash(data) for name, data in wanted.items()}
    ours, before = read_returned(out), known_returns(out)
    if every := sorted({*before, *hashes.values()}):  # first: what lies there is known to be ours
        _write_register(folder / RETURNED_BEFORE, every)
    written, kept, changed = [], [], dict[Path, bytes]()
    for name in sorted((wanted.keys() | ours.keys() | _left_there(folder, before)) - failed.keys()):
        path, data = folder / name, wanted.get(name)
        standing = _bytes_of(path)
        if standing is not None and standing != data and _hash(standing) not in before:
            kept.append(path)
        elif data is None:
            _remove(path)
        else:
            written.append(path)
            changed |= {} if standing == data else {path: data}
    locked = _put_all(changed)
    failed |= {path.name: "" for path in sorted(locked)}
    written = [path for path in written if path not in locked]
    register = {name: found for name, found in hashes.items() if folder / name in written}
    register |= {name: ours[name] for name in failed if name in ours}
    register |= {path.name: ours[path.name] for path in kept if path.name in ours}
    if register or ours:
        _write_register(folder / RETURNED, register)
    return Written((), (), tuple(written), tuple(kept), tuple((folder / name, why) for name, why in failed.items()))


def _write_register(path: Path, known: object) -> None:
    data = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True).encode()
    if _bytes_of(path) != data:
        write_file(path, data)


def _put_all(files: Mapping[Path, bytes]) -> frozenset[Path]:
    """Put workbooks in place, and give those that are open or locked. Most of the time passes in waiting for the disk,
    which takes many at once: for a city it was a fifth of all. Raises MachineFault."""
    if len(files) < _FEW:
        placed = list(map(_put, files, files.values()))
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_AT_ONCE) as threads:  # all are over before any process is forked
            placed = list(threads.map(_put, files, files.values()))
    return frozenset(path for path, done in zip(files, placed, strict=True) if not done)


def _put(path: Path, data: bytes) -> bool:
    """Put one workbook in place; False where it is open or locked. Raises MachineFault."""
    try:
        put_file(path, data, settle=True)
    except MachineFault as fault:
        if fault.code != "file-locked":
            raise  # a full disk takes no register either
        return False
    return True


def _left_there(folder: Path, before: Collection[str]) -> frozenset[str]:
    """The names of ours that stand there, also where a run was cut off before it could register them."""
    there = (path for path in folder.glob("*.xlsx") if not path.name.startswith(UNFINISHED))
    return frozenset(path.name for path in there if before and digest_of(path) in before)


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
