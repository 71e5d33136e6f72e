"""An address such as ``s3://bucket/folder`` -> what lies there, read and written object by object.

Whatever the storage refuses becomes a MachineFault with a remedy. What a library says of it is never passed on: it may
hold keys, or what was signed with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from smartcity_xl.errors import MachineFault, UsageFault, XlscoreError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_One = TypeVar("_One")
_AT_ONCE = 12
"""Requests under way at once: what a small object costs is the way there."""
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_CODE, _STATUS = re.compile(r"<Code>(\w+)</Code>"), re.compile(r"status code: (\d{3})")
_WRONG_KEY = (
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "AuthorizationHeaderMalformed",
)
_NO_BUCKET = ("NoSuchBucket",)
_REFUSED = ("AccessDenied", "AllAccessDisabled", "AccountProblem", "403", "401")
_OUT_OF_REACH = ("error sending request", "dns error", "Connection refused", "timed out", "ConnectError")


def is_place(text: str) -> bool:
    """Whether it is the address of a place, and no path."""
    return _ADDRESS.fullmatch(text) is not None


class HeldObject(Struct, frozen=True):
    """An object: its size in bytes, what the storage calls its content (``tag``), and when it was last changed."""

    size: int
    tag: str
    changed: float


class StorageFolder(Struct, frozen=True):
    """A folder of a bucket: ``path`` is ``bucket/folder``, without a slash at its end."""

    protocol: str
    path: str
    files: Any = None
    """The file system of fsspec, once it is opened."""

    @property
    def bucket(self) -> str:
        return self.path.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.protocol}://{self.path}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorageFolder) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"StorageFolder({self})"

    def within(self, name: str) -> StorageFolder:
        """A folder, or an object, in this one; itself for no name."""
        return StorageFolder(self.protocol, f"{self.path}/{name}" if name else self.path, self.files)

    def at(self, path: str) -> StorageFolder:
        """Another folder of the same storage: ``bucket/folder``."""
        return StorageFolder(self.protocol, path, self.files)

    def find(self) -> Mapping[str, HeldObject]:
        """Everything below, by its name from here; nothing where there is no such folder."""
        start = f"{self.path}/"
        with self._worded():
            found: dict[str, Any] = self.files.find(self.path, detail=True)
        return {name.removeprefix(start): _found(one) for name, one in sorted(found.items()) if name.startswith(start)}

    def look(self) -> HeldObject | None:
        """The object that lies just here; None where there is none."""
        try:
            with self._worded():
                one = self.files.info(self.path)
        except FileNotFoundError:
            return None
        return _found(one) if one["type"] == "file" else None

    def read(self, limit: int | None = None) -> bytes | None:
        """The object, or its first bytes; None where there is none."""
        part = {} if limit is None else {"start": 0, "end": limit}
        try:
            with self._worded():
                data: bytes = self.files.cat_file(self.path, **part)
                return data
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        """Put the object there: all of it, or nothing."""
        with self._worded():
            self.files.pipe_file(self.path, data)

    def copy_to(self, other: StorageFolder) -> bool:
        """Put the same there, by the storage alone; False where there is nothing to copy."""
        try:
            with self._worded():
                self.files.cp_file(self.path, other.path)
        except FileNotFoundError:
            return False
        return True

    def remove(self) -> None:
        """Nothing is there any more."""
        try:
            with self._worded():
                self.files.rm_file(self.path)
        except FileNotFoundError:
            return

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """What the storage refuses, as a fault with a remedy; FileNotFoundError where it has no such object."""
        try:
            yield
        except (XlscoreError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - worded below, or raised as what it is
            fault = _word(error, self)
            if fault is None:
                raise FileNotFoundError(self.path) from None
            raise fault from None


def _found(told: Mapping[str, Any]) -> HeldObject:
    return HeldObject(told["size"] or 0, str(told.get("ETag") or ""), float(told.get("mtime") or 0))


def do_at_once(work: Callable[[_One], object], things: Iterable[_One]) -> None:
    """Several at a time: what takes long is the way to the storage and back. Raises what one of them raises."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for _ in pool.map(work, things):
                pass
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def parse_place(text: str) -> StorageFolder:
    """An address as a person writes it, not opened yet. Raises UsageFault; nothing of a key in it is repeated."""
    found = _ADDRESS.fullmatch(text)
    protocol, path = found.groups() if found else ("", "")
    if "@" in path.partition("/")[0]:
        raise UsageFault("place-with-key")
    parts = [part for part in path.split("/") if part]
    if protocol.casefold() != "s3" or not parts or {".", ".."} & set(parts):
        raise UsageFault("place-unknown", found=text)
    return StorageFolder("s3", "/".join(parts))


def open_place(place: StorageFolder) -> StorageFolder:
    """The same, to be read and written. Raises MachineFault where what it takes is not installed, or no key is said."""
    return StorageFolder(place.protocol, place.path, _open_files(place))


def _open_files(place: StorageFolder) -> AbstractFileSystem:
    try:
        from smartcity_xl.storage.s3 import S3, endpoint_said, key_is_said
    except ImportError as error:
        raise MachineFault("place-extra", found=str(place), package=error.name or "obstore") from error
    if not key_is_said():
        raise MachineFault("place-no-key", found=str(place))
    endpoint = endpoint_said()
    if endpoint and not re.fullmatch(r"https?://[^\s/@]+/?", endpoint):
        raise MachineFault("place-settings", found=str(place), reason="AWS_ENDPOINT_URL")
    return S3()


def _word(error: Exception, place: StorageFolder) -> MachineFault | None:
    """Why the storage would not; None where it has no such object."""
    from smartcity_xl.storage.s3 import endpoint_said

    text = str(error)
    code, status = (found[1] if (found := form.search(text)) else "" for form in (_CODE, _STATUS))
    told = {"found": str(place), "bucket": place.bucket, "reason": code or status or type(error).__name__}
    if code in _NO_BUCKET:
        return MachineFault("place-no-bucket", **told)
    if isinstance(error, FileNotFoundError) or code == "NoSuchKey":
        return None
    if code in _WRONG_KEY:
        return MachineFault("place-wrong-key", **told)
    if code in _REFUSED or status in _REFUSED or isinstance(error, PermissionError):
        return MachineFault("place-refused", **told)
    if any(sign in text for sign in _OUT_OF_REACH):
        return MachineFault("place-unreachable", found=str(place), endpoint=endpoint_said() or "Amazon S3")
    return MachineFault("place-failed", **told)
