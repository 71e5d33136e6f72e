"""Why nothing in an inbox could be used, file by file: told where there is no outcome that could tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from smartcity_xl.books.identity import SURVEY_KIND
from smartcity_xl.messages import severity, word_finding
from smartcity_xl.model import Finding, Origin, Receipt, Recognised, Severity


class Refusal(Struct, frozen=True):
    """A file and what is to be said of it."""

    name: str
    finding: Finding

    def words(self, language: str = "zh") -> str:
        wording = word_finding(self.finding, language)
        return f"{self.name}{'：' if language == 'zh' else ': '}{wording}"


def tell_refusals(receipts: Mapping[str, Receipt], opened: Iterable[Recognised]) -> tuple[Refusal, ...]:
    """What became of every file, by name: of those that were opened as workbooks of ours, why they are of no use. What
    merely came along is listed too; what programs left behind is not."""
    found = [(one.parcel, finding) for one in receipts.values() for finding in one.findings if finding.code != "litter"]
    found += [(book.parcel.name, _of_no_use(book)) for book in opened]
    order = {Severity.ERROR: 0, Severity.QUERY: 1, Severity.INFO: 2}
    ranked = sorted(found, key=lambda pair: (pair[0], order[severity(pair[1].code)]))
    return tuple(Refusal(name, finding) for name, finding in ranked)


def _of_no_use(book: Recognised) -> Finding:
    identity, at = book.identity, Origin(book.parcel.name)
    if identity.kind == SURVEY_KIND:
        return Finding("survey-alone", at)
    return Finding("system-unknown", at, parameters={"found": f"{identity.catalog} / {identity.assignment}"})
