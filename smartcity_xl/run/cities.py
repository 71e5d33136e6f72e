"""One city of many: what is to be done for it and what came of it, as plain data that travel between processes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from smartcity_xl.errors import NothingUsable, XlscoreError
from smartcity_xl.ledger import LEDGER_FOLDER, Keeping, parse_moment
from smartcity_xl.messages import LANGUAGES, label, word_error
from smartcity_xl.model import Parcel
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.results.gist import Gist

ROUND, INBOX = "round", "inbox"
"""Where a city's workbooks lie: in a round's own folder, with its settings; or in a folder, or an archive, alone."""
DONE, NOTHING, FAILED, KILLED = "done", "nothing", "failed", "killed"
"""What became of a city: written; no form in it counts; a fault that a person must see to; its worker was killed."""
_NOTHING_CAME = "inbox-empty"
"""Of a round in which nobody has reported yet: as good as a folder without a form."""
_LOG = logging.getLogger(__name__)


class CityTask(Struct, frozen=True):
    """Everything that the collection of one city rests on, beside the files.

    ``place``: the folder of a round (``kind`` ROUND), or a folder or archive with workbooks (INBOX). ``out`` and
    ``ledger`` are folders; a round has its own, and says itself which systems, assignment and round it is about.
    ``at``: the moment of the run (UTC). ``spared``: hashes of parcels that are not read again, each with how the
    process ended that read it.
    """

    name: str
    place: str
    out: str
    at: str
    kind: str = INBOX
    ledger: str = ""
    systems: tuple[str, ...] = ()
    assignment: str = ""
    round: str = ""
    return_by: str = ""
    passwords: tuple[str, ...] = ()
    as_of: str = ""
    anchored: bool = False
    summaries: bool = True
    spared: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Without the passwords, which nobody may see."""
        return (
            f"CityTask({', '.join(f'{name}={value!r}' for name, value in asdict(self).items() if name != 'passwords')})"
        )


class Remark(Struct, frozen=True):
    """A sentence on the way: its code and parameters."""

    code: str
    parameters: dict[str, str] = {}


class CityOutcome(Struct, frozen=True):
    """What the collection of one city came to.

    ``fault`` says why there is nothing, or nothing whole: a code of ``messages/errors.toml`` with its parameters, and
    ``words`` the same in each language, with every fault of a file. ``files``: path -> SHA-256 of the files that belong
    together (results, summary, decision workbook), whether this run wrote them or found them the same; ``returned``
    of the workbooks that go back. ``kept`` and ``failed`` as in ``files.Written``. ``told``: what was said on the way.
    """

    name: str
    place: str
    out: str
    state: str
    fault: Remark | None = None
    words: dict[str, str] = {}
    gist: Gist | None = None
    files: dict[str, str] = {}
    returned: dict[str, str] = {}
    kept: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    told: tuple[Remark, ...] = ()
    spared: tuple[str, ...] = ()
    """Names of the parcels that were not read, since a process was killed over them."""

    @property
    def results(self) -> tuple[str, ...]:
        """The paths of the city's records: one for each system."""
        return tuple(path for path in self.files if path.endswith(".json"))

    @property
    def workbooks(self) -> int:
        """How many workbooks count, or did until a later one replaced them."""
        return sum(self.gist.receipts.get(state, 0) for state in ("taken", "superseded")) if self.gist else 0


def collect_city(
    task: CityTask, follow: Follow = unfollowed, note: Callable[[Parcel | None], None] | None = None
) -> CityOutcome:
    """What ``xlscore collect`` of this city alone does, and what came of it. Nothing that is wrong with the city's
    data, with its settings or with its folders is raised: it is the outcome. ``note`` is told of each parcel before it
    is read, and None once it was."""
    told: list[Remark] = []

    def tell(code: str, **parameters: object) -> None:
        told.append(_said(code, parameters))

    try:
        outcome = _collect(task, follow, note, tell)
    except XlscoreError as fault:
        state = NOTHING if isinstance(fault, NothingUsable) or fault.code == _NOTHING_CAME else FAILED
        outcome = fail_city(task, state, fault)
    except MemoryError:
        outcome = fail_city(task, FAILED, XlscoreError("city-memory", city=task.name))
    except Exception as error:  # noqa: BLE001 - whatever it is, it costs this city alone, and is told
        _LOG.error("%s could not be collected", task.name, exc_info=error)
        outcome = fail_city(task, FAILED, XlscoreError("city-bug", error=f"{type(error).__name__}: {error}"))
    return replace(outcome, told=tuple(told))


def fail_city(task: CityTask, state: str, fault: XlscoreError) -> CityOutcome:
    """The outcome of a city of which nothing came."""
    words = {language: word_error(fault, language) for language in LANGUAGES}
    return CityOutcome(task.name, task.place, task.out, state, _said(fault.code, fault.parameters), words)


def _said(code: str, parameters: dict[str, object]) -> Remark:
    return Remark(code, {name: str(value) for name, value in parameters.items()})


def _collect(
    task: CityTask, follow: Follow, note: Callable[[Parcel | None], None] | None, tell: Callable[..., None]
) -> CityOutcome:
    from smartcity_xl.run.choice import Choice
    from smartcity_xl.run.collected import collect_or_repeat
    from smartcity_xl.run.collection import Collection
    from smartcity_xl.run.orders import order_collection

    own = task.kind == ROUND
    chosen = Choice() if own else Choice(task.systems, Path(task.assignment) if task.assignment else None)
    order = order_collection(
        Path(task.place) if own else None,
        chosen if own else replace(chosen, round=task.round),
        None if own else Path(task.place),
        None if own else Path(task.out),
        None if own else Path(task.ledger or Path(task.out) / LEDGER_FOLDER),
        None if own or task.as_of else _standing_decisions(Path(task.out)),
        task.return_by,
        back=bool(task.as_of),
    )
    back = parse_moment(task.as_of) if task.as_of else ""
    gist, done = collect_or_repeat(
        Collection(
            order.inbox, order.out, order.choice, order.roster, order.authserv,
            Keeping(order.ledger, task.at, back, tell, task.anchored),
            order.decisions, order.return_by, task.passwords, order.home, follow,
            summaries=task.summaries, spared=dict(task.spared), note=note,
        )
    )  # fmt: skip
    return CityOutcome(
        task.name, task.place, str(order.out), DONE, gist=gist,
        files={str(path): done.digest(path) for path in (*done.written, *done.unchanged)},
        returned={str(path): done.digest(path) for path in done.returned},
        kept=tuple(map(str, done.kept)),
        failed=tuple((str(path), reason) for path, reason in done.failed),
    )  # fmt: skip


def _standing_decisions(out: Path) -> Path | None:
    """The decision workbook that stands in a city's folder counts, as a round's own does: no option can name one for
    each of many."""
    book = out / label("file.decisions")
    return book if book.exists() else None
