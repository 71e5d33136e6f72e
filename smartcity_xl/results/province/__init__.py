"""What the records of many cities come to together: ranking, distributions, heat map, what to ask back, who has
reported. A province is composed from entries, one at a time, and is written and read in one place."""

from smartcity_xl.results.province.brief import CityBrief, ProvinceEntry, brief_city
from smartcity_xl.results.province.compose import Firm, ProvinceBuilder, compose_province
from smartcity_xl.results.province.files import read_province, write_province
from smartcity_xl.results.province.lean import read_lean
from smartcity_xl.results.province.record import CityState, FirmRecord, Province

__all__ = [
    "CityBrief",
    "CityState",
    "Firm",
    "FirmRecord",
    "Province",
    "ProvinceBuilder",
    "ProvinceEntry",
    "brief_city",
    "compose_province",
    "read_lean",
    "read_province",
    "write_province",
]
