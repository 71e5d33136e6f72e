"""What a mail says about itself: who sent it, when it came, and whether a person wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field


def fold_address(address: str) -> str:
    """An address as it is compared. Letters of other alphabets are left alone: some would become plain ones."""
    return "".join(sign.lower() if sign.isascii() else sign for sign in address.strip())


class Automatic(StrEnum):
    """Who wrote a mail. NOTICE: a read receipt, or word of a delivery that succeeded or is late."""

    NO = ""
    PERHAPS = "perhaps"
    """A weak sign only, such as the wording of the subject."""
    REPLY = "auto-reply"
    BOUNCE = "bounce"
    NOTICE = "notice"


class Letter(Struct, frozen=True):
    """A mail's envelope. All of it is the sender's word, except ``received`` and ``authentication``.

    ``sender`` and ``to`` are bare addresses in lower case, ``sender`` "" where the mail names none; ``unclear`` is what
    stands there instead where it names addresses, and not one. ``sender_name`` and ``subject`` are decoded text.
    ``received`` is when the office's server took the mail in; ``dated`` is what the sender's clock said.
    ``undelivered`` are the addresses that a bounce names, ``clouds`` the links to attachments that lie on a provider's
    server, and ``authentication`` the results (method → result) that the office's own server stated.
    """

    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    unclear: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""
    dated: datetime | None = None
    received: datetime | None = None
    automatic: Automatic = Automatic.NO
    sign: str = ""
    """The header or wording by which an automatic mail was known."""
    undelivered: tuple[str, ...] = ()
    clouds: tuple[str, ...] = ()
    authentication: Mapping[str, str] = field(default_factory=dict)
