"""A catalog as a workbook that someone who does not program can edit, and back."""

from smartcity_xl.office.editing.read import CatalogBook, open_catalog_book, read_catalog_book
from smartcity_xl.office.editing.text import write_document
from smartcity_xl.office.editing.write import write_catalog_book

__all__ = ["CatalogBook", "open_catalog_book", "read_catalog_book", "write_catalog_book", "write_document"]
