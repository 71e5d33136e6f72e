"""How much of a file is read. What goes beyond is refused before any reader sees it, by name, and never passed over.

The numbers lie well above what Excel, WPS and LibreOffice write for a form, its annexes and its photographs, and below
what would cost a run more than a few seconds or a quarter of a gigabyte. ``docs/limits.md`` tells them to the office.
"""

from __future__ import annotations

PART = 64 * 2**20
"""Bytes of one part of a package, unpacked."""
ALL_PARTS = 128 * 2**20
"""Bytes of the parts that are read together."""
PARTS = 10_000
"""Parts in a package: photographs by the thousand are honest."""
SHEETS = 250
TEXT = 32_767
"""Characters of one cell: no program of Microsoft's or Kingsoft's writes more."""
CELL = 1 << 20
"""Bytes of one cell as it is written, with the marks of all its pieces."""
LONG_TEXTS = 16 * 2**20
"""Bytes of all texts of more than 1,000 bytes, those that cells share once: 170 remarks as long as a cell can be."""
CELLS = 1_000_000
"""Cells over all sheets that are read, formatted ones that hold nothing counted."""
CELLS_BY_HAND = 150_000
"""Cells that the thorough reader is given, which takes a hundred times as long as the fast one."""
ROWS = 1_000_000
"""Rows over all sheets that are read, formatted ones that hold nothing counted."""
TEXTS = 300_000
"""Texts in the table that cells share."""
STYLES = 65_490
"""Styles of cells: more, and Excel itself refuses."""
FORMAT = 255
"""Characters of a number format."""
ELEMENTS = 400_000
"""Elements of a part that is read as a tree: relations, drawings, notes, styles."""
ELEMENTS_SHOWN = 1_500_000
"""Elements of a sheet that is looked through for what its cells show: struck out, raised, under a condition."""
ELEMENTS_ODS = 600_000
"""Elements of the sheets of an .ods."""
ROWS_ODS = 10_000
"""Rows of which is known whether they are hidden: below them nothing is read."""
ELEMENTS_WORD = 300_000
"""Elements of one part of a Word document."""
RELATIONS = 20_000
"""What one part refers to."""
CONDITIONS = 100
"""Conditions under which a number is shown in another format, and areas that they hold for."""
DEEP = 250
"""Elements inside one another."""
TABLE_ROWS = 1_000
"""Filled rows of one table of a form: of a longer one, none is taken."""
EVIDENCE_LINES = 1_000
"""Lines of a form's list of evidence."""
ALIKE = 200
"""Findings of one kind that are told of one file one by one; those after them are told together."""
NOTE = 1_500
"""Characters of a note that we put at a cell: longer ones no window shows."""
READER_MEMORY = 512 * 2**20
"""Bytes of memory that reading one file may take, beyond what the child that reads had as it began."""
READER_SECONDS = 30
"""Seconds of the processor that reading one file may take."""
READER_CLOCK = 120
"""Seconds by the clock that reading one file may take, waiting counted."""
READER_OUTPUT = 192 * 2**20
"""Bytes that may come of reading one file: of a mail or an archive, what lies in it."""
