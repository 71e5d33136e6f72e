"""Archives -> the files inside: names of every origin, passwords, damage, attacks, limits."""

from __future__ import annotations

import base64
import io
import sys
import zipfile

import mails
import pytest
from mails import BOOK, fates, opened, passed_on, the
from support import check_growth

from smartcity_xl.arrival.post import limits, unpack
from smartcity_xl.model import Parcel

# --- zip ---------------------------------------------------------------------------------------------------------

NAMES = {
    "a Chinese Windows, in GBK": ("附件\\镕表.xlsx".encode("gbk"), "附件/镕表.xlsx"),
    "a Mac, in UTF-8 that is not flagged": ("附件/镕表.xlsx".encode(), "附件/镕表.xlsx"),
    "GB18030 beyond GBK": ("㐀䶵表.xlsx".encode("gb18030"), "㐀䶵表.xlsx"),
    "plain ASCII": (b"form.xlsx", "form.xlsx"),
    "signs that hide": ("表\u202exslx.exe".encode(), "表\\u202exslx.exe"),
    "a NUL, where zipfile would end the name": (b"a\0b.xlsx", "a\\x00b.xlsx"),
}


@pytest.mark.parametrize("case", NAMES)
def test_the_name_of_a_member_is_read_as_its_program_wrote_it(case: str) -> None:
    raw, expected = NAMES[case]
    assert passed_on(opened(mails.zipped_as(raw, BOOK), "材料.zip")) == {expected: BOOK}


def test_flagged_names_folders_and_two_of_one_name() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = mails.zipped([("夹/", b""), ("夹/镕表.xlsx", b"1"), ("夹/镕表.xlsx", b"2"), ("夹/镕表.XLSX", b"3")])
    unpacked = opened(data, "材料.zip")
    assert passed_on(unpacked) == {"夹/镕表.xlsx": b"1", "夹/镕表 (2).xlsx": b"2", "夹/镕表.XLSX": b"3"}
    assert fates(unpacked) == {"": ("opened", [])}


def test_litter_is_listed_and_does_not_count() -> None:
    litter = {"~$表.xlsx": b"", "__MACOSX/._表.xlsx": b"1", ".DS_Store": b"", "夹/Thumbs.db": b""}
    many = {f"__MACOSX/{number}": b"" for number in range(300)}
    unpacked = opened(mails.zipped({**litter, **many, "表.xlsx": BOOK}), "材料.zip")
    assert passed_on(unpacked) == {"表.xlsx": BOOK}
    assert all(fates(unpacked)[name] == ("ignored", ["litter"]) for name in litter)


@pytest.mark.parametrize(
    "name", ["../../evil.xlsx", "/etc/evil.xlsx", "C:\\evil.xlsx", "a/../evil.xlsx", "..", "a\\..\\evil.xlsx"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused_and_the_rest_goes_on(name: str) -> None:
    unpacked = opened(mails.zipped({name: b"1", "表..好.xlsx": BOOK}), "材料.zip")
    assert passed_on(unpacked) == {"表..好.xlsx": BOOK}
    assert fates(unpacked)[name.replace("\\", "/")] == ("rejected", ["member-name"])


def test_a_link_is_never_followed() -> None:
    link, special = zipfile.ZipInfo("表.xlsx"), zipfile.ZipInfo("管道")
    link.create_system = special.create_system = 3
    link.external_attr, special.external_attr = 0o120777 << 16, 0o010644 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr(special, "")
    unpacked = opened(stream.getvalue(), "材料.zip")
    assert passed_on(unpacked) == {}
    assert fates(unpacked) == {"": ("opened", []), "表.xlsx": ("rejected", ["link"]), "管道": ("rejected", ["link"])}


# Made by 7-Zip 16.02; the password is "geheim".
AES = "UEsDBDMAAQhjAFhddV0AAAAAKgAAAA4AAAAIAAsA6KGoLnhsc3gBmQcAAgBBRQMAABKtqUzgICQqF9RA3B2POGpvkgMyBeYTsaHi4VU8utBjEnvnK5RJV1fNNVBLAQI/AzMAAQhjAFhddV0AAAAAKgAAAA4AAAAIAC8AAAAAAAAAIICkgQAAAADooagueGxzeAoAIAAAAAAAAQAYAM6iNG6ted0BAAAAAAAAAAAAAAAAAAAAAAGZBwACAEFFAwAAUEsFBgAAAAABAAEAZQAAAFsAAAAAAA=="  # noqa: E501
CRYPTO = "UEsDBBQAAQgAAFhddV2DS6oxGgAAAA4AAAAIAAAA6KGoLnhsc3gzJMjlLSArOM/hw760uNdwX/rN+OomAroHv1BLAQI/AxQAAQgAAFhddV2DS6oxGgAAAA4AAAAIACQAAAAAAAAAIICkgQAAAADooagueGxzeAoAIAAAAAAAAQAYAM6iNG6ted0BAAAAAAAAAAAAAAAAAAAAAFBLBQYAAAAAAQABAFoAAABAAAAAAAA="  # noqa: E501
SEVEN_HIDDEN = "N3q8ryccAAQLYOlfkAAAAAAAAAAuAAAAAAAAAGXqna9rX816kgNM2NlLb6xmiKAzM6xGmQPS3FX+g1JEprOZm5FS36Gi+5/Xc1/bbMuqNvSgXu4wfooaaA9zF67AoyV8j0iKtZ+lmOIiGhrO7p5Sc2KCqYvODmCwVNtsbl41P35R7ZIVxjQns9WLaVWAwUZUhKOddxtsrzf+fB13O63LVDTHUdY7umsXZu06G8GVAkgXBiABCXAABwsBAAEkBvEHARJTD7zFTLB5mLm6DK9SZma/77YMagoBG1xrQQAA"  # noqa: E501
SEVEN_PLAIN = "N3q8ryccAATAuIPcEgAAAAAAAABaAAAAAAAAAKegSQQBAA1oZWxsbyB3b3JrYm9vawABBAYAAQkSAAcLAQABISEBAAwOAAgKAYNLqjEAAAUBGQwAAAAAAAAAAAAAAAARDwBoiC4AeABsAHMAeAAAABkEAAAAABQKAQDOojRurXndARUGAQAggKSBAAA="  # noqa: E501


@pytest.mark.parametrize("archive", [AES, CRYPTO], ids=["AES", "the old way"])
def test_a_zip_with_a_password_is_told_as_such(archive: str) -> None:
    assert fates(opened(base64.b64decode(archive), "材料.zip")) == {"": ("rejected", ["archive-encrypted"])}


def test_one_locked_member_does_not_hold_up_the_others() -> None:
    data = bytearray(mails.zipped({"锁.xlsx": b"1", "表.xlsx": BOOK}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    unpacked = opened(bytes(data), "材料.zip")
    assert passed_on(unpacked) == {"表.xlsx": BOOK}
    assert fates(unpacked)["锁.xlsx"] == ("rejected", ["archive-encrypted"])


def patched(offset: int, value: bytes, files: dict[str, bytes] | None = None) -> bytes:
    """A zip whose directory says something else about its first member."""
    data = bytearray(mails.zipped(files or {"坏.xlsx": b"12345678" * 9, "表.xlsx": BOOK}))
    at = data.index(b"PK\x01\x02") + offset
    data[at : at + len(value)] = value
    return bytes(data)


DAMAGED = {
    "a checksum that is wrong": patched(16, b"\0\0\0\0"),
    "a size that is too small": patched(24, b"\5\0\0\0"),
    "a size that is too large": patched(24, b"\xff\0\0\0"),
    "a local name that differs": patched(46, "好.xlsx".encode()),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_member_costs_only_itself(case: str) -> None:
    unpacked = opened(DAMAGED[case], "材料.zip")
    assert passed_on(unpacked) == {"表.xlsx": BOOK}
    assert [codes for _, codes in fates(unpacked).values() if codes] == [["member-damaged"]]


def overlapped(times: int) -> bytes:
    """A zip whose directory names one member's bytes many times over."""
    whole = mails.zipped({"000.data": bytes(2**20)})
    start, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    directory = whole[start:end] * times
    counts = times.to_bytes(2, "little") * 2 + len(directory).to_bytes(4, "little") + start.to_bytes(4, "little")
    return whole[:start] + directory + b"PK\x05\x06\0\0\0\0" + counts + b"\0\0"


def test_members_that_share_their_bytes_are_refused() -> None:
    assert len(overlapped(60)) < 10_000
    assert fates(opened(overlapped(1), "材料.zip")) == {"": ("opened", [])}
    assert fates(opened(overlapped(60), "材料.zip")) == {"": ("rejected", ["archive-suspicious"])}


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK", mails.zipped({"表.xlsx": BOOK})[:-30]])
def test_a_zip_cut_off_is_unreadable(data: bytes) -> None:
    assert fates(opened(data, "材料.zip")) == {"": ("rejected", ["archive-unreadable"])}


def test_an_empty_archive_is_told() -> None:
    assert fates(opened(mails.zipped({"夹/": b""}), "材料.zip")) == {"": ("rejected", ["archive-empty"])}


def test_something_before_the_archive_does_no_harm() -> None:
    assert passed_on(opened(b"PK\x03\x04junk" + mails.zipped({"表.xlsx": BOOK}), "材料.zip")) == {"表.xlsx": BOOK}


# --- limits ------------------------------------------------------------------------------------------------------


def test_archives_are_opened_two_deep_and_no_deeper() -> None:
    inner = mails.zipped({"表.xlsx": BOOK})
    assert list(passed_on(opened(mails.zipped({"b.zip": inner}), "a.zip"))) == ["b.zip/表.xlsx"]
    unpacked = opened(mails.zipped({"b.zip": mails.zipped({"c.zip": inner}), "d.zip": inner}), "a.zip")
    assert list(passed_on(unpacked)) == ["d.zip/表.xlsx"]
    assert fates(unpacked)["b.zip/c.zip"] == ("rejected", ["unpack-depth"])


def test_a_mail_between_does_not_make_archives_deeper() -> None:
    deep = mails.zipped({"信.eml": mails.foxmail("b.zip", mails.zipped({"c.rar": mails.rar({"表.xlsx": BOOK})}))})
    assert [codes for _, codes in fates(opened(deep, "a.zip")).values() if codes] == [["unpack-depth"]]


def test_two_hundred_files_are_read_and_one_more_is_refused_whole() -> None:
    files = {f"{number}.xlsx": b"1" for number in range(limits.MEMBERS)}
    assert len(passed_on(opened(mails.zipped(files), "a.zip"))) == limits.MEMBERS
    unpacked = opened(mails.zipped({**files, "表.xlsx": b"1"}), "a.zip")
    assert fates(unpacked) == {"": ("rejected", ["unpack-count"])}
    assert unpacked.parcels == ()


def test_a_bomb_is_refused_by_what_it_announces_and_nothing_of_it_is_inflated() -> None:
    bomb = mails.zipped({"表.xlsx": bytes(limits.BYTES + 1)})
    assert len(bomb) < 2**18
    assert fates(opened(bomb, "a.zip")) == {"": ("rejected", ["unpack-size"])}
    check_growth(lambda _: opened(bomb, "a.zip"), 1)


def test_one_byte_budget_holds_over_all_branches_and_what_fits_goes_on() -> None:
    part = mails.zipped({"表.bin": bytes(limits.BYTES // 4)})
    nested = mails.zipped({f"{number}.zip": part for number in range(6)} | {"小.xlsx": BOOK}, zipfile.ZIP_STORED)
    unpacked = opened(nested, "a.zip")
    assert list(passed_on(unpacked)) == [
        "0.zip/表.bin",
        "1.zip/表.bin",
        "2.zip/表.bin",
        "小.xlsx",
    ]
    assert [name for name, (_, codes) in fates(unpacked).items() if codes == ["unpack-size"]] == [
        "3.zip",
        "4.zip",
        "5.zip",
    ]
    assert the(unpacked, "a.zip/3.zip").findings[0].parameters["limit"] == "128 MiB"


def test_a_directory_of_very_many_entries_is_not_read() -> None:
    data = mails.zipped({})[:-22] + b"PK\x01\x02" * 20_001
    assert fates(opened(b"PK" + data, "a.zip")) == {"": ("rejected", ["unpack-count"])}


# --- what is an archive at all -----------------------------------------------------------------------------------

DOCUMENTS = {
    "a workbook": {"[Content_Types].xml": b"", "xl/workbook.xml": b""},
    "a Word file": {"word/document.xml": b""},
    "OpenDocument": {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b""},
    "OFD": {"OFD.xml": b"", "Doc_0/Document.xml": b""},
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_document_that_is_itself_a_zip_stays_whole(case: str) -> None:
    data = mails.zipped(DOCUMENTS[case])
    parcel = Parcel("a.xlsx", data, "0")
    assert unpack(parcel).parcels == (parcel,)


# --- rar and 7z --------------------------------------------------------------------------------------------------


def test_a_rar_of_stored_files_is_read_without_any_program() -> None:
    unpacked = opened(mails.rar({"附件/镕表.xlsx": BOOK, "b.pdf": b"%PDF"}), "材料.rar")
    assert passed_on(unpacked) == {"附件/镕表.xlsx": BOOK, "b.pdf": b"%PDF"}
    assert fates(unpacked) == {"": ("opened", [])}


def test_a_rar_whose_bytes_were_changed_gives_the_other_files() -> None:
    data = mails.rar({"坏.xlsx": b"spoil me", "表.xlsx": BOOK}).replace(b"spoil me", b"spoiled!")
    unpacked = opened(data, "材料.rar")
    assert passed_on(unpacked) == {"表.xlsx": BOOK}
    assert fates(unpacked)["坏.xlsx"] == ("rejected", ["member-damaged"])


@pytest.mark.parametrize(
    "data", [b"Rar!\x1a\x07\x01\x00 nothing", mails.rar({"表.xlsx": BOOK})[:-20], b"Rar!\x1a\x07\x00"]
)
def test_a_rar_cut_off_is_told(data: bytes) -> None:
    ((status, codes),) = fates(opened(data, "材料.rar")).values()
    assert (status, codes[0]) in {("rejected", "archive-unreadable"), ("rejected", "archive-empty")}


def test_a_packed_rar_needs_a_program_and_the_office_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = mails.rar({"表.xlsx": BOOK}, method=3)
    monkeypatch.setenv("PATH", "")
    unpacked = opened(packed, "材料.rar")
    assert fates(unpacked) == {"": ("rejected", ["archive-program"])}
    assert the(unpacked, "材料.rar").findings[0].parameters == {
        "kind": "RAR", "program": "unar", "how": "apt install unar; Windows: 7-Zip",
    }  # fmt: skip


def test_what_the_program_cannot_unpack_is_told_and_not_silently_gone() -> None:
    """The bytes are none that RAR's packing makes; a real packed file cannot be made with free programs."""
    unpacked = opened(mails.rar({"坏.xlsx": BOOK}, method=3), "材料.rar")
    assert fates(unpacked)["坏.xlsx"] == ("rejected", ["member-failed"])


def test_a_rar_with_a_password_or_in_volumes_is_told_as_such() -> None:
    locked, volume = mails.rar({"表.xlsx": BOOK}, locked=True), mails.rar({"表.xlsx": BOOK}, split=True)
    assert fates(opened(locked, "a.rar")) == {"": ("rejected", ["archive-encrypted"])}
    assert fates(opened(volume, "a.rar")) == {"": ("rejected", ["archive-volumes"])}


def test_a_7z_is_read() -> None:
    assert passed_on(opened(base64.b64decode(SEVEN_PLAIN), "材料.7z")) == {"表.xlsx": b"hello workbook"}
    assert passed_on(opened(mails.sevenzipped({"夹/镕表.xlsx": BOOK, "空.txt": b""}), "材料.7z")) == {
        "夹/镕表.xlsx": BOOK,
        "空.txt": b"",
    }


@pytest.mark.parametrize(
    "data", [base64.b64decode(SEVEN_HIDDEN), mails.sevenzipped({"表.xlsx": BOOK}, **{"password": "geheim"})]
)
def test_a_7z_with_a_password_is_told_as_such(data: bytes) -> None:
    assert fates(opened(data, "材料.7z")) == {"": ("rejected", ["archive-encrypted"])}


def test_a_7z_is_named_where_the_optional_reader_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py7zr", None)
    unpacked = opened(base64.b64decode(SEVEN_PLAIN), "材料.7z")
    assert fates(unpacked) == {"": ("rejected", ["archive-program"])}


def test_a_7z_bomb_is_refused_by_what_it_announces() -> None:
    bomb = mails.sevenzipped({"表.xlsx": bytes(limits.BYTES + 1)})
    assert len(bomb) < 2**18
    assert fates(opened(bomb, "a.7z")) == {"": ("rejected", ["unpack-size"])}


@pytest.mark.parametrize("at", [40, 60, -20])
def test_a_damaged_7z_is_unreadable(at: int) -> None:
    data = bytearray(mails.sevenzipped({"表.xlsx": BOOK}))
    data[at] ^= 0xFF
    assert [status for status, _ in fates(opened(bytes(data), "材料.7z")).values()] == ["rejected"]
