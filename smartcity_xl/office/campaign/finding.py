"""Which round is meant where somebody stands: its settings file is in this folder or above, as git finds its own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from smartcity_xl.errors import MachineFault, UsageFault

SETTINGS_FILE = "campaign.toml"


def find_campaign(here: Path, shown: Path | None = None) -> Path | None:
    """The settings file in ``here`` or the nearest folder above it; None where there is none.

    ``here`` is the folder as the system knows it, ``shown`` the way on which somebody came to it through links, which
    counts too. Raises UsageFault where the two lead to different rounds, or where what stands there is no file;
    MachineFault where a folder lets nobody look.
    """
    ways = [here] if shown is None or shown == here else [here, shown]
    found = [file for way in ways if (file := _look_upward(way))]
    if len(found) > 1 and not found[0].samefile(found[1]):
        raise UsageFault("campaign-two", first=str(found[0]), second=str(found[1]))
    return found[0] if found else None


def holds_rounds(folder: Path) -> tuple[str, ...]:
    """The names of the rounds in the folders of a folder, which is then a province's and no inbox."""
    from smartcity_xl.arrival.inbox import shown_name  # not at the top: who looks upward has no inbox

    try:
        return tuple(sorted(shown_name(path.parent.relative_to(folder)) for path in folder.glob(f"*/{SETTINGS_FILE}")))
    except OSError:  # told when it is listed
        return ()


def _look_upward(folder: Path) -> Path | None:
    return next((folder / SETTINGS_FILE for folder in (folder, *folder.parents) if _holds_settings(folder)), None)


def _holds_settings(folder: Path) -> bool:
    """Whether a settings file stands in a folder; a folder of that name is none."""
    file = folder / SETTINGS_FILE
    try:
        if stat.S_ISDIR(file.lstat().st_mode):
            return False
        if stat.S_ISREG(file.stat().st_mode):
            return True
    except FileNotFoundError as error:
        if not os.path.lexists(file):
            return False
        raise UsageFault("campaign-no-file", path=str(file)) from error
    except (NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise MachineFault("campaign-unseen", path=str(folder), reason=error.strerror or str(error)) from error
    raise UsageFault("campaign-no-file", path=str(file))
