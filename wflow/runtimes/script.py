"""Python source made ready to run: compiled once, `return` allowed at its top level, the names it mentions known."""

from __future__ import annotations

import builtins
import linecache
import re
from types import CodeType, FunctionType
from typing import Any

from wflow.runtimes.context import NAMES

__all__ = ["Script", "compile_script", "forget"]

#: Names through which a script can reach others that it does not mention.
_REFLECTIVE = frozenset({
    "__builtins__", "__import__", "__main__", "_getframe", "currentframe", "eval", "exec", "f_back", "f_globals",
    "getframe", "globals", "locals", "runpy", "vars",
})  # fmt: skip
_REDIRECTS = frozenset({"redirect_stderr", "redirect_stdout", "stderr", "stdout"})

_FUNCTION = "__wflow_script__"
_ITERATION = re.compile(r"\[[^\]]*\]")


class Script:
    """Compiled source. ``needs`` are the names of the table that it mentions; those alone are built for it.

    ``cooperative``: it asks `cancelled()` and so is given time to end by itself. ``redirects``, ``changes_folder``: it
    mentions what changes the whole process, to be put right after it.
    """

    __slots__ = ("_code", "_globals", "_returns", "changes_folder", "cooperative", "filename", "needs", "redirects")

    def __init__(self, code: CodeType, *, returns: bool, filename: str, file: str | None) -> None:
        names = _mentioned(code)
        self.needs: tuple[str, ...] = NAMES if names & _REFLECTIVE else tuple(name for name in NAMES if name in names)
        self.cooperative = "cancelled" in names
        self.redirects = bool(names & _REDIRECTS)
        self.changes_folder = "chdir" in names or "fchdir" in names
        self.filename = filename
        self._code = code
        self._returns = returns
        self._globals: dict[str, Any] = {"__builtins__": builtins, "__name__": "__main__", "__doc__": None}
        if file is not None:
            self._globals["__file__"] = file

    def namespace(self) -> dict[str, Any]:
        """New globals for one execution."""
        return self._globals.copy()

    def execute(self, namespace: dict[str, Any]) -> Any:
        """Run it in this namespace and give what it returned at its top level. Raises what it raises."""
        if self._returns:
            return FunctionType(self._code, namespace)()
        exec(self._code, namespace)
        return None


def _mentioned(code: CodeType) -> frozenset[str]:
    """Every global name and attribute that the code, or a function or class in it, mentions."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if type(constant) is CodeType:
            names |= _mentioned(constant)
    return frozenset(names)


def compile_script(source: str, address: str, file: str | None = None) -> Script:
    """``source`` compiled; tracebacks show its lines under ``<address>``, or under ``file`` where it stands in one.

    Raises SyntaxError, or ValueError for a NUL in the source (in Python 3.12 a SyntaxError too).
    """
    filename = file or _register(source, address)
    try:
        returned = "return" in source
        code = _with_return(source, filename) if returned else None
        if code is not None:
            return Script(code, returns=True, filename=filename, file=file)
        plain = compile(source, filename, "exec", dont_inherit=True)
        return Script(plain, returns=False, filename=filename, file=file)
    except BaseException as error:
        if file is None:
            # The lines were looked at when the error was made; the script itself will never run.
            forget(filename)
            if isinstance(error, SyntaxError):
                error.filename = f"<{address}>"
        error.__traceback__ = None
        raise


def _register(source: str, address: str) -> str:
    """A file name for the source, under which its lines are found for tracebacks."""
    base = _ITERATION.sub("", address)
    lines = source.splitlines(keepends=True)
    number = 1
    filename = f"<{base}>"
    while True:
        # Without a time of modification no one looks for the file, nor drops the entry.
        entry = (len(source), None, lines, filename)
        if linecache.cache.setdefault(filename, entry) is entry:
            return filename
        number += 1
        filename = f"<{base} {number}>"


def forget(filename: str) -> None:
    """Drop the source lines kept for a script that will not run again."""
    if filename.startswith("<"):
        linecache.cache.pop(filename, None)


def _with_return(source: str, filename: str) -> CodeType | None:
    """The code of a function that does what the module would, `return` included; None where no `return` stands at the
    top level. Names bound at the top level are declared global in it, so that functions of the script see them.
    """
    import ast

    tree = ast.parse(source, filename)
    if not _returns(tree.body):
        return None
    import symtable

    table = symtable.symtable(source, filename, "exec")
    bound = sorted(
        s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_declared_global()
    )
    head = 0
    # A docstring and future imports must stay in front of everything.
    for statement in tree.body:
        docstring = head == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not docstring and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
        head += 1
    # Only what the function needs to be moved: the nodes keep their places in the source.
    body: list[ast.stmt] = [ast.Global(names=bound, lineno=1, col_offset=0)] if bound else []
    body += [_inside_function(statement) for statement in tree.body[head:]]
    function = ast.parse(f"def {_FUNCTION}(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = body
    module = ast.fix_missing_locations(ast.Module(body=[*tree.body[:head], function], type_ignores=[]))
    code = compile(module, filename, "exec", dont_inherit=True)
    inner = next(c for c in code.co_consts if type(c) is CodeType and c.co_name == _FUNCTION)
    if inner.co_flags & 0x2A0:  # a generator, coroutine or asynchronous generator: yield or await at the top level
        raise SyntaxError("'yield' and 'await' have no place outside of a function", (filename, 1, 0, None))
    return inner.replace(co_name="<module>", co_qualname="<module>")


def _returns(body: list[Any]) -> bool:
    import ast

    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _inside_function(statement: Any) -> Any:
    """The statement with what only a module may hold rewritten: annotated names, and ``import *``."""
    import ast

    class Rewrite(ast.NodeTransformer):
        def visit_FunctionDef(self, node: Any) -> Any:
            return node

        visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = visit_FunctionDef  # noqa: N815

        def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
            if not isinstance(node.target, ast.Name):
                return node
            if node.value is None:
                return ast.copy_location(ast.Pass(), node)
            return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
            if node.names[0].name != "*":
                return node
            text = f"exec('from {'.' * node.level}{node.module or ''} import *', globals())"
            call = ast.parse(text).body[0]
            for part in ast.walk(call):
                ast.copy_location(part, node)
            return call

    return Rewrite().visit(statement)
