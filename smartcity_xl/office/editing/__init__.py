"""A catalog as a workbook that someone who does not program can edit, and back."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartcity_xl.office.editing.read import CatalogBook, open_catalog_book, read_catalog_book
    from smartcity_xl.office.editing.text import write_document
    from smartcity_xl.office.editing.write import write_catalog_book

__all__ = ["CatalogBook", "open_catalog_book", "read_catalog_book", "write_catalog_book", "write_document"]


def __getattr__(name: str) -> Any:
    """Each comes when it is asked for: of how such workbooks are laid out and read, questionnaires use the rest."""
    if name not in __all__:
        raise AttributeError(name)
    if name == "write_document":
        from smartcity_xl.office.editing import text

        return getattr(text, name)
    if name == "write_catalog_book":
        from smartcity_xl.office.editing import write

        return getattr(write, name)
    from smartcity_xl.office.editing import read

    return getattr(read, name)
