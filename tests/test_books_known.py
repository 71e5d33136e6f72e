"""What is remembered of texts that workbooks share is what would be found anew, and never grows without bound."""

from __future__ import annotations

import io
import zipfile

import pytest
from msgspec.structs import replace

from smartcity_xl.books.known import Remembered, by_text
from smartcity_xl.books.package import Package, _fold_short
from smartcity_xl.books.refused import Refused
from smartcity_xl.books.unpacking import unpack_plainly
from smartcity_xl.catalog.load import load_catalog
from smartcity_xl.model import Rounding
from smartcity_xl.model.periods import period_of_round
from smartcity_xl.model.settings import DEFAULT_SETTINGS
from smartcity_xl.run.systems import settle


def test_what_is_remembered_is_bounded_and_what_was_of_use_stays() -> None:
    kept = Remembered[str](100)
    for number in range(20):
        kept.put(number, f"{number}", 30)
        assert kept.get(0) if number < 3 else kept.get(number)
    assert [number for number in range(20) if kept.get(number)] == [17, 18, 19]
    kept.get(17)
    kept.put(20, "20", 30)
    assert [number for number in range(21) if kept.get(number)] == [17, 19, 20]
    kept.put(21, "larger than all", 1_000)
    assert kept.get(21) is None


@pytest.mark.parametrize("size", [10, 100_000, 5_000_000], ids=["short", "long", "too long to be remembered"])
def test_a_text_is_known_by_all_of_it_and_by_the_words_beside_it(size: int) -> None:
    asked: list[tuple[bytes, str]] = []

    @by_text()
    def find(text: bytes, word: str) -> int:
        asked.append((text, word))
        if word == "raise":
            raise Refused("damaged")
        return len(asked)

    one, same, other = (b"a" * size, bytes(bytearray(b"a" * size)), b"a" * (size - 1) + b"b")
    assert find(one, "x") == 1
    assert find(one, "x") == (1 if size < 5_000_000 else 2), "the same object"
    number = len(asked)
    assert find(same, "x") == (1 if size < 65_536 else number + 1), "an equal one"
    assert find(other, "x") == len(asked) == find(one, "y") - 1
    for _ in range(2):  # what was refused is refused again, with its own words
        with pytest.raises(Refused):
            find(one, "raise")
    assert asked[-2:] == [(one, "raise")] * 2


def test_long_texts_are_known_together_up_to_a_bound_and_not_at_all_where_that_is_said() -> None:
    asked: list[bytes] = []
    find, short = by_text()(asked.append), by_text(long=False)(asked.append)
    texts = [bytes([number]) * 3 * 2**20 for number in range(4)]
    for text in (*texts, *texts[2:]):
        find(text)
    assert asked == texts, "the last two are known"
    find(texts[1])
    assert asked == [*texts, texts[1]], "what came before them is not"
    for text in (b"a" * 70_000, b"a"):
        asked.clear()
        short(text)
        short(text)
        assert len(asked) == (2 if len(text) > 1 else 1)


def test_beside_a_long_word_nothing_is_remembered() -> None:
    asked: list[str] = []

    @by_text()
    def find(text: bytes, word: str) -> str:
        asked.append(word)
        return word * 9

    for word, count in (("a" * 256, 1), ("a" * 257, 2)):
        for text in (b"<a/>", b"<a/>" * 2**16):
            asked.clear()
            assert [find(text, word) for _ in range(2)] == [word * 9] * 2
            assert len(asked) == count


def test_a_long_name_of_a_part_is_not_remembered() -> None:
    for name in ("XL\\Workbook.xml", "xl/" + "A" * 60_000):
        package = Package(packed(**{"xl/workbook.xml": b"<workbook/>", name.swapcase() + "1": b"<a/>"}))
        before = _fold_short.cache_info().misses
        assert package.raw(name + "1") == package.raw(f"/{name}1") == b"<a/>"
        assert (_fold_short.cache_info().misses > before) == (len(name) < 100)


def packed(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_a_part_like_one_that_was_unpacked_before_is_still_verified() -> None:
    whole = packed(a=b"<a/>" * 100)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        known = unpack_plainly(archive, "a", 10_000)
        assert known == b"<a/>" * 100
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert unpack_plainly(archive, "a", 10_000) is known
        archive.getinfo("a").CRC ^= 1
        assert unpack_plainly(archive, "a", 10_000) is None
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        archive.getinfo("a").file_size -= 1
        assert unpack_plainly(archive, "a", 10_000) is None
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert unpack_plainly(archive, "a", 100) is None, "above the limit of this reader"


def test_relations_like_those_of_another_folder_are_its_own() -> None:
    rels = b'<Relationships><Relationship Id="r" Type="t/comments" Target="../c.xml"/></Relationships>'
    parts = {"xl/workbook.xml": b"<workbook/>", "xl/a/_rels/s.xml.rels": rels, "xl/b/c/_rels/s.xml.rels": rels}
    package = Package(packed(**parts))
    assert package.related("xl/a/s.xml") == {"r": "xl/c.xml"}
    assert package.related("xl/b/c/s.xml") == {"r": "xl/b/c.xml"}


def test_a_system_is_laid_out_once_for_all_cities_with_the_same_terms() -> None:
    catalog, period = load_catalog("cn-2018"), period_of_round("2018")
    one = settle(catalog, None, period)
    assert settle(catalog, DEFAULT_SETTINGS, period_of_round("2018")) is one
    once = settle(catalog, replace(DEFAULT_SETTINGS, rounding=Rounding.ONCE), period)
    assert once.settings.rounding is Rounding.ONCE
    assert settle(catalog, None, period_of_round("2019")) is not one
