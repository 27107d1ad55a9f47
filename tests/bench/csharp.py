"""C# nodes, measured: the first script of a run, the next, one that has run before, and four at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import flows
from tests.bench.engine import ROOT, Bench
from tests.bench.table import Row
from tests.dotnet import complete
from wflow.errors import WflowError
from wflow.runtimes.csharp_dotnet import find_dotnet

COUNT = 100
NODE = {"type": "csharp", "script": 'return (int)GetInput("item") + 1;'}


def csharp(bench: Bench) -> Iterator[Row]:
    """The rows; one that says so where there is no .NET."""
    own = ROOT / ".dotnet"
    if complete(own):
        os.environ["WFLOW_DOTNET"] = str(own)
        os.environ.pop("WFLOW_ROSLYN", None)
    try:
        find_dotnet(os.environ)
    except WflowError:
        yield Row("C# nodes", "not measured", note="there is no .NET here; `make dotnet` fetches one")
        return
    bench.run(_scripts(bench.folder, 1, "warm"))
    new = bench.run(_scripts(bench.folder, 1, "new")).inside
    kept = min(bench.run(_scripts(bench.folder, 1, "new")).inside for _ in range(3))
    more = bench.run(_scripts(bench.folder, 21, "more")).inside
    yield Row("a run of one C# script, never compiled before", f"{new:.2f} s")
    yield Row("the same again", f"{kept:.2f} s")
    yield Row("each further script that was never compiled before", f"{(more - new) / 20 * 1000:,.1f} ms")
    one, many = flows.loop(bench.folder, 1, NODE, "one-csharp"), flows.loop(bench.folder, COUNT + 1, NODE, "csharp")
    bench.run(one)
    pairs = [(bench.run(one).inside, bench.run(many).inside) for _ in range(5)]
    each = min((after - before) / COUNT * 1000 for before, after in pairs)
    yield Row(f"{COUNT} C# activations, each beyond the first", f"{each:.2f} ms", "", each, 2.0, unit="ms")
    four = {f"n{number}": {"type": "csharp", "script": "await Task.Delay(1000);"} for number in range(4)}
    file = flows.write(bench.folder, "four-csharp", four, [])
    bench.run(file)
    yield Row("4 C# nodes at once that take a second each", f"{bench.run(file).inside:.2f} s")


def _scripts(folder: Path, count: int, name: str) -> Path:
    """So many scripts, one after another, that have nothing in common."""
    nodes: dict[str, Any] = {
        f"n{number}": {"type": "csharp", "script": f'return "{name} {number}".Length * (int)GetParam("n");'}
        for number in range(count)
    }
    parameters = {"n": {"type": "integer", "default": 2}}
    return flows.write(
        folder, f"csharp-{name}", nodes, [" -> ".join(nodes)] if count > 1 else [], parameters=parameters
    )
