"""The house, held: ranks, purity, one home for each library, sizes, names, and the mirror of tests.

Everything is read from the syntax trees; no module of wflow is imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "wflow"
TESTS = ROOT / "tests"

MODULE_LINES = 400
FUNCTION_LINES = 50

#: A package imports only from lower ranks, and never from another of its own rank.
RANKS = {
    "errors": 0,
    "ids": 0,
    "clock": 0,
    "model": 1,
    "expr": 2,
    "policy": 2,
    "runtimes": 2,
    "backends": 2,
    "triggers": 2,
    "loading": 3,
    "graph": 3,
    "importing": 3,
    "engine": 4,
    "store": 5,
    "progress": 5,
    "runner": 6,
    "display": 6,
    "cli": 7,
    "testing": 7,
}

#: See only each other, `errors` and `ids`; and of Python's own library nothing that has an effect or an outside.
PURE = {"model", "expr", "policy", "graph", "importing", "engine"}
IMPURE_LIBRARIES = {
    "asyncio",
    "concurrent",
    "ctypes",
    "fcntl",
    "glob",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
    "zoneinfo",
}
EFFECTS = {"open", "print", "input", "exec", "__import__", "breakpoint"}
#: A time may be calculated with; asking for it is reading a clock.
CLOCK_READS = {"now", "utcnow", "today"}

#: Each library from outside stops in one package.
HOMES = {
    "ruamel": {"loading"},
    "jsonschema": {"loading"},
    "referencing": {"loading"},
    "networkx": {"graph"},
    "diskcache": {"store"},
    "rich": {"display"},
    "typer": {"cli"},
    "click": {"cli"},
    "cronsim": {"triggers"},
    "distributed": {"backends"},
    "dask": {"backends"},
    "pythonnet": {"runtimes"},
    "clr_loader": {"runtimes"},
    "clr": {"runtimes"},
    # .NET's own namespaces, as pythonnet lets them be imported.
    "System": {"runtimes"},
    "Microsoft": {"runtimes"},
}

FORBIDDEN_NAMES = {
    "utils",
    "util",
    "common",
    "core",
    "helpers",
    "helper",
    "manager",
    "managers",
    "misc",
    "shared_utils",
}


class Module(NamedTuple):
    """A file of the package: its dotted name, the package it is in (``""`` for what stands at the top), its tree."""

    path: Path
    name: str
    package: str
    tree: ast.Module
    lines: int

    def __repr__(self) -> str:
        return self.name


class Import(NamedTuple):
    """An import in a module; ``lazy`` if it stands in a function, ``typing`` if it is for the type checker only."""

    target: str
    line: int
    lazy: bool
    typing: bool


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        text = path.read_text(encoding="utf-8")
        name = ".".join(("wflow", *parts)).removesuffix(".__init__")
        package = parts[0] if parts[0] not in {"__init__", "__main__"} else ""
        found.append(Module(path, name, package, ast.parse(text), text.count("\n")))
    return tuple(found)


def imports_of(module: Module) -> Iterator[Import]:
    def visit(node: ast.AST, *, lazy: bool, typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, child.lineno, lazy, typing) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if base == "wflow" or (PACKAGE.parent / base.replace(".", "/")).is_dir():
                    yield from (Import(f"{base}.{alias.name}", child.lineno, lazy, typing) for alias in child.names)
                else:
                    yield Import(base, child.lineno, lazy, typing)
            else:
                inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                checked = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                yield from visit(child, lazy=lazy or inside, typing=typing or checked)

    yield from visit(module.tree, lazy=False, typing=False)


def violations(check: Iterator[str]) -> None:
    found = list(check)
    assert not found, "\n" + "\n".join(found)


def place(module: Module, line: int) -> str:
    return f"{module.path.relative_to(ROOT)}:{line}"


def test_there_is_a_package_to_look_at() -> None:
    assert {"errors", "model", "engine"} <= {module.package for module in modules()}


def test_every_package_has_a_rank() -> None:
    assert {module.package for module in modules() if module.package} <= set(RANKS)


def test_a_package_imports_only_from_lower_ranks() -> None:
    def check() -> Iterator[str]:
        for module in modules():
            if not module.package:
                continue
            rank = RANKS[module.package]
            for found in imports_of(module):
                parts = found.target.split(".")
                if parts[0] != "wflow":
                    continue
                other = parts[1] if len(parts) > 1 else ""
                if other == module.package:
                    continue
                if other not in RANKS:
                    yield f"{place(module, found.line)}: imports from the top, wflow itself"
                elif RANKS[other] >= rank:
                    yield f"{place(module, found.line)}: {module.package} ({rank}) imports {other} ({RANKS[other]})"

    violations(check())


def test_pure_packages_see_only_each_other_and_no_effect() -> None:
    def check() -> Iterator[str]:
        for module in modules():
            if module.package not in PURE:
                continue
            for found in imports_of(module):
                parts = found.target.split(".")
                if parts[0] == "wflow" and parts[1] not in PURE | {"errors", "ids"}:
                    yield f"{place(module, found.line)}: a pure package imports {found.target}"
                if parts[0] in IMPURE_LIBRARIES:
                    yield f"{place(module, found.line)}: a pure package imports {parts[0]}"
            for node in ast.walk(module.tree):
                called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
                if called in EFFECTS:
                    yield f"{place(module, getattr(node, 'lineno', 0))}: a pure package calls {called}"
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    owner = ast.unparse(node.func.value)
                    if node.func.attr in CLOCK_READS and owner.split(".")[-1] in {"datetime", "date"}:
                        yield f"{place(module, node.lineno)}: a pure package reads the clock"

    violations(check())


def test_each_library_has_one_home() -> None:
    own = sys.stdlib_module_names | {"wflow"}

    def check() -> Iterator[str]:
        for module in modules():
            for found in imports_of(module):
                top = found.target.split(".")[0]
                if top in own:
                    continue
                if top not in HOMES:
                    yield f"{place(module, found.line)}: {top} has no home in this test and in README.md"
                elif module.package not in HOMES[top]:
                    yield f"{place(module, found.line)}: {top} belongs to {', '.join(sorted(HOMES[top]))}"

    violations(check())


#: Not on the way to the first node of an unchanged workflow: only ever imported in a function.
HEAVY = {"networkx", "jsonschema", "referencing", "ruamel", "rich", "asyncio", "diskcache", "cronsim", "distributed"}


def test_heavy_libraries_are_imported_on_first_use_only() -> None:
    """Modules that only a lazy import leads to may import their library plainly; these are found from ``__main__``."""
    by_name = {module.name: module for module in modules()}
    start = "wflow.__main__" if "wflow.__main__" in by_name else "wflow.errors"
    seen, queue = {start}, [start]

    def check() -> Iterator[str]:
        while queue:
            module = by_name[queue.pop()]
            for found in imports_of(module):
                if found.lazy or found.typing:
                    continue
                if found.target.split(".")[0] in HEAVY:
                    yield f"{place(module, found.line)}: imports {found.target} on the way to every command"
                parts = found.target.split(".")
                for end in range(1, len(parts) + 1):
                    name = ".".join(parts[:end])
                    if name in by_name and name not in seen:
                        seen.add(name)
                        queue.append(name)

    violations(check())


def test_no_module_is_longer_than_a_concept() -> None:
    violations(
        f"{place(module, 1)}: {module.lines} lines, at most {MODULE_LINES}"
        for module in modules()
        if module.lines > MODULE_LINES
    )


def test_no_function_is_longer_than_a_thought() -> None:
    def check() -> Iterator[str]:
        for module in modules():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno + 1
                    if lines > FUNCTION_LINES:
                        yield f"{place(module, node.lineno)}: {node.name} has {lines} lines, at most {FUNCTION_LINES}"

    violations(check())


def test_no_module_is_named_for_nothing_in_particular() -> None:
    violations(
        f"{place(module, 1)}: name it for its concept"
        for module in modules()
        if set(module.name.split(".")) & FORBIDDEN_NAMES
    )


def test_nothing_is_imported_by_a_star_or_by_a_relative_name() -> None:
    def check() -> Iterator[str]:
        for module in modules():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ImportFrom) and (node.level or any(alias.name == "*" for alias in node.names)):
                    yield f"{place(module, node.lineno)}: import names, by their full place"

    violations(check())


def test_every_module_says_what_it_is_and_what_it_exports() -> None:
    def check() -> Iterator[str]:
        for module in modules():
            if not ast.get_docstring(module.tree):
                yield f"{place(module, 1)}: no docstring"
            exports = any(
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and node.targets[0].id == "__all__"
                for node in module.tree.body
            )
            if not exports and len(module.tree.body) > 1 and module.path.name != "__main__.py":
                yield f"{place(module, 1)}: no __all__"

    violations(check())


def has_behaviour(module: Module) -> bool:
    """Whether a module does anything; one that only declares data or a seam is tested where it is used."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = [step for step in node.body if not isinstance(step, ast.Expr | ast.Pass)]
            if any(not isinstance(step, ast.Return) or step.value is not None for step in body):
                return True
    return False


def test_every_module_has_its_test() -> None:
    def check() -> Iterator[str]:
        for module in modules():
            relative = module.path.relative_to(PACKAGE)
            if relative.name == "__init__.py" or not has_behaviour(module):
                continue
            mirror = TESTS / relative.parent / f"test_{relative.stem.strip('_')}.py"
            if not mirror.is_file():
                yield f"{place(module, 1)}: no {mirror.relative_to(ROOT)}"

    violations(check())


def test_every_mirrored_test_has_its_module() -> None:
    packages = {module.package for module in modules() if module.package}

    def check() -> Iterator[str]:
        for path in sorted(TESTS.rglob("test_*.py")):
            relative = path.relative_to(TESTS)
            if relative.parts[0] in packages and len(relative.parts) > 1:
                stem = relative.stem.removeprefix("test_")
                where = PACKAGE / relative.parent
                # A module that would have a word of Python for a name has a `_` after it.
                if not any((where / f"{name}.py").is_file() for name in (stem, f"__{stem}__", f"{stem}_")):
                    yield f"tests/{relative}: tests nothing in wflow/{relative.parent}"

    violations(check())


@pytest.mark.parametrize("name", sorted(RANKS))
def test_the_layout_is_told_in_contributing(name: str) -> None:
    assert name in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
