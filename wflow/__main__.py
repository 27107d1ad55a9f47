"""The console script, and ``python -m wflow``."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line and give its exit code."""
    # What is imported stays until the end: collecting garbage in between costs a tenth of a cold start.
    gc.disable()
    from wflow import __version__
    from wflow.cli import main as run_command

    gc.freeze()
    # What a run makes lives as long as the run: looking through it after every 700 objects finds nothing.
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
    return run_command(version=__version__)


if __name__ == "__main__":
    sys.exit(main())
