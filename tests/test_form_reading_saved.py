"""What stands beside the cells, and what cannot be seen in them, as three programs save it: as it was made, by
LibreOffice, by Gnumeric. One start of each program for all workbooks."""

from __future__ import annotations
