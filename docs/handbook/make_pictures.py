"""Pictures of real files, for the handbook and the README: made by the program and rendered by LibreOffice.

``python docs/handbook/make_pictures.py`` renders those of the README anew (needs LibreOffice and pdftoppm); a test
fails where the files that they show have changed since.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tomli_w
from province_files import make_province

from smartcity_xl import collect, make_templates
from smartcity_xl.cli import run_cli

ROOT = Path(__file__).parent.parent.parent
INBOX = ROOT / "samples" / "inbox"
README_PICTURES = ROOT / "docs" / "pictures"
MANIFEST = README_PICTURES / "shown.toml"
_DOTS = 80
"""Dots of an inch: a page of A4 is 661 by 935."""


@dataclass(frozen=True)
class Picture:
    """``page`` of a file, counted from 1, so many dots across, and down to a line of dots; ``dots`` of an inch."""

    name: str
    file: str
    page: int
    down_to: int = 935
    across: int = 940
    dots: int = _DOTS


PICTURES = (
    Picture("template-cover", "填报表.xlsx", 1, 720),
    Picture("template-figures", "已填.xlsx", 3, 620),
    Picture("summary-front", "汇总.xlsx", 1, 700),
    Picture("returned-front", "退回.xlsx", 1, 370),
    Picture("decisions", "裁定表.xlsx", 1, 290),
    Picture("province-front", "各城市汇总.xlsx", 1, 866),
    Picture("province-heat", "各城市汇总.xlsx", 7, 320, 768, 110),
    Picture("province-queries", "各城市汇总.xlsx", 11, 282, 746, 110),
)
IN_README = ("template-figures", "summary-front")


def make_files(out: Path) -> None:
    """The files that pictures show, of the invented city of the samples."""
    done = make_templates(out / "下发", city="云溪市", round_="2018", deadline="2019-02-25")
    collect(INBOX, out / "汇总")
    returned = sorted((out / "汇总" / "退回").glob("*.xlsx"))
    places = {
        "填报表.xlsx": next(path for path in done.written if path.name.startswith("05")),
        "已填.xlsx": INBOX / "05-市卫生健康委.xlsx",
        "汇总.xlsx": out / "汇总" / "汇总.xlsx",
        "退回.xlsx": next(path for path in returned if path.name.startswith("06")),
        "裁定表.xlsx": out / "汇总" / "裁定表.xlsx",
    }
    for name, path in places.items():
        (out / name).write_bytes(path.read_bytes())


def make_province_files(out: Path) -> None:
    """The files that pictures of a province show, of ten invented cities."""
    make_province(out / "全省收件", 10)
    with contextlib.chdir(out):  # a city without a result is told with the way to its folder
        run_cli(("collect", "全省收件", "--by-city", "--out", "全省汇总"))
    (out / "各城市汇总.xlsx").write_bytes((out / "全省汇总" / "各城市汇总.xlsx").read_bytes())


def render(files: Path, pictures: Iterable[Picture], out: Path) -> None:
    """A PNG for each picture, by LibreOffice and pdftoppm."""
    out.mkdir(parents=True, exist_ok=True)
    chosen = list(pictures)
    with tempfile.TemporaryDirectory() as profile:
        office = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "pdf"]
        names = sorted({str(files / one.file) for one in chosen})
        subprocess.run([*office, "--outdir", str(files), *names], check=True, capture_output=True)
    for one in chosen:
        pdf, page = (files / one.file).with_suffix(".pdf"), str(one.page)
        told = ["pdftoppm", "-r", str(one.dots), "-png", "-singlefile", "-f", page, "-l", page,
                "-x", "0", "-y", "0", "-W", str(one.across), "-H", str(one.down_to)]  # fmt: skip
        subprocess.run([*told, str(pdf), str(out / one.name)], check=True, env=dict(os.environ))


def shown(files: Path) -> dict[str, str]:
    """Picture of the README -> the hash of the file that it shows."""
    return {one.name: hashlib.sha256((files / one.file).read_bytes()).hexdigest()
            for one in PICTURES if one.name in IN_README}  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        make_files(files)
        render(files, (one for one in PICTURES if one.name in IN_README), README_PICTURES)
        MANIFEST.write_text(tomli_w.dumps(shown(files)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
