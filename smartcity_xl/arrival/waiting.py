"""Where the bytes of workbooks wait between the two looks at them: which round they are of, and what they say.

All workbooks must be seen before it is known which round is read. Their bytes are not held in memory meanwhile: what
goes beyond a few lies in a file without a name, and is read again one by one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from msgspec.structs import replace

from smartcity_xl.errors import MachineFault
from smartcity_xl.model import Parcel

_IN_MEMORY = 8 * 2**20
"""Bytes that wait in memory; a round of one city is below it."""


class WaitingRoom:
    """Bytes by their hash, each once. Raises MachineFault where the disk refuses."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - open as long as the room

    def put(self, parcel: Parcel) -> Parcel:
        """The parcel without its bytes, which wait here."""
        if parcel.sha256 not in self._places:
            with _machine_faults():
                self._file.seek(self._end)
                self._file.write(parcel.data)
            self._places[parcel.sha256] = self._end, len(parcel.data)
            self._end += len(parcel.data)
        return replace(parcel, data=b"")

    def fetch(self, parcel: Parcel) -> Parcel:
        """The parcel with its bytes again."""
        at, length = self._places[parcel.sha256]
        with _machine_faults():
            self._file.seek(at)
            data = self._file.read(length)
        return replace(parcel, data=data)

    def __enter__(self) -> WaitingRoom:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


@contextmanager
def _machine_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineFault(
            "temporary-unwritable", path=tempfile.gettempdir(), reason=error.strerror or str(error)
        ) from error
