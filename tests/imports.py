"""What the package's modules import, read from their source: for the tests of the architecture and of the dependencies."""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache

from paths import ROOT

PACKAGE = ROOT / "rfsq"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


@cache
def imports(module: str, *, at_once: bool = False) -> frozenset[str]:
    """Names of the modules that `module` imports, of our package and of others, without the standard library.

    `at_once`: only what is imported with the module itself, not later in a function. Imports for type checkers alone
    never count. `from rfsq.x import y` counts as `rfsq.x.y` where that is a module.
    """
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    found = {name for node in _nodes(tree, at_once) for name in _names(node, module)}
    return frozenset(name for name in found if name.partition(".")[0] not in sys.stdlib_module_names)


def _nodes(node: ast.AST, at_once: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if at_once and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _nodes(child, at_once)


def _names(node: ast.AST, module: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0 and node.module, f"{module} imports by a relative name"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in MODULES else node.module


def reached(modules: Iterable[str]) -> frozenset[str]:
    """All modules, ours and others', that are imported when `modules` are: packages on the way to one included."""
    todo, found = list(modules), set[str]()
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            if module in MODULES:
                todo += imports(module, at_once=True)
                todo += [module.rpartition(".")[0]] if "." in module else []
    return frozenset(found)
