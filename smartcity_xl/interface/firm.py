"""How firm results are, for a program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartcity_xl.results.firm import FirmSystem


def weigh_results(
    results: Sequence[str | Path],
    systems: Sequence[str] = (),
    *,
    draws: int = 10_000,
    spread: float = 0.2,
    seed: int = 1,
) -> tuple[FirmSystem, ...]:
    """How firm results are, one entry for each system: of one result what hangs on each open thing alone, of several
    their ranks with intervals, as each weight is moved by up to ``spread`` of itself, ``draws`` times.

    ``results`` are paths of ``results.json`` files or of folders of them; ``systems`` the folders of an office's own
    indicator systems. The same ``seed`` gives the same ranks. Columns, and what is tried: docs/firmness.md. Raises
    ResultsFault (no record), UsageFault (nothing there, rules that are not at hand, no such draws).
    """
    from smartcity_xl.run.firm import weigh_results as weigh
    from smartcity_xl.score.firm_weights import Perturbation

    return weigh([Path(one) for one in results], None, systems, Perturbation(draws, spread, seed))
