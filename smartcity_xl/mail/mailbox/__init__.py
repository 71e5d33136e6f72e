"""The office's mailbox at its provider: new mail in, mails out, and a look at whether both will work.

Whatever a server or a network refuses comes out as a fault with a remedy; secrets come from outside and go nowhere.
"""

from smartcity_xl.mail.mailbox.accounts import Account, Secret, Server, find_secret, imap_server, smtp_server
from smartcity_xl.mail.mailbox.compose import Attachment, Draft, form_mail, name_message
from smartcity_xl.mail.mailbox.doctor import Examination, Health, examine_mailbox
from smartcity_xl.mail.mailbox.fetch import Fetched, Waiting, fetch_mail
from smartcity_xl.mail.mailbox.imap import Folder, open_folder
from smartcity_xl.mail.mailbox.send import Courier, Delivery, Outgoing, Pace
from smartcity_xl.mail.mailbox.smtp import Verdict
from smartcity_xl.mail.mailbox.texts import DraftText, read_text

__all__ = [
    "Account",
    "Attachment",
    "Examination",
    "Courier",
    "Delivery",
    "Draft",
    "DraftText",
    "Fetched",
    "Folder",
    "Outgoing",
    "Pace",
    "Secret",
    "Server",
    "Health",
    "Verdict",
    "Waiting",
    "examine_mailbox",
    "fetch_mail",
    "find_secret",
    "form_mail",
    "imap_server",
    "name_message",
    "open_folder",
    "read_text",
    "smtp_server",
]
