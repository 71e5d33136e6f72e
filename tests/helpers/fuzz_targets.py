"""What reads foreign bytes or texts, each with what it may be given and what it may answer: a value or a finding."""

from __future__ import annotations

import io
import string
import tarfile
import time
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from hypothesis import strategies as st
from mails import attachment, foxmail, mail, msg, netease, opened, outlook, qq, rar, sevenzipped, text, tnef, zipped
from support import CHOICE, filled, parcel, repacked, slot

from smartcity_xl.arrival.post.limits import NAME
from smartcity_xl.arrival.post.names import attachment_name, decode_words, show_name
from smartcity_xl.books.opener import OpenWorkbook
from smartcity_xl.books.package import Refused
from smartcity_xl.books.values import Reading, read_cell
from smartcity_xl.documents.names import parse_name, spellings
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.model import Kind, State
from smartcity_xl.rules.syntax import Rule, RuleError, parse_rule

LONGEST = 5.0
"""Seconds that one input may take, on a busy machine too."""


@dataclass(frozen=True)
class Target:
    """``inputs`` are what it is given; ``look`` raises AssertionError where an answer is none that is declared.
    ``short`` says how many a run of the suite tries."""

    inputs: st.SearchStrategy[Any]
    look: Callable[[Any], None]
    short: int


def try_one(target: Target, given: Any) -> None:
    """Give one input, and hold the answer and the time against what is promised."""
    begun = time.monotonic()
    target.look(given)
    assert time.monotonic() - begun < LONGEST


# --- bytes, spoilt -----------------------------------------------------------------------------------------------

Change = tuple[str, float, bytes]
TOKENS = (
    b"\0", b"\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"PK\3\4", b"PK\5\6", b"<", b">", b"&#x1;", b"<!DOCTYPE x [",
    b"]]>", b"\r\n", b"\r\n\r\n", b"--", b"=?gbk?B?", b"?=", b"1E999", b"-1", b"../", b"\x1b[2J", b"A" * 300, b"\x80",
    "表".encode(),
)  # fmt: skip
_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(("flip", "put", "insert", "cut", "double", "end", "zero")),
        st.floats(0, 1, exclude_max=True, allow_nan=False),
        st.one_of(st.sampled_from(TOKENS), st.binary(min_size=1, max_size=8)),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def spoil(data: bytes, changes: Sequence[Change]) -> bytes:
    for way, place, token in changes:
        at = int(place * len(data))
        match way:
            case "flip":
                data = data[:at] + bytes([data[at] ^ token[0]]) + data[at + 1 :] if data else token
            case "put":
                data = data[:at] + token + data[at + len(token) :]
            case "insert":
                data = data[:at] + token + data[at:]
            case "cut":
                data = data[:at] + data[at + 16 * len(token) :]
            case "double":
                data = data[:at] + 3 * data[at : at + 64] + data[at + 64 :]
            case "end":
                data = data[:at]
            case "zero":
                data = data[:at] + bytes(len(token)) + data[at + len(token) :]
    return data


def spoilt(*seeds: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(st.builds(spoil, st.sampled_from(seeds), _CHANGES), st.binary(max_size=200))


# --- packages ----------------------------------------------------------------------------------------------------


@cache
def _book() -> bytes:
    return repacked(filled("secrecy", leak_events=1))


def _spoil_part(choice: tuple[int, list[Change]]) -> bytes:
    number, changes = choice
    with zipfile.ZipFile(io.BytesIO(_book())) as book:
        name = book.namelist()[number % len(book.namelist())]
    return repacked(_book(), {name: lambda part: spoil(part, changes)})


def _look_at_package(data: bytes) -> None:
    try:
        book = open_workbook(parcel(data))
    except Refused:
        return
    assert isinstance(book, OpenWorkbook)


# --- numbers, names, rules ---------------------------------------------------------------------------------------

_DIGITS = "0123456789０１٣ . , 。，、-－+—eE%％‰亿万千百元人个/×*()（）〇一二三十約约大于≥≤>< \u200b\u202e\t"
NUMBERS = st.one_of(
    st.text(alphabet=_DIGITS, max_size=40), st.text(max_size=40), st.floats(), st.integers(), st.booleans(), st.none(),
    st.builds(
        str.__add__, st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{0,30})?", fullmatch=True), st.text(_DIGITS, max_size=6)
    ),
)  # fmt: skip
_SLOTS = (slot(Kind.COUNT), slot(Kind.SHARE), slot(Kind.MONEY), slot(Kind.YESNO), CHOICE)
_CODES = ("", "0.00", "0%", '0"万"', "0,", "0,,", "# ?/?", "yyyy-mm-dd", "[$-804]0.0E+00", '""', ";;;", "@")


def _look_at_number(given: tuple[Any, str]) -> None:
    cell, code = given
    for one in _SLOTS:
        reading = read_cell(cell, one, code=code)
        assert isinstance(reading, Reading)
        assert (reading.value is not None) == (reading.state is State.VALUE)
        assert reading.value is None or isinstance(reading.value, Fraction)
        assert reading.state is not State.UNREADABLE or reading.problems, "why is said"


def _look_at_name(raw: bytes) -> None:
    name = attachment_name(b"attachment; filename=" + raw, b"application/octet-stream; name=" + raw)
    for shown in (show_name(name, "附件"), show_name(decode_words(raw), "附件")):
        assert 0 < len(shown) <= 10 * NAME, "each sign that nobody sees is spelled out"
        assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    spellings(name)
    parse_name(name)


_WORDS = st.sampled_from(
    ("ratio", "share", "min", "max", "if", "band", "points", "count", "pick", "stars", "mean", "and", "or", "not", "a",
     "b.c", "1", "0.5", "85%", "(", ")", ",", ":", "+", "-", "*", "/", ">", ">=", "<", "=", "==", "\n", "#", "。", "\0")
)  # fmt: skip
RULES = st.one_of(
    st.lists(_WORDS, max_size=30).map(" ".join), st.text(max_size=60),
    st.builds(
        lambda n, sign: sign * n + "a" + ")" * n, st.integers(0, 3000), st.sampled_from(("(", "-", "not ", "min("))
    ),
    st.text(alphabet=string.printable, max_size=60),
)  # fmt: skip


def _look_at_rule(source: str) -> None:
    try:
        rule = parse_rule(source)
    except RuleError:
        return
    assert isinstance(rule, Rule)


# --- mails and archives ------------------------------------------------------------------------------------------

_SMALL = {"表.xlsx": b"PK\3\4 no workbook", "说明.txt": "内容".encode()}


@cache
def _mails() -> tuple[bytes, ...]:
    data = next(iter(_SMALL.values()))
    return (
        mail(text(), attachment("表.xlsx", data)), qq("表.xlsx", data), netease("表.xlsx", data),
        outlook("表.xlsx", data), foxmail("表.xlsx", data),
        mail(text(), attachment("内.zip", zipped(_SMALL)), headers="From: a@example.com"),
    )  # fmt: skip


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in _SMALL.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def _look_inside(name: str) -> Callable[[bytes], None]:
    """Whatever lies in it is passed on or told, and nothing is a fault of ours."""

    def look(data: bytes) -> None:
        found = opened(data, name)
        assert found.parcels or found.receipts
        for receipt in found.receipts:
            codes = {finding.code for finding in receipt.findings}
            assert "own-bug" not in codes, [finding.parameters for finding in receipt.findings]
        assert sum(len(one.data) for one in found.parcels) < 50_000_000

    return look


def targets() -> Mapping[str, Target]:
    packages = st.one_of(
        spoilt(_book()), st.builds(_spoil_part, st.tuples(st.integers(0, 99), _CHANGES)),
    )  # fmt: skip
    names = spoilt(
        b'"\xb1\xed.xlsx"', b"=?gb2312?B?se0ueGxzeA==?=", "表.xlsx".encode(), b'"=?utf-8?Q?=E8=A1=A8?= .xlsx"',
        b"x; filename*0*=utf-8''%E8%A1; filename*1*=%A8.xlsx", b'"..\\..\\a.xlsx"; size=3',
    )  # fmt: skip
    outer = {
        "mails": ("信.eml", _mails()), "Outlook's mails": ("信.msg", (msg(_SMALL).to_bytes(),)),
        "TNEF": ("winmail.dat", (tnef(_SMALL),)),
        "zips": ("包.zip", (zipped(_SMALL), zipped(_SMALL, zipfile.ZIP_STORED))),
        "tars": ("包.tar", (_tar(),)), "RARs": ("包.rar", (rar(_SMALL),)), "7z": ("包.7z", (sevenzipped(_SMALL),)),
    }  # fmt: skip
    short = {"mails": 60, "7z": 20, "RARs": 10, "Outlook's mails": 30}
    return {
        "packages": Target(packages, _look_at_package, 40),
        "numbers": Target(st.tuples(NUMBERS, st.sampled_from(_CODES)), _look_at_number, 250),
        "names of attachments": Target(names, _look_at_name, 200),
        "rules": Target(RULES, _look_at_rule, 200),
        **{
            kind: Target(spoilt(*seeds), _look_inside(name), short.get(kind, 50))
            for kind, (name, seeds) in outer.items()
        },
    }
