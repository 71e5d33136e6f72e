"""Where the bytes of workbooks wait between the two looks at them: which round they are of, and what they say.

All workbooks must be seen before it is known which round is read. Their bytes are not held in memory meanwhile: what
goes beyond a few lies in a file without a name, and is read again one by one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO

from msgspec.structs import replace

from smartcity_xl.errors import MachineFault
from smartcity_xl.model import Parcel

_IN_MEMORY = 8 * 2**20
"""Bytes that wait in memory; a round of one city is below it."""


class WaitingRoom:
    """Bytes by their hash, each once. Raises MachineFault where the disk refuses."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._size = self._end = 0
        self._file: IO[bytes] | None = None

    def put(self, parcel: Parcel) -> Parcel:
        """The parcel without its bytes, which wait here."""
        if parcel.sha256 not in self._held and parcel.sha256 not in self._places:
            if self._size + len(parcel.data) <= _IN_MEMORY:
                self._size += len(parcel.data)
                self._held[parcel.sha256] = parcel.data
            else:
                self._lay_down(parcel)
        return replace(parcel, data=b"")

    def _lay_down(self, parcel: Parcel) -> None:
        with _machine_faults():
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the room
            self._file.seek(self._end)
            self._file.write(parcel.data)
        self._places[parcel.sha256] = self._end, len(parcel.data)
        self._end += len(parcel.data)

    def fetch(self, parcel: Parcel) -> Parcel:
        """The parcel with its bytes again."""
        data = self._held.get(parcel.sha256)
        if data is None:
            at, length = self._places[parcel.sha256]
            assert self._file is not None  # noqa: S101 - something was laid down
            with _machine_faults():
                self._file.seek(at)
                data = self._file.read(length)
        return replace(parcel, data=data)

    def __enter__(self) -> WaitingRoom:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file:
            self._file.close()


@contextmanager
def _machine_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineFault(
            "temporary-unwritable", path=tempfile.gettempdir(), reason=error.strerror or str(error)
        ) from error
