"""Mails as they are found and not as they should be: what each gives, and what is told of what it does not give."""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Callable
from urllib.parse import quote

import mails
import pytest
from mails import attachment, fates, mail, opened, part, passed_on, text, the, zipped

BOOK = zipped({"xl/workbook.xml": b"<workbook/>" * 40, "[Content_Types].xml": b"<Types/>"})
PLAIN = mails.foxmail("表.xlsx", BOOK)


def encoded(body: bytes, encoding: str = "base64", name: str = "表.xlsx") -> bytes:
    """A mail whose attachment's body and encoding stand there just so."""
    head = f'Content-Type: application/octet-stream; name="{name}"\nContent-Disposition: attachment; filename="{name}"'
    return mail(text(), part(f"{head}\nContent-Transfer-Encoding:{encoding}", body, encode=False))


# --- what stands before the headers ------------------------------------------------------------------------------

FRONTS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": bytes,
    "the mark of UTF-8": lambda data: b"\xef\xbb\xbf" + data,
    "a blank line": lambda data: b"\r\n" + data,
    "several, with blanks": lambda data: b"\n \t\n\r\n" + data,
    "the mark, and a blank line": lambda data: b"\xef\xbb\xbf\r\n" + data,
    "UTF-16, as an editor saves it": lambda data: data.decode("ascii").encode("utf-16"),
    "a mailbox's line": lambda data: b"From form@example.com Mon Feb 25 09:30:15 2019\n" + data,
    "Apple's length, and its list behind": lambda data: str(len(data)).encode() + b"\n" + data + b"<?xml ?><plist/>",
}


@pytest.mark.parametrize("name", ["信.eml", "信"])
@pytest.mark.parametrize("case", FRONTS)
def test_a_mail_is_read_whatever_stands_before_its_headers(case: str, name: str) -> None:
    unpacked = opened(FRONTS[case](PLAIN), name)
    assert passed_on(unpacked) == {"表.xlsx": BOOK}
    assert fates(unpacked) == {"": ("opened", [])}
    assert the(unpacked, name).letter.sender == "zhangsan@dept.example.com"  # type: ignore[union-attr]


# --- mailboxes ---------------------------------------------------------------------------------------------------


def mbox(*messages: bytes, line: bytes = b"From - Mon Feb 25 09:30:15 2019\n", between: bytes = b"\n") -> bytes:
    return b"".join(line + message.replace(b"\r\n", b"\n") + between for message in messages)


OTHER = mails.qq("另.xlsx", BOOK + b"\0")
BOXES = {
    "as Thunderbird writes it": mbox(PLAIN, OTHER),
    "without blank lines between": mbox(PLAIN, OTHER, between=b""),
    "with Windows' line ends": mbox(PLAIN, OTHER).replace(b"\n", b"\r\n"),
    "with a mark in front": b"\xef\xbb\xbf" + mbox(PLAIN, OTHER),
    "with a sender, and no time of day": mbox(PLAIN, OTHER, line=b"From form@example.com 2019-02-25\n"),
}


@pytest.mark.parametrize("name", ["收件箱.mbox", "Inbox", "信.eml"])
@pytest.mark.parametrize("case", BOXES)
def test_every_mail_of_a_mailbox_is_opened(case: str, name: str) -> None:
    unpacked = opened(BOXES[case], name)
    assert passed_on(unpacked) == {"第1封.eml/表.xlsx": BOOK, "第2封.eml/另.xlsx": BOOK + b"\0"}
    assert [status for status, _ in fates(unpacked).values()] == ["opened"] * 3


def test_a_line_that_begins_with_from_parts_no_mail() -> None:
    body = part("Content-Type: text/plain", b"From here on it is quiet.\nWords.\n\nFrom me", encode=False)
    assert list(passed_on(opened(mbox(mail(body, attachment("表.xlsx", BOOK)))))) == ["表.xlsx"]
    quoted = mail(part('Content-Type: text/plain; name="a.txt"', b">From here\n>>From there", encode=False))
    unpacked = opened(mbox(quoted, PLAIN), "a.mbox")
    assert passed_on(unpacked)["第1封.eml/a.txt"] == b"From here\n>From there"


def test_a_mailbox_of_too_many_mails_is_refused_whole_by_name() -> None:
    unpacked = opened(mbox(*[mail(text())] * 201), "a.mbox")
    assert fates(unpacked) == {"": ("rejected", ["unpack-count"])}


# --- how attachments are encoded ---------------------------------------------------------------------------------

LINES = base64.encodebytes(BOOK).splitlines()
CHUNKS = [base64.b64encode(BOOK[at : at + 100]) for at in range(0, len(BOOK), 100)]
GOOD = {
    "as it should be": (b"\r\n".join(LINES), "base64"),
    "blanks before lines": (b"\r\n".join(b"  " + line for line in LINES), "base64"),
    "blanks and tabs behind lines": (b"\r\n".join(line + b" \t" for line in LINES), "base64"),
    "blank lines between": (b"\r\n\r\n".join(LINES), "base64"),
    "all in one line": (b"".join(LINES), "base64"),
    "signs of quoting before lines": (b"\r\n".join(b"> " + line for line in LINES), "base64"),
    "other signs in between": (b"*".join(LINES), "base64"),
    "every piece padded": (b"\r\n".join(CHUNKS), "base64"),
    "every piece padded, in one line": (b"".join(CHUNKS), "base64"),
    "the padding lost": (b"\r\n".join(LINES).rstrip(b"="), "base64"),
    "too much padding": (b"\r\n".join(LINES) + b"==", "base64"),
    "a footer below": (b"\r\n".join(LINES) + b"\r\n\r\n-- \r\nSent from my phone, all the best\r\n", "base64"),
    "a footer right below": (b"\r\n".join(LINES) + b"\r\n______________\r\nmailing list\r\n", "base64"),
    "the signs of addresses": (b"\r\n".join(LINES).replace(b"+", b"-").replace(b"/", b"_"), "base64"),
    "quoted-printable on top": (b"\r\n".join(LINES).replace(b"=", b"=3D"), "base64"),
    "blanks behind the word": (b"\r\n".join(LINES), "base64  \t"),
    "in capitals": (b"\r\n".join(LINES), " BASE64"),
    "in quotes": (b"\r\n".join(LINES), ' "base64"'),
    "with a comment": (b"\r\n".join(LINES), " base64 (by the gateway)"),
    "with a semicolon": (b"\r\n".join(LINES), " base64;"),
    "called something else": (b"\r\n".join(LINES), " 7bit"),
    "not called anything": (b"\r\n".join(LINES), ""),
    "called base64, and not encoded": (BOOK, " base64"),
    "called 8bit, and not encoded": (BOOK, " 8bit "),
    "called binary": (BOOK, " binary"),
}


@pytest.mark.parametrize("case", GOOD)
def test_an_attachment_is_what_its_sender_attached(case: str) -> None:
    body, encoding = GOOD[case]
    unpacked = opened(encoded(body, encoding))
    assert passed_on(unpacked) == {"表.xlsx": BOOK}
    assert fates(unpacked) == {"": ("opened", [])}


BROKEN = b"".join(LINES)
BAD = {
    "signs were changed": b"\r\n".join(LINES).replace(b"A", b"*", 30),
    "signs are missing": BROKEN[:200] + b"-" + BROKEN[260:],
    "its end was cut off inside a sign": BROKEN[:-51],
}


@pytest.mark.parametrize("case", BAD)
def test_an_attachment_that_cannot_prove_itself_is_not_taken(case: str) -> None:
    unpacked = opened(encoded(BAD[case]))
    assert passed_on(unpacked) == {}
    assert fates(unpacked)["表.xlsx"] == ("rejected", ["mail-damaged"])


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"%PDF-1.4\n" + b"x" * 90 + b"\n%%EOF\n", True),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 90 + b"IEND\xaeB`\x82", True),
        (b"\xff\xd8\xff" + b"x" * 90 + b"\xff\xd9", True),
        (b"%PDF-1.4\n" + b"x" * 99, False),
        (b"just words, which prove nothing " * 4, False),
    ],
)
def test_other_signs_are_passed_over_only_where_the_file_shows_its_end(data: bytes, whole: bool) -> None:
    marked = b"*\r\n".join(base64.encodebytes(data).splitlines())
    assert passed_on(opened(encoded(marked, name="a.pdf"))) == ({"a.pdf": data} if whole else {})


# --- files in the text, and in invitations -----------------------------------------------------------------------


def uuencoded(data: bytes, name: str = "form.xlsx", strip: bool = False) -> bytes:
    body = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    lines = [line.rstrip() if strip else line for line in body.splitlines()]
    return f"begin 644 {name}\n".encode() + b"\n".join(lines) + b"\n`\nend\n"


TEXTS = {
    "in the text": mail(part("Content-Type: text/plain", b"Hello\n\n" + uuencoded(BOOK), encode=False)),
    "a mail that is nothing else": mail(
        headers="Content-Type: text/plain", closed=False
    ) + uuencoded(BOOK),
    "blanks lost at the ends of lines": mail(part("Content-Type: text/plain", uuencoded(BOOK, strip=True), False)),
    "as a part of its own": mail(
        text(),
        part('Content-Type: application/octet-stream; name="form.xlsx"\nContent-Transfer-Encoding: x-uuencode',
             uuencoded(BOOK), encode=False),
    ),
    "in the newer form": mail(
        part("Content-Type: text/plain", b"begin-base64 644 form.xlsx\n" + base64.encodebytes(BOOK) + b"====\n",
             encode=False)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
def test_a_file_written_into_the_text_is_taken_out(case: str) -> None:
    unpacked = opened(TEXTS[case])
    assert passed_on(unpacked) == {"form.xlsx": BOOK}
    assert fates(unpacked) == {"": ("opened", [])}


def test_several_files_in_a_text_and_one_that_is_cut_off() -> None:
    body = uuencoded(BOOK, "一.xlsx") + b"words\n" + uuencoded(BOOK, "二.xlsx") + uuencoded(BOOK, "三.xlsx")[:-200]
    unpacked = opened(mail(part("Content-Type: text/plain; charset=utf-8", body, encode=False)))
    assert passed_on(unpacked) == {"一.xlsx": BOOK, "二.xlsx": BOOK}
    assert fates(unpacked)["三.xlsx"] == ("rejected", ["mail-damaged"])
    assert passed_on(opened(uuencoded(BOOK), "表.uue")) == {"form.xlsx": BOOK}


def test_words_that_begin_like_one_are_words() -> None:
    unpacked = opened(mail(part("Content-Type: text/plain", b"begin with 644 schools\nend", encode=False)))
    assert fates(unpacked) == {"": ("opened", ["mail-empty"])}


def invitation(*lines: str) -> bytes:
    """An invitation, its lines folded at 75 signs as the standard asks."""
    folded = ["\r\n ".join(line[at : at + 74] for at in range(0, len(line), 74)) for line in lines]
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", *folded, "END:VEVENT", "END:VCALENDAR"]
    ).encode()


DATA = base64.b64encode(BOOK).decode()
INVITED = {
    "as Outlook names it": f"ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=form.xlsx:{DATA}",
    "in quotes": f'ATTACH;VALUE=BINARY;X-FILENAME="form.xlsx";ENCODING=BASE64:{DATA}',
    "by another parameter": f"ATTACH;FILENAME=form.xlsx;FMTTYPE=application/x;ENCODING=BASE64;VALUE=BINARY:{DATA}",
    "in small letters": f"attach;encoding=base64;value=binary;x-filename=form.xlsx:{DATA}",
    "as an address that holds it": f"ATTACH;FILENAME=form.xlsx:data:application/octet-stream;base64,{DATA}",
    "with its name as an address has it": f"ATTACH;ENCODING=BASE64;X-FILENAME={quote('form.xlsx')}:{DATA}",
}


@pytest.mark.parametrize("case", INVITED)
def test_a_form_inside_an_invitation_is_taken_out(case: str) -> None:
    body = invitation(INVITED[case])
    as_part = mail(text(), part("Content-Type: text/calendar; method=REQUEST; charset=utf-8", body), kind="alternative")
    assert passed_on(opened(as_part)) == {"form.xlsx": BOOK}
    assert fates(opened(as_part)) == {"": ("opened", [])}
    as_file = mail(text(), attachment("invite.ics", body, "application/ics"))
    assert passed_on(opened(as_file)) == {"invite.ics/form.xlsx": BOOK}
    assert passed_on(opened(body, "invite.ics")) == {"form.xlsx": BOOK}


def test_an_invitation_without_files_is_no_container_and_one_with_a_link_shows_it() -> None:
    bare = invitation("SUMMARY:会议")
    assert passed_on(opened(mail(text(), attachment("a.ics", bare)))) == {"a.ics": bare}
    linked = mail(part("Content-Type: text/calendar", invitation("ATTACH:https://files.example.com/form.xlsx")))
    assert fates(opened(linked)) == {"": ("opened", ["cloud-attachment"])}
    damaged = invitation("ATTACH;ENCODING=BASE64;X-FILENAME=form.xlsx:" + DATA[:-51])
    assert fates(opened(damaged, "a.ics"))["form.xlsx"] == ("rejected", ["mail-damaged"])


def test_a_winmail_is_opened_where_its_reader_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = mails.tnef({"表.xlsx": BOOK})
    assert passed_on(opened(mails.foxmail("winmail.dat", data))) == {"winmail.dat/表.xlsx": BOOK}
    monkeypatch.setitem(sys.modules, "tnefparse", None)
    assert fates(opened(mails.foxmail("winmail.dat", data)))["winmail.dat"] == ("rejected", ["winmail"])


# --- what is elsewhere, or locked --------------------------------------------------------------------------------

ONLINE = {
    "an online table": ("填报表见：https://www.kdocs.cn/l/cAbCdEf12345", "https://www.kdocs.cn/l/cAbCdEf12345"),
    "without http": ("见 docs.qq.com/sheet/DAbCd?tab=x，谢谢", "https://docs.qq.com/sheet/DAbCd?tab=x"),
    "a net disk": ("链接：https://pan.baidu.com/s/1AbC-d_e 提取码：ab12", "https://pan.baidu.com/s/1AbC-d_e"),
    "below a name": ("https://dept.feishu.cn/sheets/shtcn1。", "https://dept.feishu.cn/sheets/shtcn1"),
    "a form in the browser": ("请看https://f.wps.cn/g/Ab12/.", "https://f.wps.cn/g/Ab12/"),
}


@pytest.mark.parametrize("case", ONLINE)
def test_a_link_to_an_online_table_or_a_net_disk_is_shown(case: str) -> None:
    words, link = ONLINE[case]
    for body in (text(words), text(f"<p>{words}</p>", "html"), text(f'<a href="{link}">填报表</a>', "html")):
        unpacked = opened(mail(body))
        assert fates(unpacked) == {"": ("opened", ["online-link"])}
        assert the(unpacked).findings[0].parameters["links"] == link
    with_pdf = opened(mail(text(words), attachment("证明.pdf", b"%PDF-1.4")))
    assert fates(with_pdf)[""] == ("opened", ["online-link"])
    assert fates(opened(mail(text(words), attachment("表.xlsx", BOOK)))) == {"": ("opened", ["online-link-beside"])}


@pytest.mark.parametrize(
    "words",
    ["https://www.kdocs.cn/", "www.kdocs.cn", "zhangsan@docs.qq.com/abc", "https://www.example.com/l/abc",
     "notkdocs.cn/l/abc", "比例 12.5/100，见 3.docx/4"],
)  # fmt: skip
def test_what_is_no_such_link_is_none(words: str) -> None:
    assert fates(opened(mail(text(words)))) == {"": ("opened", ["mail-empty"])}


RPMSG = b"v\xe8\x04`\xc4"
LOCKED_MAILS = {
    "S/MIME": part("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"0\x82"),
    "PGP": part("Content-Type: application/pgp-encrypted", b"Version: 1"),
    "a rights label": part("Content-Type: application/x-microsoft-rpmsg-message; name=message.rpmsg", RPMSG),
    "a rights label, by its name": part("Content-Type: application/octet-stream; name=message.rpmsg", RPMSG),
}  # fmt: skip


@pytest.mark.parametrize("case", LOCKED_MAILS)
def test_a_mail_that_cannot_be_read_is_told_as_what_it_is(case: str) -> None:
    ((status, codes),) = fates(opened(mail(text(), LOCKED_MAILS[case]))).values()
    assert (status, codes) == ("rejected", ["rights-label" if "label" in case else "mail-sealed"])


LEFT = {
    "deleted by Thunderbird": 'X-Mozilla-Altered: AttachmentDeleted; date="Mon Feb 25 09:30:15 2019"',
    "detached by Thunderbird": 'X-Mozilla-Altered: AttachmentDetached; date="x"\nX-Mozilla-External-Attachment-URL: file:///C:/a',
    "left out by Apple": "X-Apple-Content-Length: 12345",
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT)
def test_an_attachment_that_the_mail_program_took_out_is_told(case: str) -> None:
    gone = f'Content-Type: application/octet-stream; name="表.xlsx"\n{LEFT[case]}'
    unpacked = opened(mail(text(), part(gone, b"", encode=False)))
    assert fates(unpacked) == {"": ("opened", []), "表.xlsx": ("rejected", ["mail-attachment-left"])}


def test_a_file_that_a_mail_only_points_to_is_shown_as_a_link() -> None:
    pointer = part('Content-Type: message/external-body; access-type=URL; URL="https://files.example.com/a.xlsx"',
                   b"Content-Type: application/octet-stream\r\n\r\n", encode=False)  # fmt: skip
    unpacked = opened(mail(text(), pointer))
    assert fates(unpacked) == {"": ("opened", ["cloud-attachment"])}
    assert the(unpacked).findings[0].parameters["links"] == "https://files.example.com/a.xlsx"


def test_a_mail_without_its_end_gives_what_is_proven_whole_and_asks_about_the_rest() -> None:
    one, two = attachment("表.xlsx", BOOK), attachment("证明.pdf", b"%PDF-1.4\n%%EOF\n")
    cut = opened(mail(text(), one, two, closed=False))
    assert list(passed_on(cut)) == ["表.xlsx", "证明.pdf"]
    assert fates(cut) == {"": ("opened", ["mail-end-missing"])}
    for unproven in (attachment("说明.doc", b"words"), attachment("表.xlsx", BOOK[:-9])):
        refused = opened(mail(text(), one, unproven, closed=False))
        assert (passed_on(refused), fates(refused)) == ({}, {"": ("rejected", ["mail-damaged"])})
    assert fates(opened(mail(text(), closed=False))) == {"": ("rejected", ["mail-damaged"])}


def test_a_web_page_in_the_form_of_a_mail_is_no_mail() -> None:
    page = mail(text("<table></table>", "html"), headers="From: <Saved by Blink>")
    assert fates(opened(page, "表.mht")) == {"": ("rejected", ["web-archive"])}
