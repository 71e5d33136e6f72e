"""The files of indicator systems and assignments: the built-in ones, and those of an office's own."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from smartcity_xl.catalog.build import build_assignment, build_catalog
from smartcity_xl.catalog.entry import Fault
from smartcity_xl.errors import CatalogFault, UsageFault, unread
from smartcity_xl.messages.near import find_near
from smartcity_xl.model import Assignment, Catalog
from smartcity_xl.rules.itself import Itself
from smartcity_xl.shipped import HOME, read_shipped

DEFAULT_CATALOG = "cn-2018"
SYSTEM_FILE = "system.toml"
BUILT_IN = HOME / "catalogs"
"""The folder of the systems that come with this program."""
T = TypeVar("T")
_ELSEWHERE: ContextVar[Path | None] = ContextVar("catalogs", default=None)


def _home() -> Path:
    return _ELSEWHERE.get() or BUILT_IN


@contextmanager
def catalogs_from(folder: Path) -> Iterator[None]:
    """Take the systems in a folder for the built-in ones, for as long as this lasts: a frozen round brings its own."""
    before = _ELSEWHERE.set(folder)
    try:
        yield
    finally:
        _ELSEWHERE.reset(before)


def catalog_ids() -> tuple[str, ...]:
    """The built-in systems."""
    return tuple(sorted(folder.name for folder in _home().iterdir() if (folder / SYSTEM_FILE).is_file()))


def assignment_ids(catalog_id: str) -> tuple[str, ...]:
    """The assignments that come with a built-in system; none with any other."""
    if catalog_id not in catalog_ids():
        return ()
    files = (_home() / catalog_id).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name not in (SYSTEM_FILE, "__pycache__")))


def _read(file: Path) -> dict[str, Any]:
    return _made_of(file, _parse)


def _parse(text: str, shipped: str) -> dict[str, Any]:
    return read_shipped(shipped) if shipped else tomllib.loads(text)


@lru_cache(maxsize=16)
def _built(text: str, shipped: str) -> tuple[Catalog, tuple[Fault, ...]]:
    """The system that a text says: built once, however often a job asks for it."""
    return build_catalog(_parse(text, shipped))


@lru_cache(maxsize=16)
def _shared_out(text: str, shipped: str, catalog: Itself[Catalog]) -> tuple[Assignment, tuple[Fault, ...]]:
    """The assignment that a text says for a system; built once too, for each of many cities asks for it."""
    return build_assignment(_parse(text, shipped), catalog.one)


def _made_of(file: Path, make: Callable[[str, str], T]) -> T:
    """What is made of a file's text; of a file that comes with the program, also of the way to it."""
    try:
        own = file.is_relative_to(HOME)
        return make(file.read_text(encoding="utf-8"), file.relative_to(HOME).as_posix() if own else "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogFault(file.name, (Fault("", "file-unreadable", {"reason": str(error)}),)) from error
    except OSError as error:
        raise unread(file, error) from error


def _refuse(file: str, faults: tuple[Fault, ...]) -> None:
    if faults:
        raise CatalogFault(file, faults)


def _find_system(reference: str) -> Path:
    """The file of a system: a built-in id, else a folder with ``system.toml`` in it, or that file itself."""
    if reference in catalog_ids():
        return _home() / reference / SYSTEM_FILE
    path = Path(reference)
    file = path / SYSTEM_FILE if path.is_dir() else path
    if file.suffix == ".toml" and file.is_file():
        return file
    fault = UsageFault("catalog-unknown", found=reference, known=", ".join(catalog_ids()))
    raise fault.like(find_near(reference, catalog_ids()))


def load_document(reference: str) -> dict[str, Any]:
    """The content of a system's file, as it stands. Raises as ``load_catalog``."""
    return _read(_find_system(reference))


def load_catalog(reference: str) -> Catalog:
    """A built-in system by its id, or an office's own by its folder or file.

    Raises UsageFault for an unknown one and for one that takes a built-in id for something else, CatalogFault for a
    file that cannot be read, MachineFault where the machine refuses.
    """
    file = _find_system(reference)
    catalog, faults = _made_of(file, _built)
    built_in = reference in catalog_ids()
    _refuse(f"{reference}/{file.name}" if built_in else str(file), faults)
    if not built_in:
        refuse_shadow(catalog)
    return catalog


def refuse_shadow(catalog: Catalog) -> None:
    """Raises UsageFault where an office's own system bears a built-in id and is not that very system."""
    if catalog.id in catalog_ids() and catalog != load_catalog(catalog.id):
        raise UsageFault("catalog-shadows", found=catalog.id)


def load_assignment(catalog: Catalog, assignment_id: str | None = None) -> Assignment:
    """An assignment that comes with a built-in system; without an id, its first. Raises as ``load_catalog``."""
    known = assignment_ids(catalog.id)
    if not known:
        raise UsageFault("assignment-none", catalog=catalog.id)
    if assignment_id is None:
        assignment_id = known[0]
    if assignment_id not in known:
        told = {"found": assignment_id, "catalog": catalog.id, "known": ", ".join(known)}
        raise UsageFault("assignment-unknown", **told).like(find_near(assignment_id, known))
    file = _home() / catalog.id / f"{assignment_id}.toml"
    assignment, faults = _made_of(file, partial(_shared_out, catalog=Itself(catalog)))
    _refuse(f"{catalog.id}/{assignment_id}.toml", faults)
    return assignment
