"""The handbook in both languages: as HTML to open from a folder, and as PDF where Chromium is installed.

``python docs/handbook/make_handbook.py OUT`` (``make handbook``) writes ``OUT/zh`` and ``OUT/en``, and with Chromium
``OUT/手册.pdf``, ``OUT/handbook.pdf`` and ``OUT/填报须知.pdf`` (the department's pages). Pages of commands and
findings, settings and pictures are made from the program and from real files; a warning is a fault.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import markdown
from make_pictures import INBOX, PICTURES, make_files, make_province_files, render
from mkdocs.commands.build import build as with_mkdocs
from mkdocs.config import load_config

from smartcity_xl.cli import build_cli, run_cli
from smartcity_xl.messages import finding_codes

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FINDINGS = ROOT / "smartcity_xl" / "messages" / "findings.toml"
EXAMPLES = HERE / "examples.toml"
WHYS = HERE / "whys.toml"
LANGUAGES = {"zh": "手册.pdf", "en": "handbook.pdf"}
DEPARTMENT = "填报须知.pdf"
"""The department's two pages by themselves: to be printed, or to go with the mail that brings the workbook."""
_WORDING = ["tables", "fenced_code"]
"""What our pages use of Markdown beyond its first form."""
_SHIM = "https://unpkg.com/iframe-worker/shim"
"""What lets the search work from a folder; a copy of it lies in ``vendor`` (1.0.4, MIT)."""
_INCLUDE = re.compile(r"^<!-- include (\S+)(?: as (\w+))? -->$", re.MULTILINE)


# --- pages made from the program -------------------------------------------------------------------------------------


def said(*words: str) -> str:
    """What a command prints."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        run_cli(words)
    return shown.getvalue().rstrip()


def all_commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and the words that call it, groups before what they hold."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from all_commands(inner, (*path, name))


def write_commands(language: str) -> str:
    """The help of every command, in the order of a round."""
    title = {"zh": "命令大全", "en": "All commands"}[language]
    page = f"# {title}\n"
    for path, _ in all_commands(build_cli(language)):
        name = " ".join(["xlscore", *path])
        page += f"\n## {name}\n\n```text\n{said('--lang', language, *path, '--help')}\n```\n"
    return page


def sections() -> Iterator[tuple[str, list[str]]]:
    """The parts of the file of findings: their headings there, and the codes below each."""
    title, codes = "", list[str]()
    for line in FINDINGS.read_text(encoding="utf-8").splitlines():
        if line.startswith("# --- "):
            if codes:
                yield title, codes
            title, codes = line.removeprefix("# --- "), []
        elif found := re.match(r"\[([a-z0-9-]+)\]", line):
            codes.append(found[1])
    yield title, codes


def example_values(language: str, code: str) -> Mapping[str, str]:
    """What the places of a sentence are filled with: values of an invented case, those of the finding first."""
    told: dict[str, Any] = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))
    general = {name: value[language] if isinstance(value, dict) else value for name, value in told["values"].items()}
    own = told.get("of", {}).get(code, {})
    return general | {name: value[language] if isinstance(value, dict) else value for name, value in own.items()}


def write_findings(language: str) -> str:
    """Every finding: how grave, why it is told at all, an example in the program's own words, what was expected and
    what to do; and, for each part, why such things are told."""
    words = tomllib.loads((HERE / "findings.toml").read_text(encoding="utf-8"))
    table = tomllib.loads(FINDINGS.read_text(encoding="utf-8"))
    whys = tomllib.loads(WHYS.read_text(encoding="utf-8"))
    heads = words["heads"][language]
    page = f"# {heads['title']}\n\n{heads['intro']}\n"
    for title, codes in sections():
        part = words["parts"][title]
        page += f"\n## {part[language]}\n\n{part['why_' + language]}\n"
        for code in codes:
            entry = table[code]
            page += f"\n### `{code}`\n\n**{words['levels'][entry['severity']][language]}**\n\n"
            page += f"{_plain(whys[code][language])}\n\n"
            filled = example_values(language, code)
            for name in ("found", "expected", "remedy"):
                if text := entry[language][name].format(**filled):
                    page += f"- {heads[name]}{_plain(text)}\n"
    assert {code for _, codes in sections() for code in codes} == set(finding_codes())
    return page


def _plain(text: str) -> str:
    """A sentence as text and never as markup."""
    return re.sub(r"([*_`<>\[\]|#\\])", r"\\\1", " ".join(text.split()))


def write_generated(language: str, pages: Path) -> None:
    """All that a page includes."""
    made = pages / "generated"
    made.mkdir()
    (pages / "commands.md").write_text(write_commands(language), encoding="utf-8")
    (pages / "findings.md").write_text(write_findings(language), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        begun = ("init", str(out / "r"), "--catalog", "cn-2018", "--city", "云溪市", "--round", "2026")
        said(*begun, "--deadline", "2026-12-31")
        shutil.copy(out / "r" / "campaign.toml", made / "campaign.toml")
        ledger = str(out / "ledger")
        said("collect", str(INBOX), "--out", str(out / "s"), "--ledger", ledger, "--no-campaign")
        traced = said("--lang", language, "trace", "L1P1-A1", "--ledger", ledger, "--no-campaign")
    (made / "trace.txt").write_text(f"```text\n{_without_times(traced)}\n```\n", encoding="utf-8")


def _without_times(text: str) -> str:
    """A trace without the moment at which this page was made."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-12-01 10:00:00", text)


# --- the book --------------------------------------------------------------------------------------------------------


def lay_out(pages: Path, language: str, pictures: Path | None) -> None:
    """A folder of pages that can be built; without ``pictures`` with empty ones in their places."""
    shutil.copytree(HERE / language, pages)
    (pages / "pictures").mkdir()
    for one in PICTURES:
        target = pages / "pictures" / f"{one.name}.png"
        if pictures:
            shutil.copy(pictures / target.name, target)
        else:
            target.write_bytes(b"")
    shutil.copy(HERE / "handbook.css", pages)
    write_generated(language, pages)
    for page in pages.glob("*.md"):
        text = _INCLUDE.sub(lambda found: _included(pages, found), page.read_text(encoding="utf-8"))
        page.write_text(text, encoding="utf-8")
    shutil.rmtree(pages / "generated")


def _included(pages: Path, found: re.Match[str]) -> str:
    """What stands in the place of a line that includes a file: its text, or a block of code."""
    place, kind = found.groups()
    text = (pages / place if place.startswith("generated/") else HERE / place).read_text(encoding="utf-8").rstrip()
    return f"```{kind}\n{text}\n```" if kind else text


def order_of(index: str) -> list[dict[str, list[str]]]:
    """The parts of the handbook and their pages, as the first page links them."""
    parts: list[dict[str, list[str]]] = []
    for line in index.splitlines():
        if line.startswith("## "):
            parts.append({line.removeprefix("## "): []})
        elif page := re.fullmatch(r"- \[.+\]\(([\w-]+\.md)\)", line):
            next(iter(parts[-1].values())).append(page[1])
    return parts


def build(pages: Path, out: Path, language: str) -> None:
    """Build the pages as HTML that opens from a folder, without a network. Raises mkdocs' Abort where there is
    anything to warn of: a link that leads nowhere, a page that no part holds."""
    index = (pages / "index.md").read_text(encoding="utf-8")
    settings: dict[str, Any] = {
        "docs_dir": str(pages), "site_dir": str(out.resolve()), "strict": True, "use_directory_urls": False,
        "site_name": index.splitlines()[0].removeprefix("# "), "site_author": "The smartcity_xl developers",
        "nav": ["index.md", *order_of(index)], "extra_css": ["handbook.css"],
        "theme": {"name": "material", "language": language, "font": False, "features": ["navigation.sections"],
                  "palette": [{"media": "(prefers-color-scheme: light)"},
                              {"media": "(prefers-color-scheme: dark)", "scheme": "slate"}]},
        "plugins": ["search", "offline"], "markdown_extensions": [*_WORDING, "toc", "pymdownx.highlight"],
        "validation": {"nav": {"omitted_files": "warn"}, "links": {"anchors": "warn", "unrecognized_links": "warn"}},
    }  # fmt: skip
    file = pages.parent / f"mkdocs-{language}.yml"
    file.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    with_mkdocs(load_config(str(file)))
    shutil.copy(HERE / "vendor" / "iframe-worker.js", out)
    for page in out.glob("*.html"):
        page.write_text(page.read_text(encoding="utf-8").replace(_SHIM, "iframe-worker.js"), encoding="utf-8")


def one_page(pages: Path, language: str) -> str:
    """All pages as one, in their order, for print; links within it lead to its parts."""
    index = (pages / "index.md").read_text(encoding="utf-8")
    names = [name for part in order_of(index) for listed in part.values() for name in listed]
    texts = [index, *((pages / name).read_text(encoding="utf-8") for name in names)]
    made = "".join(
        f'<section id="{name.removesuffix(".md")}">{markdown.markdown(text, extensions=_WORDING)}</section>'
        for name, text in zip(["index.md", *names], texts, strict=True)
    )
    return _bound(re.sub(r'href="([\w-]+)\.md(?:#[\w-]+)?"', r'href="#\1"', made), index, language)


def department_page(pages: Path, language: str) -> str:
    """The department's pages by themselves; links to other pages are none here."""
    text = (pages / "department.md").read_text(encoding="utf-8")
    made = markdown.markdown(re.sub(r"\[([^\]]+)\]\([\w-]+\.md[^)]*\)", r"\1", text), extensions=_WORDING)
    return _bound(made, text, language)


def _bound(body: str, text: str, language: str) -> str:
    style = (HERE / "handbook.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{text.splitlines()[0][2:]}</title>'
        f"<style>{style}</style><body>{body}</body></html>"
    )


def print_pdf(page: Path, pdf: Path) -> None:
    """The one long page as PDF, by Chromium."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        flags += [f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={pdf}"]
        subprocess.run([_chromium() or "chromium", *flags, page.as_uri()], check=True, capture_output=True)


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        files = work / "files"
        files.mkdir()
        make_files(files)
        make_province_files(files)
        render(files, PICTURES, work / "pictures")
        for language, pdf in LANGUAGES.items():
            pages = work / language
            lay_out(pages, language, work / "pictures")
            build(pages, out / language, language)
            if _chromium():
                (pages / "one.html").write_text(one_page(pages, language), encoding="utf-8")
                print_pdf(pages / "one.html", (out / pdf).resolve())
                if language == "zh":  # departments read Chinese
                    (pages / "department.html").write_text(department_page(pages, language), encoding="utf-8")
                    print_pdf(pages / "department.html", (out / DEPARTMENT).resolve())
            else:
                print("Chromium is not installed: no PDF was made.", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python docs/handbook/make_handbook.py OUT")
    main(Path(sys.argv[1]))
