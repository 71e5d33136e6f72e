"""Answers -> scores: readings of the one score tree (``catalog.score_tree``), of which ``value`` is the exact one."""
