"""Object storage that speaks S3, as fsspec wants it: keys in one flat list, each with the moment of its last change."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from obstore.fsspec import FsspecStore

CONNECT, REQUEST, RETRIES, PATIENCE = "5s", "60s", 3, 20
"""How long is waited for a connection and for an answer, how often is asked again, and for how many seconds at most."""
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_KEYS = (
    "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_METADATA_ENDPOINT", "AWS_SKIP_SIGNATURE",
)  # fmt: skip


class S3(FsspecStore):  # type: ignore[misc]
    """What the environment says of endpoint, region and key is all that it is told: nothing of it is handed on.

    Objects are deleted one by one: not every storage knows the request for many, or answers it as Amazon's does.
    """

    protocol = "s3"
    cachable = False

    def __init__(self) -> None:
        endpoint = endpoint_said()
        options: dict[str, Any] = {"disable_bulk_delete": True} | ({"endpoint": endpoint} if endpoint else {})
        super().__init__(
            "s3",
            config=options,
            client_options={
                "allow_http": endpoint.startswith("http://"), "connect_timeout": CONNECT, "timeout": REQUEST
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=PATIENCE)},
        )  # fmt: skip

    async def _find(self, path: str, *_: Any, detail: bool = False, **__: Any) -> Any:
        """All keys that begin with a folder's, by one request for each thousand."""
        bucket, folder = self._split_path(path)
        found: dict[str, dict[str, Any]] = {}
        async for part in self._construct_store(bucket).list(folder or None):
            for one in part:
                found[f"{bucket}/{one['path']}"] = _told(bucket, one)
        return found if detail else sorted(found)

    async def _info(self, path: str, **_: Any) -> dict[str, Any]:
        """Of an object. Raises FileNotFoundError, also for what is a folder."""
        bucket, name = self._split_path(path)
        return _told(bucket, await self._construct_store(bucket).head_async(name))


def _told(bucket: str, one: Any) -> dict[str, Any]:
    told = {"name": f"{bucket}/{one['path']}", "type": "file", "size": one["size"], "ETag": one["e_tag"]}
    return told | {"mtime": one["last_modified"].timestamp()}


def endpoint_said() -> str:
    """The address of the storage; "" where it is Amazon's own."""
    return next((said for name in _ENDPOINTS if (said := os.environ.get(name, "").strip())), "")


def key_is_said() -> bool:
    """Whether the environment says by which key, or by which other way, the storage is to be opened. Without one it
    would be asked for at an address that only some clouds have, which takes long to fail."""
    return any(os.environ.get(name, "").strip() for name in _KEYS)
