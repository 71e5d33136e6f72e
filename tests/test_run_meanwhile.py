"""What is done while a child reads: what is certain to be wanted, step by step."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tried_rounds import SYSTEMS, drawn_outcome, system

from smartcity_xl.run.meanwhile import NOTHING, Meanwhile
from smartcity_xl.summary import once, write_summary


def test_who_only_assesses_has_nothing_to_do() -> None:
    NOTHING.expect([system("cn-2018")])
    assert list(NOTHING) == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_summary_is_the_same_where_much_of_it_was_found_ahead(name: str) -> None:
    outcome = drawn_outcome(name)
    right = write_summary(outcome)
    anew = replace(outcome, catalog=replace(outcome.catalog))  # a system of which nothing is found yet
    meanwhile = Meanwhile(summaries=True, returns=True)
    assert len(list(meanwhile)) == 2, "what writes is loaded"
    meanwhile.expect([anew.catalog])
    assert len(list(meanwhile)) == len(once._ASKED_ALONE) > 5
    assert write_summary(anew) == right


def test_a_step_that_fails_is_told_and_the_next_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def stumble(_: object) -> None:
        raise ValueError

    monkeypatch.setattr(once, "_ASKED_ALONE", [stumble, lambda catalog: done.append(catalog.id)])
    meanwhile = Meanwhile(summaries=True)
    meanwhile.expect([system("cn-2018")])
    next(meanwhile)
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words
        next(meanwhile)
    next(meanwhile)
    assert done == ["cn-2018"]
