"""The file of a round's key: what it is, and what is told of one that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcity_xl.errors import CampaignFault
from smartcity_xl.office.campaign.key import KEY_FILE, KEY_LENGTH, read_key, write_key

KEY = bytes(range(KEY_LENGTH))


@pytest.mark.parametrize("change", [
    lambda data: data, lambda data: b"\xef\xbb\xbf" + data, lambda data: data.replace(b"\n", b"\r\n"),
    lambda data: data.upper(), lambda data: data + b"\n\n",
], ids=["as it was written", "saved with a mark", "saved by Windows", "in capitals", "with blank lines"])  # fmt: skip
def test_a_key_is_read_as_it_was_written(tmp_path: Path, change: object) -> None:
    assert callable(change)
    (tmp_path / KEY_FILE).write_bytes(change(write_key(KEY)))
    assert read_key(tmp_path) == KEY


def test_a_round_without_a_key_has_none(tmp_path: Path) -> None:
    assert read_key(tmp_path) == b""


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", KEY.hex()[:-1], KEY.hex() + "0", "一二三四五", f"{KEY.hex()}\n{KEY.hex()}"]
)
def test_what_is_no_key_is_told_and_not_shown(tmp_path: Path, text: str) -> None:
    (tmp_path / KEY_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CampaignFault) as caught:
        read_key(tmp_path)
    (fault,) = caught.value.faults
    assert fault.code == "key-unreadable"
    assert not text.strip() or text not in f"{fault.words('zh')}{fault.words('en')}{caught.value}"
