"""What a mail's headers say: who, when, whether a program wrote it, and where large attachments lie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.parser import HeaderParser

import pytest
from mails import word
from support import check_growth

from smartcity_xl.arrival.post.clouds import find_clouds
from smartcity_xl.arrival.post.letter import Headers, addresses, authentication, read_date, read_letter
from smartcity_xl.model import Automatic

CHINA = timezone(timedelta(hours=8))


def headers(text: str) -> Headers:
    return Headers(HeaderParser().parsestr(text).raw_items())


PERSON = (
    f"From: {word('张三', 'gb18030')} <ZhangSan@Dept.example.com>\nSubject: {word('填报')}\nTo: office@example.com\n"
)


def test_a_letter_says_who_wrote_it_and_when_it_came() -> None:
    letter = read_letter(
        headers(
            "Received: from a by mx.office.example.com; Mon, 25 Feb 2019 23:59:59 +0800 (CST)\n"
            "Received: from b by a; Mon, 25 Feb 2019 08:00:00 +0000\nMessage-ID: <1@dept.example.com>\n"
            "Date: Fri, 01 Jan 2010 00:00:00 +0800\n" + PERSON
        )
    )
    assert (letter.sender, letter.sender_name, letter.to) == (
        "zhangsan@dept.example.com",
        "张三",
        ("office@example.com",),
    )
    assert (letter.subject, letter.message_id) == ("填报", "<1@dept.example.com>")
    assert letter.received == datetime(2019, 2, 25, 23, 59, 59, tzinfo=CHINA)
    assert letter.dated == datetime(2010, 1, 1, tzinfo=CHINA)
    assert letter.automatic is Automatic.NO


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'"=?gb18030?B?1cXI/Q==?=" <a@example.com>', [("张三", "a@example.com")]),
        (b"=?utf-8?B?5byg5LiJ?=<a@example.com>", [("张三", "a@example.com")]),
        ("张三 <a@example.com>".encode("gbk"), [("张三", "a@example.com")]),
        # The second byte of this character is an @: only decoded text can be taken apart.
        ("丂 <a@example.com>".encode("gbk"), [("丂", "a@example.com")]),
        (
            b"=?utf-8?B?5bGALCDlvKA=?= <a@example.com>, b@example.com",
            [("局, 张", "a@example.com"), ("", "b@example.com")],
        ),
        (b"a@example.com (office)", [("office", "a@example.com")]),
        (b"nobody", []),
        (b"", []),
    ],
)
def test_addresses_are_read(raw: bytes, expected: list[tuple[str, str]]) -> None:
    assert addresses(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Mon, 25 Feb 2019 09:30:15 +0800 (CST)", datetime(2019, 2, 25, 9, 30, 15, tzinfo=CHINA)),
        (b"25 Feb 2019 09:30:15 +0800", datetime(2019, 2, 25, 9, 30, 15, tzinfo=CHINA)),
        (b"Mon, 25 Feb 2019 01:30:15 -0000", datetime(2019, 2, 25, 1, 30, 15, tzinfo=UTC)),
        (b"", None),
        (b"yesterday", None),
        (b"Mon, 99 Feb 2019 01:30:15 +0000", None),
        (b"\xff", None),
    ],
)
def test_dates_are_read_or_left_out(raw: bytes, expected: datetime | None) -> None:
    assert read_date(raw) == expected


# --- was it a person? --------------------------------------------------------------------------------------------

PEOPLE = {
    "an ordinary mail": "",
    "one that says so": "Auto-Submitted: no\n",
    "one that says so with a comment": "Auto-Submitted: no; x=1\n",
    "X-Autoreply: no": "X-Autoreply: no\n",
    "a return path": "Return-Path: <zhangsan@dept.example.com>\n",
    "Exchange asking others for silence": "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\n",
    "a priority": "Precedence: first-class\n",
    "a subject that quotes": "Subject: 关于自动回复功能的说明\n",
}
PROGRAMS = {
    "RFC 3834": ("Auto-Submitted: auto-replied\n", Automatic.REPLY),
    "a vacation notice": ("Auto-Submitted: auto-replied (vacation)\n", Automatic.REPLY),
    "a generated mail": ("Auto-Submitted: auto-generated\n", Automatic.REPLY),
    "X-Autoreply": ("X-Autoreply: yes\n", Automatic.REPLY),
    "X-Autorespond": ("X-Autorespond: 1\n", Automatic.REPLY),
    "an old vacation program": ("Precedence: auto_reply\n", Automatic.REPLY),
    "a null return path": ("Return-Path: <>\n", Automatic.REPLY),
    "a null return path with a blank": ("Return-Path: < >\n", Automatic.REPLY),
    "two weak signs": (f"Precedence: bulk\nSubject: {word('自动回复：填报')}\n", Automatic.REPLY),
    "one weak sign: bulk": ("Precedence: bulk\n", Automatic.PERHAPS),
    "one weak sign: the subject": (f"Subject: {word('自动回复: 您好')}\n", Automatic.PERHAPS),
    "one weak sign: an English subject": ("Subject: Automatic reply: form\n", Automatic.PERHAPS),
    "one weak sign: out of office": ("Subject: Out of Office: form\n", Automatic.PERHAPS),
    "one weak sign: a bounce by its subject": (f"Subject: {word('系统退信')}\n", Automatic.PERHAPS),
    "a mail server": ("From: MAILER-DAEMON@mx.example.com\n", Automatic.BOUNCE),
    "a postmaster": ("From: PostMaster <postmaster@example.com>\n", Automatic.BOUNCE),
    "a mail server that says so": ("From: postmaster@example.com\nAuto-Submitted: auto-replied\n", Automatic.BOUNCE),
    "the failed address in a header": ("X-Failed-Recipients: lisi@dept.example.com\n", Automatic.BOUNCE),
    "a report of delivery without a body": (
        "Content-Type: multipart/report; report-type=delivery-status\n",
        Automatic.BOUNCE,
    ),
    "a read receipt": ("Content-Type: multipart/report; report-type=disposition-notification\n", Automatic.NOTICE),
}


@pytest.mark.parametrize("case", PEOPLE)
def test_a_person_is_taken_for_a_person(case: str) -> None:
    assert read_letter(headers(PEOPLE[case] + PERSON)).automatic is Automatic.NO


@pytest.mark.parametrize("case", PROGRAMS)
def test_a_program_is_known_by_its_sign(case: str) -> None:
    text, expected = PROGRAMS[case]
    letter = read_letter(headers(text + PERSON))
    assert letter.automatic is expected
    assert letter.sign


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("failed", Automatic.BOUNCE),
        ("delayed", Automatic.NOTICE),
        ("relayed", Automatic.NOTICE),
        ("", Automatic.BOUNCE),
    ],
)
def test_a_delivery_report_counts_by_what_was_done_and_names_the_address(action: str, expected: Automatic) -> None:
    blocks = [headers("Reporting-MTA: dns; mx.example.com\n")]
    blocks.append(headers(f"Final-Recipient: rfc822; LiSi@dept.example.com\n{'Action: ' + action if action else ''}\n"))
    letter = read_letter(headers("Content-Type: multipart/report; report-type=delivery-status\n" + PERSON), blocks)
    assert letter.automatic is expected
    assert letter.undelivered == (("lisi@dept.example.com",) if expected is Automatic.BOUNCE else ())


def test_the_failed_addresses_of_a_header_are_named() -> None:
    letter = read_letter(headers("X-Failed-Recipients: lisi@dept.example.com, wang@dept.example.com\n" + PERSON))
    assert letter.undelivered == ("lisi@dept.example.com", "wang@dept.example.com")


# --- what the office's own server found out ----------------------------------------------------------------------

OWN = "Received: from a by mx.office.example.com; Mon, 25 Feb 2019 09:30:15 +0800\n"
FAR = "Received: from b by a; Mon, 25 Feb 2019 09:30:01 +0800\n"
SPF = "Authentication-Results: mx.office.example.com; spf=pass smtp.mailfrom=dept.example.com\n"
STATED = {
    "one line of three": (
        OWN + "Authentication-Results: mx.office.example.com 1;\n\tspf=pass (sender ok; spf=fail) smtp.mailfrom=a@b;\n"
        '\tdkim=fail reason="bad; dmarc=pass" header.d=b; dmarc=none\n' + FAR,
        {"spf": "pass", "dkim": "fail", "dmarc": "none"},
    ),
    "above the server's own Received": (SPF + OWN + FAR, {"spf": "pass"}),
    "a name in another case": (OWN + SPF.replace("mx.office", "MX.Office"), {"spf": "pass"}),
    "another server's name": (OWN + SPF.replace("mx.office", "mx.evil"), {}),
    "a name that only begins the same": (OWN + SPF.replace("example.com;", "example.com.evil.example;"), {}),
    "a name in a comment": (OWN + SPF.replace("mx.office.example.com;", "(mx.office.example.com) evil;"), {}),
    "below the second Received: it came with the mail": (OWN + FAR + SPF, {}),
    "two statements, the upper one holds": (OWN + SPF + SPF.replace("pass", "fail"), {"spf": "pass"}),
    "nothing checked": (OWN + "Authentication-Results: mx.office.example.com; none\n", {}),
    "no such header": (OWN, {}),
}


@pytest.mark.parametrize("case", STATED)
def test_only_what_the_offices_own_server_states_is_believed(case: str) -> None:
    text, expected = STATED[case]
    assert authentication(headers(text + PERSON), "mx.office.example.com") == expected
    assert read_letter(headers(text + PERSON)).authentication == {}, "nothing is read unless the server is named"


# --- attachments in the cloud ------------------------------------------------------------------------------------

NETEASE_STYLE = (
    "<html><head><style>#divNeteaseBigAttach{display:block} .divNeteaseBigAttach a{color:red}</style></head>"
)
CLOUDS = {
    "163": '<a href="https://mail.163.com/large-attachment-download/index.html?p=X-NETEASE&amp;q=1">下载</a>',
    "163, an old link in single quotes": "<a target=_blank href='http://fs.163.com/fs/display/?p=X'>下载</a>",
    "NetEase's mail program": '<a href="https://dashi.163.com/html/cloud-attachment-download/?key=abc">下载</a>',
    "NetEase for enterprises": "<A HREF=https://edisk.qiye.163.com/api/biz/attachment/download?identity=1>下载</A>",
    "QQ, an old link": '<a href="http://mail.qq.com/cgi-bin/ftnExs_download?k=1&amp;t=exs_ftn_download">下载</a>',
    "QQ": '<a href="https://wx.mail.qq.com/ftn/download?func=3&amp;key=1&amp;code=2">下载</a>',
    "Sina": '<a href="https://mail.sina.com.cn/filecenter/download.php?id=1">下载</a>',
    "189": '<a href="https://download.cloud.189.cn/v5/file?id=1">下载</a>',
    "NetEase's element around a link nobody knows": '<div id="divNeteaseBigAttach"><a href="https://n.example.com/x">x</a></div>',
    "NetEase's element without a link": "<div style='a' id=divNeteaseBigAttach></div>",
}
NO_CLOUDS = {
    "NetEase's stylesheet, which stands in every mail": NETEASE_STYLE + "<body>填报表见附件</body></html>",
    "a link in the text": "<p>mail.163.com/large-attachment-download/index.html?p=1</p>",
    "a link as text in HTML": "<p>https://mail.163.com/large-attachment-download/index.html?p=1</p>",
    "QQ's business card": '<a href="https://wx.mail.qq.com/home/index?t=readmail_businesscard_midpage&amp;nocheck=true">张三</a>',
    "the signature of NetEase's mail program": '<a href="https://dashi.163.com/projects/signature-manager/detail/index.html?x">',
    "the front page of a provider": '<a href="https://u.163.com/">网易</a><a href="https://mail.163.com">163</a>',
    "another scheme": '<a href="ftp://fs.163.com/x">x</a>',
    "a host that only ends the same": '<a href="https://evil-fs.163.com/x">x</a>',
    "an address that is none": '<a href="http://[fs.163.com/x">x</a>',
    "a mail address": '<a href="mailto:office@example.com">x</a>',
}


@pytest.mark.parametrize("case", CLOUDS)
def test_a_large_attachment_is_known_by_its_link(case: str) -> None:
    (link,) = find_clouds((NETEASE_STYLE + CLOUDS[case]).encode("gbk"), is_html=True)
    assert "&amp;" not in link


@pytest.mark.parametrize("case", NO_CLOUDS)
def test_other_links_and_texts_are_no_large_attachments(case: str) -> None:
    assert find_clouds(NO_CLOUDS[case].encode("gbk"), is_html=True) == ()


def test_in_a_plain_text_the_address_itself_is_the_link() -> None:
    text = "从QQ邮箱发来的超大附件\n进入下载页面：https://wx.mail.qq.com/ftn/download?func=3&key=1（2019年3月到期）".encode(
        "gbk"
    )
    assert find_clouds(text, is_html=False) == ("https://wx.mail.qq.com/ftn/download?func=3&key=1",)


@pytest.mark.parametrize("text", ["<a href=", "<a ", ' href="https://fs.163.com/x', "<div id=x "])
def test_the_time_for_a_text_grows_with_its_size(text: str) -> None:
    check_growth(lambda size: find_clouds(text.encode() * size, is_html=True), 500)


@pytest.mark.parametrize("text", ["a@example.com, ", '"', "<", "(", "=?utf-8?B?YQ==?= ", "a:b;", "\\"])
def test_the_time_for_addresses_is_bounded(text: str) -> None:
    check_growth(lambda size: addresses(text.encode() * size), 4_000)
