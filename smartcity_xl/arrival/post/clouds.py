"""The text of a mail -> the links to attachments that lie on a provider's server. They are never followed."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from smartcity_xl.arrival.post.letter import signs
from smartcity_xl.arrival.post.limits import BODY

_HREF = re.compile(r"""\shref\s*=\s*["']?([^"'\s<>]{1,2000})""", re.IGNORECASE)
_ADDRESS = re.compile(r"""https?://[^\s<>"'()\x7f-\xff]{1,2000}""", re.IGNORECASE)


def find_clouds(body: bytes, is_html: bool) -> tuple[str, ...]:
    """The links to large attachments in one part of a mail's text, each once, as they stand there.

    In HTML only what an element links to counts: stylesheets and texts name the same places in every mail.
    """
    text = body[:BODY].decode("latin-1")  # links are ASCII, in whatever encoding the rest may be
    if not is_html:
        return tuple(dict.fromkeys(link for link in _ADDRESS.findall(text) if _is_cloud(link)))
    found = {link: None for link in map(html.unescape, _HREF.findall(text)) if _is_cloud(link)}
    element = re.search(rf"""<\w+\s[^<>]*\bid\s*=\s*["']?{signs()["cloud_element"]["id"]}\b""", text)
    if element and not found:
        links = map(html.unescape, _HREF.findall(text[element.end() :]))
        found = {link: None for link in links if link.casefold().startswith("http")}
        return tuple(found) or (signs()["cloud_element"]["id"],)
    return tuple(found)


def _is_cloud(link: str) -> bool:
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").casefold()
    except ValueError:
        return False
    if parts.scheme.casefold() not in ("http", "https"):
        return False
    path = parts.path or "/"
    for place in signs()["cloud"]:
        if host in place["hosts"]:
            begins = any(path.startswith(start) for start in place.get("path", ())) or "path" not in place
            bare = path == "/" and not parts.query
            return begins and not bare and not any(path.startswith(start) for start in place.get("but", ()))
    return False
