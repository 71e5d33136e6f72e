"""A small round with everything in it that a pack must hold, and must not: for the tests of freezing."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from make_samples import fill_workbook
from tiny_round import FIRST, INIT, KEY, SECOND, YES, Round, assignment, put_system, system

from smartcity_xl.form.template import Issue
from smartcity_xl.messages import label

PEOPLE = {
    FIRST: {"leader.name": "赵演甲", "leader.phone": "0379-0000-0011", "contact.name": "钱演甲",
            "contact.phone": "0379-0000-0012", "contact.mail": "jia@example.com"},
    SECOND: {"leader.name": "赵演乙", "leader.phone": "0379-0000-0021", "contact.name": "钱演乙",
             "contact.phone": "0379-0000-0022", "contact.mail": "yi@example.com"},
}  # fmt: skip
PLANTED = (
    *(word for one in PEOPLE.values() for word in one.values()), "孙演丙", "0379-0000-0031", "bing@example.com",
    "周演丁", "0379-0000-0041", "李演戊", "吴演己", "郑演庚", "0379-0000-0051", "office@example.com",
)  # fmt: skip
"""Names, numbers and mailboxes: on covers, in remarks, in names of files, of a sender, of who decided and ruled."""
SECRETS = ("planted-mailbox-secret", "planted-archive-password")
MAIL = (
    'From: "孙演丙 0379-0000-0031" <bing@example.com>\nTo: office@example.com\nSubject: 报送 孙演丙\n'
    'Date: Sat, 21 Nov 2026 08:00:00 +0800\nMessage-ID: <1@example.com>\nMIME-Version: 1.0\n'
    'Content-Type: text/plain; charset=utf-8\n\n佐证材料另寄，周演丁 0379-0000-0041。\n'
)  # fmt: skip


def report(department: str, revision: str = "", **answers: object) -> bytes:
    key = next(one.key for one in assignment().departments.values() if one.name == department)
    remarks = {"all": "口径问吴演己 0379-0000-0051", "done": "未含郑演庚的"}
    given = {"answers": answers, "people": PEOPLE[department], "remarks": remarks}
    issue = Issue("2026", "清溪县", "2026-12-31", key=KEY)
    return fill_workbook(system()[0], assignment(), key, issue, given)


def play(home: Path) -> Round:
    """A keyed round of an office's own system: a correction, a mail, a file taken out, two conflicts, one decided."""
    put_system(home)
    round_ = Round(home)
    assert round_.run(*INIT) == 0
    settings = round_.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8").replace('\naddress = ""\n', '\naddress = "office@example.com"\n', 1)
    settings.write_text(f"# {SECRETS[0]} {SECRETS[1]}\n" + text, encoding="utf-8")
    round_.receive(**{"甲 周演丁": report(FIRST, all=100, done=40)})
    assert round_.run("collect") == 1
    round_.receive(**{
        "甲 更正": report(FIRST, all=100, done=50), "乙": report(SECOND, all=110, done=60, open=YES),
        "误": report(SECOND, all=1, done=1),
    })  # fmt: skip
    (round_.place("inbox") / "信.eml").write_text(MAIL, encoding="utf-8")
    assert round_.run("collect") == 1
    assert round_.run("exclude", "误.xlsx", "--reason", "郑演庚说是误发", "--by", "李演戊") == 0
    assert round_.run("collect") == 1
    _decide(round_)
    assert round_.run("collect") == 1
    return round_


def _decide(round_: Round) -> None:
    from deciding_desk import filled_book

    path = round_.out / label("file.decisions")
    path.write_bytes(filled_book(path.read_bytes(), done=("2", "吴演己核对过", "李演戊")))


def members(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def texts_in(data: bytes) -> Iterator[str]:
    """All text of a file, of a workbook that of every part, also where it is parted by marks."""
    yield data.decode("utf-8", "ignore")
    yield data.decode("utf-16-le", "ignore")
    if zipfile.is_zipfile(BytesIO(data)):
        with zipfile.ZipFile(BytesIO(data)) as package:
            for name in package.namelist():
                text = package.read(name).decode("utf-8", "ignore")
                yield from (text, html.unescape(re.sub(r"<[^>]+>", "", text)))


def found_in(files: Mapping[str, bytes], words: tuple[str, ...]) -> dict[str, set[str]]:
    """Name of a file -> which of the words stand in it."""
    found = {}
    for name, data in files.items():
        text = "\n".join((name, *texts_in(data)))
        if hits := {word for word in words if word in text}:
            found[name] = hits
    return found


def repacked(pack: Path, to: Path, **changed: bytes | None) -> Path:
    """The same archive with files changed, added, or (None) taken out; the manifest stays. ``__`` stands for a dot,
    ``_s_`` for a slash."""
    named = {name.replace("__", ".").replace("_s_", "/"): data for name, data in changed.items()}
    files = {**members(pack), **named}
    with zipfile.ZipFile(to, "w") as archive:
        for name, data in files.items():
            if data is not None:
                archive.writestr(name, data)
    return to
