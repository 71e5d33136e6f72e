"""Mails and what Outlook saves -> the parcels inside: nesting, damage, limits, and nothing that ends the batch."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import mails
import pytest
from bounces import BOUNCE, nested
from mails import BOOK, attachment, fates, inside, mail, opened, part, passed_on, text, the, word
from support import check_growth

from smartcity_xl.arrival.post import limits
from smartcity_xl.model import Automatic

NAME = "附件1：新型智慧城市评价指标填报表（朱镕基公园管理处）.xlsx"

# --- what is attached --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", mails.PROGRAMS)
def test_the_workbook_of_each_program_arrives_with_its_name_and_its_sender(program: str) -> None:
    data = mails.PROGRAMS[program](NAME, BOOK)
    unpacked = opened(data)
    assert passed_on(unpacked) == {NAME: BOOK}
    assert fates(unpacked) == {"": ("opened", [])}
    (parcel,) = unpacked.parcels
    assert parcel.name == f"信.eml/{NAME}"
    assert (parcel.sha256, parcel.container) == (hashlib.sha256(BOOK).hexdigest(), hashlib.sha256(data).hexdigest())
    assert parcel.letter == the(unpacked).letter
    assert parcel.letter is not None
    assert parcel.letter.sender == "zhangsan@dept.example.com"
    assert parcel.letter.sender_name == "张三"


UNNAMED = part("Content-Type: application/octet-stream", BOOK)
MAILS: Mapping[str, tuple[bytes, dict[str, bytes]]] = {
    "a part without disposition": (
        mail(text(), part(f'Content-Type: application/octet-stream; name="{word("表.xlsx")}"', BOOK)),
        {"表.xlsx": BOOK},
    ),
    "an inline part with a name": (
        mail(text(), part(f'Content-Type: text/csv\nContent-Disposition: inline; filename="{word("表.csv")}"', b"1")),
        {"表.csv": b"1"},
    ),
    "an attachment without any name": (mail(text(), UNNAMED, UNNAMED), {"未命名附件1": BOOK, "未命名附件2": BOOK}),
    "a text that is said to be an attachment, without a name": (
        mail(text(), part("Content-Type: text/plain\nContent-Disposition: attachment", b"1")),
        {"未命名附件1": b"1"},
    ),
    "two of one name": (
        mail(attachment("表.xlsx", b"1"), attachment("表.xlsx", b"2")),
        {"表.xlsx": b"1", "表 (2).xlsx": b"2"},
    ),
    "a mail that is nothing but its attachment": (
        b"From: a@example.com\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Disposition: attachment; filename=a.xlsx\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(BOOK),
        {"a.xlsx": BOOK},
    ),
    "a mail in a mail": (
        mail(text(), inside(mails.foxmail("表.xlsx", BOOK), "转发：填报.eml")),
        {"转发：填报.eml/表.xlsx": BOOK},
    ),
    "a mail in a mail without a name": (
        mail(text(), inside(mails.qq("表.xlsx", BOOK))),
        {"附带邮件1.eml/表.xlsx": BOOK},
    ),
    "a mail in a mail in base64, as it should not be": (
        mail(part("Content-Type: message/rfc822; name=a.eml", mails.foxmail("表.xlsx", BOOK))),
        {"a.eml/表.xlsx": BOOK},
    ),
    "a mail as an ordinary attachment": (
        mail(attachment("旧信.eml", mails.foxmail("表.xlsx", BOOK), "application/octet-stream")),
        {"旧信.eml/表.xlsx": BOOK},
    ),
    "an Outlook message as an attachment": (
        mail(attachment("旧信.msg", mails.msg({"表.xlsx": BOOK}).to_bytes())),
        {"旧信.msg/表.xlsx": BOOK},
    ),
    "a zip in a mail in a zip": (
        mail(attachment("a.zip", mails.zipped({"内/信.eml": mails.foxmail("b.zip", mails.zipped({"表.xlsx": BOOK}))}))),
        {"a.zip/内/信.eml/b.zip/表.xlsx": BOOK},
    ),
    "a mail signed beside its text": (
        mail(
            part(
                "Content-Type: multipart/mixed; boundary=in",
                b"--in\r\n" + attachment("表.xlsx", BOOK) + b"\r\n--in--",
                encode=False,
            ),
            part('Content-Type: application/pkcs7-signature; name="smime.p7s"', b"sig"),
            kind="signed",
        ),
        {"表.xlsx": BOOK, "smime.p7s": b"sig"},
    ),
    "a part in 8 bits": (
        mail(
            text(),
            part(
                "Content-Type: application/octet-stream; name=a.csv\nContent-Transfer-Encoding: 8bit",
                "表".encode(),
                encode=False,
            ),
        ),
        {"a.csv": "表".encode()},
    ),
    "a part in quoted-printable": (
        mail(
            text(),
            part(
                "Content-Type: text/csv; name=a.csv\nContent-Transfer-Encoding: quoted-printable",
                b"a=3Db=E8=A1=A8",
                encode=False,
            ),
        ),
        {"a.csv": "a=b表".encode()},
    ),
}


@pytest.mark.parametrize("case", MAILS)
def test_attachments_are_found_wherever_they_are(case: str) -> None:
    data, expected = MAILS[case]
    unpacked = opened(data)
    assert passed_on(unpacked) == expected
    assert {status for status, _ in fates(unpacked).values()} == {"opened"}


def test_of_mails_in_mails_the_outermost_sender_stands() -> None:
    inner = mail(attachment("表.xlsx", BOOK), headers="From: secretary@other.example.com")
    unpacked = opened(mail(text(), inside(inner, "内.eml")))
    (parcel,) = unpacked.parcels
    assert parcel.letter is not None
    assert parcel.letter.sender == "zhangsan@dept.example.com"
    inner_letter = the(unpacked, "信.eml/内.eml").letter
    assert inner_letter is not None
    assert inner_letter.sender == "secretary@other.example.com"


NAMES = {
    "../../evil.xlsx": "..\\x2f..\\x2fevil.xlsx",
    "a\nb\x00c/../d.xlsx": "a\\x0ab\\x00c\\x2f..\\x2fd.xlsx",
    "form\u202exslx.exe": "form\\u202exslx.exe",
    "CON": "CON",
    "长" * 300 + ".xlsx": "长" * 194 + "….xlsx",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_data_and_shown_so_that_nothing_hides_in_it(name: str) -> None:
    assert passed_on(opened(mail(attachment(name, BOOK)))) == {NAMES[name]: BOOK}


# --- what is no submission, or not readable ----------------------------------------------------------------------

LINK = text('<a href="https://wx.mail.qq.com/ftn/download?func=3&key=1">进入下载页面</a>', "html")


def encoded(body: bytes) -> bytes:
    """An attachment whose base64 stands there as given."""
    return part("Content-Type: application/octet-stream; name=bad.xlsx\nContent-Transfer-Encoding: base64", body, False)


TOLD: Mapping[str, tuple[bytes, dict[str, tuple[str, list[str]]], list[str]]] = {
    "a bounce with our form": (
        BOUNCE,
        {"": ("ignored", ["mail-bounce"]), "附带邮件1.eml": ("ignored", ["in-automatic-mail"])},
        [],
    ),
    "an automatic reply with our form": (
        mail(text(), attachment("空白表.xlsx", BOOK), headers="Auto-Submitted: auto-replied"),
        {"": ("ignored", ["mail-automatic"]), "空白表.xlsx": ("ignored", ["in-automatic-mail"])},
        [],
    ),
    "an automatic reply by its subject alone, without attachments": (
        mail(text("我在休假"), headers=f"Subject: {word('自动回复：填报')}"),
        {"": ("ignored", ["mail-automatic"])},
        [],
    ),
    "a person's mail with such a subject and a form": (
        mail(text(), attachment("表.xlsx", BOOK), headers=f"Subject: {word('自动回复：填报')}"),
        {"": ("opened", ["mail-perhaps-automatic"])},
        ["表.xlsx"],
    ),
    "a read receipt": (
        mail(
            text(),
            headers="Content-Type: multipart/report; report-type=disposition-notification; boundary=r",
            boundary="r",
        ),
        {"": ("ignored", ["mail-notice"])},
        [],
    ),
    "a bounce forwarded as an attachment": (
        mail(text(), inside(BOUNCE)),
        {
            "": ("opened", []),
            "附带邮件1.eml": ("ignored", ["mail-bounce"]),
            "附带邮件1.eml/附带邮件1.eml": ("ignored", ["in-automatic-mail"]),
        },
        [],
    ),
    "a mail with nothing but text": (mail(text()), {"": ("opened", ["mail-empty"])}, []),
    "a mail without parts": (b"From: a@example.com\r\nSubject: x\r\n\r\nhello", {"": ("opened", ["mail-empty"])}, []),
    "a large attachment in the cloud": (mail(LINK), {"": ("opened", ["cloud-attachment"])}, []),
    "one in the cloud and one in the mail": (
        mail(LINK, attachment("表.xlsx", BOOK)),
        {"": ("opened", ["cloud-attachment"])},
        ["表.xlsx"],
    ),
    "a PDF instead of the form": (
        mail(text(), attachment("表.pdf", b"%PDF-1.4", "application/pdf")),
        {"": ("opened", ["mail-without-form"])},
        ["表.pdf"],
    ),
    "Word and a picture": (
        mail(
            attachment("表.docx", mails.zipped({"[Content_Types].xml": b"", "word/document.xml": b""})),
            attachment("章.png", b"\x89PNG"),
        ),
        {"": ("opened", ["mail-without-form"])},
        ["表.docx", "章.png"],
    ),
    "an encrypted mail": (
        b"From: a@example.com\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nMIAG",
        {"": ("rejected", ["mail-sealed"])},
        [],
    ),
    "a sealed mail beside a form": (
        mail(attachment("表.xlsx", BOOK), attachment("smime.p7m", b"x")),
        {"": ("opened", ["mail-sealed"])},
        ["表.xlsx"],
    ),
    "one of several parts of a mail": (
        b"From: a@example.com\r\nContent-Type: message/partial; id=1; number=1; total=2\r\n\r\nSubject: x\r\n\r\nx",
        {"": ("rejected", ["mail-partial"])},
        [],
    ),
    "a mail cut off": (mails.foxmail("表.xlsx", BOOK * 40)[:-200], {"": ("rejected", ["mail-damaged"])}, []),
    "a mail without its last line": (
        mail(attachment("表.xlsx", BOOK), closed=False),
        {"": ("rejected", ["mail-damaged"])},
        [],
    ),
    "a wrong boundary": (
        mails.foxmail("表.xlsx", BOOK).replace(b"----=_Next", b"----=_Nxt", 1),
        {"": ("rejected", ["mail-damaged"])},
        [],
    ),
    "no boundary": (
        mail(attachment("表.xlsx", BOOK), headers="Content-Type: multipart/mixed"),
        {"": ("rejected", ["mail-damaged"])},
        [],
    ),
    "one attachment cut off in base64": (
        mail(attachment("好.xlsx", BOOK), encoded(b"UEsDBBQ")),
        {"": ("opened", []), "bad.xlsx": ("rejected", ["mail-damaged"])},
        ["好.xlsx"],
    ),
    "one attachment of which a sign is left over": (
        mail(encoded(b"UEsDB")),
        {"": ("opened", []), "bad.xlsx": ("rejected", ["mail-damaged"])},
        [],
    ),
    "one attachment with signs that are none of base64": (
        mail(encoded(b"UEs!DBBQA")),
        {"": ("opened", []), "bad.xlsx": ("rejected", ["mail-damaged"])},
        [],
    ),
    "no mail at all": (b"\x00\x01\x02 nothing of the kind", {"": ("rejected", ["mail-headless"])}, []),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_cannot_count_is_told_by_its_name(case: str) -> None:
    data, expected, taken = TOLD[case]
    unpacked = opened(data)
    assert fates(unpacked) == expected
    assert list(passed_on(unpacked)) == taken


def test_a_bounce_names_the_address_that_cannot_be_reached() -> None:
    receipt = the(opened(BOUNCE))
    assert receipt.letter is not None
    assert (receipt.letter.automatic, receipt.letter.undelivered) == (Automatic.BOUNCE, ("lisi@dept.example.com",))
    assert receipt.findings[0].parameters["addresses"] == "lisi@dept.example.com"


RETURNED = b"Received: from a by b\r\nTo: =?utf-8?B?5p2O5Zub?= <LiSi@dept.example.com>\r\nSubject: x\r\n"


@pytest.mark.parametrize(
    "returned",
    [inside(RETURNED + b"\r\n"), part("Content-Type: text/rfc822-headers", RETURNED)],
    ids=["the mail itself", "its headers"],
)
def test_a_bounce_without_a_report_names_the_addressee_of_what_it_returns(returned: bytes) -> None:
    receipt = the(opened(mail(text("退信"), returned, headers="From: postmaster@mx.example.com")))
    assert receipt.findings[0].parameters["addresses"] == "lisi@dept.example.com"


def test_a_damaged_mail_still_says_who_is_to_send_it_again() -> None:
    letter = the(opened(TOLD["a mail cut off"][0])).letter
    assert letter is not None
    assert letter.sender == "zhangsan@dept.example.com"


# --- limits ------------------------------------------------------------------------------------------------------


def test_mails_are_opened_ten_deep_and_no_deeper() -> None:
    assert list(passed_on(opened(nested(limits.MAILS_DEEP)))) == ["内.eml/" * 9 + "表.xlsx"]
    unpacked = opened(nested(limits.MAILS_DEEP + 1))
    assert passed_on(unpacked) == {}
    assert fates(unpacked)["/".join(["内.eml"] * 10)] == ("rejected", ["unpack-depth"])


def test_a_hundred_mails_in_one_another_end_nothing() -> None:
    assert {status for status, _ in fates(opened(nested(99))).values()} == {"opened", "rejected"}
    assert fates(opened(nested(120))) == {"": ("rejected", ["mail-parts"])}


def test_two_hundred_parts_are_read_and_one_more_is_not() -> None:
    parts = [attachment(f"{number}.xlsx", b"1") for number in range(limits.PARTS - 1)]  # the mail itself is a part
    assert len(passed_on(opened(mail(*parts)))) == limits.PARTS - 1
    assert fates(opened(mail(*parts, attachment("x.xlsx", b"1")))) == {"": ("rejected", ["mail-parts"])}


def test_a_mail_of_very_many_parts_is_given_up_before_it_is_parsed() -> None:
    many = mail(*[part("Content-Type: text/plain", b"x", encode=False)] * 40_000)
    check_growth(lambda size: opened(many[: len(many) * size // 80_000]), 10_000, most=6)  # eight times the mail


HEADERS = {
    "25,000 recipients": "To: " + ",\n ".join(f"a{n}@dept.example.com" for n in range(25_000)),
    "a subject of a megabyte": "Subject: " + "x" * 2**20,
    "32,000 segments of a name": "Content-Disposition: attachment"
    + "".join(f";\n filename*{n}*=x" for n in range(32_000)),
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_beyond_the_limit_is_not_parsed(case: str) -> None:
    unpacked = opened(mail(attachment("表.xlsx", BOOK), headers=HEADERS[case]))
    assert fates(unpacked) == {"": ("rejected", ["mail-header-long"])}
    assert the(unpacked).findings[0].parameters == {"name": HEADERS[case].partition(":")[0], "limit": "64 KiB"}


def test_a_header_within_the_limit_is_read_in_time_that_grows_with_it() -> None:
    def read(size: int) -> None:
        many = ",\n ".join(f"a{n}@dept.example.com" for n in range(size))
        assert passed_on(opened(mail(attachment("表.xlsx", BOOK), headers=f"To: {many}\nCc: {many}")))

    check_growth(read, 300)


def test_what_goes_beyond_the_bytes_is_refused_by_name_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BYTES", 100)
    unpacked = opened(
        mail(attachment("一.xlsx", b"1" * 60), attachment("二.xlsx", b"2" * 60), attachment("三.xlsx", b"3" * 40))
    )
    assert list(passed_on(unpacked)) == ["一.xlsx", "三.xlsx"]
    assert fates(unpacked)["二.xlsx"] == ("rejected", ["unpack-size"])


def test_the_number_of_files_holds_for_the_whole_mail() -> None:
    zips = [attachment(f"{n}.zip", mails.zipped({f"{m}.xlsx": b"1" for m in range(90)})) for n in range(3)]
    unpacked = opened(mail(*zips, attachment("表.xlsx", BOOK)))
    assert len(passed_on(unpacked)) == 181
    assert fates(unpacked)["2.zip"] == ("rejected", ["unpack-count"])
    assert the(unpacked, "信.eml/2.zip").findings[0].parameters == {"found": "90", "left": "16", "limit": "200"}


def test_a_container_too_large_for_the_inbox_is_told_and_not_read_in_part() -> None:
    from smartcity_xl.arrival.inbox import SIZE_LIMIT

    data = mails.foxmail("表.xlsx", BOOK) + b" " * SIZE_LIMIT
    assert fates(opened(data)) == {"": ("rejected", ["container-too-large"])}
