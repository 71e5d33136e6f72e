"""Whole cities and counties, worked by hand to the total."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent.parent / "cases"


def read_whole(name: str, kind: str = "whole") -> dict[str, Any]:
    return tomllib.loads((HOME / f"{name}.{kind}.toml").read_text(encoding="utf-8"))


COUNTIES = read_whole("gbt33356-2022-county")["county"]
CITY = read_whole("gbt33356-2022-city")
CITIES_2016 = read_whole("cn-2016")["city"]
STAR_SYSTEMS = ("db37-3890-zoucheng", "db37-3890-zhangqiu")
STAR_COUNTIES = [(system, county) for system in STAR_SYSTEMS for county in read_whole(system, "counties")["county"]]
