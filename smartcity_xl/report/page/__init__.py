"""A report as one HTML page that opens from a disk without a network, and without scripts still says everything.

All that it needs lies in it. A policy in its head names the hashes of its own style and scripts: whatever else came to
stand in it could not run.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from smartcity_xl.messages import label, words
from smartcity_xl.report.page.tree import grow_trees
from smartcity_xl.report.page.view import anchors_of, view_chapters
from smartcity_xl.report.told import Report

VENDOR = "vendor/echarts"
_LICENCES = ("NOTICE", "LICENSE-zrender", "LICENSE-d3")


def write_page(report: Report) -> bytes:
    """The page as UTF-8: the same bytes for the same report."""
    style, library, script = Markup(_read("page.css")), Markup(_charts()), Markup(_read("page.js"))  # noqa: S704
    scripts = " ".join(_hash(one) for one in (library, script))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {scripts}; base-uri 'none'; form-action 'none'"
    chapters = view_chapters(report)
    page: str = _template().render(
        report=report, say=label, words=words("report_page"), policy=policy, style=style, library=library,
        script=script, chapters=chapters, trees=grow_trees(report), anchors=anchors_of(report),
    )  # fmt: skip
    return page.encode()


@cache
def _template() -> Any:
    loader = PackageLoader("smartcity_xl.report.page", "")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("page.html.j2")


@cache
def _read(name: str) -> str:
    text = resources.files(__package__).joinpath(*name.split("/")).read_text(encoding="utf-8")
    if "</s" in text.casefold().replace("</span", ""):
        raise AssertionError(f"{name} would end its element")
    return text


@cache
def _charts() -> str:
    """The library that draws, behind the notices of all that it holds."""
    notices = "\n\n".join(_read(f"{VENDOR}/{name}") for name in _LICENCES)
    return f"/*!\n{notices.replace('*/', '* /')}\n*/\n{_read(f'{VENDOR}/echarts.simple.min.js')}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
