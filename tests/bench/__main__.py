"""Measure the budgets, each beside its floor: ``python -m tests.bench [--all] [NAME ...]``.

Nothing here is a test: a busy machine is no bug. The verdict is for who reads the table.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.bench.engine import Bench
from tests.bench.table import Row, table
from tests.bench.works import LONG, USUAL


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join((*USUAL, *LONG))}")
    parser.add_argument("--all", action="store_true", help="also what takes minutes")
    chosen = parser.parse_args()
    every = USUAL | LONG
    unknown = [name for name in chosen.names if name not in every]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there is {', '.join(every)}")
    names = chosen.names or list(every if chosen.all else USUAL)
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="wflow-bench-") as folder:
            try:
                rows += every[name](Bench(Path(folder)))
            except Exception as error:  # noqa: BLE001 - one that cannot be measured leaves the others their figures
                rows.append(Row(name, f"not measured: {error}"))
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}\n")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
