"""One name for one idea: no class and no alias of a type is defined twice. And what a module gives out it has."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import smartcity_xl

HOME = Path(smartcity_xl.__file__).parent


def defined(tree: ast.Module) -> Iterator[str]:
    """The names of classes and of aliases of types that a module defines. Constants are written in capitals."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.ClassDef):
            yield node.name
        for target in targets:
            if isinstance(target, ast.Name) and target.id.lstrip("_")[:1].isupper() and not target.id.isupper():
                yield target.id


def doubled(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Name -> the modules that define it, for names defined more than once: private ones in one room."""
    where: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module, text in sources.items():
        room = module.partition("/")[0]
        for name in defined(ast.parse(text)):
            where[name, room if name.startswith("_") else ""].add(module)
    return {name: modules for (name, _), modules in where.items() if len(modules) > 1}


def test_no_name_of_a_type_means_two_things() -> None:
    sources = {path.relative_to(HOME).as_posix(): path.read_text("utf-8") for path in sorted(HOME.rglob("*.py"))}
    assert doubled(sources) == {}


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"a.py": "class Step: ...", "b.py": "class Step: ..."}, {"Step"}),
        ({"a/x.py": "class Step: ...", "a/y.py": "Step = tuple[str, ...]"}, {"Step"}),
        ({"a/x.py": "class _Reader: ...", "a/y.py": "class _Reader: ..."}, {"_Reader"}),
        ({"office/survey/x.py": "class _Reader: ...", "office/editing/y.py": "class _Reader: ..."}, {"_Reader"}),
        ({"a/x.py": "class _Reader: ...", "b/y.py": "class _Reader: ..."}, set()),
        ({"a.py": "class Step: ...", "b.py": "from a import Step\nSTEP = 1"}, set()),
    ],
)  # fmt: skip
def test_the_guard_sees_a_name_that_is_given_twice(sources: dict[str, str], found: set[str]) -> None:
    assert doubled(sources).keys() == found


def missing(module: ModuleType) -> list[str]:
    """The names that a module gives out and does not have."""
    return [name for name in module.__all__ if not hasattr(module, name)]


def test_every_module_has_what_it_gives_out() -> None:
    giving = [path for path in sorted(HOME.rglob("*.py")) if "\n__all__ = " in path.read_text("utf-8")]
    names = [".".join(path.relative_to(HOME.parent).with_suffix("").parts).removesuffix(".__init__") for path in giving]
    assert len(names) > 30
    assert {name: absent for name in names if (absent := missing(import_module(name)))} == {}


def test_the_guard_sees_a_name_that_nothing_has() -> None:
    module = ModuleType("one")
    module.__dict__.update(__all__=["write", "read"], read=None)
    assert missing(module) == ["write"]
