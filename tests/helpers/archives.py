"""What archives of the tests are made of."""

from __future__ import annotations

import hashlib

CRYPTO = "UEsDBBQAAQgAAFhddV2DS6oxGgAAAA4AAAAIAAAA6KGoLnhsc3gzJMjlLSArOM/hw760uNdwX/rN+OomAroHv1BLAQI/AxQAAQgAAFhddV2DS6oxGgAAAA4AAAAIACQAAAAAAAAAIICkgQAAAADooagueGxzeAoAIAAAAAAAAQAYAM6iNG6ted0BAAAAAAAAAAAAAAAAAAAAAFBLBQYAAAAAAQABAFoAAABAAAAAAAA="  # noqa: E501
NOISE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(256))
