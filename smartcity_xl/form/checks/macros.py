"""Macros in a workbook: a program that somebody put in. It is never run here and never goes back, and a person should
know before opening the file."""

from __future__ import annotations

from collections.abc import Iterator

from smartcity_xl.form.checks.look import Look
from smartcity_xl.model import Finding, Origin


def check(look: Look) -> Iterator[Finding]:
    if look.book.package.has_macros:
        yield Finding("macros", Origin(look.book.parcel.name), look.department)
