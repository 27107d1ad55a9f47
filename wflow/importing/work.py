"""Nodes that do work: C# and PowerShell, as scripts, files and classes."""

from __future__ import annotations

from typing import Any

from wflow.importing.conversion import Conversion, Scope
from wflow.importing.csharp_kept import missing_usings, with_usings
from wflow.importing.names import OTHER_VALUES, is_id
from wflow.importing.scripts import Uses, rewritten, uses_of
from wflow.importing.theirs import TheirNode
from wflow.importing.writing import Out
from wflow.model.workflow import Path

__all__ = ["add_work", "note_variables", "script_texts"]

_SCRIPT = ("scriptContent", "Script", "scriptBlock")
_ASSEMBLY = ("assemblyPath", "executorAssemblyPath")
_TYPE = ("typeName", "executorTypeName")


def add_work(conversion: Conversion, node: TheirNode, scope: Scope, out: Out) -> None:
    """What a C# or PowerShell node runs."""
    part, told = node.part, conversion.told
    script = part.find(*_SCRIPT)
    file, assembly = part.text("scriptPath"), part.text(*_ASSEMBLY)
    if script is not None and isinstance(script.value, str) and script.value.strip():
        out["script"] = _inline(conversion, node, scope, script.value, script.path)
    elif file is not None:
        _file(conversion, node, scope, file, out)
    elif assembly is not None and node.kind == "csharp":
        name = part.text(*_TYPE)
        if name is None:
            told.lost(node.path, f"`{node.id}` names an assembly and no `typeName`", code="missing-key")
            return
        place = conversion.source.place(assembly)
        if place is None:
            told.lost(part.place(*_ASSEMBLY), f"there is no file `{assembly}`", code="missing-file")
        out["assembly"], out["class"] = place or assembly, name
        message = f"`{name}` is called as `ExecuteAsync(context, token)` here, without the ExecutionEngine's own types"
        told.note(part.place(*_TYPE), message, cure="take the context as `dynamic`, or as an interface of your own")
    else:
        wanted = "script or assembly" if node.kind == "csharp" else "script"
        told.lost(node.path, f"`{node.id}` has no {wanted}", code="missing-key")
    part.find("language", *_TYPE, *_ASSEMBLY)
    if node.kind == "powershell":
        _modules(conversion, node, out)


def _inline(conversion: Conversion, node: TheirNode, scope: Scope, script: str, path: Path) -> str:
    uses = uses_of(script, node.kind)
    note_variables(conversion, uses, scope, path)
    _foreign(conversion, uses, path)
    for key in sorted(uses.inputs.keys() & OTHER_VALUES.keys() & scope.keys.keys()):
        message = f"`{key}` is `{scope.keys[key]}` here, and its values are {OTHER_VALUES[key]}"
        conversion.told.note(path, message, cure="compare with these in the script")
    changed = rewritten(script, node.kind, scope.keys, scope.loops)
    if node.kind == "csharp":
        changed = with_usings(changed)
    if "${{" in changed:
        conversion.told.lost(path, "a script cannot hold `${{` here", cure="write it in two pieces")
    return changed


def _file(conversion: Conversion, node: TheirNode, scope: Scope, file: str, out: Out) -> None:
    told, path = conversion.told, node.part.place("scriptPath")
    place, text = conversion.source.place(file), conversion.source.read(file)
    if place is None or text is None:
        told.lost(path, f"there is no file `{file}`", code="missing-file")
    out["file"] = place or file
    if text is None:
        return
    uses = uses_of(text, node.kind)
    note_variables(conversion, uses, scope, path)
    _foreign(conversion, uses, path)
    if rewritten(text, node.kind, scope.keys, scope.loops) != text:
        names = {**{key: scope.keys[key] for key in uses.inputs if key in scope.keys}}
        names |= {name: f"input {scope.loops[name]}" for name in uses.reads if name in scope.loops}
        told_names = ", ".join(f"`{name}` is `{ours}`" for name, ours in sorted(names.items()))
        message = f"`{file}` uses names of the ExecutionEngine: {told_names or 'its tables of variables'} here"
        told.lost(path, message, cure="change the script, or take it into the workflow as `scriptContent`")
    for space in missing_usings(text) if node.kind == "csharp" else ():
        told.lost(path, f"`{file}` needs `using {space};` here", cure="add it at the top of the script")


def _foreign(conversion: Conversion, uses: Uses, path: Path) -> None:
    for name in uses.foreign:
        message = f"the script uses `{name}`, which only the ExecutionEngine has"
        conversion.told.lost(path, message, cure="use GetInput, SetOutput, GetGlobal and SetGlobal")


def note_variables(conversion: Conversion, uses: Uses, scope: Scope, path: Path) -> None:
    """Have the variables that a script names declared; a loop's item, which was one there, is input here."""
    for name in [*uses.sets, *uses.reads]:
        if name in scope.loops and name not in uses.sets:
            continue
        if is_id(name):
            conversion.variable(name, path)
        else:
            conversion.told.lost(path, f"`{name}` cannot be the name of a variable here", code="bad-value")


def _modules(conversion: Conversion, node: TheirNode, out: Out) -> None:
    part = node.part
    paths: dict[str, Any] = {}
    found = part.find("modulePaths")
    if found is not None and isinstance(found.value, dict):
        paths = found.value
    elif found is not None:
        folders = [str(one.value) for one in part.listed("modulePaths")]
        if folders:
            out["module_paths"] = [conversion.source.place(folder) or folder.replace("\\", "/") for folder in folders]
    modules = [str(one.value) for one in part.listed("requiredModules")]
    for module in paths:
        if module not in modules:
            conversion.told.note((*part.place("modulePaths"), module), f"nothing requires the module `{module}`")
    if modules:
        out["modules"] = [_module(conversion, module, paths) for module in modules]


def _module(conversion: Conversion, module: str, paths: dict[str, Any]) -> str:
    if module not in paths:
        return module
    path = str(paths[module])
    place = conversion.source.place(path) or path.replace("\\", "/")
    return place if "/" in place else f"./{place}"


def script_texts(conversion: Conversion, node: TheirNode) -> list[str]:
    """The script of a node, wherever it stands."""
    if node.kind not in ("csharp", "powershell"):
        return []
    script = node.part.find(*_SCRIPT)
    if script is not None and isinstance(script.value, str) and script.value.strip():
        return [script.value]
    file = node.part.text("scriptPath")
    text = conversion.source.read(file) if file is not None else None
    return [text] if text is not None else []
