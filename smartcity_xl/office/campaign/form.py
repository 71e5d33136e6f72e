"""The map of a campaign's two files, for their writers and readers alike."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any

from msgspec import Struct

from smartcity_xl.messages import words
from smartcity_xl.model import Login, Missing, RatioAboveOne, Rounding, Security
from smartcity_xl.model.settings import STARS

# --- the settings file -----------------------------------------------------------------------------------------


class SettingForm(Enum):
    """What a setting's value must be; the value is the code of the fault where it is something else."""

    TEXT = "setting-text"
    TEXTS = "setting-texts"
    NUMBER = "setting-number"
    CHOICE = "setting-choice"
    MOMENT = "setting-moment"
    PERIOD = "setting-period"
    FOLDER = "setting-folder"
    LEDGER = "setting-ledger"
    HOST = "setting-host"
    ADDRESS = "setting-address"


class Setting(Struct, frozen=True):
    """One line of the settings file. ``default`` is None where there is none: then it must be given, unless
    ``optional``. Its comment and its example stand in the labels."""

    group: str
    name: str
    form: SettingForm
    default: Any = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0

    @property
    def key(self) -> str:
        return f"{self.group}.{self.name}" if self.group else self.name

    @property
    def example(self) -> str:
        """A value as it may be written, in the words of TOML."""
        return str(words("campaign_example")[self.key.replace(".", "_")])


def _choice(group: str, name: str, kind: type[StrEnum]) -> Setting:
    """A setting that takes one of a few words; the first is the default."""
    choices = tuple(member.value for member in kind)
    return Setting(group, name, SettingForm.CHOICE, choices[0], choices=choices)


def _port(name: str, default: int) -> Setting:
    return Setting("mailbox", name, SettingForm.NUMBER, default, least=1, most=65_535)


SETTINGS: tuple[Setting, ...] = (
    Setting("", "city", SettingForm.TEXT),
    Setting("", "round", SettingForm.TEXT),
    Setting("", "period", SettingForm.PERIOD, optional=True),
    Setting("", "systems", SettingForm.TEXTS),
    Setting("", "assignment", SettingForm.TEXT),
    Setting("", "deadline", SettingForm.MOMENT),
    Setting("", "contacts_deadline", SettingForm.MOMENT, optional=True),
    Setting("", "basis", SettingForm.TEXT, optional=True),
    Setting("", "recipients", SettingForm.TEXTS, optional=True),
    Setting("", "outlines", SettingForm.TEXTS, optional=True),
    Setting("", "previous", SettingForm.TEXTS, optional=True),
    *(
        Setting("folders", name, SettingForm.LEDGER if name == "store" else SettingForm.FOLDER)
        for name in ("templates", "inbox", "summary", "store", "drafts")
    ),
    Setting("sender", "name", SettingForm.TEXT, ""),
    Setting("sender", "address", SettingForm.ADDRESS, ""),
    Setting("office", "phone", SettingForm.TEXT, ""),
    Setting("office", "place", SettingForm.TEXT, ""),
    Setting("mailbox", "imap_host", SettingForm.HOST, ""),
    _port("imap_port", 993),
    _choice("mailbox", "imap_security", Security),
    Setting("mailbox", "smtp_host", SettingForm.HOST, ""),
    _port("smtp_port", 465),
    _choice("mailbox", "smtp_security", Security),
    Setting("mailbox", "user", SettingForm.TEXT, ""),
    Setting("mailbox", "folder", SettingForm.TEXT, "INBOX"),
    _choice("mailbox", "login", Login),
    Setting("mailbox", "authserv", SettingForm.TEXT, ""),
    _choice("rules", "ratio_above_one", RatioAboveOne),
    _choice("rules", "rounding", Rounding),
    _choice("rules", "missing", Missing),
    Setting("rules", "target_star", SettingForm.NUMBER, optional=True, least=STARS[0], most=STARS[-1]),
)
"""Every setting, in the order of the file."""

END_OF_DAY = "T23:59:59+08:00"
"""What a deadline that is only a day means: its end, by the one time that China keeps."""

SECRETS = ("password", "passwd", "pwd", "secret", "token", "密码", "口令", "授权码")
"""Parts of a key's name that give away a secret; such a key is refused, and its value never shown."""


def groups() -> Mapping[str, tuple[Setting, ...]]:
    """Group -> its settings, in the order of the file; the top of the file is ""."""
    found: dict[str, tuple[Setting, ...]] = {}
    for setting in SETTINGS:
        found[setting.group] = (*found.get(setting.group, ()), setting)
    return found


# --- the roster workbook ---------------------------------------------------------------------------------------

ROSTER = "roster"
ROSTER_COLUMNS = (
    "key", "department", "aliases", "leader_name", "leader_post", "leader_phone", "contact_name", "contact_post",
    "contact_phone", "contact_mail", "deputy_name", "deputy_phone", "deputy_mail", "check",
)  # fmt: skip
ROSTER_FIRST_ROW = 4
