"""Which runtime executes the nodes of a type: built-in ones by name, others by the entry points of packages."""

from __future__ import annotations

from importlib import import_module

from wflow.errors import UsageError
from wflow.runtimes.work import Runtime

__all__ = ["ENTRY_POINTS", "PREPARED", "runtime_for"]

#: The group of entry points through which a package adds a node type: its name, and a `Runtime` class or factory.
ENTRY_POINTS = "wflow.nodes"

#: Types whose runtimes want to be told of a run's nodes as soon as they are known: `Runtime.expect`.
PREPARED = frozenset({"csharp"})

# Named, not imported: a workflow of Python nodes never loads what starts processes.
_BUILT_IN = {
    "csharp": ("wflow.runtimes.csharp", "CSharpRuntime"),
    "python": ("wflow.runtimes.python", "PythonRuntime"),
    "shell": ("wflow.runtimes.shell", "ShellRuntime"),
    "powershell": ("wflow.runtimes.powershell", "PowerShellRuntime"),
}


def runtime_for(node_type: str) -> Runtime:
    """A new runtime for the nodes of this type; one serves a whole run and wants to be closed after it.

    Raises UsageError where no runtime executes that type, or the package that says it does cannot be loaded.
    """
    built_in = _BUILT_IN.get(node_type)
    if built_in is not None:
        runtime = getattr(import_module(built_in[0]), built_in[1])()
        assert isinstance(runtime, Runtime)
        return runtime
    return _plug_in(node_type)


def _plug_in(node_type: str) -> Runtime:
    from importlib.metadata import entry_points

    found = list(entry_points(group=ENTRY_POINTS, name=node_type))
    if not found:
        raise UsageError(
            f"nothing here executes nodes of type `{node_type}`",
            cure=f"install a package with an entry point `{node_type}` in the group `{ENTRY_POINTS}`",
        )
    try:
        runtime = found[0].load()()
    except Exception as error:
        raise UsageError(
            f"the runtime of node type `{node_type}` ({found[0].value}) cannot be loaded: {error}"
        ) from error
    if not isinstance(runtime, Runtime):
        raise UsageError(f"`{found[0].value}`, the runtime of node type `{node_type}`, is no wflow Runtime")
    return runtime
