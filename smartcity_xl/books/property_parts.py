"""The properties of a document, as XlsxWriter writes them: what it says around their values is found once."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import lru_cache

from xlsxwriter.core import Core
from xlsxwriter.custom import Custom
from xlsxwriter.xmlwriter import XMLwriter

from smartcity_xl.books.quick_cells import escaped
from smartcity_xl.books.texts import coded

_VALUE = "."
"""Stands for what is put in later."""


def core_text(properties: Mapping[str, object]) -> str:
    """The part of the title and of the moment; ``properties`` as the workbook has them."""
    head, tail = _around_title(tuple((name, value) for name, value in properties.items() if name != "title"))
    return f"{head}{_worded(str(properties['title']))}{tail}"


def custom_text(properties: Iterable[tuple[str, str, str]]) -> str:
    """The part of our own properties, all of which are texts."""
    written, end = [_around_all()[0]], _around_all()[1]
    for number, (name, value, _) in enumerate(properties):
        before, after = _around_property(number, name)
        written += before, _worded(value), after
    return "".join((*written, end))


def _worded(value: str) -> str:
    """Text between two tags, with codes for signs that cannot stand there."""
    return escaped(coded(value))


@lru_cache(maxsize=8)
def _around_title(others: tuple[tuple[str, object], ...]) -> tuple[str, str]:
    core = Core()
    core._set_properties({**dict(others), "title": _VALUE})
    return _halves(core, f">{_VALUE}<")


@lru_cache(maxsize=1)
def _around_all() -> tuple[str, str]:
    head, _, tail = _written(Custom()).partition("</Properties>")
    return head, f"</Properties>{tail}"


@lru_cache(maxsize=256)
def _around_property(number: int, name: str) -> tuple[str, str]:
    custom = Custom()
    custom.pid += number
    custom._set_properties([(name, _VALUE, "text")])
    head, tail = _halves(custom, f">{_VALUE}<")
    before, after = _around_all()
    return head.removeprefix(before), tail.removesuffix(after)


def _halves(part: XMLwriter, mark: str) -> tuple[str, str]:
    head, _, tail = _written(part).partition(mark)
    return head + mark[0], mark[-1] + tail


def _written(part: XMLwriter) -> str:
    stream = io.StringIO()
    part._set_xml_writer(stream)
    part._assemble_xml_file()
    return stream.getvalue()
