"""Places that are no folder of this machine: object storage, by fsspec. A folder there is fetched and put back whole.

Nothing of fsspec is loaded before a place is opened: it comes with the extra ``[s3]``.
"""

from smartcity_xl.storage.fetching import fetch, hash_files
from smartcity_xl.storage.folder import HeldObject, StorageFolder, is_place, open_place, parse_place
from smartcity_xl.storage.manifest import MANIFEST, OWN, PlaceManifest, read_manifest, sign
from smartcity_xl.storage.putting import put_back, settle, sweep, take_hold

__all__ = [
    "MANIFEST",
    "OWN",
    "HeldObject",
    "PlaceManifest",
    "StorageFolder",
    "fetch",
    "hash_files",
    "is_place",
    "open_place",
    "parse_place",
    "put_back",
    "read_manifest",
    "settle",
    "sign",
    "sweep",
    "take_hold",
]  # fmt: skip
