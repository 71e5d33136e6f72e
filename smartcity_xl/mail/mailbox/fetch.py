"""New mail -> the ledger and the inbox, as it came; the mailbox stays as it was.

For each mail: its bytes are kept in the ledger's store, then put into the inbox, then its number is entered. Cut off
anywhere, the next fetch takes up what has no number yet, and knows by its hash what it already has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import compat32

from msgspec import Struct, field
from msgspec.structs import replace

from smartcity_xl.arrival.inbox import SIZE_LIMIT
from smartcity_xl.arrival.post.letter import Headers, read_letter
from smartcity_xl.ledger import Ledger, Mail, utc
from smartcity_xl.mail.mailbox.faults import connection_faults
from smartcity_xl.mail.mailbox.imap import Folder
from smartcity_xl.model import Parcel
from smartcity_xl.model.headway import Follow, followed, unfollowed

_AT_ONCE = 200
"""Mails whose size is asked for in one command."""
_NAME = 16
"""Signs of a hash that name a mail in the inbox."""
_HEADERS = 16 * 2**10
"""Bytes of a mail's headers that are looked at."""
_SHOWN = 60
_SIZE, _DATE, _BODY = b"RFC822.SIZE", b"INTERNALDATE", b"BODY[]"

KeepMail = Callable[[str, bytes], None]
"""Puts a file of this name into the inbox, whole or not at all."""


class Waiting(Struct, frozen=True):
    """A mail that lies in the folder. ``size`` in bytes; ``received`` is when the server took it in (UTC).

    ``sender`` and ``subject`` are known of those that are not brought, for a person to find them by.
    """

    uid: int
    size: int
    received: str
    sender: str = ""
    subject: str = ""


class Fetched(Struct):
    """What a fetch has done so far; it grows, and holds when the connection is cut.

    ``brought`` are the new files of the inbox. ``again`` counts mails that came under a new number and were known by
    their hash, ``withheld`` lists those that the server announces and does not hand out. ``renumbered``: the folder's
    UIDVALIDITY is another than it was.
    """

    since: date
    looked_at: int = 0
    brought: list[str] = field(default_factory=list)
    again: int = 0
    too_large: list[Waiting] = field(default_factory=list)
    withheld: list[Waiting] = field(default_factory=list)
    renumbered: bool = False


def fetch_mail(
    folder: Folder,
    ledger: Ledger,
    keep: KeepMail,
    done: Fetched,
    limit: int = SIZE_LIMIT,
    follow: Follow = unfollowed,
) -> None:
    """Bring what came since a day into the inbox: every mail once, whatever its number.

    Mails above ``limit`` bytes are entered and left where they are. Raises MachineFault; then ``done`` says how far it
    came, and the next fetch goes on from there.
    """
    account, book = folder.account.user, ledger.mail
    before = book.mails(account, folder.name)
    have = {mail.uid for mail in before if mail.validity == folder.validity and mail.sha256}
    done.renumbered = bool(before) and all(mail.validity != folder.validity for mail in before)
    known = set(book.fetched())
    with connection_faults(folder.server, folder.account):
        waiting = list(_look(folder, done, have))
        ledger.make_room(sum(mail.size for mail in waiting if mail.size <= limit))
        for mail in followed(waiting, "fetch", follow, len(waiting)):
            entry = Mail(account, folder.name, folder.validity, mail.uid, mail.size)
            if mail.size > limit:
                book.record_mail(entry, ledger.at)
                done.too_large.append(_describe(folder, mail))
                continue
            answer = folder.client.fetch([mail.uid], ["BODY.PEEK[]"])
            if mail.uid not in answer:  # deleted since we looked
                continue
            data = answer[mail.uid].get(_BODY)
            if not data:
                done.withheld.append(_describe(folder, mail))
                continue
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 in known:
                done.again += 1
            else:
                _take(folder, ledger, keep, mail, sha256, data)
                known.add(sha256)
                done.brought.append(_file_name(sha256))
            book.record_mail(Mail(account, folder.name, folder.validity, mail.uid, len(data), sha256), ledger.at)


def _look(folder: Folder, done: Fetched, have: set[int]) -> Iterator[Waiting]:
    """The mails since a day that have not been brought yet. The server searches by date alone: what it makes of other
    words than English is not to be relied on; and its days are those of its own clock, so one more is taken."""
    client = folder.client
    client.normalise_times = False
    uids: Sequence[int] = sorted(client.search(["SINCE", done.since - timedelta(days=1)]))
    done.looked_at = len(uids)
    new = [uid for uid in uids if uid not in have]
    for at in range(0, len(new), _AT_ONCE):
        chunk = new[at : at + _AT_ONCE]
        answer = client.fetch(chunk, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in chunk:
            if uid in answer and _SIZE in answer[uid]:
                received: datetime | None = answer[uid].get(_DATE)
                yield Waiting(uid, int(answer[uid][_SIZE]), utc(received) if received else "")


def _describe(folder: Folder, mail: Waiting) -> Waiting:
    """A mail with its sender and subject, without its text."""
    answer = folder.client.fetch([mail.uid], ["BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"]).get(mail.uid, {})
    data = next((value for name, value in answer.items() if name.startswith(b"BODY[HEADER")), None) or b""
    letter = read_letter(Headers(message_from_bytes(data[:_HEADERS], policy=compat32).raw_items()))
    return replace(mail, sender=letter.sender, subject=letter.subject[:_SHOWN])


def _take(folder: Folder, ledger: Ledger, keep: KeepMail, mail: Waiting, sha256: str, data: bytes) -> None:
    """Keep a mail in the ledger's store, and only then put it where others read it."""
    received = min(mail.received or ledger.at, ledger.at)  # nothing is received later than now
    parcel = Parcel(_file_name(sha256), data, sha256, received=received)
    ledger.take([parcel], f"imap:{folder.account.user}/{folder.name}")
    keep(parcel.name, data)


def _file_name(sha256: str) -> str:
    return f"{sha256[:_NAME]}.eml"
