"""The values of figures in a previous round: what this round's answers are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Previous:
    """The values of another round. A key is that of a slot; of a table ``figure.column``, with the name of the row.

    ``whole`` are the values that counted, ``own`` what each department gave to them; ``units`` the unit of each slot.
    """

    round: str = ""
    whole: Mapping[str, Fraction] = field(default_factory=dict)
    own: Mapping[tuple[str, str, str], Fraction] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def with_others(self, other: Previous) -> Previous:
        """The values of another system's results of the same round, too."""
        return Previous(
            other.round, {**self.whole, **other.whole}, {**self.own, **other.own}, {**self.units, **other.units}
        )


NO_PREVIOUS = Previous()
