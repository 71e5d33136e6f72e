"""A province's folder of counties so small that it can be collected many times: a folder, an archive and a round."""

from __future__ import annotations

import io
import os
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from assignments import SETTINGS
from make_samples import fill_workbook
from tiny_round import FIRST, KEY, SECOND, YES, Round, assignment, put_system, system

from smartcity_xl.form.template import Issue
from smartcity_xl.run.cities import CityTask

AT = "2026-11-22T03:00:00Z"


@cache
def report(city: str, department: str, **answers: Any) -> bytes:
    key = next(one.key for one in assignment().departments.values() if one.name == department)
    issue = Issue(SETTINGS["round"], city, SETTINGS["deadline"], key=KEY)
    return fill_workbook(system()[0], assignment(), key, issue, {"answers": answers})


def county(city: str, done: int) -> dict[str, bytes]:
    second = report(city, SECOND, all=100, done=done, open=YES)
    return {"甲.xlsx": report(city, FIRST, all=100, done=done), "乙.xlsx": second}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    return folder


def pack(path: Path, files: dict[str, bytes]) -> Path:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    path.write_bytes(held.getvalue())
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def make_province(home: Path) -> Path:
    """Two folders, an archive and a round; and what is no county."""
    put_system(home)
    folder = home / "province"
    put(folder / "甲县", county("甲县", 40))
    put(folder / "乙县" / "来件", county("乙县", 50))
    pack(folder / "丙县.zip", county("丙县", 60))
    round_ = Round(home)
    round_.folder = folder / "丁县"
    told = ("--assignment", "分工.xlsx", "--city", "丁县", "--round", SETTINGS["round"], "--deadline", "2026-12-31")
    assert round_.run("init", "province/丁县", "--catalog", "tiny", *told) == 0, round_.told.getvalue()
    round_.receive(**{name[:-5]: data for name, data in county("丁县", 70).items()})
    (folder / "空县").mkdir()
    (folder / "说明.txt").write_text("见附件。", encoding="utf-8")
    return folder


def like(home: Path, **more: Any) -> CityTask:
    return CityTask("", "", "", AT, systems=(str(home / "tiny"),), assignment=str(home / "分工.xlsx"), **more)


__all__ = ["AT", "county", "like", "make_province", "pack", "put", "report"]
