"""A round by mail: what its mailbox needs, new mail into its inbox, and a look at whether all this works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import Ledger, Step, local_time, open_ledger, parse_utc, utc
from smartcity_xl.mail.mailbox import (
    Account,
    Attachment,
    Draft,
    Examination,
    Fetched,
    Secret,
    examine_mailbox,
    fetch_mail,
    imap_server,
    name_message,
    open_folder,
)
from smartcity_xl.messages import label
from smartcity_xl.model import Assignment, CampaignSettings, Catalog, Mailbox, Security
from smartcity_xl.model.headway import Follow, unfollowed
from smartcity_xl.office.campaign import read_campaign
from smartcity_xl.run.files import sweep_unfinished, write_file
from smartcity_xl.run.rounds import choose_campaign
from smartcity_xl.run.systems import choose

_LOOK_BACK = timedelta(days=30)
"""How far a fetch looks back where no mail has been sent."""

Tell = Callable[..., None]
"""Takes a sentence's code and parameters."""
FindSecret = Callable[[str], Secret]
"""User -> secret. Raises UsageFault where there is none."""


class CampaignRound(Struct, frozen=True):
    """A campaign's settings with what they name."""

    settings: CampaignSettings
    catalog: Catalog
    assignment: Assignment

    @property
    def key(self) -> str:
        return "|".join((self.settings.city, self.settings.round, self.assignment.id))


def open_round(campaign: Path) -> CampaignRound:
    """A campaign by its folder or settings file. Raises UsageFault, MachineFault, CampaignFault, CatalogFault."""
    settings = read_campaign(campaign)
    catalog, assignment = choose(choose_campaign(settings))
    return CampaignRound(settings, catalog, assignment)


def open_account(mailbox: Mailbox, find_secret: FindSecret) -> Account:
    return Account(mailbox.user, mailbox.login, find_secret(mailbox.user))


@contextmanager
def open_book(settings: CampaignSettings, now: datetime, tell: Tell) -> Iterator[Ledger]:
    """A campaign's ledger, held as long as mail goes in or out: two runs can never do the same work."""
    with open_ledger(settings.folders.store, utc(now)) as ledger:
        if ledger.rebuilt:
            tell("ledger_rebuilt", number=ledger.rebuilt)
        if ledger.clock_behind:
            tell("clock_behind", now=local_time(utc(now)), newest=local_time(ledger.clock_behind))
        yield ledger
    if ledger.unclaimed:
        tell("store_settled", number=ledger.unclaimed)


def warn_of_plain(security: Security, host: str, tell: Tell) -> None:
    if security is Security.PLAIN:
        tell("mail_plain", host=host)


def fetch(
    campaign: Path,
    find_secret: FindSecret,
    now: datetime,
    tell: Tell,
    since: date | None = None,
    follow: Follow = unfollowed,
) -> Fetched:
    """Bring new mail into a campaign's inbox, each once, and leave the mailbox as it was.

    ``since`` is the first day that counts; without it the day of the first mail that was sent, else a month ago.
    Raises UsageFault, MachineFault (also when cut off: run it again), CampaignFault.
    """
    settings = read_campaign(campaign)
    mailbox, inbox = settings.mailbox, settings.folders.inbox
    if not mailbox.imap_host:
        raise UsageFault("mail-no-imap", path=str(settings.path), inbox=str(inbox))
    account = open_account(mailbox, find_secret)
    warn_of_plain(mailbox.imap_security, mailbox.imap_host, tell)
    with open_book(settings, now, tell) as ledger:
        start = since or _first_mail(ledger) or (now - _LOOK_BACK).date()
        done = Fetched(start)
        sweep_unfinished(inbox)
        with open_folder(imap_server(mailbox), account, mailbox.folder) as folder:
            tell("fetch_looking", folder=mailbox.folder, mails=folder.mails, since=start.isoformat())

            def keep(name: str, data: bytes) -> None:
                write_file(inbox / name, data)
                tell("fetch_brought", path=inbox / name)

            fetch_mail(folder, ledger, keep, done, follow=follow)
    return done


def _first_mail(ledger: Ledger) -> date | None:
    days = [parse_utc(one.at).astimezone().date() for one in ledger.mail.postings() if one.step is Step.SENT]
    return min(days, default=None)


def examine(campaign: Path, find_secret: FindSecret, now: datetime, send_test_to: str = "") -> Iterator[Examination]:
    """Examine a campaign's mailbox step by step. Raises UsageFault, MachineFault, CampaignFault for its settings."""
    settings = read_campaign(campaign)
    sender = settings.sender
    test = None
    if send_test_to:
        if not sender.address:
            raise UsageFault("send-no-sender", path=str(settings.path))
        message_id = name_message(sender.address, "test", send_test_to, now.isoformat())
        subject, text = label("draft.test_subject"), label("draft.test_body")
        attachment = Attachment(label("draft.test_file"), text.encode())
        test = Draft(
            message_id, "test", sender.name, sender.address, (send_test_to,), (), subject, text, (attachment,)
        )  # fmt: skip
    mailbox = settings.mailbox
    return examine_mailbox(mailbox, sender.address, lambda: open_account(mailbox, find_secret), now, test)
