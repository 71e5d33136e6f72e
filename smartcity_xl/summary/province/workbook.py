"""The workbook of a province, sheet by sheet. The same province gives the same bytes."""

from __future__ import annotations

from smartcity_xl.books.identity import LAYOUT, PROVINCE_KIND
from smartcity_xl.books.pages import Book, write_identity
from smartcity_xl.messages import label
from smartcity_xl.results.province.record import Province
from smartcity_xl.summary.province.front import write_front
from smartcity_xl.summary.province.heat import write_heat
from smartcity_xl.summary.province.lists import write_figures, write_notes, write_queries
from smartcity_xl.summary.province.ranking import write_ranking
from smartcity_xl.summary.province.reporting import write_cities, write_departments
from smartcity_xl.summary.province.sheets import Laid
from smartcity_xl.summary.province.spread import write_spread


def write_province_book(province: Province) -> bytes:
    book, laid = Book(label("province.title", name=province.name)), Laid(province)
    write_front(book, laid)
    for system in laid.systems:
        write_ranking(book, laid, system)
        write_spread(book, laid, system)
        write_heat(book, laid, system)
    write_queries(book, laid)
    write_cities(book, laid)
    write_departments(book, laid)
    write_figures(book, laid)
    write_notes(book, laid)
    write_identity(book, (("kind", PROVINCE_KIND), ("layout", LAYOUT)))
    return book.close()
