"""What ``call: "module:function"`` names: found beside the workflow file first, imported once."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import inspect
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from wflow.model.nearest import did_you_mean
from wflow.runtimes.refused import NotStarted

__all__ = ["Callables"]

# Two threads that want one module must get one, and sys.modules is the whole process's.
_importing = threading.RLock()

#: Modules imported from beside a workflow file: (folder, name of the top-level module) -> module.
_beside: dict[tuple[str, str], ModuleType] = {}


class Callables:
    """The functions that the nodes of a run name, each looked up once.

    The workflow's folder is put at the end of ``sys.path`` until `close`, so that scripts can import what lies beside
    them; at the end, so that a ``queue.py`` there cannot stand in for the engine's own. What ``call`` itself names is
    looked for in the folder before anywhere else.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, Path], Callable[[Any], Any]] = {}
        self._paths: list[str] = []

    def use(self, home: Path) -> None:
        """Make the folder's modules importable."""
        with _importing:
            path = str(home)
            if path not in sys.path:
                sys.path.append(path)
                self._paths.append(path)

    def find(self, call: str, home: Path) -> Callable[[Any], Any]:
        """The function; raises NotStarted where there is none, and what importing its module raises."""
        found = self._found.get((call, home))
        if found is None:
            found = self._found[call, home] = _look_up(call, home)
        return found

    def close(self) -> None:
        """Take the folders from ``sys.path`` again."""
        with _importing:
            for path in self._paths:
                if path in sys.path:
                    sys.path.remove(path)
            self._paths.clear()


def _look_up(call: str, home: Path) -> Callable[[Any], Any]:
    name, colon, attribute = call.partition(":")
    if not colon or not name or not attribute:
        raise NotStarted(f"`call: {call}` names no function", cure='write it as "module:function"')
    with _importing:
        module = _module(name, str(home))
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise NotStarted(f"`{name}` has no function `{attribute}`", cure=did_you_mean(part, vars(found)))
        found = getattr(found, part)
    if not callable(found):
        raise NotStarted(f"`{call}` is of type {type(found).__name__}, which cannot be called")
    if inspect.iscoroutinefunction(found) or inspect.isgeneratorfunction(found):
        raise NotStarted(f"`{call}` is asynchronous or a generator", cure="wrap it in a plain function")
    return found  # type: ignore[no-any-return]


def _module(name: str, home: str) -> ModuleType:
    top, _, below = name.partition(".")
    beside = _beside.get((home, top))
    importlib.invalidate_caches()
    spec = importlib.machinery.PathFinder.find_spec(top, [home]) if beside is None else beside.__spec__
    if spec is None or spec.loader is None:
        return importlib.import_module(name) if _exists(name) else _missing(name, home)
    loaded = sys.modules.get(top)
    if loaded is not beside or beside is None:
        beside = _take_in(top, home, spec, loaded)
    # Of a package that lost its name to another folder's, only what it holds itself can be reached.
    return importlib.import_module(name) if below else beside


def _exists(name: str) -> bool:
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _missing(name: str, home: str) -> ModuleType:
    raise NotStarted(f"there is no module `{name}` in {home}, nor among what is installed")


def _take_in(top: str, home: str, spec: importlib.machinery.ModuleSpec, loaded: ModuleType | None) -> ModuleType:
    """Have the folder's module stand in ``sys.modules``, unless one of the engine's or a library's has its name."""
    beside = _beside.get((home, top))
    theirs = loaded is not None and loaded not in _beside.values()
    if theirs and getattr(getattr(loaded, "__spec__", None), "origin", None) == spec.origin:
        assert loaded is not None
        _beside[home, top] = loaded
        return loaded
    if not theirs:
        for name in [name for name in sys.modules if name == top or name.startswith(top + ".")]:
            del sys.modules[name]
    if beside is None:
        beside = importlib.util.module_from_spec(spec)
        if not theirs:
            sys.modules[top] = beside
        try:
            assert spec.loader is not None
            spec.loader.exec_module(beside)
        except BaseException:
            if sys.modules.get(top) is beside:
                del sys.modules[top]
            raise
        _beside[home, top] = beside
    elif not theirs:
        sys.modules[top] = beside
    return beside
