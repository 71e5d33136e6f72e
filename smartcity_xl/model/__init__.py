"""The frozen types that every room exchanges. They hold data and no opinions.

Numbers are exact (``Fraction``). A *slot* is what one cell of a workbook answers: a figure, or one item of a
checklist; its key is ``figure`` or ``figure.item``.

Whoever asks this room gets it whole, when the first type is asked for. What has to start quickly takes the few types
that it needs from their own files: a collection with nothing new loads five of fifteen.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartcity_xl.model.whole import *  # noqa: F403 - names that stand there, and nowhere a second time
else:

    def __getattr__(name: str) -> object:
        if name == "whole":  # asked for by the next line, before it is there
            raise AttributeError(name)
        from smartcity_xl.model import whole

        return getattr(whole, name)
