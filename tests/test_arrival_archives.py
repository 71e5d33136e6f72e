"""Archives of every kind -> the files inside; and what cannot be opened is told as what it is, never as damaged."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping

import mails
import pytest
from archives import CRYPTO, NOISE
from mails import fates, mail, opened, passed_on, text, the, zipped
from support import check_growth

from smartcity_xl.arrival.post import Unpacked, limits, unpack
from smartcity_xl.model import Parcel

BOOK = zipped({"xl/workbook.xml": b"<workbook/>" * 40, "[Content_Types].xml": b"<Types/>"})


def with_passwords(data: bytes, name: str, *passwords: str) -> Unpacked:
    return unpack(Parcel(name, data, "0"), passwords=passwords)


# --- tar, and what is packed by itself ---------------------------------------------------------------------------


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT, encoding: str = "utf-8") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form, encoding=encoding) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


FILES = {"附件/镕表.xlsx": BOOK, "b.pdf": b"%PDF-1.4"}
TAR = tarred(FILES)
TARS: dict[str, tuple[str, bytes]] = {
    "tar": ("a.tar", TAR),
    "the old form of GNU": ("a.tar", tarred(FILES, tarfile.GNU_FORMAT)),
    "the oldest form, names in GBK": ("a.tar", tarred(FILES, tarfile.USTAR_FORMAT, "gbk")),
    "tar.gz": ("a.tar.gz", gzip.compress(TAR)),
    "tgz": ("a.tgz", gzip.compress(TAR)),
    "tar.bz2": ("a.tar.bz2", bz2.compress(TAR)),
    "tar.xz": ("a.tar.xz", lzma.compress(TAR)),
    "under no name of its own": ("材料", gzip.compress(TAR)),
    "in two packed pieces": ("a.tar.gz", gzip.compress(TAR[:5000]) + gzip.compress(TAR[5000:])),
    "in two pieces of xz": ("a.tar.xz", lzma.compress(TAR[:5000]) + lzma.compress(TAR[5000:])),
    "with something behind": ("a.tgz", gzip.compress(TAR) + b"\r\n-- \r\nlist"),
}


@pytest.mark.parametrize("case", TARS)
def test_a_tar_is_opened_however_it_is_packed(case: str) -> None:
    name, data = TARS[case]
    unpacked = opened(data, name)
    assert passed_on(unpacked) == FILES
    assert fates(unpacked) == {"": ("opened", [])}


SINGLE: dict[str, tuple[str, bytes, str]] = {
    "gz": ("表.xlsx.gz", gzip.compress(BOOK), "表.xlsx"),
    "bz2": ("表.xlsx.bz2", bz2.compress(BOOK), "表.xlsx"),
    "xz": ("表.xlsx.xz", lzma.compress(BOOK), "表.xlsx"),
    "gz that names it": (
        "download",
        b"\x1f\x8b\x08\x08" + bytes(6) + "表.xlsx".encode("gbk") + b"\0" + gzip.compress(BOOK)[10:],
        "表.xlsx",
    ),
}


@pytest.mark.parametrize("case", SINGLE)
def test_a_single_file_that_was_packed_is_unpacked(case: str) -> None:
    name, data, inner = SINGLE[case]
    assert passed_on(opened(data, name)) == {inner: BOOK}


def test_packed_files_pay_from_the_same_budget_and_count_as_one_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as smaller:
        smaller.setattr(limits, "BYTES", 2**20)
        for name, pack in (("a.gz", gzip.compress), ("a.bz2", bz2.compress), ("a.xz", lzma.compress)):
            assert passed_on(opened(pack(bytes(2**20)), name))
            assert fates(opened(pack(bytes(2**20 + 1)), name)) == {"": ("rejected", ["unpack-size"])}
            assert fates(opened(pack(bytes(2**24)), name)) == {"": ("rejected", ["unpack-size"])}
    many = tarred({f"{number}.txt": b"1" for number in range(limits.MEMBERS + 1)})
    assert fates(opened(gzip.compress(many), "a.tgz")) == {"": ("rejected", ["unpack-count"])}
    nested = gzip.compress(tarred({"b.tgz": gzip.compress(tarred({"表.xlsx": BOOK}))}))
    assert passed_on(opened(nested, "a.tgz")) == {"b.tgz/表.xlsx": BOOK}
    deeper = zipped({"a.tgz": nested})
    assert [codes for _, codes in fates(opened(deeper, "z.zip")).values() if codes] == [["unpack-depth"]]


def test_an_xz_that_asks_for_much_memory_is_refused() -> None:
    data = bytearray(lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}]))
    at = data.index(b"\x21\x01") + 2
    data[at] = 37  # 1.5 GiB
    head = bytes(data[12 : 12 + (data[12] + 1) * 4 - 4])
    data[12 + len(head) : 16 + len(head)] = struct.pack("<I", zlib.crc32(head))
    assert [status for status, _ in fates(opened(bytes(data), "a.xz")).values()] == ["rejected"]


def test_links_devices_and_names_that_lead_out_are_named_and_not_followed() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in (("链接.xlsx", tarfile.SYMTYPE), ("硬.xlsx", tarfile.LNKTYPE), ("设备", tarfile.CHRTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
        for name in ("../../evil.xlsx", "/etc/evil.xlsx", "./好.xlsx", "~$好.xlsx"):
            entry = tarfile.TarInfo(name)
            entry.size = len(BOOK)
            archive.addfile(entry, io.BytesIO(BOOK))
    unpacked = opened(stream.getvalue(), "a.tar")
    assert passed_on(unpacked) == {"好.xlsx": BOOK}
    told = {name: codes for name, (_, codes) in fates(unpacked).items() if codes}
    assert told == {
        "链接.xlsx": ["link"], "硬.xlsx": ["link"], "设备": ["link"], "../../evil.xlsx": ["member-name"],
        "/etc/evil.xlsx": ["member-name"], "~$好.xlsx": ["litter"],
    }  # fmt: skip


def test_what_was_lost_of_a_tar_is_told_and_what_came_is_taken() -> None:
    whole = tarred({"一.xlsx": BOOK, "二.xlsx": BOOK, "三.xlsx": BOOK}, tarfile.GNU_FORMAT)
    second = whole.index("二".encode())
    cut = opened(whole[: second + 700], "a.tar")
    assert list(passed_on(cut)) == ["一.xlsx"]
    assert fates(cut)["二.xlsx"] == ("rejected", ["member-damaged"])
    spoiled = whole[: second + 3] + b"X" * 20 + whole[second + 23 :]
    assert list(passed_on(opened(spoiled, "a.tar"))) == ["一.xlsx"]
    assert fates(opened(spoiled, "a.tar"))[""] == ("opened", ["archive-cut"])
    assert fates(opened(gzip.compress(whole)[:-200], "a.tgz")) == {"": ("rejected", ["archive-cut"])}
    assert fates(opened(lzma.compress(whole)[:-200], "a.xz")) == {"": ("rejected", ["archive-cut"])}
    assert fates(opened(bz2.compress(whole)[:-20], "a.bz2")) == {"": ("rejected", ["archive-cut"])}


def test_unpacking_takes_time_in_proportion() -> None:
    check_growth(lambda size: opened(gzip.compress(bytes(size)), "a.gz"), 2**20)


# --- passwords ---------------------------------------------------------------------------------------------------

# Made by 7-Zip 16.02; the password is "geheim".
AES = "UEsDBDMAAQhjAFhddV0AAAAAKgAAAA4AAAAIAAsA6KGoLnhsc3gBmQcAAgBBRQMAABKtqUzgICQqF9RA3B2POGpvkgMyBeYTsaHi4VU8utBjEnvnK5RJV1fNNVBLAQI/AzMAAQhjAFhddV0AAAAAKgAAAA4AAAAIAC8AAAAAAAAAIICkgQAAAADooagueGxzeAoAIAAAAAAAAQAYAM6iNG6ted0BAAAAAAAAAAAAAAAAAAAAAAGZBwACAEFFAwAAUEsFBgAAAAABAAEAZQAAAFsAAAAAAA=="  # noqa: E501
HIDDEN = "N3q8ryccAAQLYOlfkAAAAAAAAAAuAAAAAAAAAGXqna9rX816kgNM2NlLb6xmiKAzM6xGmQPS3FX+g1JEprOZm5FS36Gi+5/Xc1/bbMuqNvSgXu4wfooaaA9zF67AoyV8j0iKtZ+lmOIiGhrO7p5Sc2KCqYvODmCwVNtsbl41P35R7ZIVxjQns9WLaVWAwUZUhKOddxtsrzf+fB13O63LVDTHUdY7umsXZu06G8GVAkgXBiABCXAABwsBAAEkBvEHARJTD7zFTLB5mLm6DK9SZma/77YMagoBG1xrQQAA"  # noqa: E501
LOCKED = {
    "zip, AES": ("a.zip", base64.b64decode(AES)),
    "zip, the old way": ("a.zip", base64.b64decode(CRYPTO)),
    "7z, names too": ("a.7z", base64.b64decode(HIDDEN)),
    "7z": ("a.7z", mails.sevenzipped({"表.xlsx": b"hello workbook"}, **{"password": "geheim"})),
}


@pytest.mark.parametrize("case", LOCKED)
def test_an_archive_is_opened_with_the_password_that_fits(case: str) -> None:
    name, data = LOCKED[case]
    assert fates(opened(data, name)) == {"": ("rejected", ["archive-encrypted"])}
    wrong = with_passwords(data, name, "falsch", "Geheim", "密码")
    assert fates(wrong) == {"": ("rejected", ["archive-password-wrong"])}
    assert the(wrong, name).findings[0].parameters == {"number": "3"}
    right = with_passwords(data, name, "falsch", "geheim")
    assert passed_on(right) == {"表.xlsx": b"hello workbook"}
    assert fates(right) == {"": ("opened", [])}


@pytest.mark.parametrize("case", ["7z, names too", "7z"])
def test_a_7z_that_asks_for_years_of_hashing_is_refused(case: str) -> None:
    name, data = LOCKED[case]
    spoiled = bytearray(data)
    at = data.find(b"\x06\xf1\x07\x01")
    if at < 0:  # the header is packed, and is made anew unpacked
        spoiled = bytearray(
            mails.sevenzipped({"表.xlsx": b"hello"}, **{"password": "geheim", "header_encryption": True})
        )
        at = spoiled.find(b"\x06\xf1\x07\x01")
    spoiled[at + 5] = spoiled[at + 5] & 0xC0 | 40
    start = 32 + int.from_bytes(spoiled[12:20], "little")
    size = int.from_bytes(spoiled[20:28], "little")
    spoiled[28:32] = zlib.crc32(spoiled[start : start + size]).to_bytes(4, "little")
    spoiled[8:12] = zlib.crc32(spoiled[12:32]).to_bytes(4, "little")
    assert fates(with_passwords(bytes(spoiled), name, "geheim")) == {"": ("rejected", ["archive-suspicious"])}


def test_a_rar_with_a_password_that_nothing_fits_is_told_and_one_without_needs_none() -> None:
    locked = mails.rar({"表.xlsx": BOOK}, locked=True)
    assert fates(with_passwords(locked, "a.rar", "falsch")) == {"": ("rejected", ["archive-password-wrong"])}
    assert passed_on(with_passwords(mails.rar({"表.xlsx": BOOK}), "a.rar", "falsch")) == {"表.xlsx": BOOK}


# Test files of rarfile (ISC), made by RAR itself; the password is "password".
RAR = "UmFyIRoHAL0BcwIAMwAAAAAAAAD4BXUAACYACgAUNO5QEABMAAAAAAABCm2gqCufB5X+B6ujga2pgBACdAyAQgAgAAAABwAAAAC6fRl6bgNjPRQzCQAgAAAARklMRTEuVFhUIVF1AAAZAAwADzDeWWZpbGUxY29tbWVudFPmfX5zzgYruwTthRwQKva/q0wthOc1jNdnNS+MxrznJeJ0DIBCACAAAAAHAAAAAOPDX3hxA2M9FDMJACAAAABGSUxFMi5UWFStZHUAABkADAAPMD1eZmlsZTJjb21tZW5005C+HUPv1L95WpV8La7DSRITBPuX1rf553cSqgZewKg="  # noqa: E501
RAR_NAMES_TOO = "UmFyIRoHAM6Zc4AADQAAAAAAAACY1Tq5m8CEetYBvlQkcAN6cyEpKUCXohc1cprF8D3HQC5hCrn2MVuFgqTv/LM+JOWSkOKBJtX2wmRB7i77ioOPQi4iqlBdTFwQcuX7mT93DVrpSjrY7wkbmNU6uZvAhHrgk6bgBhhZgRckD0gYRCZWzW3Il1n5yk+V/eyFQeD/gRUK0PH1FYhqgwo0Dt/+cVtpBmRzjL/o9eJZbr4WjZ26d1KB1TV7gf0yMPF0Xp0orZjVOrmbwIR6dIy81NU11D/kThYdYR8m0/Q0386INhTRDFu591U24qTRWsmoeCTTV7Pbytd0QmK/KTvemhS0e7+CD3hh8RGhLlmOAwyqyYLM0lkh0Q0nU8mY1Tq5m8CEeiFJy/Kkf8qh7lpaFqOduVm4qHdRd4RikUFNk+MW3RDETPeZFQgxvtea461h2iBZTsc5KJPBOCQP5YLdUag94813UoHVNXuB/TIw8XRenSitmNU6uZvAhHr+K+c+7BoP0loh9TTiLQXDBNQmWBgpFMkwbcxZPeTL7ukZoSK0czQe+YMmTw3TTWZnvwax5cWy7HR9RC6q8ilw79Adzh03/BChsuTURg7LHJjVOrmbwIR6Lp7OhWfY9IXm3WrcZPa2fA=="  # noqa: E501


@pytest.mark.parametrize(("archive", "sizes"), [(RAR, [7, 7]), (RAR_NAMES_TOO, [0, 0])], ids=["files", "names too"])
def test_a_real_rar_is_opened_with_its_password(
    archive: str, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = base64.b64decode(archive)
    assert fates(opened(data, "a.rar")) == {"": ("rejected", ["archive-encrypted"])}
    assert [len(one) for one in passed_on(with_passwords(data, "a.rar", "falsch", "password")).values()] == sizes
    wrong = fates(with_passwords(data, "a.rar", "falsch"))
    assert wrong == {"": ("rejected", ["archive-password-wrong"])}
    monkeypatch.setattr("rarfile._have_crypto", 0)
    if archive == RAR_NAMES_TOO:
        assert fates(with_passwords(data, "a.rar", "password")) == {"": ("rejected", ["archive-program"])}


def test_members_locked_each_by_their_own_password() -> None:
    import pyzipper

    stream = io.BytesIO()
    with pyzipper.AESZipFile(stream, "w", zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        for name, word in (("一.xlsx", "eins"), ("二.xlsx", "密码二"), ("三.xlsx", "drei")):
            archive.setpassword(word.encode())
            archive.writestr(name, BOOK)
        archive.setpassword(b"eins")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("一.xlsx", BOOK + b"2")
    data = stream.getvalue()
    unpacked = with_passwords(data, "a.zip", "密码二", "eins")
    assert passed_on(unpacked) == {"一.xlsx": BOOK, "二.xlsx": BOOK, "一 (2).xlsx": BOOK + b"2"}
    assert fates(unpacked)["三.xlsx"] == ("rejected", ["archive-password-wrong"])
    assert fates(with_passwords(data, "a.zip", "drei"))["一.xlsx"] == ("rejected", ["archive-password-wrong"])


def test_an_aes_zip_names_its_reader_where_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzipper", None)
    unpacked = with_passwords(base64.b64decode(AES), "a.zip", "geheim")
    assert fates(unpacked) == {"": ("rejected", ["archive-program"])}
    assert passed_on(with_passwords(base64.b64decode(CRYPTO), "a.zip", "geheim")) == {"表.xlsx": b"hello workbook"}


HINTS = {
    "解压密码：Ab12#": ["解压密码：Ab12#"],
    "附件已加密，密码是 2019yx。": ["密码是 2019yx"],
    "password: geheim": ["password: geheim"],
    "提取码和密码另发": [],
    "我局密码应用系统共 12 个，口令管理规范": [],
    "您好，填报表见附件。": [],
}


@pytest.mark.parametrize("words", HINTS)
def test_what_the_mail_says_of_a_password_is_shown_and_not_tried(words: str) -> None:
    locked = base64.b64decode(CRYPTO)
    for body in (text(words), text(f"<p>{words}</p>", "html"), mails.part(
        "Content-Type: text/plain; charset=gbk", words.encode("gbk"))):  # fmt: skip
        unpacked = opened(mail(body, mails.attachment("a.zip", locked)))
        ((status, codes),) = [told for name, told in fates(unpacked).items() if name == "a.zip"]
        assert (status, codes) == ("rejected", ["archive-encrypted-told" if HINTS[words] else "archive-encrypted"])
        finding = the(unpacked, "信.eml/a.zip").findings[0]
        assert [finding.parameters["hint"] for _ in HINTS[words]] == HINTS[words]


# --- ways of packing ---------------------------------------------------------------------------------------------


def packed_as(method: int, data: bytes, plain: bytes, name: str = "表.xlsx") -> bytes:
    """A zip of one member packed in a way that Python's own writer does not know."""
    raw = name.encode()
    sizes = (zlib.crc32(plain), len(data), len(plain), len(raw))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0x800, method, 0, 33, *sizes, 0) + raw + data
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0x800, method, 0, 33, *sizes, 0, 0, 0, 0, 0, 0) + raw
    return local + entry + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry), len(local), 0)


def test_deflate64_is_opened_where_its_reader_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    import inflate64

    plain = BOOK * 3000
    deflater = inflate64.Deflater()
    data = deflater.deflate(plain) + deflater.flush()
    assert passed_on(opened(packed_as(9, data, plain), "a.zip")) == {"表.xlsx": plain}
    spoiled = packed_as(9, data[:-9] + b"\0" * 9, plain)
    assert fates(opened(spoiled, "a.zip"))["表.xlsx"] == ("rejected", ["member-damaged"])
    bomb = packed_as(9, data, plain[:100])
    assert fates(opened(bomb, "a.zip"))["表.xlsx"] == ("rejected", ["member-damaged"])
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert fates(opened(packed_as(9, data, plain), "a.zip"))["表.xlsx"] == ("rejected", ["member-packing"])


METHODS = {93: "Zstandard", 98: "PPMd", 95: "XZ", 1: "Shrink", 6: "Implode", 77: "77"}


@pytest.mark.parametrize("method", METHODS)
def test_a_way_of_packing_that_is_not_known_is_named_and_nothing_is_called_damaged(method: int) -> None:
    unpacked = opened(packed_as(method, b"12345678", BOOK), "a.zip")
    assert fates(unpacked) == {"": ("opened", []), "表.xlsx": ("rejected", ["member-packing"])}
    assert the(unpacked, "a.zip/表.xlsx").findings[0].parameters == {"method": METHODS[method]}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_ways_that_are_known_are_opened(method: int) -> None:
    assert passed_on(opened(zipped({"表.xlsx": BOOK}, method), "a.zip")) == {"表.xlsx": BOOK}


def test_a_7z_packed_in_a_way_that_its_reader_fails_at_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    import py7zr

    data = mails.sevenzipped({"表.xlsx": BOOK}, filters=[{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}])
    assert passed_on(opened(data, "a.7z")) == {"表.xlsx": BOOK}

    def fail(*_: object, **__: object) -> None:
        raise EOFError("already at the end")

    monkeypatch.setattr(py7zr.SevenZipFile, "extract", fail)
    unpacked = opened(data, "a.7z")
    assert fates(unpacked) == {"": ("rejected", ["archive-packing"])}
    assert the(unpacked, "a.7z").findings[0].parameters == {"method": "PPMd"}
    usual = mails.sevenzipped({"表.xlsx": BOOK})
    assert fates(opened(usual, "a.7z")) == {"": ("rejected", ["archive-unreadable"])}


def test_a_zip_with_something_in_front_is_opened() -> None:
    assert passed_on(opened(bytes(40) + zipped({"表.xlsx": BOOK}), "a.zip")) == {"表.xlsx": BOOK}


# --- volumes -----------------------------------------------------------------------------------------------------

BIG = zipped({"表.xlsx": BOOK, "图.bin": NOISE * 2}, zipfile.ZIP_STORED)
SEVEN = mails.sevenzipped({"图.bin": NOISE})
VOLUMES: dict[str, tuple[str, bytes]] = {
    "7-Zip's first, of a zip": ("教育局.zip.001", BIG[:5000]),
    "a later one": ("教育局.zip.002", BIG[5000:9000]),
    "the last one, with the directory": ("教育局.zip.003", BIG[9000:]),
    "of a 7z, the first": ("a.7z.001", SEVEN[:90]),
    "of a 7z, a later one": ("a.7z.002", SEVEN[90:]),
    "numbers alone": ("材料.001", BIG[:5000]),
    "WinZip's": ("a.z01", b"PK\x07\x08" + BIG[:5000]),
    "WinZip's, later": ("a.z02", BIG[5000:9000]),
    "WinZip's last, which is called .zip": ("a.zip", BIG[9000:-18] + b"\2\0\2\0" + BIG[-14:]),
    "new RAR, a later one": ("a.part2.rar", mails.rar({"表.xlsx": BOOK}, split=True)),
    "new RAR, without its beginning": ("a.part02.rar", BIG[5000:9000]),
    "old RAR": ("a.r00", BIG[5000:9000]),
    "a packed tar": ("a.tar.gz.001", gzip.compress(BIG)[:4000]),
    "a packed tar, later": ("a.tar.gz.002", gzip.compress(BIG)[400:]),
    "of split": ("a.tar.gz.aa", gzip.compress(BIG)[:4000]),
    "of split, later": ("a.zip.ab", BIG[5000:9000]),
    "a workbook, split": ("表.xlsx.002", BIG[5000:9000]),
}


@pytest.mark.parametrize("case", VOLUMES)
def test_a_volume_is_told_as_one(case: str) -> None:
    name, data = VOLUMES[case]
    assert fates(opened(data, name)) == {"": ("rejected", ["archive-volumes"])}
    by_mail = opened(mails.foxmail(name, data))
    assert fates(by_mail) == {"": ("opened", []), name: ("rejected", ["archive-volumes"])}


WHOLE: dict[str, tuple[str, bytes, list[str]]] = {
    "a zip in one volume": ("a.zip.001", BIG, ["表.xlsx", "图.bin"]),
    "a 7z in one volume": ("a.7z.001", SEVEN, ["图.bin"]),
    "a rar in one volume": ("a.part1.rar", mails.rar({"表.xlsx": BOOK}), ["表.xlsx"]),
    "a workbook whose name ends in a number": ("表.001", BOOK, [""]),
    "words whose name ends in a number": ("清单.001", "学校名单".encode(), [""]),
    "a picture": ("照片.002", b"\xff\xd8\xff" + b"1" * 90 + b"\xff\xd9", [""]),
    "a PDF with a number before its ending": ("附件.001.pdf", b"%PDF-1.4", [""]),
}


@pytest.mark.parametrize("case", WHOLE)
def test_what_is_whole_is_no_volume_whatever_its_name(case: str) -> None:
    name, data, expected = WHOLE[case]
    assert list(passed_on(opened(data, name))) == expected


# --- other kinds, and files that are locked ----------------------------------------------------------------------

FOREIGN: dict[str, tuple[str, bytes, str]] = {
    "LZH": ("a.lzh", b"\x20\x11-lh5-" + NOISE, "archive-kind"),
    "ARJ": ("a.arj", b"\x60\xea" + NOISE, "archive-kind"),
    "CAB": ("a.cab", b"MSCF" + NOISE, "archive-kind"),
    "Zstandard": ("a.tar.zst", b"\x28\xb5\x2f\xfd" + NOISE, "archive-kind"),
    "a program that unpacks itself": ("a.exe", b"MZ" + NOISE + b"Rar!\x1a\x07\x01\0", "archive-program-file"),
    "a rights label": ("message.rpmsg", b"\x76\xe8\x04\x60\xc4\x11\xe3\x86" + NOISE, "rights-label"),
    "S/MIME": ("smime.p7m", b"0\x82\x10\0" + NOISE, "sealed-file"),
    "PGP": ("表.xlsx.pgp", b"\x85\x01\x0c" + NOISE, "sealed-file"),
    "PGP in words": ("表.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQ", "sealed-file"),
    "Outlook's data file": ("邮箱.pst", b"!BDN" + NOISE, "mail-store"),
    "a link of the browser": ("表.url", b"[InternetShortcut]\r\nURL=https://www.kdocs.cn/l/abc\r\n", "shortcut"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_is_not_read_is_named_for_what_it_is(case: str) -> None:
    name, data, code = FOREIGN[case]
    assert fates(opened(data, name)) == {"": ("rejected", [code])}
    in_zip = opened(zipped({name: data}), "a.zip")
    assert fates(in_zip) == {"": ("opened", []), name: ("rejected", [code])}
    by_mail = fates(opened(mails.foxmail(name, data)))
    assert by_mail[""][1] == [] or name == "smime.p7m" or name.endswith(".rpmsg")


PASSED: dict[str, tuple[str, bytes]] = {
    "a PDF": ("a.pdf", b"%PDF-1.4"),
    "a text": ("说明.txt", "文件用 E-SafeNet 加密".encode()),
    "a text that calls itself a workbook": ("表.xlsx", "学校,12\n".encode("gbk")),
    "a web page that calls itself a workbook": ("表.xls", b"<html><table></table></html>"),
    "a PDF that calls itself an archive": ("a.zip", b"%PDF-1.4"),
    "a workbook": ("表.xlsx", BOOK),
    "an empty file": ("表.xlsx", b""),
    "a PDF with something in front": ("a.pdf", b"\x00\x01\x02\n" * 9 + b"%PDF-1.4"),
    "a very old Excel": ("a.xls", b"\t\x04\x06\x00" + NOISE),
    "a program": ("a.exe", b"MZ" + NOISE),
    "a picture": ("a.jpg", b"\xff\xd8\xff" + NOISE),
    "noise with no claim": ("a.dat", NOISE),
    "something with two bytes of an archive": ("a.dat", b"\x60\xea" + NOISE),
}


@pytest.mark.parametrize("case", PASSED)
def test_other_files_are_passed_on_untouched(case: str) -> None:
    name, data = PASSED[case]
    parcel = Parcel(name, data, "0")
    assert unpack(parcel).parcels == (parcel,)


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "tar": lambda data: tarred({"a.txt": data}),
    "gz": gzip.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("case", KINDS)
def test_an_attachment_that_is_such_an_archive_is_never_mere_material(case: str) -> None:
    packed = KINDS[case](b"words")
    assert fates(opened(mails.foxmail("教育局填报.tar.gz", packed)))[""] == ("opened", [])
