"""What is measured: each function gives the rows of one budget."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator

from tests.bench import floors, flows
from tests.bench.csharp import csharp
from tests.bench.engine import Bench, Ran
from tests.bench.table import Row

WORKERS = (os.cpu_count() or 1) + 4  # as many as a run has by default
TRUE = {"type": "shell", "command": ["true"]}
MEGABYTE = 1_000_000


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"


def per(seconds: float, count: int) -> str:
    return f"{seconds:.3f} s ({seconds / count * 1e6:,.0f} µs each)"


def side_by_side(floor: Callable[[], float], work: Callable[[], Ran]) -> tuple[float, Ran]:
    """The best of five each, by turns: what the machine does meanwhile befalls both."""
    pairs = [(floor(), work()) for _ in range(5)]
    return min(pair[0] for pair in pairs), min((pair[1] for pair in pairs), key=lambda ran: ran.inside)


def cold_start(bench: Bench) -> Iterator[Row]:
    file = flows.one(bench.folder)
    bench.run(file)
    pairs = [(floors.import_typer(), bench.timed("run", file, "--output", "quiet")[0]) for _ in range(15)]
    floor, seen = (statistics.median(side) for side in zip(*pairs, strict=True))
    yield Row("one no-op node, fresh process, unchanged file", ms(seen), ms(floor), seen / floor, 2.0)


def fan_out(bench: Bench) -> Iterator[Row]:
    count = 10_000
    file = flows.fan(bench.folder, count)
    bench.run(file)
    floor, ran = side_by_side(lambda: floors.bare_pool(count, WORKERS), lambda: bench.run(file))
    yield Row(
        "10,000 no-op Python nodes, fan-out and join",
        per(ran.inside, count),
        per(floor, count),
        ran.inside / floor,
        3.0,
        note=f"{ran.wall:.2f} s with the process's start and end, peak {ran.peak / MEGABYTE:,.0f} MB",
    )


def chain(bench: Bench) -> Iterator[Row]:
    count = 1_000
    file = flows.chain(bench.folder, count, flows.NOOP, "chain")
    bench.run(file)
    floor, ran = side_by_side(lambda: floors.synced_writes(count, bench.folder), lambda: bench.run(file))
    yield Row(
        "1,000 in a chain, each synced before the next",
        per(ran.inside, count),
        per(floor, count),
        ran.inside / floor,
        1.5,
        note=f"{ran.wall:.2f} s with the process's start and end",
    )


def shell_chain(bench: Bench) -> Iterator[Row]:
    count = 200
    file = flows.chain(bench.folder, count, TRUE, "shell-chain")
    bench.run(file)
    floor, ran = side_by_side(lambda: floors.gnu_make(count, bench.folder), lambda: bench.run(file))
    yield Row("200 shell nodes `true` in a chain", per(ran.inside, count), per(floor, count), ran.inside / floor, 3.0)
    script = bench.run(flows.chain(bench.folder, count, {"type": "shell", "script": "true"}, "script-chain"))
    yield Row("the same as scripts, each with an sh of its own", per(script.inside, count))


def loop(bench: Bench, count: int = 20_000) -> Iterator[Row]:
    small = bench.run(flows.loop(bench.folder, 10_000, {"type": "noop"}, "loop"))
    ran = bench.run(flows.loop(bench.folder, count, {"type": "noop"}, "loop"))
    yield Row(
        f"foreach over {count:,} items, a no-op in each",
        per(ran.inside, count),
        value=count / ran.inside,
        limit=15_000,
        unit="items/s",
        least=True,
    )
    work = bench.run(flows.loop(bench.folder, 20_000, flows.NOOP, "python-loop"))
    yield Row("foreach over 20,000 items, a Python node in each", per(work.inside, 20_000))
    if count > 10_000:
        yield Row(
            f"peak memory of {count:,} items beyond that of 10,000",
            f"{ran.peak / MEGABYTE:,.0f} MB",
            f"{small.peak / MEGABYTE:,.0f} MB",
            (ran.peak - small.peak) / MEGABYTE,
            100,
            unit="MB",
        )


def million(bench: Bench) -> Iterator[Row]:
    yield from loop(bench, 1_000_000)


PLANNED = """
import sys, time
from pathlib import Path
start = time.perf_counter()
from wflow.graph.plan import Plan
from wflow.runner.definitions import read_cached
from wflow.store.disk import DiskStore
store = DiskStore(Path(sys.argv[1]))
loaded = read_cached(Path(sys.argv[2]), store)
assert loaded.workflow is not None, loaded.problems
Plan(loaded.workflow)
print(time.perf_counter() - start)
store.close()
"""


def large_file(bench: Bench) -> Iterator[Row]:
    file = flows.yaml_layers(bench.folder, 10_000)

    def seconds() -> float:
        return float(bench.script(PLANNED, bench.home, file))

    first = seconds()
    again = min(seconds() for _ in range(3))
    yield Row("10,000-node file: parse, validate, plan", f"{first:.2f} s", "", first, 3.0, unit="s")
    yield Row("the same when unchanged", f"{again:.2f} s", "", again, 0.3, unit="s", note="imports included")


def together(bench: Bench) -> Iterator[Row]:
    count = 50
    fresh = Bench(bench.folder / "together")
    fresh.folder.mkdir()
    file = flows.one(fresh.folder)
    command = fresh.command("run", file, "--output", "errors")
    start = time.perf_counter()
    started = [
        subprocess.Popen(
            command,
            env=fresh.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(count)
    ]
    ended = [(process.communicate()[0], process.returncode) for process in started]
    taken = time.perf_counter() - start
    right = sum(code == 0 and "locked" not in said for said, code in ended)
    yield Row("50 `wflow run` at once on one new home", f"{taken:.1f} s", "", right, count, unit="right", least=True)


def large_output(bench: Bench) -> Iterator[Row]:
    small = bench.run(flows.writer(bench.folder, 1))
    ran = bench.run(flows.writer(bench.folder, 1_000))
    yield Row(
        "1 GB written by a script: memory beyond that of 1 MB",
        f"{ran.peak / MEGABYTE:,.0f} MB in {ran.wall:.1f} s",
        f"{small.peak / MEGABYTE:,.0f} MB",
        (ran.peak - small.peak) / MEGABYTE,
        32,
        unit="MB",
    )


def large_graph(bench: Bench) -> Iterator[Row]:
    count = 100_000
    ran = bench.run(flows.fan(bench.folder, count))
    yield Row(
        "100,000-node graph: run",
        f"{ran.inside:.1f} s",
        "",
        ran.inside / count * 1000,
        0.2,
        unit="ms a node",
        note="commits included",
    )
    yield Row(
        "100,000-node graph: peak memory", f"{ran.peak / MEGABYTE:,.0f} MB", "", ran.peak / MEGABYTE, 500, unit="MB"
    )


Work = Callable[[Bench], Iterator[Row]]

#: What `make bench` measures, and what `--all` adds.
USUAL: dict[str, Work] = {
    "start": cold_start,
    "fan": fan_out,
    "chain": chain,
    "shell": shell_chain,
    "loop": loop,
    "file": large_file,
    "together": together,
    "csharp": csharp,
}
LONG: dict[str, Work] = {"million": million, "output": large_output, "graph": large_graph}
