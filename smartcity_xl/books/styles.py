"""How cells of our workbooks look: colours, fonts, and the styles by name."""

from __future__ import annotations

from typing import Any

from smartcity_xl.books.texts import BODY_SIZE

BODY, HEADING = "宋体", "黑体"
INK, ACCENT, PALE, BAND, INPUT, LOCKED, LINE, FAINT = (
    "#1F2933", "#1F4E79", "#DCE6F1", "#EEF3F8", "#FFF8DC", "#F2F2F2", "#B8C4D0", "#6B7785",
)  # fmt: skip
FAULT, DOUBT = "#F8C9C4", "#FFDF9E"
"""Fills of cells that must be corrected, and of those that may be confirmed."""
GOOD, WARN, BAD = "#2E7D32", "#B26A00", "#C62828"

BASE = {"font_name": BODY, "font_size": BODY_SIZE, "font_color": INK, "valign": "vcenter", "text_wrap": True}
_BOXED = {"border": 1, "border_color": LINE}
_CHANGE = '+0.00##;-0.00##;""'
STYLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "title": {"font_name": HEADING, "font_size": 18, "font_color": ACCENT, "text_wrap": False},
    "title_wrap": {"font_name": HEADING, "font_size": 18, "font_color": ACCENT},
    "remark": {"font_size": 10, "font_color": FAINT, "text_wrap": False},
    "title_centre": {"font_name": HEADING, "font_size": 20, "font_color": ACCENT, "align": "center"},
    "subtitle": {"font_size": 12, "align": "center", "font_color": FAINT},
    "hint": {"font_size": 10, "font_color": FAINT},
    "section": {"font_name": HEADING, "font_size": 12, "font_color": ACCENT, "bottom": 2, "bottom_color": ACCENT,
                "text_wrap": False},
    "head": {"font_name": HEADING, "bg_color": ACCENT, "font_color": "#FFFFFF", "align": "center", **_BOXED},
    "band": {"font_name": HEADING, "bg_color": PALE, "text_wrap": False, "top": 1, "bottom": 1, "top_color": LINE,
             "bottom_color": LINE},
    "band_head": {"font_name": HEADING, "bg_color": PALE, "top": 1, "bottom": 1, "top_color": LINE,
                  "bottom_color": LINE},
    "band_score": {"font_name": HEADING, "bg_color": PALE, "text_wrap": False, "align": "right", "top": 1, "bottom": 1,
                   "top_color": LINE, "bottom_color": LINE},
    "subband": {"bg_color": BAND, "bold": True, **_BOXED},
    "cell": {**_BOXED},
    "small": {"font_size": 10, "font_color": FAINT, **_BOXED},
    "item": {"indent": 1, **_BOXED},
    "way": {"font_size": 10, "font_color": "#0563C1", "underline": 1, "text_wrap": False},
    "line": {"font_size": 10, "bottom": 4, "bottom_color": LINE},
    "link": {"font_color": "#0563C1", "underline": 1, **_BOXED},
    "previous": {"font_size": 10, "font_color": FAINT, "align": "right", "bg_color": LOCKED, **_BOXED},
    "centre": {"align": "center", **_BOXED},
    "check": {"align": "center", "font_size": 10, **_BOXED},
    "label": {"font_name": HEADING, "bg_color": BAND, **_BOXED},
    "score": {"num_format": "0.00", "align": "center", **_BOXED},
    "score_bold": {"num_format": "0.00", "align": "center", "bold": True, "bg_color": BAND, **_BOXED},
    "points": {"num_format": "0.00##", "align": "center", **_BOXED},
    "star": {"num_format": '0"星";;"无星"', "align": "center", **_BOXED},
    "star_bold": {"num_format": "0", "align": "center", "bold": True, "bg_color": BAND, **_BOXED},
    "percent": {"num_format": "0%", "align": "center", **_BOXED},
    "number": {"num_format": "#,##0.########", "align": "right", **_BOXED},
    "input": {"bg_color": INPUT, "locked": False, **_BOXED},
    "input_number": {"bg_color": INPUT, "locked": False, "align": "right", "num_format": "General", **_BOXED},
    "input_choice": {"bg_color": INPUT, "locked": False, "align": "center", **_BOXED},
    "input_text": {"bg_color": INPUT, "locked": False, "num_format": "@", **_BOXED},
    "input_percent": {"bg_color": INPUT, "locked": False, "align": "center", "num_format": "0.0#%", **_BOXED},
    "input_code": {"bg_color": INPUT, "locked": False, "num_format": "@", "font_name": "Consolas", "font_size": 10,
                   **_BOXED},
    "fixed": {"bg_color": LOCKED, "align": "right", "num_format": "General", **_BOXED},
    "subband_cell": {"bg_color": BAND, "bold": True, **_BOXED},
    "subband_score": {"bg_color": BAND, "num_format": "0.00", "align": "center", **_BOXED},
    "subband_points": {"bg_color": BAND, "num_format": "0.00##", "align": "center", **_BOXED},
    "subband_star": {"bg_color": BAND, "num_format": '0"星";;"无星"', "align": "center", **_BOXED},
    "subband_change": {"bg_color": BAND, "num_format": _CHANGE, "align": "center", **_BOXED},
    "bold_change": {"bg_color": BAND, "num_format": _CHANGE, "align": "center", "bold": True, **_BOXED},
    "total_change": {"bg_color": PALE, "num_format": _CHANGE, "align": "center", "bold": True, **_BOXED},
    "subband_step": {"bg_color": BAND, "num_format": '+0;-0;""', "align": "center", **_BOXED},
    "total_step": {"bg_color": PALE, "num_format": '+0;-0;""', "align": "center", "bold": True, **_BOXED},
    "total_count": {"bg_color": PALE, "num_format": "0", "align": "center", "bold": True, **_BOXED},
    "big": {"font_name": HEADING, "font_size": 26, "font_color": ACCENT, "align": "center", "num_format": "0.00",
            "text_wrap": False},
    "count": {"font_name": HEADING, "font_size": 26, "font_color": ACCENT, "align": "center", "num_format": "0",
              "text_wrap": False},
    "bold_cell": {"bold": True, "bg_color": BAND, **_BOXED},
    "total_cell": {"bold": True, "bg_color": PALE, **_BOXED},
    "total_score": {"num_format": "0.00", "align": "center", "bold": True, "bg_color": PALE, **_BOXED},
    "rate": {"num_format": "0.0%", "align": "center", **_BOXED},
    "alarm": {"font_color": BAD, "bold": True, "align": "center", **_BOXED},
    "alarm_text": {"font_color": BAD, "bold": True, **_BOXED},
    "paste": {"bg_color": INPUT, "num_format": "@", "align": "right", **_BOXED},
    "paste_open": {"bg_color": FAULT, "num_format": "@", "align": "right", **_BOXED},
    "good": {"font_color": GOOD}, "warn": {"font_color": WARN}, "bad": {"font_color": BAD},
}  # fmt: skip
SIZES: dict[str, float] = {name: look.get("font_size", BODY_SIZE) for name, look in STYLES.items()}
CONDITIONAL = frozenset({"good", "warn", "bad"})
LINKED = {"font_color": "#0563C1", "underline": 1}
"""How a cell shows that it leads somewhere, in black and white too."""
