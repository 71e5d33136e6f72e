"""A page from the disk in Chromium, with the network cut: what it asks for, what it complains of, how it reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from processes import wait_until

_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
_LIMIT = 180_000
"""Milliseconds for a step of the browser: it ends what would never end."""
_MARK = "all before this line has been heard"
WIDTHS = {"telephone": (375, 812), "tablet": (768, 1024), "desk": (1280, 900)}

_CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8").partition("\n() =>")
_OUTLINE = "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]; }"


@dataclass
class Opened:
    """A page that is open. ``asked`` is what it asked for beside itself."""

    page: Any
    heard: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        """What stands on the console, once a line that is written now is there too."""
        with self.page.expect_console_message(lambda message: message.text == _MARK):
            self.page.evaluate(f"console.info({_MARK!r})")
        return [line for line in self.heard if line != _MARK]

    def hears(self, words: str, times: int) -> None:
        """Wait until some words have been said so often."""

        def heard() -> bool:
            self.page.wait_for_timeout(10)  # without it nothing new comes in
            return sum(words in line for line in self.heard) >= times

        wait_until(heard, f"{times} lines with {words}")

    def comes_to(self, condition: str) -> None:
        """Wait until something holds that the browser does after it has answered."""
        self.page.wait_for_function(condition)

    def faint_texts(self) -> tuple[int, list[str]]:
        """How many texts are seen, and those that cannot be told from what lies behind them."""
        seen, faint = self.page.evaluate(f"() =>{_CONTRAST[2]}")
        return seen, faint

    def focus_is_seen(self) -> bool:
        style, width = self.page.evaluate(_OUTLINE)
        return bool(style != "none" and float(width.removesuffix("px")) >= 2)


@contextmanager
def run_browser() -> Iterator[Any]:
    """Chromium, started once. A missing one fails the test: a proof that did not run is no proof."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("chromium is not installed, and what it must prove is not proven: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_FLAGS, timeout=_LIMIT)
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Any, file: Path, width: str = "desk", **options: Any) -> Iterator[Opened]:
    wide, high = WIDTHS[width]
    context = browser.new_context(viewport={"width": wide, "height": high}, offline=True, **options)
    context.set_default_timeout(_LIMIT)
    opened = Opened(context.new_page())
    opened.page.on("console", lambda message: opened.heard.append(message.text))
    opened.page.on("pageerror", lambda error: opened.heard.append(str(error)))
    opened.page.on("dialog", lambda dialog: (opened.heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    opened.page.on("request", lambda request: opened.asked.append(request.url))
    opened.page.goto(file.as_uri())
    opened.asked = [url for url in opened.asked if url != file.as_uri()]
    yield opened
    context.close()
