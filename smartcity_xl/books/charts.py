"""What a chart is called for who cannot see it."""

from __future__ import annotations

from typing import Any

from smartcity_xl.messages import label

LYING = "bar"
"""The kind of all charts of reports."""


def describe_chart(kind: str, stacked: bool, caption: str) -> str:
    """``caption`` says what it shows of a table."""
    name = label(f"word.chart_{kind}_stacked" if stacked else f"word.chart_{kind}")
    return label("word.chart_alt", kind=name, caption=caption)


def describe_drawn(chart: Any, caption: str) -> str:
    """The same of a chart of XlsxWriter: it is what its class and its subtype say. Raises KeyError or AttributeError
    for a kind that has no name here."""
    kind = type(chart).__name__.removeprefix("Chart").lower()
    return describe_chart(kind, {"clustered": False, "stacked": True}[chart.subtype], caption)
