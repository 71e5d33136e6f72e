"""What is wrong with the data, and where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Origin(Struct, frozen=True):
    """Where something stands. ``file`` is the path inside the inbox, with forward slashes."""

    file: str
    sheet: str = ""
    cell: str = ""


class Severity(StrEnum):
    """ERROR (强制性): must be corrected, does not count. QUERY (核实性): counts; the department may confirm it with an
    explanation, else a person should look. INFO: for the record."""

    ERROR = "error"
    QUERY = "query"
    INFO = "info"


class Finding(Struct, frozen=True):
    """A problem with the data. ``code`` picks the severity and the words; ``parameters`` fill them."""

    code: str
    origin: Origin
    department: str = ""
    figure: str = ""
    """The slot or figure concerned, if any."""
    indicator: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    concerns: tuple[str, ...] = ()
    """All slots, figures or indicators concerned, where they are more than the one above."""
    explanation: str = ""
    """Why it is right all the same, in the department's words; only a QUERY has one."""
