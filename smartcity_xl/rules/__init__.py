"""The rule language: one rule, rendered as exact arithmetic, as a cell formula and as words.

Knows nothing of catalogs or workbooks: values, cells and labels come in through arguments.
The language is described in ``docs/rules.md``.
"""
