"""What was received, how it was read and what came of it, for ever: an embedded database beside a store of bytes.

This door is all that other rooms know of it; no SQL stands outside this room. ``docs/ledger.md`` tells what is
promised, and in which order things are written so that the promise holds.
"""

from typing import TYPE_CHECKING, Any

from smartcity_xl.ledger.checksum import digest_of, feed_file, settle_folder
from smartcity_xl.ledger.door import (
    DATABASE,
    LEDGER_FOLDER,
    LEDGER_PARTS,
    STORE,
    Keeping,
    Ledger,
    holds_ledger,
    is_ledger,
)
from smartcity_xl.ledger.opening import glance_ledger, has_ledger, open_ledger, read_ledger
from smartcity_xl.ledger.records import DecisionMade, Listed, Run, Seen, Stated, Taken
from smartcity_xl.ledger.times import late_by, local_time, parse_moment, parse_utc, utc

if TYPE_CHECKING:
    from smartcity_xl.ledger.audit import ANCHOR, DATABASE_FLAWS, Chained, Flaw, Proof
    from smartcity_xl.ledger.copying import bring_up_to_date, copy_ledger, sweep_copy
    from smartcity_xl.ledger.mail import Mail, MailBook, Posting, Step
    from smartcity_xl.ledger.memory import Memory, glance_memory, open_memory
    from smartcity_xl.ledger.mending import LOST, audit_ledger, mend_ledger
    from smartcity_xl.ledger.moving import Transferred, move_ledger
    from smartcity_xl.ledger.places import is_served, read_place

__all__ = [
    "ANCHOR",
    "DATABASE",
    "DATABASE_FLAWS",
    "LEDGER_FOLDER",
    "LEDGER_PARTS",
    "LOST",
    "STORE",
    "Chained",
    "DecisionMade",
    "Flaw",
    "Keeping",
    "Ledger",
    "Listed",
    "Mail",
    "MailBook",
    "Memory",
    "Posting",
    "Proof",
    "Run",
    "Seen",
    "Stated",
    "Step",
    "Taken",
    "Transferred",
    "audit_ledger",
    "bring_up_to_date",
    "copy_ledger",
    "digest_of",
    "feed_file",
    "glance_ledger",
    "glance_memory",
    "has_ledger",
    "holds_ledger",
    "is_ledger",
    "is_served",
    "late_by",
    "local_time",
    "mend_ledger",
    "move_ledger",
    "open_ledger",
    "open_memory",
    "parse_moment",
    "parse_utc",
    "read_ledger",
    "read_place",
    "settle_folder",
    "sweep_copy",
    "utc",
]


def __getattr__(name: str) -> Any:
    """What proves, mends, copies, remembers and sends comes when it is asked for: a look does none of it."""
    if name in ("ANCHOR", "DATABASE_FLAWS", "Chained", "Flaw", "Proof"):
        from smartcity_xl.ledger import audit

        return getattr(audit, name)
    if name in ("LOST", "audit_ledger", "mend_ledger"):
        from smartcity_xl.ledger import mending

        return getattr(mending, name)
    if name in ("Transferred", "move_ledger"):
        from smartcity_xl.ledger import moving

        return getattr(moving, name)
    if name in ("is_served", "read_place"):
        from smartcity_xl.ledger import places

        return getattr(places, name)
    if name in ("bring_up_to_date", "copy_ledger", "sweep_copy"):
        from smartcity_xl.ledger import copying

        return getattr(copying, name)
    if name in ("Mail", "MailBook", "Posting", "Step"):
        from smartcity_xl.ledger import mail

        return getattr(mail, name)
    if name in ("Memory", "glance_memory", "open_memory"):
        from smartcity_xl.ledger import memory

        return getattr(memory, name)
    raise AttributeError(name)
