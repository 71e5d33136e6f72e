"""What came besides the figures, as records."""

from __future__ import annotations

from smartcity_xl.model import Material, NamedFile, Outcome, PeopleEntry, Rulings, WrittenMaterial
from smartcity_xl.results import record as rec
from smartcity_xl.results.shown import two


def compose_evidence(outcome: Outcome) -> rec.EvidenceRecord:
    documents = outcome.documents
    return rec.EvidenceRecord(
        two(outcome.evidenced.total) if outcome.catalog.graded else None,
        tuple(outcome.evidenced.lacking),
        tuple(_named(entry) for entry in documents.named),
        tuple(_file(material) for material in documents.unmentioned),
    )


def compose_written(entry: WrittenMaterial) -> rec.WrittenRecord:
    writing = entry.material.writing
    return rec.WrittenRecord(
        outline=entry.outline.id,
        kind=entry.outline.name,
        department=entry.department or None,
        file=entry.material.name,
        sha256=entry.material.sha256,
        title=writing.title if writing else None,
        characters=writing.characters if writing else None,
        figures=writing.figures if writing else None,
        tables=writing.tables if writing else None,
        headings=tuple(writing.headings) if writing else (),
        findings=tuple(finding.code for finding in entry.findings),
    )


def compose_people(entry: PeopleEntry) -> rec.PeopleRecord:
    said = {key: tuple(rec.SaidRecord(one.text, tuple(one.files)) for one in told) for key, told in entry.said.items()}
    missing = tuple(tuple(group) for group in entry.missing)
    return rec.PeopleRecord(entry.department, missing, said, tuple(finding.code for finding in entry.findings))


def _file(material: Material) -> rec.MaterialRecord:
    return rec.MaterialRecord(material.name, material.sha256, material.department or None)


def _named(entry: NamedFile) -> rec.NamedRecord:
    at = entry.origin
    return rec.NamedRecord(
        entry.indicator, entry.department, entry.title, entry.named, entry.state,
        tuple(_file(material) for material in entry.files), at.file, at.sheet, at.cell,
    )  # fmt: skip


def compose_rulings(rulings: Rulings) -> tuple[rec.RulingRecord, ...]:
    return tuple(
        rec.RulingRecord(
            one.verb, one.undo, one.file, one.sha256, tuple(one.over), one.reason, one.who,
            one.moment.isoformat(), rulings.holds(one),
        )
        for one in rulings.made
    )  # fmt: skip
