"""Formats of XlsxWriter that look like one that was made before: its keys are found once for all workbooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xlsxwriter.format import Format

_MOST = 1_024
"""Looks that are remembered: ours are some seventy, and a number format may be anybody's."""


class _Look(Format):  # type: ignore[misc]
    """Says of its font and its borders what it said before; nothing that they consist of changes later."""

    def _get_font_key(self) -> str:
        return self._known("font_key", super()._get_font_key)

    def _get_border_key(self) -> str:
        return self._known("border_key", super()._get_border_key)

    def _known(self, name: str, find: Callable[[], str]) -> str:
        held: dict[str, str] = self.__dict__
        if name not in held:
            held[name] = find()
        return held[name]


_KNOWN: dict[object, _Look] = {}


def copy_look(properties: Mapping[str, object], indices: object, conditional: object) -> Format:
    """A format with these properties, in the numbering of a workbook."""
    key = tuple(sorted(properties.items()))
    known = _KNOWN.get(key)
    if known is None:
        known = _Look(dict(properties))
        known._get_format_key()
        if len(_KNOWN) < _MOST:
            _KNOWN[key] = known
    made = object.__new__(_Look)
    made.__dict__.update(known.__dict__, xf_format_indices=indices, dxf_format_indices=conditional)
    return made
