"""A form that was filled and packed is gone at once: nothing of it waits until garbage is looked for."""

from __future__ import annotations

import gc

from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.form.template import Issue
from smartcity_xl.form.template.forms import Stamp


def test_a_form_that_was_filled_leaves_no_ring() -> None:
    catalog = load_catalog("cn-2018")
    assignment = load_assignment(catalog)
    stamp = Stamp(catalog, assignment, next(iter(assignment.departments)), assignment.round)
    issue = Issue(assignment.round, "云溪市", assignment.deadline)
    stamp.write(issue)
    gc.collect()
    gc.disable()
    try:
        stamp.write(issue)
        assert gc.collect() < 50, "with its pages in a ring, it were hundreds"
    finally:
        gc.enable()
