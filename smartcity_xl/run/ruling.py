"""The office's word on a file that came: which file is meant, whether the word can be given, and its entry."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from smartcity_xl.arrival.rulings import ADMISSIBLE, over
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger, has_ledger, is_ledger, open_ledger, utc
from smartcity_xl.messages import LANGUAGES, label
from smartcity_xl.messages.near import find_near
from smartcity_xl.model import Ruling, Rulings, Verb, hold_rulings
from smartcity_xl.results import Results
from smartcity_xl.results.record import FileRecord, FileStatus
from smartcity_xl.results.runs import read_runs
from smartcity_xl.results.trace import match_files

if TYPE_CHECKING:
    from smartcity_xl.model.place import Place

_SHOWN = 10


class Word(Struct, frozen=True):
    """What a person says: of which file, what, why, and who; ``undo`` takes it back."""

    what: str
    verb: Verb
    reason: str
    who: str
    undo: bool = False


class RulingEntered(Struct, frozen=True):
    """What was entered, and the department whose file it is ("" where nobody knows)."""

    ruling: Ruling
    department: str


class _Fault(Struct, frozen=True):
    """A finding in both languages, as a message shows it."""

    said: tuple[str, ...]

    def words(self, language: str = "zh") -> str:
        return self.said[LANGUAGES.index(language)]


def rule(folder: Place, word: Word, now: datetime) -> RulingEntered:
    """Enter the office's word into the ledger of a folder; the next collection goes by it.

    Raises UsageFault (no ledger, no such file, several of that name, a word that cannot be given or was given already),
    MachineFault.
    """
    reason, who = " ".join(word.reason.split()), " ".join(word.who.split())
    if not (reason and who):
        raise UsageFault("ruling-unsaid")
    if (isinstance(folder, Path) and not is_ledger(folder)) or not has_ledger(folder):
        raise UsageFault("ledger-missing", path=str(folder))
    with open_ledger(folder, utc(now)) as ledger:
        record = read_runs(ledger)[0][1]
        file = _find(ledger, record, word.what)
        rulings = hold_rulings(ledger.rulings())
        _refuse_same(record, file, word, rulings)
        codes = _admissible(record, file, rulings) if word.verb is Verb.ADMIT and not word.undo else ()
        sha256 = file.sha256 or ""
        given = Ruling(word.verb, sha256, file.file, reason, who, "", f"{now.astimezone():%z}", codes, word.undo)
        names = {one.key: one.name for one in record.departments}
        return RulingEntered(ledger.record_ruling(given), names.get(file.department or "", ""))


def _find(ledger: Ledger, record: Results, what: str) -> FileRecord:
    """The file that is meant by a path, a name of the summary, or the beginning of a hash: as the last collection left
    it, or as it came before. Raises UsageFault."""
    files = {one.sha256: one for one in reversed(record.files) if one.status is FileStatus.DUPLICATE}
    files |= {one.sha256: one for one in reversed(record.files) if one.status is not FileStatus.DUPLICATE}
    gone = [one for one in ledger.sightings() if one.sha256 not in files]
    before = [FileRecord(one.name, one.sha256, FileStatus.IGNORED, None, (), None, None) for one in gone]
    if (data := _read(Path(what))) is not None:
        sha256 = hashlib.sha256(data).hexdigest()
        found = [one for one in (*record.files, *before) if one.sha256 == sha256]
        if not found:
            raise UsageFault("ruling-not-received", path=what)
    else:
        found = match_files(record.files, what) or match_files(before, what)
    if not found:
        names = {name: one.file for one in (*record.files, *before) for name in (one.file, Path(one.file).name)}
        raise UsageFault("ruling-unknown", found=what).like(find_near(what, names))
    if len({one.sha256 or one.file for one in found}) > 1:
        listed = "\n".join(f"  {one.file}  {(one.sha256 or '')[:12]}" for one in found[:_SHOWN])
        raise UsageFault("ruling-ambiguous", found=what, files=listed)
    one = found[0]
    if not one.sha256:
        raise UsageFault("ruling-unread", file=one.file, why=_why(record, one))
    return files.get(one.sha256, one)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() else None
    except (OSError, ValueError):
        return None


def _refuse_same(record: Results, file: FileRecord, word: Word, rulings: Rulings) -> None:
    """Raises UsageFault where there is nothing to say, or nothing to take back; of a mail or an archive that which lies
    in it is to be named."""
    standing = rulings.excluded.get(file.sha256 or "")
    admitted = rulings.admitted.get(file.sha256 or "", ())
    known = standing if word.verb is Verb.EXCLUDE else admitted[-1] if admitted else None
    if word.undo:
        if known is None:
            raise UsageFault(f"{word.verb}-none", file=file.file)
        return
    if file.status is FileStatus.OPENED:
        inside = [one.file for one in record.files if one.file.startswith(f"{file.file}/")]
        raise UsageFault("ruling-container", file=file.file, files="\n".join(f"  {one}" for one in inside[:_SHOWN]))
    if standing:
        raise UsageFault("excluded-already", file=file.file, who=standing.who, reason=standing.reason)


def _admissible(record: Results, file: FileRecord, rulings: Rulings) -> tuple[str, ...]:
    """The findings over which a file can be let in. Raises UsageFault where it counts anyhow, has gone, or can never
    count."""
    codes = over(file.reasons)
    before = {code for one in rulings.admitted.get(file.sha256 or "", ()) for code in one.over}
    if codes and set(codes) <= before:
        raise UsageFault("admit-already", file=file.file)
    if file.status in (FileStatus.TAKEN, FileStatus.ATTACHED):
        raise UsageFault("admit-counts", file=file.file)
    if not any(one.sha256 == file.sha256 for one in record.files):
        raise UsageFault("admit-gone", file=file.file)
    if not codes or (file.status is FileStatus.REJECTED and not set(file.reasons) <= ADMISSIBLE):
        raise UsageFault("admit-never", file=file.file, why=_why(record, file))
    return codes


def _why(record: Results, file: FileRecord) -> _Fault:
    """Why a file does not count, as its findings say."""
    mine = [one for one in record.findings if one.file == file.file]
    zh = label("word.list").join(dict.fromkeys(one.zh.found for one in mine))
    en = "; ".join(dict.fromkeys(one.en.found for one in mine))
    return _Fault((zh, en)) if mine else _Fault((label("word.none"), "—"))
