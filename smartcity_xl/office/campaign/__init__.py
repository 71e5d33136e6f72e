"""A round as an office sets it up: the settings file and the roster workbook, written and read."""

from smartcity_xl.office.campaign.finding import find_campaign
from smartcity_xl.office.campaign.form import END_OF_DAY, SETTINGS_FILE
from smartcity_xl.office.campaign.key import KEY_FILE, KEY_LENGTH, read_key, write_key
from smartcity_xl.office.campaign.roster import read_roster, write_roster
from smartcity_xl.office.campaign.settings import read_campaign, read_moment, read_period, write_campaign

__all__ = [
    "END_OF_DAY",
    "KEY_FILE",
    "KEY_LENGTH",
    "SETTINGS_FILE",
    "find_campaign",
    "read_campaign",
    "read_key",
    "read_moment",
    "read_period",
    "read_roster",
    "write_campaign",
    "write_key",
    "write_roster",
]
