"""What came besides the figures, as records of ``results.json``."""

from __future__ import annotations

from typing import Any

from smartcity_xl.model import Material, NamedFile, Outcome, PeopleEntry, WrittenMaterial


def document_records(outcome: Outcome, score_without: str | None) -> dict[str, Any]:
    """The keys ``evidence``, ``written`` and ``people``. ``score_without`` is the score without what lacks evidence,
    None where there is no total."""
    documents = outcome.documents
    return {
        "evidence": {
            "score_without": score_without,
            "lacking": list(outcome.evidenced.lacking),
            "named": [_named(entry) for entry in documents.named],
            "unmentioned": [_file(material) for material in documents.unmentioned],
        },
        "written": [_written(entry) for entry in documents.written],
        "people": [_people(entry) for entry in outcome.people],
    }


def _file(material: Material) -> dict[str, str]:
    return {"file": material.name, "sha256": material.sha256}


def _named(entry: NamedFile) -> dict[str, Any]:
    at = entry.origin
    return {
        "indicator": entry.indicator,
        "department": entry.department,
        "title": entry.title,
        "named": entry.named,
        "state": entry.state.value,
        "files": [_file(material) for material in entry.files],
        "file": at.file,
        "sheet": at.sheet,
        "cell": at.cell,
    }


def _written(entry: WrittenMaterial) -> dict[str, Any]:
    writing = entry.material.writing
    return {
        "outline": entry.outline.id,
        "kind": entry.outline.name,
        "department": entry.department or None,
        **_file(entry.material),
        "title": writing.title if writing else None,
        "characters": writing.characters if writing else None,
        "figures": writing.figures if writing else None,
        "tables": writing.tables if writing else None,
        "headings": list(writing.headings) if writing else [],
        "findings": [finding.code for finding in entry.findings],
    }


def _people(entry: PeopleEntry) -> dict[str, Any]:
    return {
        "department": entry.department,
        "missing": [list(group) for group in entry.missing],
        **{key: [{"text": one.text, "files": list(one.files)} for one in said] for key, said in entry.said.items()},
        "findings": [finding.code for finding in entry.findings],
    }
