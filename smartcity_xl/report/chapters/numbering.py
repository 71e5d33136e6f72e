"""Numbers of tables and charts, in the order in which they stand; the same in the document and on the page."""

from __future__ import annotations

from dataclasses import replace

from smartcity_xl.report.told import Chapter, Chart, Fragments, Passage, Table


def number_captions(chapters: tuple[Chapter, ...]) -> tuple[Chapter, ...]:
    """The chapters with their captions numbered: 表1, 表2, …; 图1, 图2, …."""
    counts = {Table: 0, Chart: 0}

    def numbered(block: Passage) -> Passage:
        if not isinstance(block, Table | Chart):
            return block
        counts[type(block)] += 1
        caption: Fragments = (str(counts[type(block)]), *block.caption)
        return replace(block, caption=caption)

    return tuple(replace(one, blocks=tuple(map(numbered, one.blocks))) for one in chapters)
