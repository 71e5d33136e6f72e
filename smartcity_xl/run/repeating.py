"""A collection that would come to what the last one came to: known by what it rests on, and not made again.

It is entered as every run is, and all that it would write is proven to stand there, file by file, by its hash.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from smartcity_xl.arrival.inbox import RETURNED, RETURNED_BEFORE, UNFINISHED, known_returns
from smartcity_xl.arrival.intake import Intake
from smartcity_xl.ledger import Memory, digest_of, glance_memory
from smartcity_xl.messages import label
from smartcity_xl.results.gist import Gist
from smartcity_xl.results.together import note_path
from smartcity_xl.run.collection import Collection
from smartcity_xl.run.files import Written
from smartcity_xl.run.fingerprint import digest_data, digest_paths, program_digest


class Known(msgspec.Struct, frozen=True):
    """What a collection came to, and how everything stood when it had ended.

    ``files``: path -> SHA-256 of what it wrote, "" where it left none; ``beside`` are all workbooks in the folder of
    those that go back. ``decided`` is the hash of the decision workbook that it was given; "" where none, or one in
    which nothing was decided. ``parcels`` are all hashes that came, ``echoes`` those of them that had been put out
    before.
    """

    gist: Gist
    files: dict[str, str]
    beside: tuple[str, ...]
    written: tuple[str, ...]
    returned: tuple[str, ...]
    runs: tuple[int, ...]
    decided: str
    parcels: tuple[str, ...]
    echoes: tuple[str, ...]


_DECODER = msgspec.json.Decoder(Known)


class Repeating:
    """Looks whether a collection was made before, and remembers it once it has been made."""

    def __init__(self, collection: Collection, intake: Intake, memory: Memory) -> None:
        self._collection, self._intake, self._memory = collection, intake, memory
        self._before = known_returns(collection.out)
        self._decided = _digest(collection.decisions)

    def recall(self) -> tuple[Gist, Written] | None:
        """What the last collection came to, where this one would come to the same, and all it would write stands there;
        it is then entered like that one."""
        for whole in (True,) if self._collection.summaries else (False, True):
            key = self._key(whole)
            known = _decode(self._memory.get(key))
            if known is not None and self._holds(known):
                break
        else:
            return None
        runs = self._intake.record_again(known.runs)
        if not runs:
            return None
        self._memory.put(key, msgspec.json.encode(msgspec.structs.replace(known, runs=runs)))
        stands = {Path(path): digest for path, digest in known.files.items() if digest}
        done = Written((), tuple(map(Path, known.written)), tuple(map(Path, known.returned)), digests=stands)
        return known.gist, done

    def _holds(self, known: Known) -> bool:
        book, decisions = self._collection.book, self._collection.decisions
        own = decisions is None or (_is_same(decisions, book) and self._decided == known.files[str(book)])
        return (
            (self._decided == known.decided or (own and not known.decided))
            and tuple(sorted(self._before.intersection(known.parcels))) == known.echoes
            and _list_returned(self._collection.out) == known.beside
            and all(digest_of(Path(path)) == digest for path, digest in known.files.items())
        )

    def keep(self, gist: Gist, done: Written, parcels: frozenset[str], decides: bool) -> None:
        """Remember what this collection came to. ``done.written`` are the files that belong together; ``parcels`` all
        hashes that came; ``decides``: whether the decision workbook that was given says anything."""
        if done.failed or done.kept:
            return
        out, book = self._collection.out, self._collection.book
        folder = out / label("file.returned_folder")
        files = (*done.written, *done.returned, book, note_path(out), folder / RETURNED, folder / RETURNED_BEFORE)
        known = Known(
            gist,
            {str(path): done.digest(path) for path in files},
            _list_returned(out),
            tuple(map(str, done.written)),
            tuple(map(str, done.returned)),
            self._intake.last_runs(),
            self._decided if decides else "",
            tuple(sorted(parcels)),
            tuple(sorted(self._before & parcels)),
        )
        self._memory.put(self._key(self._collection.summaries), msgspec.json.encode(known))
        whole = done.digest(book)
        own = self._collection.decisions is not None and _is_same(self._collection.decisions, book)
        self._memory.put(_key_of_books(self._collection, whole if own else self._decided, whole), b"read")

    def _key(self, whole: bool) -> str:
        """Of all that a collection rests on, but for its decisions and what an earlier one wrote. What came, and what
        the office said of it, is told by the ledger's anchor. ``whole``: with its summaries; one that needs none is
        content with one that has them."""
        one, intake = self._collection, self._intake
        places = [path and (str(path), str(path.resolve())) for path in (one.inbox, one.out, one.home)]
        chosen = [one.choice.assignment_book] if one.choice.assignment_book else []
        systems = [Path(name) for name in one.choice.systems if os.sep in name or "/" in name or Path(name).exists()]
        return digest_data(
            program_digest(), intake.anchor, repr(intake.findings), repr(places), one.choice, one.roster, one.authserv,
            one.return_by, one.passwords, bool(one.keeping and one.keeping.anchored), digest_paths((*chosen, *systems)),
            whole, sorted(one.spared.items()),
        )  # fmt: skip


def _decode(kept: bytes | None) -> Known | None:
    try:
        return None if kept is None else _DECODER.decode(kept)
    except (msgspec.MsgspecError, ValueError):
        return None


def _list_returned(out: Path) -> tuple[str, ...]:
    """All that stands in the folder of those that go back, but what we keep beside them."""
    folder = out / label("file.returned_folder")
    there: Iterator[Path] = folder.iterdir() if folder.is_dir() else iter(())
    return tuple(sorted(path.name for path in there if not path.name.startswith(UNFINISHED)))


def _digest(path: Path | None) -> str:
    return digest_of(path) if path else ""


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _key_of_books(collection: Collection, decided: str, book: str) -> str:
    """Of the hashes of the decision workbook that is given and of the one that stands where the new one will go; and of
    the day by which workbooks are wanted back, which is looked at with them."""
    return digest_data(
        program_digest(), "decision workbooks", str(collection.decisions), decided, book, collection.return_by
    )


def books_are_known(collection: Collection) -> bool:
    """Whether the decision workbooks are as the last collection left them, and so need not be read to be believed:
    whatever is wrong with one is told before anything is entered."""
    if collection.keeping is None or collection.back:
        return False
    key = _key_of_books(collection, _digest(collection.decisions), _digest(collection.book))
    return glance_memory(collection.keeping.folder, key) is not None
