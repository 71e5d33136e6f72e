"""What Outlook saves, what a mail is at all, and any mail with any damage."""

from __future__ import annotations

import base64
import sys
import unicodedata
from collections.abc import Callable, Mapping

import mails
import pytest
from bounces import BOUNCE, nested
from hypothesis import given, settings
from hypothesis import strategies as st
from mails import BOOK, attachment, fates, mail, opened, part, passed_on, text, the, word

from smartcity_xl.arrival.post.kinds import kind_of
from smartcity_xl.arrival.post.mime import open_mail

NAME = "附件1：新型智慧城市评价指标填报表（朱镕基公园管理处）.xlsx"

# --- Outlook -----------------------------------------------------------------------------------------------------

TRANSPORT = (
    "Received: from a by mx.office.example.com; Mon, 25 Feb 2019 09:30:15 +0800\r\nFrom: =?gb2312?B?wO7LxA==?= "
    "<lisi@dept.example.com>\r\nSubject: =?gb2312?B?zO6xqA==?=\r\nAuto-Submitted: {}\r\n"
)
P7M = ("application/pkcs7-mime", b"\x30\x80")
SIGNED = ("multipart/signed", mail(text(), attachment("表.xlsx", BOOK), kind="signed"))
MSG: Mapping[str, tuple[Callable[[], bytes], dict[str, tuple[str, list[str]]], list[str]]] = {
    "a workbook": (lambda: mails.msg({NAME: BOOK}).to_bytes(), {"": ("opened", [])}, [NAME]),
    "texts in code page 936, with a character that gb2312 lacks": (
        lambda: mails.msg({NAME: BOOK}, unicode_=False).to_bytes(),
        {"": ("opened", [])},
        [NAME],
    ),
    "a message in a message": (
        lambda: mails.msg({}, mails={"转发": mails.msg({"表.xlsx": BOOK})}).to_bytes(),
        {"": ("opened", []), "转发.msg": ("opened", [])},
        ["转发.msg/表.xlsx"],
    ),
    "a zip": (
        lambda: mails.msg({"材料.zip": mails.zipped({"表.xlsx": BOOK})}).to_bytes(),
        {"": ("opened", []), "材料.zip": ("opened", [])},
        ["材料.zip/表.xlsx"],
    ),
    "a bounce": (
        lambda: mails.msg({"空白表.xlsx": BOOK}, kind="REPORT.IPM.Note.NDR", to="lisi@dept.example.com").to_bytes(),
        {"": ("ignored", ["mail-bounce"]), "空白表.xlsx": ("ignored", ["in-automatic-mail"])},
        [],
    ),
    "a read receipt": (
        lambda: mails.msg({}, kind="REPORT.IPM.Note.IPNRN").to_bytes(),
        {"": ("ignored", ["mail-notice"])},
        [],
    ),
    "out of office": (
        lambda: mails.msg({}, kind="IPM.Note.Rules.OofTemplate.Microsoft").to_bytes(),
        {"": ("ignored", ["mail-automatic"])},
        [],
    ),
    "an automatic reply by its headers": (
        lambda: mails.msg({}, headers=TRANSPORT.format("auto-replied")).to_bytes(),
        {"": ("ignored", ["mail-automatic"])},
        [],
    ),
    "nothing": (lambda: mails.msg({}).to_bytes(), {"": ("opened", ["mail-empty"])}, []),
    "a cloud attachment": (
        lambda: mails.msg({}, html='<a href="https://wx.mail.qq.com/ftn/download?k=1">x</a>').to_bytes(),
        {"": ("opened", ["cloud-attachment"])},
        [],
    ),
    "a sealed mail": (
        lambda: mails.msg({}, sealed={"smime.p7m": P7M}).to_bytes(),
        {"": ("rejected", ["mail-sealed"])},
        [],
    ),
    "a signed mail, readable": (
        lambda: mails.msg({}, sealed={"smime.p7m": SIGNED}).to_bytes(),
        {"": ("opened", []), "附带邮件1.eml": ("opened", [])},
        ["附带邮件1.eml/表.xlsx"],
    ),
    "one cut off": (
        lambda: mails.msg({"表.xlsx": BOOK * 900}).to_bytes()[:9_000],
        {"": ("rejected", ["mail-damaged"])},
        [],
    ),
}


@pytest.mark.parametrize("case", MSG)
def test_a_message_saved_by_outlook_is_read(case: str) -> None:
    make, expected, taken = MSG[case]
    unpacked = opened(make(), "信.msg")
    assert fates(unpacked) == expected
    assert list(passed_on(unpacked)) == taken


def test_outlooks_headers_stand_before_its_properties_and_these_serve_where_there_are_none() -> None:
    first = the(opened(mails.msg({}, headers=TRANSPORT.format("no")).to_bytes())).letter
    second = the(opened(mails.msg({}, unicode_=False, subject="镕城填报").to_bytes())).letter
    assert first is not None
    assert second is not None
    assert (first.sender, first.sender_name, first.subject) == ("lisi@dept.example.com", "李四", "填报")
    assert str(first.received) == "2019-02-25 09:30:15+08:00"
    assert (second.sender, second.sender_name, second.subject) == ("zhangsan@dept.example.com", "张三", "镕城填报")
    assert str(second.received) == "2019-02-25 01:30:15+00:00"
    assert second.to == ("office@example.com",)


def test_streams_that_together_are_larger_than_the_file_are_not_read() -> None:
    """Streams of a small file can share their sectors; reading them all would fill the memory."""
    data = bytearray(mails.msg({"表.xlsx": BOOK * 900}).to_bytes())
    at = data.index("__substg1.0_37010102".encode("utf-16-le"))
    data[at + 120 : at + 124] = (2**30).to_bytes(4, "little")
    assert fates(opened(bytes(data)))[""] == ("rejected", ["mail-damaged"])


# --- winmail.dat -------------------------------------------------------------------------------------------------


def winmail(data: bytes) -> bytes:
    return mail(text(), part('Content-Type: application/ms-tnef; name="winmail.dat"', data))


@pytest.mark.parametrize(
    ("codepage", "encoding"),
    [(936, "gbk"), (936, "gb18030"), (1252, "gbk"), (0, "gbk"), (0, "utf-8"), (65001, "utf-8")],
)
def test_a_winmail_dat_gives_its_files_whatever_code_page_it_states(codepage: int, encoding: str) -> None:
    unpacked = opened(winmail(mails.tnef({"镕表.xlsx": BOOK, "b.pdf": b"%PDF"}, codepage, encoding)))
    assert passed_on(unpacked) == {"winmail.dat/镕表.xlsx": BOOK, "winmail.dat/b.pdf": b"%PDF"}
    assert fates(unpacked) == {"": ("opened", []), "winmail.dat": ("opened", [])}


def test_a_winmail_dat_is_named_where_the_optional_reader_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tnefparse", None)
    assert fates(opened(winmail(mails.tnef({"a.xlsx": BOOK}))))["winmail.dat"] == ("rejected", ["winmail"])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (mails.tnef({}), ("opened", ["winmail-empty"])),
        (mails.tnef({"a.xlsx": BOOK})[:-6], ("rejected", ["mail-damaged"])),
        (mails.tnef({}) + b"\0" * 11 * 5_000, ("rejected", ["mail-parts"])),
    ],
    ids=["without files", "cut off", "five thousand objects"],
)
def test_a_winmail_dat_that_gives_nothing_is_told(data: bytes, expected: tuple[str, list[str]]) -> None:
    assert fates(opened(winmail(data)))["winmail.dat"] == expected


# --- what is a mail at all ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("信.eml", b"Subject: x\r\n\r\n", "mail"),
        ("信", mails.foxmail("a", b""), "mail"),
        ("信.txt", mails.qq("a", b""), "mail"),
        ("信.EML", b"anything", "mail"),
        ("信.eml", b"", ""),
        ("表.eml", mails.zipped({"xl/workbook.xml": b""}), ""),
        ("说明.txt", "主题: 填报\n日期: 今天\n".encode(), ""),
        ("log.txt", b"From: a\nTo: b\nthen something else\n", ""),
        ("便条.txt", b"From: a\nTo: b\n\nhello\n", ""),
        ("表.csv", "指标,值".encode("gbk"), ""),
        ("x.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "msg"),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ""),
    ],
)
def test_content_decides_what_a_container_is(name: str, data: bytes, kind: str) -> None:
    assert kind_of(name, data) == kind


# --- any mail, and any damage ------------------------------------------------------------------------------------

_NAMES = (
    st.text(
        st.sampled_from("填报表数据镕喆（）：附件 abcXYZ019._-%&'+=#~")
        | st.characters(categories=("Lu", "Ll", "Lo", "Nd")),
        min_size=1,
        max_size=60,
    )
    .map(str.strip)
    .filter(bool)
)
_FORMS: Mapping[str, Callable[[str, bytes], bytes]] = {
    "a word": attachment,
    "QQ": lambda name, data: part(f'Content-Type: application/octet-stream;\n\tname="{word(name)}"', data),
    "163": lambda name, data: part(
        f"Content-Disposition: attachment; filename*=GB18030''{mails.quote(name.encode('gb18030'), safe='')}", data
    ),
    "Outlook": lambda name, data: part(
        'Content-Disposition: attachment;\n filename="'
        + "\n ".join(
            f"=?gb2312?B?{base64.b64encode(name.encode('gb18030')[at : at + 15]).decode()}?="
            for at in range(0, len(name.encode("gb18030")), 15)
        )
        + '"',
        data,
    ),
    "segments": lambda name, data: part(
        "Content-Disposition: attachment"
        + "".join(
            f";\n filename*{at}*={chr(39) * 2 if not at else ''}{mails.quote(bytes([sign]), safe='')}"
            for at, sign in enumerate(name.encode())
        ).replace("filename*0*=''", "filename*0*=utf-8''"),
        data,
    ),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_NAMES, st.binary(min_size=1, max_size=200), st.sampled_from(sorted(_FORMS))), max_size=5))
def test_any_mail_gives_back_all_its_attachments_with_their_names(files: list[tuple[str, bytes, str]]) -> None:
    found = open_mail(mail(text(), *(_FORMS[form](name, data) for name, data, form in files)), "")
    expected = [(unicodedata.normalize("NFC", name), data) for name, data, _ in files]
    assert [(piece.name, piece.data) for piece in found.pieces] == expected


_WHOLE = {
    "信.eml": mails.outlook(NAME, BOOK),
    "层.eml": nested(4),
    "退.eml": BOUNCE,
    "w.eml": winmail(mails.tnef({"镕.xlsx": BOOK})),
    "信.msg": mails.msg({NAME: BOOK}, mails={"内": mails.msg({"表.xlsx": BOOK})}).to_bytes(),
    "表.zip": mails.zipped({"表.xlsx": BOOK, "内.zip": mails.zipped({"b.xlsx": BOOK})}),
    "表.rar": mails.rar({"表.xlsx": BOOK, "b.xlsx": BOOK}),
    "表.7z": mails.sevenzipped({"表.xlsx": BOOK}),
    "w.dat": mails.tnef({"a.xlsx": BOOK}),
}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_raises_anything(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(_WHOLE)))
    whole = bytearray(_WHOLE[name])
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    unpacked = opened(bytes(whole[: data.draw(st.integers(0, len(whole)))]), name)
    fates(unpacked)
    assert unpacked.parcels or unpacked.receipts, "whatever came is accounted for"
