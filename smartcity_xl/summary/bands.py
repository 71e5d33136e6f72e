"""The figures of a system in the order of its indicators, under dimensions and categories."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from smartcity_xl.catalog.score_tree import Height, name_of
from smartcity_xl.model import Catalog, Figure
from smartcity_xl.summary.once import once

STYLES = {Height.DIMENSION: "total_cell", Height.CATEGORY: "bold_cell"}


class ListBand(Struct, frozen=True):
    """A row that heads others: a dimension, or a category of one that has several."""

    height: Height
    code: str
    name: str

    @property
    def node(self) -> str:
        """Its name in the score tree."""
        return name_of(self.height, self.code)

    @property
    def level(self) -> int:
        return 0 if self.height is Height.DIMENSION else 1

    @property
    def style(self) -> str:
        return STYLES[self.height]


def depth_of(catalog: Catalog, code: str) -> int:
    """How deep the rows of an indicator lie: below their dimension, or below their category too."""
    return 2 if bands_of(catalog, code)[1:] else 1


def bands_of(catalog: Catalog, code: str) -> tuple[ListBand, ...]:
    """What an indicator stands under: its dimension, and its category where the dimension has categories."""
    return _all_bands(catalog)[code]


@once
def _all_bands(catalog: Catalog) -> dict[str, tuple[ListBand, ...]]:
    return {indicator.code: _find_bands(catalog, indicator.code) for indicator in catalog.indicators}


def _find_bands(catalog: Catalog, code: str) -> tuple[ListBand, ...]:
    category = catalog.category_of[code]
    dimension = next(one for one in catalog.dimensions if one.code == category.dimension)
    above = ListBand(Height.DIMENSION, dimension.code, dimension.name)
    if not catalog.has_categories(dimension):
        return (above,)
    return above, ListBand(Height.CATEGORY, category.code, category.name)


@once
def banded_figures(catalog: Catalog) -> tuple[ListBand | Figure, ...]:
    """Every figure under the first indicator that reads it, and the bands before them where they begin."""
    return tuple(_band_figures(catalog))


def _band_figures(catalog: Catalog) -> Iterator[ListBand | Figure]:
    order = {indicator.code: number for number, indicator in enumerate(catalog.indicators)}
    open_: tuple[ListBand, ...] = ()
    for figure in sorted(catalog.figures.values(), key=lambda one: order[catalog.used_by[one.key][0]]):
        bands = bands_of(catalog, catalog.used_by[figure.key][0])
        yield from (band for band in bands if band not in open_)
        open_ = bands
        yield figure
