"""Parts of a workbook unpacked in one go: the same bytes as zipfile's, and nothing that zipfile would refuse."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_xl.books.package import Package, Refused, inflate
from smartcity_xl.books.unpacking import unpack_plainly, zip_of

NAME, TEXT = "xl/workbook.xml", b"<workbook>" + b"<sheet/>" * 200 + b"</workbook>"
LIMIT = 10_000


def packed(method: int = zipfile.ZIP_DEFLATED, name: str = NAME, text: bytes = TEXT) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(name, text)
        archive.writestr("xl/other.xml", b"<other/>" * 9)
    return stream.getvalue()


def changed(offset: int, value: int, size: str = "<H", central: bool = True) -> Callable[[], bytes]:
    """The package with a field of its first part changed, in the directory or in the head before the part."""

    def change() -> bytes:
        data = bytearray(packed())
        struct.pack_into(size, data, (data.index(b"PK\1\2") if central else 0) + offset, value)
        return bytes(data)

    return change


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


PLAIN: list[tuple[str, Callable[[], bytes]]] = [
    ("deflated", packed),
    ("not packed at all", lambda: packed(zipfile.ZIP_STORED)),
    ("something before the package", lambda: b"\0" * 100 + packed()),
]
LEFT: list[tuple[str, Callable[[], bytes]]] = [
    ("a way of packing that is seldom", lambda: packed(zipfile.ZIP_BZIP2)),
    ("encrypted", changed(8, 1)),
    ("patched", changed(8, 1 << 5)),
    ("strongly encrypted", changed(8, 1 << 6)),
    ("another checksum", changed(16, 1, "<L")),
    ("fewer bytes announced", changed(24, len(TEXT) - 1, "<L")),
    ("more bytes announced", changed(24, len(TEXT) + 1, "<L")),
    ("cut short", changed(20, 9, "<L")),
    ("no head before it", changed(0, 0, "<L", central=False)),
    ("a head that lies elsewhere", changed(42, 7, "<L")),
    ("another name in its head", changed(30, ord("y") + 256 * ord("l"), central=False)),
    ("no deflated bytes", changed(30 + len(NAME), 0xFFFF, central=False)),
    ("larger than the limit", lambda: packed(text=b" " * (LIMIT + 1))),
]


@pytest.mark.parametrize("make", [make for _, make in PLAIN], ids=[name for name, _ in PLAIN])
def test_what_programs_write_is_unpacked_in_one_go(make: Callable[[], bytes]) -> None:
    with opened(make()) as archive:
        assert unpack_plainly(archive, NAME, LIMIT) == archive.read(NAME) == TEXT


@pytest.mark.parametrize("make", [make for _, make in LEFT], ids=[name for name, _ in LEFT])
def test_anything_else_is_left_to_zipfile(make: Callable[[], bytes]) -> None:
    with opened(make()) as archive:
        assert unpack_plainly(archive, NAME, LIMIT) is None


def test_a_package_that_is_no_stream_in_memory_is_left_to_zipfile(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed())
    with zipfile.ZipFile(path) as archive:
        assert unpack_plainly(archive, NAME, LIMIT) is None
        assert inflate(archive, NAME, LIMIT) == TEXT


def test_a_part_that_is_not_there_is_told_as_damage() -> None:
    with pytest.raises(Refused, match="damaged"):
        Package(packed()).raw("xl/nothing.xml")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(packed()) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_no_byte_changed_makes_the_two_differ(spots: list[tuple[int, int]]) -> None:
    data = bytearray(packed())
    for at, value in spots:
        data[at] = value
    try:
        archive = opened(bytes(data))
        name = archive.namelist()[0]
    except Exception:  # noqa: BLE001 - no package any more, for either
        return
    plain = unpack_plainly(archive, name, LIMIT)
    assert plain is None or plain == archive.read(name)


def test_a_listing_is_shared_by_those_who_ask_for_the_very_same_bytes_and_by_nobody_else() -> None:
    one = packed()
    known = zip_of(one)
    assert zip_of(one) is known
    assert zip_of(bytes(bytearray(one))) is not known, "equal, and not the same: nobody has proved it"
    other = zip_of(packed(name="xl/else.xml"))
    assert other.namelist()[0] == "xl/else.xml"
    assert zip_of(one).namelist()[0] == NAME


def test_the_listing_of_a_large_file_is_not_kept() -> None:
    large = packed(zipfile.ZIP_STORED, text=b" " * (5 * 2**20))
    assert zip_of(large) is not zip_of(large)


def test_the_listing_of_more_parts_than_a_package_may_have_is_not_kept() -> None:
    for many in (9_999, 10_000):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for number in range(many + 1):
                archive.writestr(str(number), b"")
        data = stream.getvalue()
        assert (zip_of(data) is zip_of(data)) == (many == 9_999)


def test_what_is_no_package_is_refused_again_and_again() -> None:
    for _ in range(2):
        with pytest.raises(zipfile.BadZipFile):
            zip_of(b"PK\3\4" + b"x" * 100)
