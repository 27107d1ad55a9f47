from __future__ import annotations

import linecache
from typing import Any

import pytest

from wflow.runtimes.context import NAMES
from wflow.runtimes.script import compile_script, forget


def run(source: str, **names: Any) -> tuple[Any, dict[str, Any]]:
    script = compile_script(source, "node")
    namespace = {**script.namespace(), **names}
    try:
        return script.execute(namespace), namespace
    finally:
        forget(script.filename)


@pytest.mark.parametrize(
    ("source", "returned"),
    [
        ("return {'a': 1}", {"a": 1}),
        ("x = 1\nif x:\n    return {'x': x}\nreturn None", {"x": 1}),
        ("def f(): return y\ny = 2\nreturn {'y': f()}", {"y": 2}),
        ("x: int = 5\ny: str\ndef f(): return x\nreturn {'x': f()}", {"x": 5}),
        ("from math import *\nreturn {'pi': int(pi)}", {"pi": 3}),
        ("import os.path as p, sys\ndef f(): return p.sep + sys.byteorder[:0]\nreturn {'sep': f()}", {"sep": "/"}),
        ('"""Doc."""\nfrom __future__ import annotations\ndef f(x: nonsense): return x\nreturn {"f": f(1)}', {"f": 1}),
        ("for i in range(5):\n    def g(): return i\n    if i == 3: return {'i': g()}", {"i": 3}),
        ("try:\n    return {'a': 1}\nfinally:\n    done = True", {"a": 1}),
        ("with open('/dev/null') as f:\n    def g(): return f.closed\n    return {'closed': g()}", {"closed": False}),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    def g(): return str(e)\n    return {'e': g()}",
         {"e": "division by zero"}),
        ("def g(): return n\n[n := k for k in (1, 2)]\nreturn {'n': g()}", {"n": 2}),
        ("class A:\n    def f(self): return v\nv = 1\nreturn {'v': A().f()}", {"v": 1}),
        ("match [1, 2]:\n    case [a, b]:\n        def g(): return a + b\n        return {'s': g()}", {"s": 3}),
        ("a, (b, *c) = 1, (2, 3)\nf = lambda: (a, b, c)\nreturn {'l': list(f())}", {"l": [1, 2, [3]]}),
        ("x = 1\ndel x\nreturn {'gone': 'x' not in globals()}", {"gone": True}),
        ("x = [return_ for return_ in (1,)]\ny = 'return'", None),
        ("def f():\n    return 1\nx = f()", None),
    ],
)  # fmt: skip
def test_return_works_at_the_top_level_and_module_semantics_stay(source: str, returned: Any) -> None:
    assert run(source)[0] == returned


def test_names_bound_by_a_script_that_returns_are_globals() -> None:
    assert run("output = {'a': 1}\nreturn {'b': 2}")[1]["output"] == {"a": 1}


@pytest.mark.parametrize(
    ("source", "line"),
    [("x = (\n", 1), ("x = 1\nreturn 1 +", 2), ("return 1\nyield 2", 1), ("return await x", 1),
     ("class A:\n    return 1", 2)],
)  # fmt: skip
def test_a_syntax_error_names_the_address_and_leaves_no_source_behind(source: str, line: int) -> None:
    before = set(linecache.cache)
    with pytest.raises(SyntaxError) as caught:
        compile_script(source, "load[17]/insert")
    assert (caught.value.filename, caught.value.lineno) == ("<load[17]/insert>", line)
    assert set(linecache.cache) == before


def test_a_nul_in_the_source_is_an_error() -> None:
    with pytest.raises((ValueError, SyntaxError), match="null byte"):
        compile_script("x = '\0'", "node")


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("pass", ()),
        ("x = 'input'", ()),
        ("output['x'] = input['y']", ("input", "output")),
        ("def f():\n    class A:\n        g = lambda self: variables.get('x')\n    return A", ("variables",)),
        ("[params[k] for k in local]", ("params", "local")),
        ("return {'a': run.id}", ("run",)),
        ("eval('input')", NAMES),
        ("def f(): return globals()", NAMES),
        ("import sys\nsys._getframe()", NAMES),
    ],
)
def test_what_a_script_mentions_is_known(source: str, needs: tuple[str, ...]) -> None:
    script = compile_script(source, "node")
    forget(script.filename)
    assert set(script.needs) == set(needs)


def test_a_script_that_asks_cancelled_is_cooperative() -> None:
    assert compile_script("while not cancelled(): pass", "node").cooperative
    assert not compile_script("while True: pass", "node").cooperative


def test_source_lines_are_there_for_tracebacks_under_the_address_without_its_iterations() -> None:
    script = compile_script("first = 1\nsecond = 2\n", "load[a/b]/insert[2]/x")
    assert script.filename == "<load/insert/x>"
    assert linecache.getline(script.filename, 2) == "second = 2\n"
    other = compile_script("other = 1\n", "load/insert/x")
    assert other.filename != script.filename
    assert linecache.getline(script.filename, 1) == "first = 1\n"
    linecache.checkcache()
    assert linecache.getline(other.filename, 1) == "other = 1\n"
    forget(script.filename)
    forget(other.filename)
    assert linecache.getline(script.filename, 1) == ""


def test_two_executions_share_nothing() -> None:
    script = compile_script(
        "try:\n    seen.append(1)\nexcept NameError:\n    seen = []\nreturn {'n': len(seen)}", "node"
    )
    assert script.execute(script.namespace()) == {"n": 0}
    assert script.execute(script.namespace()) == {"n": 0}
    forget(script.filename)
