"""Mails and archives that are neither damaged nor locked, as other programs write them: taken, or told as what they
are. Beside each stands the one that really is damaged or locked."""

from __future__ import annotations

import base64
import io
import struct
import tarfile
import tempfile
import time
from pathlib import Path

import mails
import pytest
import tnefparse
from mails import BOOK, attachment, fates, mail, opened, part, passed_on, text
from support import codes, parcel, put

from smartcity_xl.arrival.post import outlook
from smartcity_xl.books.package import Refused
from smartcity_xl.errors import NothingUsable
from smartcity_xl.form.reading.workbook import open_workbook
from smartcity_xl.run.collecting import assess

PDF = b"%PDF-1.4\n%%EOF\n"
WORDS, HTML = text(), text("<p>您好</p>", "html")


def told(unpacked: mails.Unpacked, name: str = "") -> list[str]:
    return fates(unpacked)[name][1]


def alternative(*parts: bytes, closed: bool) -> bytes:
    """A text in several forms, as a part of a mail."""
    edge = b"--ALT\r\n"
    body = b"".join(edge + one + b"\r\n" for one in parts) + (b"--ALT--\r\n" if closed else b"")
    return part('Content-Type: multipart/alternative; boundary="ALT"', body, encode=False)


# --- texts without an end ------------------------------------------------------------------------------------------


def test_two_forms_of_a_text_need_no_line_that_ends_them() -> None:
    assert told(opened(mail(WORDS, HTML, kind="alternative", closed=False))) == ["mail-empty"]
    unpacked = opened(mail(alternative(WORDS, HTML, closed=False), attachment("表.xlsx", BOOK)))
    assert (passed_on(unpacked), told(unpacked)) == ({"表.xlsx": BOOK}, [])


@pytest.mark.parametrize("parts", [(WORDS,), (WORDS, attachment("表.xlsx", BOOK)), ()], ids=len)
def test_a_text_that_broke_off_before_its_second_form_is_not_whole(parts: tuple[bytes, ...]) -> None:
    assert told(opened(mail(*parts, kind="alternative", closed=False))) == ["mail-damaged"]


def test_a_mail_whose_own_end_is_missing_is_not_whole() -> None:
    assert told(opened(mail(alternative(WORDS, HTML, closed=True), closed=False))) == ["mail-damaged"]


# --- headers and parts as old programs wrote them --------------------------------------------------------------------


def test_blanks_before_the_colons_of_headers_are_no_missing_headers() -> None:
    whole = mail(text(), attachment("表.xlsx", BOOK))
    head, gap, body = whole.partition(b"\r\n\r\n")
    spaced = head.replace(b"From:", b"From  :").replace(b"Mime-Version:", b"Mime-Version\t:") + gap + body
    assert passed_on(opened(spaced)) == {"表.xlsx": BOOK}
    assert passed_on(opened(spaced.replace(b"Received:", b"Received :"), "信")) == {"表.xlsx": BOOK}


def test_nothing_under_no_name_is_no_file_and_an_empty_file_is_one() -> None:
    nothing = part("Content-Type: application/octet-stream", b"")
    assert fates(opened(mail(text(), nothing))) == {"": ("opened", ["mail-empty"])}
    assert passed_on(opened(mail(text(), attachment("空.xlsx", b"")))) == {"空.xlsx": b""}


# --- winmail.dat -----------------------------------------------------------------------------------------------------

TNEF = mails.tnef({"证明.pdf": PDF, "章图.png": b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82"})


def test_a_winmail_dat_without_its_last_checksum_is_whole() -> None:
    unpacked = opened(TNEF[:-2], "winmail.dat")
    assert (list(passed_on(unpacked)), told(unpacked)) == (["证明.pdf", "章图.png"], [])


@pytest.mark.parametrize(
    ("data", "expected", "taken"),
    [
        pytest.param(TNEF + b"\x02\x10\x80\x06\x00\xff\xff\xff\x7f", ["mail-end-missing"], 2, id="after whole files"),
        pytest.param(TNEF[:-8], ["mail-damaged"], 0, id="in the last file"),
    ],
)
def test_a_winmail_dat_that_was_cut_gives_what_proves_itself_whole(
    data: bytes, expected: list[str], taken: int
) -> None:
    unpacked = opened(data + b"\0" * 4, "winmail.dat")
    assert (told(unpacked), len(passed_on(unpacked))) == (expected, taken)


def test_what_a_reader_does_not_know_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(outlook, "_from_tnef", fail)
    assert told(opened(TNEF, "winmail.dat")) == ["mail-unreadable"]


# --- signed and sealed -----------------------------------------------------------------------------------------------

OID = bytes.fromhex("06092a864886f70d0107")
SIGNED, SEALED = b"0\x80" + OID + b"\x02\xa0\x80", b"0\x80" + OID + b"\x03\xa0\x80"


@pytest.mark.parametrize(("envelope", "expected"), [(SIGNED, "signed-wrapping"), (SEALED, "mail-sealed")])
@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime", "application/octet-stream"])
def test_a_mail_inside_its_signature_is_not_called_encrypted(kind: str, envelope: bytes, expected: str) -> None:
    one = part(f"From: a@example.com\nContent-Type: {kind}; name=smime.p7m", envelope + bytes(90))
    assert told(opened(one)) == [expected]


@pytest.mark.parametrize(
    "data",
    [
        SIGNED + bytes(90),
        base64.encodebytes(SIGNED + bytes(90)),
        b"-----BEGIN PKCS7-----\n" + base64.encodebytes(SIGNED + bytes(90)) + b"-----END PKCS7-----\n",
    ],
    ids=["as bytes", "as base64", "between lines"],
)
def test_a_file_inside_its_signature_is_not_called_encrypted(data: bytes) -> None:
    assert told(opened(data, "填报表.xlsx.p7m")) == ["signed-wrapping"]
    assert told(opened(SEALED, "填报表.xlsx.p7m")) == ["sealed-file"]


# --- archives ------------------------------------------------------------------------------------------------------


def test_a_sparse_file_in_a_tar_is_named_and_never_put_together() -> None:
    """The library would take a minute over some kilobytes."""
    entry = tarfile.TarInfo("大.bin")
    entry.size, entry.pax_headers = 3, {"GNU.sparse.major": "0", "GNU.sparse.map": "0,3", "GNU.sparse.size": "99000000"}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(b"abc"))
        usual = tarfile.TarInfo("表.xlsx")
        usual.size = len(BOOK)
        archive.addfile(usual, io.BytesIO(BOOK))
    unpacked = opened(stream.getvalue(), "材料.tar")
    assert passed_on(unpacked) == {"表.xlsx": BOOK}
    assert fates(unpacked)["大.bin"] == ("rejected", ["member-packing"])


def test_what_calls_itself_an_archive_is_never_a_bad_workbook() -> None:
    for name in ("材料.zip", "材料.zipx"):
        assert told(opened(BOOK, name)) == ["archive-unreadable"]


def test_a_table_of_lotus_is_no_volume_of_an_archive() -> None:
    lotus = b"\0\0\x1a\0\5\x10\4\0" + bytes(200)
    assert passed_on(opened(lotus, "统计.123")) == {"": lotus}
    assert told(opened(bytes(range(256)), "材料.zip.123")) == ["archive-volumes"]


@pytest.mark.parametrize(
    ("name", "expected"), [("报告.docx", "other-damaged"), ("图.ofd", "other-damaged"), ("表.xlsx", "damaged")]
)
def test_a_document_that_cannot_be_opened_is_not_asked_for_as_a_workbook(name: str, expected: str) -> None:
    assert told_alone(name, BOOK) == [expected]


# --- the old container of office programs ----------------------------------------------------------------------------


def container(stream: str) -> bytes:
    """A message saved by Outlook whose first stream has another name: another program's file in the same container."""
    data = bytearray(mails.msg({}).to_bytes())
    known = "__properties_version1.0".encode("utf-16-le")
    at = data.index(known)
    data[at : at + 66] = stream.encode("utf-16-le").ljust(64, b"\0") + (2 * len(stream) + 2).to_bytes(2, "little")
    return bytes(data).replace(known, b"x\0" * (len(known) // 2))


@pytest.mark.parametrize(
    ("name", "stream", "expected", "kind"),
    [
        ("平面图.vsd", "VisioDocument", "other-file", "Visio"),
        ("平面图.xls", "VisioDocument", "not-a-workbook", "Visio"),
        ("海报.pub", "Quill", "other-file", "Publisher"),
        ("计划.mpp", "Props14", "other-file", "Project"),
        ("零件.sldprt", "ISolidWorksInformation", "other-file", "OLE"),
        ("报告.doc", "worddocument", "other-file", "Word"),
        ("表.xls", "Workbook", "old-workbook", ""),
        ("表.et", "Book", "old-workbook", ""),
    ],
)
def test_what_another_program_kept_in_the_same_container_is_no_old_workbook(
    name: str, stream: str, expected: str, kind: str
) -> None:
    with pytest.raises(Refused) as caught:
        open_workbook(parcel(container(stream), name))
    assert (caught.value.code, caught.value.parameters.get("kind", "")) == (
        "not-a-workbook" if expected == "other-file" else expected, kind,
    )  # fmt: skip
    assert told_alone(name, container(stream)) == [expected]


def told_alone(name: str, data: bytes) -> list[str]:
    """What the office is told of a file that lies alone in the inbox."""
    with tempfile.TemporaryDirectory() as folder, pytest.raises(NothingUsable) as caught:
        assess(put(Path(folder), {name: data}))
    return codes([refusal.finding for refusal in caught.value.faults])  # type: ignore[attr-defined]


# --- files that would keep the machine busy --------------------------------------------------------------------------


def properties(count: int, *pairs: tuple[int, int, bytes]) -> bytes:
    """A winmail.dat with one block of properties, which says of itself how many they are."""
    block = struct.pack("<I", count) + b"".join(struct.pack("<HH", kind, name) + data for kind, name, data in pairs)
    head = struct.pack("<BHHI", 1, 0x9003, 6, len(block))
    return b"\x78\x9f\x3e\x22\x01\x00" + head + block + struct.pack("<H", sum(block) & 0xFFFF) + bytes(16)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(properties(0xFFFF_FFFF), id="four thousand million properties"),
        pytest.param(properties(1, (0x1003, 0x1000, b"\xff\xff\xff\xff")), id="as many values of one"),
        pytest.param(properties(1, (0x0102, 0x1000, b"\xff\xff\xff\xff")), id="as many texts"),
    ],
)
def test_a_winmail_dat_is_not_counted_through_beyond_its_end(data: bytes) -> None:
    began = time.process_time()
    opened(data, "winmail.dat")
    assert time.process_time() - began < 5
    assert "range" not in vars(tnefparse.mapi) | vars(tnefparse.tnef)


def test_an_honest_number_of_properties_is_read() -> None:
    many = mails.tnef({f"{number}.pdf": PDF for number in range(100)})
    assert len(passed_on(opened(many, "winmail.dat"))) == 100
