"""The settings file ``campaign.toml``: written with its explanations, read with every fault at once.

A password never stands in it: a key that looks like one is refused, and its value is shown nowhere.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from smartcity_xl.books.windows import read_window
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.catalog.load import SYSTEM_FILE, assignment_ids, catalog_ids
from smartcity_xl.errors import CampaignFault, UsageFault, unread
from smartcity_xl.form.people import is_address
from smartcity_xl.ledger.places import is_served, read_address
from smartcity_xl.messages import label, words
from smartcity_xl.model import (
    CampaignSettings,
    Folders,
    Login,
    Mailbox,
    Missing,
    Period,
    RatioAboveOne,
    Rounding,
    Security,
    Sender,
    Settings,
)
from smartcity_xl.model.campaign import BOOK
from smartcity_xl.model.periods import period_of_round
from smartcity_xl.model.place import Served, without_password
from smartcity_xl.office.campaign.finding import SETTINGS_FILE
from smartcity_xl.office.campaign.form import SECRETS, Setting, SettingForm, groups

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)\s*(Z|[+-]\d{2}:\d{2}|\[?[A-Za-z][\w+/-]*\]?)")
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)?"


# --- writing ---------------------------------------------------------------------------------------------------


def write_campaign(given: Mapping[str, Any]) -> bytes:
    """The settings file, with an explanation above every line. ``given``: key -> value, for what has no default."""
    import tomli_w

    lines = [f"# {line}" for line in words("campaign")["head"]]
    for group, settings in groups().items():
        if group:
            lines += ["", f"# {label(f'campaign.group_{group}')}", f"[{group}]"]
        for setting in settings:
            lines += ["", *(f"# {line}" for line in _comment(setting).split("\n"))]
            value = given.get(setting.key, _default(setting))
            shown = tomli_w.dumps({setting.name: value}).rstrip("\n") if value is not None else ""
            lines.append(shown or f"# {setting.name} = {setting.example}")
    return ("\n".join(lines) + "\n").encode()


def _comment(setting: Setting) -> str:
    from smartcity_xl.documents import load_outlines

    known = label("word.separator").join(outline.id for outline in load_outlines())
    return label(f"campaign.{setting.key.replace('.', '_')}", known=known)


def _default(setting: Setting) -> Any:
    named = setting.form in (SettingForm.FOLDER, SettingForm.LEDGER)
    return label(f"campaign_folder.{setting.name}") if named else setting.default


# --- reading ---------------------------------------------------------------------------------------------------


def read_campaign(path: Path) -> CampaignSettings:
    """A campaign's settings; ``path`` is the file, or the folder that holds it.

    Raises UsageFault (no such file), MachineFault (cannot be read), CampaignFault with every fault: its key, what was
    found, what was expected, what to do.
    """
    file = path / SETTINGS_FILE if path.is_dir() else path
    if not file.is_file():
        raise UsageFault("campaign-missing", path=str(file))
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CampaignFault(str(file), (Fault("", "campaign-unreadable", {"reason": str(error)}),)) from error
    except OSError as error:
        raise unread(file, error) from error
    reader = _SettingsReader(file.parent)
    read = reader.read(document)
    reader.check(read)
    if reader.faults:
        raise CampaignFault(str(file), reader.faults)
    return _build(file, read)


class _SettingsReader(Struct):
    """Reads the document of one settings file; ``faults`` grows on the way."""

    home: Path
    faults: list[Fault] = field(default_factory=list)

    def fault(self, key: str, code: str, /, **parameters: object) -> None:
        told = {name: str(value) for name, value in parameters.items()}
        self.faults.append(Fault(key, code, told, tuple(key.split("."))))

    def read(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Key -> value; a value with a fault is left out."""
        known = groups()
        for key in sorted(_secrets(document)):
            self.fault(key, "setting-password")
        for key in sorted(document.keys() - known.keys() - {setting.name for setting in known[""]}):
            self.unknown(key, [*(setting.name for setting in known[""]), *filter(None, known)])
        read: dict[str, Any] = {}
        for group, settings in known.items():
            table = document.get(group, {}) if group else document
            if not isinstance(table, dict):
                self.fault(group, "setting-table", group=group)
                continue
            for name in sorted(table.keys() - {setting.name for setting in settings}) if group else ():
                self.unknown(f"{group}.{name}", [setting.name for setting in settings])
            for setting in settings:
                value = table.get(setting.name, _default(setting))
                if value is not None:
                    self.take(setting, value, read)
                elif not setting.optional:
                    self.fault(setting.key, "setting-missing", example=setting.example)
        return read

    def unknown(self, key: str, known: list[str]) -> None:
        if not _is_secret(key.rpartition(".")[2]):
            self.fault(key, "setting-unknown", known=", ".join(known))

    def take(self, setting: Setting, value: Any, read: dict[str, Any]) -> None:
        taken = _read_value(setting, value)
        if isinstance(taken, Served) and taken.password:
            self.fault(setting.key, "setting-ledger-password", found=taken)
        elif taken is None:
            known = ", ".join(setting.choices) or f"{setting.least}–{setting.most}"
            self.fault(setting.key, setting.form.value, found=_shown(value), example=setting.example, known=known)
        else:
            read[setting.key] = taken

    def check(self, read: dict[str, Any]) -> None:
        """What no single value shows: that what is named is there, and that the values go together."""
        from smartcity_xl.documents import load_outlines

        systems = read.get("systems", ())
        unknown = [
            name for name in systems if not (name in catalog_ids() or (self.home / name / SYSTEM_FILE).is_file())
        ]
        for name in unknown:
            self.fault("systems", "setting-system", found=name, known=", ".join(catalog_ids()))
        if systems and not unknown:
            self.check_assignment(systems, read.get("assignment", ""))
        outlines = [outline.id for outline in load_outlines()]
        for name in read.get("outlines", ()):
            if name not in outlines:
                self.fault("outlines", "setting-outline", found=name, known=", ".join(outlines))
        self.check_times(read)
        if (read.get("mailbox.imap_host") or read.get("mailbox.smtp_host")) and read.get("mailbox.user") == "":
            self.fault("mailbox.user", "setting-missing", example=words("campaign_example")["mailbox_user"])
        places: dict[Path, str] = {}
        for key, value in read.items():
            if isinstance(value, Served):
                continue
            if key.startswith("folders.") and (first := places.setdefault((self.home / value).resolve(), key)) != key:
                self.fault(key, "setting-same-folder", found=value, first=first)

    def check_times(self, read: Mapping[str, Any]) -> None:
        if "period" not in read and "round" in read and period_of_round(read["round"]) is None:
            self.fault("period", "setting-missing", example=words("campaign_example")["period"])
        deadline, contacts = read.get("deadline"), read.get("contacts_deadline")
        if deadline and contacts and contacts > deadline:
            self.fault("contacts_deadline", "setting-later", found=contacts.isoformat(), first=deadline.isoformat())

    def check_assignment(self, systems: Sequence[str], name: str) -> None:
        built_in = assignment_ids(systems[0]) if len(systems) == 1 else ()
        if name and name not in built_in and not (name.endswith(BOOK) and (self.home / name).is_file()):
            self.fault("assignment", "setting-assignment", found=name, known=", ".join(built_in) or "—")


def _read_value(setting: Setting, value: Any) -> Any:
    """A setting's value in its own type, or None where it is something else."""
    match setting.form:
        case SettingForm.TEXT:
            kept = value.strip() if isinstance(value, str) else None
            return kept if kept or setting.optional or setting.default is not None else None
        case SettingForm.ADDRESS:
            return value if isinstance(value, str) and (not value or is_address(value)) else None
        case SettingForm.HOST:
            return value if isinstance(value, str) and re.fullmatch(_HOST, value) else None
        case SettingForm.FOLDER:
            named = isinstance(value, str) and value.strip() and "\0" not in value and not is_served(value)
            return value if named else None
        case SettingForm.LEDGER:
            return _read_ledger(value)
        case SettingForm.TEXTS:
            texts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
            whole = all(isinstance(text, str) and text.strip() for text in texts) and len(set(texts)) == len(texts)
            return texts if whole and (texts or (setting.optional and value == [])) else None
        case SettingForm.NUMBER:
            return value if type(value) is int and setting.least <= value <= setting.most else None
        case SettingForm.CHOICE:
            return value if isinstance(value, str) and value in setting.choices else None
        case SettingForm.MOMENT:
            return read_moment(value)
        case SettingForm.PERIOD:
            return read_period(value)


def _read_ledger(value: object) -> str | Served | None:
    """The name of a folder, or an address."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        return None
    try:
        return read_address(value.strip()) if is_served(value) else value
    except UsageFault:
        return None


def read_period(value: object) -> Period | None:
    """A time as people write it: a year, or from when to when (2026, 2026年1-10月, 2025-11-01至2026-10-31); None for
    what names none, or one without an end of its own."""
    window = read_window(str(value)) if isinstance(value, str) or type(value) is int else None
    return Period(window.first, window.last) if window else None


def read_moment(value: object) -> datetime.datetime | None:
    """A moment with its time zone: ISO 8601 with an offset, or with the name of a zone after it; None for anything
    else, and for a time that its zone skips or has twice (when clocks are changed)."""
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo else None
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    day, time, zone = match.groups()
    try:
        if zone == "Z" or zone[0] in "+-":
            return datetime.datetime.fromisoformat(f"{day}T{time}{zone}")
        moment = datetime.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(zone.strip("[]")))
    except (ValueError, OSError, KeyError):  # no such day, no such zone
        return None
    return moment if moment.utcoffset() == moment.replace(fold=1).utcoffset() else None


def _secrets(document: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The keys that look like a secret, at any depth."""
    for name, value in document.items():
        key = f"{above}{name}"
        if _is_secret(name):
            yield key
        for inner in value if isinstance(value, list) else (value,):
            if isinstance(inner, dict):
                yield from _secrets(inner, f"{key}.")


def _is_secret(name: str) -> bool:
    return any(part in name.casefold() for part in SECRETS)


def _shown(value: object) -> str:
    """A value as people see it; what may hold others is not spread out, lest a secret be among them."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value)):
        return "{…}" if isinstance(value, dict) else "[…]"
    return without_password(str(value))[:80]


def _folders(home: Path, named: Mapping[str, str | Served]) -> Folders:
    store, others = named["store"], {name: home / str(value) for name, value in named.items() if name != "store"}
    return Folders(**others, store=store if isinstance(store, Served) else home / store)


def _build(file: Path, read: Mapping[str, Any]) -> CampaignSettings:
    home = file.parent

    def group(name: str) -> dict[str, Any]:
        return {key.partition(".")[2]: value for key, value in read.items() if key.startswith(f"{name}.")}

    def place(name: str) -> str:
        """A path inside the campaign's folder; an id stays what it is."""
        return str(home / name) if (home / name).exists() else name

    mailbox, rules = group("mailbox"), group("rules")
    return CampaignSettings(
        path=file,
        city=read["city"],
        round=read["round"],
        systems=tuple(name if name in catalog_ids() else place(name) for name in read["systems"]),
        assignment=place(read["assignment"]) if read["assignment"].endswith(BOOK) else read["assignment"],
        deadline=read["deadline"],
        outlines=read.get("outlines"),
        roster=home / label("file.roster"),
        folders=_folders(home, group("folders")),
        sender=Sender(**group("sender")),
        mailbox=Mailbox(
            **{
                **mailbox,
                "login": Login(mailbox["login"]),
                "imap_security": Security(mailbox["imap_security"]),
                "smtp_security": Security(mailbox["smtp_security"]),
            }
        ),
        period=read.get("period"),
        contacts_deadline=read.get("contacts_deadline"),
        basis=read.get("basis"),
        recipients=read.get("recipients"),
        phone=read["office.phone"],
        address=read["office.place"],
        previous=tuple(home / name for name in read["previous"]) if "previous" in read else None,
        rules=Settings(
            RatioAboveOne(rules["ratio_above_one"]),
            Rounding(rules["rounding"]),
            Missing(rules["missing"]),
            rules.get("target_star"),
        ),
    )
