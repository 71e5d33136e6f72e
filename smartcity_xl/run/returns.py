"""The folder of the workbooks that go back: written anew on each run, and never over what somebody changed there."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_xl.arrival.inbox import RETURNED, RETURNED_BEFORE, UNFINISHED, known_returns, read_returned
from smartcity_xl.errors import MachineFault
from smartcity_xl.ledger import Memory, digest_of
from smartcity_xl.messages import label
from smartcity_xl.model import Outcome
from smartcity_xl.model.headway import Follow, followed, unfollowed
from smartcity_xl.results import Results
from smartcity_xl.run.files import Written, put_all, write_file
from smartcity_xl.run.helpers import BytesOrBug, Helpers, Make, attempt
from smartcity_xl.run.standing import StandingReturns

if TYPE_CHECKING:
    from smartcity_xl.form.returning import ReturnPlan, Unplanned

_LOG = logging.getLogger(__name__)


class Returns:
    """The workbooks that go back, of one collection: what each shall say is planned before any is made, so that other
    cores can make some of them while this process does something else."""

    def __init__(
        self,
        outcome: Outcome,
        records: Sequence[Results],
        out: Path,
        until: str = "",
        key: bytes = b"",
        memory: Memory | None = None,
    ) -> None:
        """With a ``memory`` those that stand there as they would be are not made again."""
        self.out, self.folder = out, out / label("file.returned_folder")
        self._told = outcome, until, records, key
        self._standing = StandingReturns(memory, self.folder) if memory else None
        self._helpers = Helpers({})

    @cached_property
    def _plans(self) -> Mapping[str, ReturnPlan | Unplanned]:
        from smartcity_xl.form.returning import plan_returns

        return {one.name: one for one in plan_returns(*self._told)}

    @cached_property
    def _there(self) -> Mapping[str, BytesOrBug]:
        """Those that stand there as they would be made, or the bug of ours for which nobody can say so."""
        from smartcity_xl.form.returning import ReturnPlan

        if self._standing is None:
            return {}
        plans = (plan for plan in self._plans.values() if isinstance(plan, ReturnPlan))
        found = {plan.name: attempt(partial(self._standing.find, plan)) for plan in plans}
        return {name: data for name, data in found.items() if data is not None}

    @contextmanager
    def begun(self, cores: int) -> Iterator[None]:
        """Within it they are being made, by all cores but this process's own."""
        new: Mapping[str, Make] = {}
        with suppress(Exception):  # our own bug: it is told in its turn, by ``finish``
            new = {name: plan.write for name, plan in self._plans.items() if name not in self._there}
        with Helpers(new, cores - 1) as self._helpers:
            yield

    def finish(self) -> Iterator[tuple[str, BytesOrBug]]:
        """In the assignment's order: the name of each, and its bytes or why there are none."""
        made = self._helpers.finish()
        for name, plan in self._plans.items():
            if name in self._there:
                yield name, self._there[name]
                continue
            data = made[name] if name in made else attempt(plan.write)
            if self._standing and isinstance(data, bytes):
                self._standing.keep(name, data)
            yield name, data

    @property
    def digests(self) -> Mapping[str, str]:
        """Name -> SHA-256, as far as it is known."""
        return self._standing.digests if self._standing else {}


def put_returns(returns: Returns, follow: Follow = unfollowed) -> Written:
    """Write the workbooks that go back into their folder, and take away ours that are not wanted any more.

    Says which stand there now, which were left as they are since somebody has changed them, and which could not be
    made or written: those cost nobody else theirs, and what stood in their place stays. A file is ours as long as its
    bytes are those that we wrote. Raises MachineFault.
    """
    out, folder = returns.out, returns.folder
    wanted, failed = dict[str, bytes](), dict[str, str]()
    for name, made in followed(returns.finish(), "return", follow):
        if isinstance(made, bytes):
            wanted[name] = made
        else:
            _LOG.error("%s could not be made", name, exc_info=made)
            failed[name] = f"{type(made).__name__}: {made}"
    digests = {name: returns.digests.get(name) or _hash(data) for name, data in wanted.items()}
    ours, before = read_returned(out), known_returns(out)
    if every := sorted({*before, *digests.values()}):  # first: what lies there is known to be ours
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
    locked = put_all(changed)
    failed |= {path.name: "" for path in sorted(locked)}
    written = [path for path in written if path not in locked]
    stands = {path: digests[path.name] for path in written}
    register = {path.name: digest for path, digest in stands.items()}
    register |= {name: ours[name] for name in failed if name in ours}
    register |= {path.name: ours[path.name] for path in kept if path.name in ours}
    if register or ours:
        _write_register(folder / RETURNED, register)
    told = tuple((folder / name, why) for name, why in failed.items())
    return Written((), (), tuple(written), tuple(kept), told, stands)


def _write_register(path: Path, known: object) -> None:
    data = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True).encode()
    if _bytes_of(path) != data:
        write_file(path, data)


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
