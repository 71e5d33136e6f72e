"""Who wrote a mail: one address, or the mail is held; and whose word on senders is believed."""

from __future__ import annotations

from email.parser import HeaderParser
from pathlib import Path

import pytest
from bad_books import fate
from mails import attachment, mail, text, word
from support import assert_worded, check_growth, filled, put, receipt

from smartcity_xl.arrival.post.authors import Author, read_author
from smartcity_xl.arrival.post.letter import Headers, authentication, read_letter
from smartcity_xl.model import Person, Roster, RosterEntry
from smartcity_xl.run.collecting import assess

ONE = {
    "bare": ("a@dept.example", "a@dept.example"),
    "in brackets": ("<a@dept.example>", "a@dept.example"),
    "a name that is an address": ("a@dept.example <x@evil.example>", "x@evil.example"),
    "a name that is an address, and a comment": ("a@dept.example (x) <x@evil.example>", "x@evil.example"),
    "an address in quotes": ('"a@dept.example" <x@evil.example>', "x@evil.example"),
    "an address in brackets in quotes": ('"<a@dept.example>," <x@evil.example>', "x@evil.example"),
    "an address in a comment": ("x@evil.example (a@dept.example)", "x@evil.example"),
    "an address in a comment before": ("(a@dept.example) x@evil.example", "x@evil.example"),
    "brackets in a comment": ("(<a@dept.example>) <x@evil.example>", "x@evil.example"),
    "a comment in a comment": ("((a@dept.example), b@dept.example) x@evil.example", "x@evil.example"),
    "a bracket escaped in quotes": ('"\\" <a@dept.example>" <x@evil.example>', "x@evil.example"),
    "encoded words that spell an address": (f"{word('a@dept.example <a@dept.example>,')} <x@evil.example>",
                                            "x@evil.example"),
    "capitals": ("A@Dept.Example", "a@dept.example"),
    "a comma in a name": ('"Zhang, San" <a@dept.example>', "a@dept.example"),
    "a comma in a name without quotes": ("Zhang, San <a@dept.example>", "a@dept.example"),
    "a comma at the end": ("a@dept.example,", "a@dept.example"),
    "blanks around it": ("  < a@dept.example >  ", "a@dept.example"),
    "folded": ("Zhang San\r\n <a@dept.example>", "a@dept.example"),
    "quotes that need not be there": ('"a"@dept.example', "a@dept.example"),
    "quotes that must be there": ('"a b"@dept.example', '"a b"@dept.example'),
    "an address quoted before another": ('"a@dept.example"@evil.example', '"a@dept.example"@evil.example'),
    "an address literal": ("a@[192.0.2.1]", "a@[192.0.2.1]"),
    "a domain of Chinese signs": ("a@部门.example", "a@xn--ig4am2h.example"),
    "the same as the network writes it": ("a@XN--IG4AM2H.example", "a@xn--ig4am2h.example"),
    "a letter that only folds to k stays another": ("\u212a@dept.example", "\u212a@dept.example"),
}  # fmt: skip
NONE = {
    "two": "a@dept.example, x@evil.example",
    "two in brackets": "<a@dept.example>, <x@evil.example>",
    "two without a comma": "a@dept.example x@evil.example",
    "two with a semicolon": "a@dept.example; x@evil.example",
    "two pairs of brackets": "<a@dept.example> <x@evil.example>",
    "something after the brackets": "<a@dept.example> x@evil.example",
    "brackets in brackets": "<<a@dept.example>",
    "a group": "departments: a@dept.example;",
    "a group of two": "departments: a@dept.example, b@dept.example;",
    "a route": "<@evil.example:a@dept.example>",
    "two signs of at": "a@dept.example@evil.example",
    "no domain": "a@",
    "no name": "@dept.example",
    "a blank inside": "a b@dept.example",
    "two dots": "a@dept..example",
    "a dot at the end": "a.@dept.example",
    "brackets that do not close": "<a@dept.example",
    "quotes that do not close": '"a <a@dept.example>',
    "a comment that does not close": "a@dept.example (",
    "a comment that was not begun": "a@dept.example )",
    "a control sign": "a@dept.example\x00",
    "one beyond all bounds": "a@dept.example" + " " * 9_000 + ", x@evil.example",
    "a domain that cannot be": "a@" + "部" * 80 + ".example",
}
NOBODY = {"nothing": "", "a name alone": "张三", "empty brackets": '"张三" <>', "nobody in a group": "undisclosed:;"}


@pytest.mark.parametrize("case", ONE)
def test_one_address_is_read_and_nothing_else_counts(case: str) -> None:
    raw, expected = ONE[case]
    author = read_author([raw.encode()])
    assert (author.address, author.unclear) == (expected, "")


@pytest.mark.parametrize("case", NONE)
def test_what_is_not_one_address_names_nobody_and_says_so(case: str) -> None:
    author = read_author([NONE[case].encode()])
    assert not author.address
    assert author.unclear


@pytest.mark.parametrize("case", NOBODY)
def test_where_there_is_no_address_there_is_none_to_mistake(case: str) -> None:
    author = read_author([NOBODY[case].encode()])
    assert (author.address, author.unclear) == ("", "")


def test_several_headers_must_name_the_same() -> None:
    assert read_author([b"a@dept.example", b"A <a@dept.example>"]).address == "a@dept.example"
    assert read_author([b"a@dept.example", b"x@evil.example"]).unclear == "a@dept.example / x@evil.example"
    assert read_author([b"a@dept.example", b"nobody"]).unclear
    assert read_author([]) == Author()


def test_the_name_is_what_is_shown_beside_it() -> None:
    assert read_author([f"{word('张三', 'gb18030')} <a@dept.example>".encode()]).name == "张三"
    assert read_author(["丂 <a@dept.example>".encode("gbk")]) == Author("a@dept.example", "丂")
    assert read_author([b"a@dept.example (office)"]).name == "office"
    assert read_author([b'"\x1b[31mred" <a@dept.example>']).name == "\\x1b[31mred"


def test_a_header_of_nothing_but_brackets_takes_no_time() -> None:
    for sign in '(<",\\':
        check_growth(lambda size, sign=sign: read_author([(sign * size).encode()]), 1_000)


# --- what comes of it --------------------------------------------------------------------------------------------

ROSTER = Roster({"secrecy": RosterEntry("secrecy", (), Person(), Person(addresses=("a@dept.example",)), Person())})
BOOK = attachment("表.xlsx", filled("secrecy", leak_events=1))


@pytest.mark.parametrize("roster", [ROSTER, None])
def test_a_mail_of_no_one_address_is_held_with_a_roster_or_without(roster: Roster | None, tmp_path: Path) -> None:
    inbox = put(
        tmp_path,
        {
            "一.eml": mail(text(), BOOK, headers="From: a@dept.example, x@evil.example"),
            "二.xlsx": filled("credit"),
        },
    )
    outcome = assess(inbox, roster=roster)
    assert fate(outcome, "一.eml/表.xlsx") == ("aside", ["sender-unclear"])
    assert receipt(outcome, "二.xlsx").status == "taken"
    assert_worded(receipt(outcome, "一.eml/表.xlsx").findings)


def test_the_address_that_wrote_it_decides_and_no_name(tmp_path: Path) -> None:
    forged = mail(text(), BOOK, headers="From: a@dept.example (x) <x@evil.example>")
    outcome = assess(put(tmp_path, {"一.eml": forged, "二.xlsx": filled("credit")}), roster=ROSTER)
    assert fate(outcome, "一.eml/表.xlsx") == ("aside", ["sender-unknown"])


# --- what the office's own server found out ----------------------------------------------------------------------

OWN = "Received: from a by mx.office.example; Mon, 25 Feb 2019 09:30:15 +0800\n"
FAR = "Received: from b by a; Mon, 25 Feb 2019 09:30:01 +0800\n"
AR = "Authentication-Results: "
SPF = "spf=pass smtp.mailfrom=dept.example"
STATED = {
    "a name in quotes": (f'{AR}"mx.office.example"; {SPF}\n', {"spf": "pass"}),
    "a name in quotes with an escape": (f'{AR}"mx.office\\.example"; {SPF}\n', {"spf": "pass"}),
    "a version": (f"{AR}mx.office.example 1; {SPF}\n", {"spf": "pass"}),
    "a version that there is not": (f"{AR}mx.office.example 2; {SPF}\n", {}),
    "another word after the name": (f"{AR}mx.office.example evil; {SPF}\n", {}),
    "a comment before the name": (f"{AR}(x; y) mx.office.example; {SPF}\n", {"spf": "pass"}),
    "a comment after the name": (f"{AR}mx.office.example (x) 1; {SPF}\n", {"spf": "pass"}),
    "a comment in the name": (f"{AR}mx.office(x).example; {SPF}\n", {}),
    "no name": (f"{AR}{SPF}\n", {}),
    "an empty name": (f"{AR}; {SPF}\n", {}),
    "the name as a property": (f"{AR}evil.example; {SPF} policy.x=mx.office.example; dkim=pass\n", {}),
    "another server's above, ours below": (
        f"{AR}relay.example; spf=fail\n{AR}mx.office.example; {SPF}\n", {"spf": "pass"},
    ),
    "two under our name, what the upper does not say stays unsaid": (
        f"{AR}mx.office.example; {SPF}\n{AR}mx.office.example; dmarc=pass; dkim=pass\n", {"spf": "pass"},
    ),
    "one that says that nothing was checked, above a forged one": (
        f"{AR}mx.office.example; none\n{AR}mx.office.example; dmarc=pass\n", {},
    ),
    "a semicolon in quotes": (f'{AR}mx.office.example; spf=fail reason="x; dmarc=pass"\n', {"spf": "fail"}),
    "of two of one method the first": (f"{AR}mx.office.example; dkim=fail; dkim=pass\n", {"dkim": "fail"}),
}  # fmt: skip


@pytest.mark.parametrize("case", STATED)
def test_the_topmost_word_of_the_offices_own_server_is_believed(case: str) -> None:
    lines, expected = STATED[case]
    pairs = Headers(HeaderParser().parsestr(f"{OWN}{lines}{FAR}From: a@dept.example\n").raw_items())
    assert authentication(pairs, "mx.office.example") == expected
    assert read_letter(pairs).authentication == {}, "nothing is read unless the server is named"
