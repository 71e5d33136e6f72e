"""A round as an office sets it up: the settings file and the roster workbook, written and read."""

from typing import TYPE_CHECKING, Any

from smartcity_xl.office.campaign.finding import SETTINGS_FILE, find_campaign, holds_rounds
from smartcity_xl.office.campaign.key import KEY_FILE, KEY_LENGTH, read_key, write_key

if TYPE_CHECKING:
    from smartcity_xl.office.campaign.roster import read_roster, write_roster
    from smartcity_xl.office.campaign.settings import read_campaign, read_moment, read_period, write_campaign

__all__ = [
    "KEY_FILE",
    "KEY_LENGTH",
    "SETTINGS_FILE",
    "find_campaign",
    "holds_rounds",
    "read_campaign",
    "read_key",
    "read_moment",
    "read_period",
    "read_roster",
    "write_campaign",
    "write_key",
    "write_roster",
]


_ROSTER = ("read_roster", "write_roster")


def __getattr__(name: str) -> Any:
    """Settings and roster come when they are asked for: to look for a round nothing of them is needed."""
    if name not in __all__:
        raise AttributeError(name)
    if name in _ROSTER:
        from smartcity_xl.office.campaign import roster

        return getattr(roster, name)
    from smartcity_xl.office.campaign import settings

    return getattr(settings, name)
