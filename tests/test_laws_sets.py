"""No order of a set reaches a message, a file or an order: it differs from run to run, with the seed of the hashes.

Two guards: the code never walks over a set where the order could tell, and the jobs that write or say something give
the same bytes under several seeds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import smartcity_xl

HOME = Path(smartcity_xl.__file__).parent
_SETS = ("set[", "frozenset[", "AbstractSet[", "Set[")
_BLIND = frozenset({"any", "all", "sum", "sorted", "max", "min", "len", "set", "frozenset", "bool", "Counter"})
"""What gives the same whatever the order. (``Counter`` keeps one: it is for numbers.)"""
_TAKES = frozenset({"tuple", "list", "iter", "enumerate", "map", "filter", "zip", "dict", "next", "deque"})
_METHODS = frozenset({"join", "extend", "fromkeys", "from_iterable", "update"})


def _annotated(node: ast.expr | None) -> bool:
    return node is not None and ast.unparse(node).startswith(_SETS)


def functions_of_sets(trees: Mapping[str, ast.AST]) -> frozenset[str]:
    """The names of functions and methods that give a set, wherever they stand."""
    found = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return frozenset(node.name for node in found if _annotated(node.returns))


def own_functions(tree: ast.AST) -> frozenset[str]:
    """The names of a module's own functions that give something else."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in found if not _annotated(node.returns))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_set(node: ast.expr, functions: frozenset[str], names: frozenset[str]) -> bool:
    def inner(node: ast.expr) -> bool:
        return _is_set(node, functions, names)

    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call():
            return _name(node.func) in functions | {"set", "frozenset", "union", "intersection", "difference"}
        case ast.BinOp(left, ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right):
            keys = any(isinstance(side, ast.Call) and _name(side.func) == "keys" for side in (left, right))
            return keys or inner(left) or inner(right)
        case ast.BoolOp(_, values):
            return any(map(inner, values))
        case ast.IfExp(_, body, orelse):
            return inner(body) or inner(orelse)
        case ast.NamedExpr(_, value):
            return inner(value)
    return isinstance(node, ast.Name) and node.id in names


def _scopes(tree: ast.AST) -> Iterator[list[ast.AST]]:
    """The nodes of each function, and those of the module, without those of functions further in."""
    for owner in (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Module))):
        inside, waiting = [], list(ast.iter_child_nodes(owner))
        while waiting:
            node = waiting.pop()
            inside.append(node)
            if not isinstance(node, ast.FunctionDef):
                waiting.extend(ast.iter_child_nodes(node))
        yield inside


def _bound(nodes: list[ast.AST], functions: frozenset[str]) -> frozenset[str]:
    """The names that hold a set in a scope."""
    found: frozenset[str] = frozenset()
    for _ in range(2):  # a name may be given to another
        for node in nodes:
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.Assign) and _is_set(node.value, functions, found):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.NamedExpr) and _is_set(node.value, functions, found):
                found |= {node.target.id}
            elif isinstance(node, ast.arg) and _annotated(node.annotation):
                found |= {node.arg}
            elif isinstance(node, ast.AnnAssign) and _annotated(node.annotation) and isinstance(node.target, ast.Name):
                found |= {node.target.id}
    return found


def walked_sets(tree: ast.AST, functions: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Line and words of every set that is walked over where the order could tell."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for nodes in _scopes(tree):
        names = _bound(nodes, functions)
        for node in nodes:
            for walked in _walked(node, above):
                if _is_set(walked, functions, names):
                    yield walked.lineno, ast.unparse(walked)


def _walked(node: ast.AST, above: Mapping[ast.AST, ast.AST]) -> list[ast.expr]:
    """What a node walks over in order."""
    match node:
        case ast.For(iter=walked):
            return [walked]
        case ast.comprehension(iter=walked):
            made = above[node]
            taker = above[made]
            blind = isinstance(made, ast.GeneratorExp) and isinstance(taker, ast.Call) and _name(taker.func) in _BLIND
            return [] if blind or isinstance(made, ast.SetComp) else [walked]
        case ast.Starred(value=walked):
            return [] if isinstance(above[node], ast.Set) else [walked]
        case ast.Call(ast.Attribute(owner, "pop"), []):
            return [owner]
        case ast.Call(func, arguments) if _name(func) in (_TAKES if isinstance(func, ast.Name) else _METHODS):
            blind = isinstance(above[node], ast.Call) and _name(above[node].func) in _BLIND  # type: ignore[attr-defined]
            return [] if blind else [*arguments]
    return []


def test_no_set_is_walked_over_where_its_order_could_tell() -> None:
    texts = {path.relative_to(HOME).as_posix(): path.read_text("utf-8") for path in sorted(HOME.rglob("*.py"))}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    functions = functions_of_sets(trees)
    found = {
        (module, line, words)
        for module, tree in trees.items()
        for line, words in walked_sets(tree, functions - own_functions(tree))
    }
    assert sorted(found) == []


# --- the guard itself --------------------------------------------------------------------------------------------

CAUGHT = [
    "for a in {1, 2}: f(a)",
    "for a in x.keys() - y: f(a)",
    "for a in x.keys() & y.keys(): f(a)",
    "x = set(y)\nz = [a for a in x]",
    "x = set(y)\nz = {a: 1 for a in x}",
    "def f(x: set[str]): return ', '.join(x)",
    "def f(x: frozenset[str]): return tuple(x)",
    "def g() -> set[str]: ...\ndef f(): return [*g()]",
    "x = {a for a in y}\nx.pop()",
    "x = {a for a in y} | z\nprint(*x)",
    "x = first = frozenset(y)\nnext(iter(first))",
    "if x := set(y) - z: next(iter(x))",
    "later = {a for a in y} & set(b)\nraise E(f'{later.pop()}')",
]
PASSED = [
    "for a in sorted({1, 2}): f(a)",
    "x = set(y)\nz = {a for a in x}",
    "x = set(y)\nz = any(a for a in x)",
    "x = set(y)\nz = sorted(tuple(x))",
    "x = set(y)\nz = 1 in x and len(x)",
    "for a in dict.fromkeys(x): f(a)",
    "x = [1]\nx.pop()",
    "for a in x.keys(): f(a)",
    "def f():\n    x = set(y)\ndef g():\n    x = [1]\n    return [*x]",
]


@pytest.mark.parametrize("source", CAUGHT)
def test_the_guard_sees(source: str) -> None:
    tree = ast.parse(source)
    assert list(walked_sets(tree, functions_of_sets({"": tree})))


@pytest.mark.parametrize("source", PASSED)
def test_the_guard_is_content_with(source: str) -> None:
    tree = ast.parse(source)
    assert list(walked_sets(tree, functions_of_sets({"": tree}))) == []
