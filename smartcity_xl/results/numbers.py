"""Numbers as a record has them: texts, so that nothing passes through a binary float."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Score = Annotated[str, Meta(pattern=r"^-?[0-9]+\.[0-9]{2}$", description="two decimals, rounded half-up")]
Exact = Annotated[
    str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="an exact decimal; ten places where there is no end")
]
