"""Every sentence the project says, as data, in Chinese and English side by side.

The files beside this one hold them: ``findings.toml`` (problems with the data), ``faults.toml`` (problems with a
catalog), ``errors.toml`` (problems with the command or the machine), ``books.toml`` (why a file is no workbook of the
kind that was wanted), ``reasons.toml`` (why a system refused), ``cli.toml`` (the command line) and ``labels.toml``
(words of the workbooks, Chinese). Text is filled with ``str.format``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from smartcity_xl.shipped import read_shipped

if TYPE_CHECKING:
    from fractions import Fraction

    from smartcity_xl.errors import XlscoreError
    from smartcity_xl.model import Finding, Kind, Severity, Slot


LANGUAGES = ("zh", "en")
_PLAIN = (str, int)
"""What a sentence is mostly filled with; to ask whether it can say itself takes long."""


@cache
def _table(name: str) -> dict[str, Any]:
    return read_shipped(f"messages/{name}.toml")


class Wording(Struct, frozen=True):
    """A finding in words: what was found, what was expected there, what to do next."""

    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.found, self.expected, self.remedy) if part)


@cache
def severity(code: str) -> Severity:
    """How much a finding of this code matters."""
    from smartcity_xl.model.findings import Severity  # not at the top: a page of help needs words, and no model

    return Severity(_table("findings")[code]["severity"])


def is_open(finding: Finding) -> bool:
    """Whether a finding is left for a person: it matters, and nobody has explained it."""
    return severity(finding.code) != "info" and not finding.explanation


def finding_codes() -> tuple[str, ...]:
    return tuple(_table("findings"))


def word_finding(finding: Finding, language: str = "zh") -> Wording:
    """A finding in words: those of its case (``parameters``) where it has some, else the general ones."""
    entry = _table("findings")[finding.code]
    said: Mapping[str, str] = entry[language] | entry.get(finding.parameters.get("case", ""), {}).get(language, {})
    return Wording(*(said[part].format(**finding.parameters) for part in ("found", "expected", "remedy")))


def sentence_codes(table: str) -> Collection[str]:
    """The codes of ``faults``, ``errors`` or ``cli``, in the order in which they stand there."""
    return _table(table).keys()


def sentence(table: str, code: str, language: str = "zh", /, **parameters: object) -> str:
    """A sentence of ``faults``, ``errors``, ``books`` or ``cli``. A parameter that can say itself does so."""
    from smartcity_xl.errors import Worded  # not at the top, as above

    text: str = _table(table)[code][language]
    told = {
        name: one.words(language) if not isinstance(one, _PLAIN) and isinstance(one, Worded) else one
        for name, one in parameters.items()
    }
    if table == "errors" and language == "zh" and "reason" in told:
        told["reason"] = _table("reasons").get(str(told["reason"]), told["reason"])
    return text.format(**told)


def word_error(error: XlscoreError, language: str = "zh") -> str:
    """Why a run could not go on, what to do, and what may have been meant; with every fault of a file, a line each."""
    told = dict(error.parameters)
    if faults := getattr(error, "faults", ()):
        told["faults"] = "\n".join(f"  {one.words(language)}" for one in faults)
    return sentence("errors", error.code, language, **told) + word_near(error.near, language)


def word_near(near: Sequence[str], language: str = "zh") -> str:
    """The names that may have been meant, as a line to follow a sentence; "" where there are none."""
    if not near:
        return ""
    from smartcity_xl.messages.unarmed import on_one_line

    between = sentence("errors", "did-you-mean-between", language)
    return "\n" + sentence("errors", "did-you-mean", language, near=between.join(map(on_one_line, near)))


def label(code: str, /, **parameters: object) -> str:
    """Words of a workbook (Chinese); ``code`` is ``section.name``."""
    text = _labelled(code)
    return text.format(**parameters) if parameters else text


@cache
def _labelled(code: str) -> str:
    section, _, name = code.partition(".")
    text: str = _table("labels")[section][name]
    return text


def word_value(slot: Slot, value: Fraction) -> str:
    """A slot's value as people write it: 是, 否, the option's wording, or the number (without its unit)."""
    kind, shown = _numerals()
    if slot.kind is kind.YESNO:
        return label("word.yes" if value else "word.no")
    return slot.options[int(value) - 1].label if slot.kind is kind.CHOICE else shown(value)


@cache
def _numerals() -> tuple[type[Kind], Callable[[Fraction], str]]:
    from smartcity_xl.model import Kind  # not at the top, as above; and asked for once, for values come by the thousand
    from smartcity_xl.rules.exact import shown

    return Kind, shown


def words(section: str) -> Mapping[str, Any]:
    """A whole section of the workbook labels."""
    entries: Mapping[str, Any] = _table("labels")[section]
    return entries
