"""Names of evidence as they arrive: changed by browsers, mail programs and archives, matched or asked about."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, quote_plus

import pytest
from evidence_inbox import one

from smartcity_xl.documents.names import loose_keys, spellings

NAMED = "学校 统计表（2018）.pdf"
ARRIVED = {
    "blanks became plus": "学校+统计表（2018）.pdf",
    "blanks became low lines": "学校_统计表（2018）.pdf",
    "blanks became dashes": "学校-统计表（2018）.pdf",
    "blanks became points": "学校.统计表（2018）.pdf",
    "blanks became %20": "学校%20统计表（2018）.pdf",
    "signs that Windows forbids became low lines": "学校 统计表_2018_.pdf",
    "quoted as an address": quote(NAMED),
    "quoted as a form quotes": quote_plus(NAMED),
    "quoted in GBK": quote(NAMED.encode("gbk")),
    "quoted twice": quote(quote(NAMED)),
    "quoted for a page": "学校&nbsp;统计表&#65288;2018&#65289;.pdf",
    "decomposed, as a Mac keeps it": unicodedata.normalize("NFD", NAMED),
    "in full-width signs": "学校　统计表（２０１８）．ｐｄｆ",
    "UTF-8 read as GBK": "学校统计2018.pdf".encode().decode("gb18030"),
    "GBK read as code page 437": NAMED.encode("gbk").decode("cp437"),
    "UTF-8 read as code page 437": NAMED.encode().decode("cp437"),
    "UTF-8 read as Latin": NAMED.encode().decode("latin-1"),
    "no blank at all": "学校统计表（2018）.pdf",
}


@pytest.mark.parametrize("case", ARRIVED)
def test_evidence_is_found_whatever_was_made_of_its_name(case: str) -> None:
    named = "学校统计2018.pdf" if case == "UTF-8 read as GBK" else NAMED
    assert one(named, ARRIVED[case], "别的.pdf") == ("present", [ARRIVED[case]])


def test_a_list_that_gives_the_name_as_an_address_finds_the_file_too() -> None:
    assert one(quote("学校 统计表.pdf"), "学校 统计表.pdf") == ("present", ["学校 统计表.pdf"])
    assert one("学校+统计表.pdf", "学校 统计表.pdf") == ("present", ["学校 统计表.pdf"])
    assert one("学校 统计表", "学校+统计表.pdf") == ("present", ["学校+统计表.pdf"])


def test_a_folder_and_an_archive_are_found_by_what_became_of_their_names() -> None:
    assert one("学校材料", f"{quote('学校材料.zip')}/a.pdf")[0] == "present"
    assert one("学校材料", "学校材料.tar.gz/a.pdf")[0] == "present"


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("1-2 清单.pdf", "12 清单.pdf"),
        ("学校 统计表.pdf", "统计表 学校.pdf"),
        ("学校 统计表.pdf", "学校 统计表 2.pdf"),
        ("学校 统计表.pdf", "学校+统计表.docx"),
        ("增长 50%.pdf", "增长 5.pdf"),
        ("+.pdf", "_.pdf"),
        ("100%25.pdf", "100.pdf"),
    ],
)
def test_another_name_is_no_answer(named: str, file: str) -> None:
    assert one(named, file) == ("missing", [])


def test_a_name_as_it_was_written_goes_before_one_that_was_changed() -> None:
    names = ["学校+统计表.pdf", "学校 统计表.pdf"]
    assert one("学校 统计表.pdf", *names) == ("present", ["学校 统计表.pdf"])


def test_two_that_may_both_be_meant_are_asked_about() -> None:
    state, files = one("学校 统计表.pdf", "学校+统计表.pdf", "学校_统计表.pdf")
    assert (state, sorted(files)) == ("unclear", ["学校+统计表.pdf", "学校_统计表.pdf"])


def test_a_name_is_undone_only_so_often() -> None:
    name = "表 1.pdf"
    for _ in range(40):
        name = quote(name)
    assert len(spellings(name)) < 40
    assert loose_keys("") == frozenset()
    assert len(spellings("é" * 200)) < 40
