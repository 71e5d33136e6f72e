"""The text of a mail -> the links to files that lie elsewhere, and what it says of passwords.

Links lead to large attachments on the mail provider's server, to online tables and to net disks. None is followed.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from smartcity_xl.arrival.post.letter import signs
from smartcity_xl.arrival.post.limits import BODY
from smartcity_xl.arrival.post.names import decode_bytes, show_text

_HREF = re.compile(r"""\shref\s*=\s*["']?([^"'\s<>]{1,2000})""", re.IGNORECASE)
_TAGS = re.compile(r"(?is)<(style|script)\b.*?</\1\s*>|<[^<>]*>")
_ADDRESS = re.compile(r"""https?://[^\s<>"'()\x7f-\xff]{1,2000}""", re.IGNORECASE)
_BARE = re.compile(
    r"""(?<![\w./@-])((?:[a-z0-9-]{1,60}\.){1,4}[a-z]{2,6}/[^\s<>"'()\x7f-\xff]{2,2000})""", re.IGNORECASE
)


def find_clouds(body: bytes, is_html: bool) -> tuple[str, ...]:
    """The links to files in one part of a mail's text, each once, as they stand there.

    In HTML only what an element links to counts for large attachments: stylesheets and texts name the same places in
    every mail. Links to online tables and net disks are also typed as text.
    """
    text = body[:BODY].decode("latin-1")  # links are ASCII, in whatever encoding the rest may be
    if not is_html:
        return tuple(dict.fromkeys(link for link in _typed(text) if _is_cloud(link) or is_online(link)))
    hrefs = list(map(html.unescape, _HREF.findall(text)))
    found = {link: None for link in hrefs if _is_cloud(link)}
    element = re.search(rf"""<\w+\s[^<>]*\bid\s*=\s*["']?{signs()["cloud_element"]["id"]}\b""", text)
    if element and not found:
        links = map(html.unescape, _HREF.findall(text[element.end() :]))
        found = {link: None for link in links if link.casefold().startswith("http")}
        found = found or {signs()["cloud_element"]["id"]: None}
    shown = html.unescape(_TAGS.sub(" ", text))
    return tuple(found | {link: None for link in (*hrefs, *_typed(shown)) if is_online(link)})


def _typed(text: str) -> list[str]:
    """Links as people type them, some without http; a full stop or a comma behind is none of theirs."""
    bare = (f"https://{link}" for link in _BARE.findall(text))
    return [link.rstrip(".,;:!?]}") for link in (*_ADDRESS.findall(text), *bare)]


def is_online(link: str) -> bool:
    """Whether a link leads to an online table, a form to be filled in the browser, or a net disk."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").casefold()
    except ValueError:
        return False
    if parts.scheme.casefold() not in ("http", "https") or parts.path in ("", "/") or _is_cloud(link):
        return False
    for place in signs()["online"]:
        if any(host == name or host.endswith(f".{name}") for name in place["hosts"]):
            return any(parts.path.startswith(start) for start in place["path"]) if "path" in place else True
    return False


_HINT = re.compile(
    r"(?:(?:解压|打开|压缩包|附件|文件|提取)?(?:密码|口令)|\bpass(?:word|code|wd)|\bpwd)"
    r"\s*(?:均?[是为]|is|[:：=])?\s*[“\"'「]?([!-~]{3,40})",
    re.IGNORECASE,
)


def find_hints(body: bytes, is_html: bool, charset: str = "") -> tuple[str, ...]:
    """The words of a mail's text that seem to tell a password, as they stand there."""
    text = decode_bytes(body[:BODY], charset)
    if is_html:
        text = html.unescape(_TAGS.sub(" ", text))
    return tuple(dict.fromkeys(show_text(" ".join(found.group().split())) for found in _HINT.finditer(text)))


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
