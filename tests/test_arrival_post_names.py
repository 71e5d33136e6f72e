"""Names of attachments as mail programs really write them, and names as they are shown."""

from __future__ import annotations

import base64
import unicodedata
from urllib.parse import quote

import pytest
from support import check_growth

from smartcity_xl.arrival.post.limits import NAME
from smartcity_xl.arrival.post.names import (
    apart,
    attachment_name,
    decode_bytes,
    decode_words,
    parameters,
    show_name,
    show_text,
)

NAME_ZH = "附件1：朱镕基公园数据（终稿）.xlsx"
GBK = NAME_ZH.encode("gbk")
UTF8 = NAME_ZH.encode()


def disposition(rest: bytes) -> tuple[bytes, bytes]:
    return b"attachment;\r\n " + rest, b"application/octet-stream"


def words_of(data: bytes, charset: str, size: int, encoding: str = "B") -> bytes:
    """Bytes as encoded words of a fixed size, split wherever that falls."""
    cut = [data[at : at + size] for at in range(0, len(data), size)]
    if encoding == "B":
        return b"\r\n ".join(b"=?%s?B?%s?=" % (charset.encode(), base64.b64encode(one)) for one in cut)
    return b"\r\n ".join(b"=?%s?Q?%s?=" % (charset.encode(), b"".join(b"=%02X" % sign for sign in one)) for one in cut)


def segments(data: bytes, charset: str, size: int) -> bytes:
    """RFC 2231 in numbered segments, split wherever that falls."""
    cut = [quote(data[at : at + size]) for at in range(0, len(data), size)]
    first = f"filename*0*={charset}''{cut[0]}"
    return ";\r\n ".join([first, *(f"filename*{n}*={one}" for n, one in enumerate(cut[1:], start=1))]).encode()


FORMS = {
    "RFC 2231 in UTF-8": disposition(f"filename*=UTF-8''{quote(NAME_ZH)}".encode()),
    "RFC 2231 in GB18030, split inside a character": disposition(segments(GBK, "gb18030", 5)),
    "RFC 2231 labelled gb2312 though a character is none": disposition(segments(GBK, "gb2312", 7)),
    "RFC 2231 in segments that are not encoded": disposition(b'filename*0="report"; filename*1=".xlsx"'),
    "an encoded word in quotes": disposition(b'filename="' + words_of(UTF8, "utf-8", 99) + b'"'),
    "an encoded word without quotes": disposition(b"filename=" + words_of(UTF8, "utf-8", 99)),
    "only a name, in the type": (b"attachment", b'application/octet-stream; name="' + words_of(GBK, "gbk", 99) + b'"'),
    "no disposition at all": (b"", b'application/octet-stream;\n\tname="' + words_of(UTF8, "utf-8", 99) + b'"'),
    "inline, with a name": (b'inline; filename="' + words_of(UTF8, "UTF-8", 99) + b'"', b"text/plain"),
    "labelled gb2312 though a character is none": disposition(b'filename="' + words_of(GBK, "gb2312", 99) + b'"'),
    "words split inside a character": disposition(b'filename="' + words_of(UTF8, "utf-8", 10) + b'"'),
    "words of gb2312 split inside a character": disposition(b'filename="' + words_of(GBK, "GB2312", 15) + b'"'),
    "words in Q": disposition(b'filename="' + words_of(UTF8, "utf-8", 10, "Q") + b'"'),
    "raw GBK bytes": disposition(b'filename="' + GBK + b'"'),
    "raw UTF-8 bytes": disposition(b'filename="' + UTF8 + b'"'),
    "raw bytes without quotes": disposition(b"filename=" + GBK),
    "percent signs as on the web": disposition(f'filename="{quote(NAME_ZH)}"'.encode()),
    "percent signs in GBK": disposition(f'filename="{quote(GBK)}"'.encode()),
    "an unknown label": disposition(b'filename="' + words_of(GBK, "x-unknown", 99) + b'"'),
    "encoded words in RFC 2231 segments": disposition(
        b'filename*0="=?utf-8?B?'
        + base64.b64encode(UTF8)[:20]
        + b'"; filename*1="'
        + base64.b64encode(UTF8)[20:]
        + b'?="'
    ),
    "an encoded word folded inside": disposition(
        b'filename="=?utf-8?B?' + base64.b64encode(UTF8)[:24] + b"\r\n " + base64.b64encode(UTF8)[24:] + b'?="'
    ),
    "RFC 2231 and a plain name that differs": disposition(
        f"filename=\"a.xlsx\"; filename*=UTF-8''{quote(NAME_ZH)}".encode()
    ),
    "a parameter without a value before it": disposition(b'foo; filename="' + UTF8 + b'"; size=7'),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_name_comes_out_right_in_every_form_that_programs_write(form: str) -> None:
    expected = "report.xlsx" if "not encoded" in form else NAME_ZH
    assert attachment_name(*FORMS[form]) == expected


ODD = {
    "nothing": (b"", b"", ""),
    "an empty name": (b'attachment; filename=""', b"text/plain", ""),
    "an empty name, and one in the type": (b'attachment; filename=""', b"text/plain; name=a.txt", "a.txt"),
    "a backslash as the second byte of a character": (b'attachment; filename="\xdf\x5c.xlsx"', b"", "運.xlsx"),
    "such a character before the closing quote": (b'attachment; filename="\xdf\x5c"; size=1', b"", "運"),
    "a quote with a backslash": (b'attachment; filename="a\\"b.xlsx"', b"", 'a"b.xlsx'),
    "quotes that are not closed": (b'attachment; filename="a.xlsx', b"", "a.xlsx"),
    "a semicolon in quotes": (b'attachment; filename="a;b.xlsx"; size=7', b"", "a;b.xlsx"),
    "a real percent sign": (b'attachment; filename="100%25.xlsx"', b"", "100%25.xlsx"),
    "decomposed signs, as a Mac writes them": ('attachment; filename="e\u0301.xlsx"'.encode(), b"", "\u00e9.xlsx"),
    "segments with a gap": (b"attachment; filename*0=a; filename*2=c", b"", "a"),
    "the first segment missing": (b"attachment; filename*1=b; filename=c", b"", "c"),
    "a path": (b'attachment; filename="../../evil.xlsx"', b"", "../../evil.xlsx"),
    "a label that is no encoding but a transformation": (b'attachment; filename="=?hex?B?YQ==?="', b"", "a"),
    "a label with a NUL": (b'attachment; filename="=?u\0?B?YQ==?="', b"", "=?u\0?B?YQ==?="),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_headers_give_what_can_be_given(case: str) -> None:
    *headers, expected = ODD[case]
    assert attachment_name(*headers) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"=?utf-8?B?5aGr5oql?= =?utf-8?B?6KGo?=", "填报表"),
        (b"Re: =?gb2312?B?zO6xqA==?= 2018", "Re: 填报 2018"),
        (b"=?utf-8?Q?a_b?=", "a b"),
        ("填报".encode("gbk"), "填报"),
        (b"plain\r\n words", "plain words"),
        (b"=?utf-8?B?!!!!?=", ""),
        (b"=?gb2312?B?zO6xqA==?==?utf-8?B?6KGo?=", "填报表"),
    ],
)
def test_the_words_of_a_header_are_decoded(raw: bytes, expected: str) -> None:
    assert decode_words(raw) == expected


def test_bytes_that_are_neither_become_text_all_the_same() -> None:
    assert decode_bytes(b"\xff\xfe\xff") == "\ufffd\ufffd\ufffd"
    assert decode_bytes("填报".encode(), "iso-8859-1x") == "填报"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("表.xlsx", "表.xlsx"),
        ("a\nb\x00c/../d.xlsx", "a\\x0ab\\x00c/../d.xlsx"),
        ("form\u202exslx.exe", "form\\u202exslx.exe"),
        ("零\u200b宽.xlsx", "零\\u200b宽.xlsx"),
        ("\U000e0041.xlsx", "\\U000e0041.xlsx"),
        ("", "未命名"),
        ("   ", "未命名"),
        ("长" * 300 + ".xlsx", "长" * (NAME - 6) + "….xlsx"),
        ("长" * 300, "长" * (NAME - 1) + "…"),
    ],
)
def test_a_name_is_shown_so_that_nothing_hides_in_it(name: str, shown: str) -> None:
    assert show_name(name, "未命名") == shown
    assert not {"Cc", "Cf"} & {unicodedata.category(sign) for sign in show_text(name)}


def test_names_that_are_taken_are_told_apart() -> None:
    taken = {"信 > 表.xlsx", "信 > 表 (2).xlsx", "信 > 表"}
    assert apart("信 > 别.xlsx", taken) == "信 > 别.xlsx"
    assert apart("信 > 表.xlsx", taken) == "信 > 表 (3).xlsx"
    assert apart("信 > 表", taken) == "信 > 表 (2)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"multipart/report; report-type=delivery-status;\n\tboundary=x", "delivery-status"),
        (b'multipart/report;report-type = "delivery-status"', "delivery-status"),
    ],
)
def test_parameters_are_read(value: bytes, expected: str) -> None:
    kind, given = parameters(value)
    assert (kind, given["report-type"].decode()) == ("multipart/report", expected)


HOSTILE = {
    "segments": lambda n: b"attachment" + b"".join(b"; filename*%d*=x" % at for at in range(n)),
    "open quotes": lambda n: b'attachment; filename="' + b"\\\xdf" * n,
    "semicolons": lambda n: b"attachment" + b";" * n + b" filename=a" + b"; x" * n,
    "blanks": lambda n: b"attachment; filename=" + b" " * n + b"a" + b" \r\n" * n,
    "words": lambda n: b"attachment; filename=" + b"=?utf-8?B?YQ==?= " * n,
    "halves of words": lambda n: b"attachment; filename=" + b"=?utf-8?B?" * n,
    "equals": lambda n: b"attachment; " + b"a=" * n,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_the_time_for_a_name_grows_with_its_size(case: str) -> None:
    check_growth(lambda size: attachment_name(HOSTILE[case](size), b""), 500)
