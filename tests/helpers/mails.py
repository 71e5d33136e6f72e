"""Mails as the programs of this country form them, as bytes, and archives made by real programs.

Header shapes are those of QQ, NetEase (163), Outlook and Foxmail; every name, address and id is invented.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from support import assert_worded

from smartcity_xl.arrival.post import Unpacked, unpack
from smartcity_xl.model import Parcel, Receipt

BOOK = b"PK\x03\x04 not really a workbook"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def word(text: str, charset: str = "utf-8", encoding: str | None = None) -> str:
    """One encoded word (RFC 2047): the label and the real encoding can differ, as they do in life."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(encoding or charset)).decode()}?="


def lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n").rstrip()


def part(headers: str | bytes, body: bytes = b"", encode: bool = True) -> bytes:
    raw = headers.encode() if isinstance(headers, str) else headers
    if encode:
        return raw.replace(b"\n", b"\r\n") + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines(body)
    return raw.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body


def attachment(name: str, data: bytes, kind: str = WORKBOOK) -> bytes:
    """An attachment as Foxmail writes one: the name as an encoded word, twice."""
    return part(
        f'Content-Type: {kind};\n\tname="{word(name)}"\nContent-Disposition: attachment;\n\tfilename="{word(name)}"',
        data,
    )


def text(words: str = "您好，填报表见附件。", kind: str = "plain") -> bytes:
    return part(f"Content-Type: text/{kind};\n\tcharset=utf-8", words.encode())


def mail(*parts: bytes, headers: str = "", boundary: str = "", kind: str = "mixed", closed: bool = True) -> bytes:
    """A mail of these parts. ``headers`` stand on top and replace those of the same name."""
    boundary = boundary or f"----=_NextPart_{zlib.crc32(b''.join(parts)):08X}_{len(parts)}"
    given = {line.partition(":")[0].casefold() for line in headers.splitlines() if line[:1] not in (" ", "\t")}
    usual = {
        "Received": "from mail.example.com (unknown [192.0.2.8])\n\tby mx.office.example.com (Coremail) with SMTP\n"
        "\tid AQAAfwD3_6cR; Mon, 25 Feb 2019 09:30:15 +0800 (CST)",
        "From": f"{word('张三', 'gb18030')} <zhangsan@dept.example.com>",
        "To": f"{word('评价办')} <office@example.com>",
        "Subject": word("智慧城市填报"),
        "Date": "Mon, 25 Feb 2019 09:30:01 +0800",
        "Message-ID": "<5C7346A9.0A1B2C@dept.example.com>",
        "Mime-Version": "1.0",
        "Content-Type": f'multipart/{kind};\n\tboundary="{boundary}"',
    }
    top = headers.strip("\n") + "\n" if headers else ""
    top += "".join(f"{name}: {value}\n" for name, value in usual.items() if name.casefold() not in given)
    edge = b"--" + boundary.encode()
    body = b"".join(edge + b"\r\n" + one + b"\r\n" for one in parts) + (edge + b"--\r\n" if closed else b"")
    return top.encode().replace(b"\n", b"\r\n") + b"\r\n" + body


def inside(message: bytes, name: str = "") -> bytes:
    """A mail attached to a mail."""
    shown = f';\n\tname="{word(name)}"' if name else ""
    return part(f"Content-Type: message/rfc822{shown}", message, encode=False)


# --- whole mails, as four programs form them -------------------------------------------------------------------


def qq(name: str, data: bytes) -> bytes:
    """QQ: the parts in 8 bits, names as words in quotes."""
    return mail(
        part(
            'Content-Type: multipart/alternative;\n\tboundary="----=_Alt_6560"',
            b"------=_Alt_6560\r\n"
            + text()
            + b"\r\n------=_Alt_6560\r\n"
            + text("<div>填报表见附件</div>", "html")
            + b"\r\n------=_Alt_6560--",
            encode=False,
        ),
        part(
            f'Content-Type: application/octet-stream;\n\tcharset="utf-8";\n\tname="{word(name)}"\n'
            f'Content-Disposition: attachment; filename="{word(name)}"',
            data,
        ),
        headers="X-QQ-mid: xmsmtpt1551058201t1a2b3c4d\nX-QQ-ORGSender: zhangsan@dept.example.com\n"
        'From: "=?gb18030?B?1cXI/Q==?=" <zhangsan@dept.example.com>\nX-QQ-MIME: TCMime 1.0 by Tencent\n'
        "X-Mailer: QQMail 2.x\nX-QQ-Mailer: QQMail 2.x",
    )


def netease(name: str, data: bytes) -> bytes:
    """163: GBK under its own label, the name in the disposition by RFC 2231 and as a word in the type."""
    gbk = quote(name.encode("gbk"))
    return mail(
        part(
            f'Content-Type: application/octet-stream; name="{word(name, "GBK")}"\n'
            f"Content-Disposition: attachment; filename*=GBK''{gbk}",
            data,
        ),
        headers="X-Originating-IP: [192.0.2.8]\nX-Priority: 3\nX-Mailer: Coremail Webmail Server Version XT3.0.8\n"
        "X-CM-TRANSID: AQAAfwD3_6cR\nX-CM-SenderInfo: x1v2z3\n"
        'Content-Type: multipart/mixed; \n\tboundary="----=_Part_1"',
        boundary="----=_Part_1",
    )


def outlook(name: str, data: bytes) -> bytes:
    """Outlook: gb2312 on the label, and the name in words split at a fixed length, inside characters too."""
    raw = name.encode("gbk")
    split = "\n ".join(f"=?gb2312?B?{base64.b64encode(raw[at : at + 15]).decode()}?=" for at in range(0, len(raw), 15))
    return mail(
        text(),
        part(
            f'Content-Type: {WORKBOOK};\n\tname="{split}"\nContent-Description: {split}\n'
            f'Content-Disposition: attachment; filename="{split}"; size={len(data)};\n'
            '\tcreation-date="Mon, 25 Feb 2019 01:29:00 GMT"',
            data,
        ),
        headers="Thread-Topic: x\nThread-Index: AdTMo1Z2\nAccept-Language: zh-CN, en-US\nX-MS-Has-Attach: yes\n"
        "X-MS-TNEF-Correlator:\nX-Mailer: Microsoft Outlook 16.0",
    )


def foxmail(name: str, data: bytes) -> bytes:
    return mail(
        text(),
        attachment(name, data),
        headers="X-Priority: 3\nX-GUID: 0F8A4C\nX-Has-Attach: yes\nX-Mailer: Foxmail 7.2.10.151[cn]",
    )


PROGRAMS = {"QQ": qq, "163": netease, "Outlook": outlook, "Foxmail": foxmail}


# --- archives --------------------------------------------------------------------------------------------------


def zipped(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with names as Python writes them: flagged UTF-8 where they are not ASCII."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def zipped_as(name: bytes, data: bytes) -> bytes:
    """A zip of one file whose name stands there as these bytes, unflagged: as a Chinese Windows or a Mac leaves it."""
    plain = zipped({"x" * len(name): data})
    return plain.replace(b"x" * len(name), name)


def rar(files: Mapping[str, bytes], method: int = 0, locked: bool = False, split: bool = False) -> bytes:
    """A RAR 5 archive, laid out by hand from the published description, for no free program makes one.

    Its files are stored. With a ``method`` it says that they are packed, which they are not; ``locked`` and ``split``
    say that they have a password, or go on in another volume.
    """

    def number(value: int) -> bytes:
        out = b""
        while value > 0x7F:
            out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
        return out + bytes([value])

    def block(fields: bytes) -> bytes:
        sized = number(len(fields)) + fields
        return zlib.crc32(sized).to_bytes(4, "little") + sized

    out = b"Rar!\x1a\x07\x01\x00" + block(number(1) + number(0) + number(1 if split else 0))
    for name, data in files.items():
        raw = name.encode()
        key = number(1) + number(0) + number(0) + bytes([15]) + bytes(16) + bytes(16)  # AES-256: how, salt, start
        extra = number(len(key)) + key if locked else b""
        fields = number(2) + number(2 | (1 if extra else 0) | (16 if split else 0))
        fields += (number(len(extra)) if extra else b"") + number(len(data))
        fields += number(4) + number(len(data)) + number(0o644) + zlib.crc32(data).to_bytes(4, "little")
        fields += number(method << 7) + number(1) + number(len(raw)) + raw + extra
        out += block(fields) + data
    return out + block(number(5) + number(0) + number(1 if split else 0))


# --- Outlook's own formats -------------------------------------------------------------------------------------


def msg(
    files: Mapping[str, bytes],
    *,
    headers: str = "",
    subject: str = "智慧城市填报",
    kind: str = "IPM.Note",
    sender: str = "zhangsan@dept.example.com",
    to: str = "office@example.com",
    unicode_: bool = True,
    mails: Mapping[str, Any] | None = None,
    sealed: Mapping[str, tuple[str, bytes]] | None = None,
    html: str = "",
) -> Any:
    """A message as Outlook saves one, by a writer that is not the reader. ``.to_bytes()`` gives the file.

    Without ``unicode_`` its texts are in GBK and it says code page 936, as Outlook does for its older format.
    """
    from aspose.email_foss.msg import MapiMessage, PropertyTypeCode

    def shown(text: str) -> str:
        return text if unicode_ else text.encode("gbk").decode("latin-1")  # what the writer makes these bytes again

    string = PropertyTypeCode.PTYP_STRING if unicode_ else PropertyTypeCode.PTYP_STRING8
    message = MapiMessage.create(shown(subject), shown("您好，填报表见附件。"), unicode_strings=unicode_)
    message.message_class = kind
    if not unicode_:
        message.set_property(0x3FFD, PropertyTypeCode.PTYP_INTEGER32, 936)
    if headers:
        message.set_property(0x007D, string, shown(headers))
    if html:
        message.set_property(0x1013, PropertyTypeCode.PTYP_BINARY, html.encode())
    message.set_property(0x0C1A, string, shown("张三"))
    message.set_property(0x0C1E, string, "SMTP")
    message.set_property(0x0C1F, string, sender)
    message.set_property(0x0E06, PropertyTypeCode.PTYP_TIME, datetime(2019, 2, 25, 1, 30, 15, tzinfo=UTC))
    message.add_recipient(to, display_name=shown("评价办"))
    for name, data in files.items():
        message.add_attachment(shown(name), data)
    for name, (mime, data) in (sealed or {}).items():
        message.add_attachment(name, data, mime_type=mime)
    for name, inner in (mails or {}).items():
        message.add_embedded_message_attachment(inner, filename=shown(name))
    return message


def tnef(files: Mapping[str, bytes], codepage: int = 936, encoding: str = "gbk") -> bytes:
    """A winmail.dat, laid out by hand from the published description (MS-OXTNEF)."""

    def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
        head = (
            bytes([level]) + name.to_bytes(2, "little") + kind.to_bytes(2, "little") + len(data).to_bytes(4, "little")
        )
        return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")

    out = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9006, 8, (0x10000).to_bytes(4, "little"))
    if codepage:
        out += attribute(1, 0x9007, 6, codepage.to_bytes(4, "little") + bytes(4))
    for name, data in files.items():
        out += attribute(2, 0x9002, 6, bytes(14))
        out += attribute(2, 0x8010, 1, name.encode(encoding) + b"\0") + attribute(2, 0x800F, 6, data)
    return out


def sevenzipped(files: Mapping[str, bytes], **options: Any) -> bytes:
    import py7zr

    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", **options) as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return stream.getvalue()


# --- what becomes of them ----------------------------------------------------------------------------------------


def opened(data: bytes, name: str = "信.eml") -> Unpacked:
    return unpack(Parcel(name, data, hashlib.sha256(data).hexdigest()))


def passed_on(unpacked: Unpacked) -> dict[str, bytes]:
    """What goes on to be read: the way to it inside the parcel, and its bytes."""
    return {parcel.name.partition("/")[2]: parcel.data for parcel in unpacked.parcels}


def fates(unpacked: Unpacked) -> dict[str, tuple[str, list[str]]]:
    """What became of the containers and of what was not taken. Every finding can be said in both languages."""
    for receipt in unpacked.receipts:
        assert_worded(receipt.findings)
    assert len({receipt.parcel for receipt in unpacked.receipts}) == len(unpacked.receipts)
    return {
        receipt.parcel.partition("/")[2]: (receipt.status, [finding.code for finding in receipt.findings])
        for receipt in unpacked.receipts
    }


def the(unpacked: Unpacked, name: str = "信.eml") -> Receipt:
    return next(receipt for receipt in unpacked.receipts if receipt.parcel == name)
