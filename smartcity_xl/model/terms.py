"""What an office says of its round, over what the assignment says."""

from __future__ import annotations

from msgspec import Struct

from smartcity_xl.model.periods import Period


class RoundTerms(Struct, frozen=True):
    """What an office says of its round; None where it does not say it, and the assignment's own round does.

    ``period``: the time that is evaluated. ``deadline`` and ``contacts_deadline`` (of the list of leaders and contacts,
    where it is wanted earlier) are ISO dates; ``basis``: the document that the round rests on; ``recipients``: to whom
    it is reported; ``phone``, ``mail`` and ``address`` are the office's.
    """

    period: Period | None = None
    deadline: str | None = None
    contacts_deadline: str | None = None
    basis: str | None = None
    recipients: tuple[str, ...] | None = None
    phone: str = ""
    mail: str = ""
    address: str = ""


NO_TERMS = RoundTerms()
