"""The exceptions of this project: the operator's or the machine's fault, never the data's.

A fault in the data is a ``Finding``. Each exception carries a message code and its parameters; the words, in
both languages, stand in ``messages/errors.toml`` and end with a remedy.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable


class XlscoreError(Exception):
    """A run that cannot go on. ``code`` and ``parameters`` pick and fill the message; ``near`` are names that may have
    been meant by one that nobody knows."""

    exit_code = 3

    def __init__(self, code: str, /, **parameters: object) -> None:
        super().__init__(code, parameters)
        self.code, self.parameters = code, parameters
        self.near: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {self.parameters}"


class UsageFault(XlscoreError):
    """The command was given something it cannot work with."""

    exit_code = 2

    def like(self, near: Sequence[str]) -> UsageFault:
        """The same, with the names that may have been meant."""
        self.near = tuple(near)
        return self


class ResultsFault(UsageFault, ValueError):
    """A file that holds no results of ours, or broken ones."""


class MachineFault(XlscoreError):
    """The machine refused: a folder, a disk, a lock. Nothing was lost; the same command can run again."""

    exit_code = 3


def unread(path: object, error: OSError, wrong: type[UsageFault] = UsageFault) -> XlscoreError:
    """What is raised for a file that somebody named and that cannot be read: the command is ``wrong`` where there is no
    such file, or a folder in its place; else the machine refused."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return wrong("file-missing", path=str(path))
    if isinstance(error, IsADirectoryError) or os.path.isdir(str(path)):  # noqa: PTH112 - Windows says that it may not
        return wrong("file-folder", path=str(path))
    return MachineFault("file-unreadable", path=str(path), reason=error.strerror or str(error))


def unseen(error: OSError) -> XlscoreError | None:
    """What is told of a path that may not even be looked at, for want of permission or because no file can have such a
    name: any look at one may come to that. None for whatever else, which has to be expected where it happens."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG) and isinstance(error.filename, str):
        return MachineFault("path-unseen", path=error.filename, reason=error.strerror or str(error))
    return None


def unwritten(path: Path, error: OSError) -> XlscoreError:
    """What is raised where a file cannot be put in place: the command is wrong where a file stands in the way of its
    folder; else the machine refused."""
    if way := _file_among(path.parents):
        return UsageFault("out-file", path=str(way))
    if isinstance(error, PermissionError):
        return MachineFault("file-locked", path=str(path))
    return MachineFault("file-unwritable", path=str(path), reason=error.strerror or str(error))


def refuse_file(folder: Path) -> None:
    """Raises UsageFault where a file stands in the place of a folder that is to be written into, or of one above."""
    if way := _file_among((folder, *folder.parents)):
        raise UsageFault("out-file", path=str(way))


def _file_among(places: Sequence[Path]) -> Path | None:
    """The first that is a file; of one that the machine shows nobody, nothing is known."""
    return next((one for one in places if os.path.isfile(one)), None)  # noqa: PTH113 - a path may raise


@runtime_checkable
class Worded(Protocol):
    """A fault that can say itself in a language."""

    def words(self, language: str = ...) -> str: ...


class FaultyFile(XlscoreError):
    """A file of the office's own that is not whole. ``faults`` lists every one."""

    exit_code = 2

    def __init__(self, code: str, path: str, faults: Sequence[Worded]) -> None:
        super().__init__(code, path=path)
        self.faults = tuple(faults)


class NothingUsable(FaultyFile):
    """An inbox in which nothing can be scored. ``faults`` say why, file by file; a person must act, not the command."""

    exit_code = 1

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("no-templates", path, faults)


class CatalogFault(FaultyFile):
    """A catalog or an assignment."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("catalog-faulty", path, faults)


class CampaignFault(FaultyFile):
    """A campaign's settings file or its roster."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("campaign-faulty", path, faults)


class SurveyFault(FaultyFile):
    """A questionnaire."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("survey-faulty", path, faults)


class ResponsesFault(FaultyFile):
    """Files of responses that cannot be read, or that do not fit the questionnaire at ``path``."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("survey-responses-faulty", path, faults)


class WhatifFault(FaultyFile):
    """What is to be tried, in a filled summary or as it was typed."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("whatif-faulty", path, faults)


class FiguresFault(FaultyFile):
    """Figures that a program gave to be scored or tried."""

    def __init__(self, faults: Sequence[Worded]) -> None:
        super().__init__("figures-faulty", "", faults)


class TemplateFault(FaultyFile):
    """A Word document of the office's own that a report is to be written in."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("report-template-faulty", path, faults)


class DecisionFault(FaultyFile):
    """A workbook in which the office decides."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("decisions-faulty", path, faults)


class PackFault(FaultyFile):
    """A frozen round that is not what its manifest says, or is built to harm."""

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("pack-faulty", path, faults)


class FreezeFault(FaultyFile):
    """A run that does not come out again as it did, so that it cannot be frozen."""

    exit_code = 1

    def __init__(self, path: str, faults: Sequence[Worded]) -> None:
        super().__init__("freeze-differs", path, faults)
