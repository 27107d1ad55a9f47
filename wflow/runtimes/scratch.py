"""The folder around an attempt's script: private, empty at the start, gone afterwards whatever was put into it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["make_scratch", "remove_scratch"]


def make_scratch(path: str) -> None:
    """Make the folder (0700) and those above it; what an attempt before left there is removed. Raises OSError."""
    try:
        os.mkdir(path, 0o700)  # noqa: PTH102 - on the path of every script
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.mkdir(path, 0o700)  # noqa: PTH102
    except FileExistsError:
        remove_scratch(path)
        os.mkdir(path, 0o700)  # noqa: PTH102


def remove_scratch(path: str) -> None:
    """Remove the folder with all that is in it; what cannot be removed stays, without an error."""
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(path, onerror=_once_more)
                    return
                os.unlink(entry.path)  # noqa: PTH108
        os.rmdir(path)  # noqa: PTH106
    except NotADirectoryError:
        os.unlink(path)  # noqa: PTH108
    except FileNotFoundError:
        pass
    except OSError:
        shutil.rmtree(path, onerror=_once_more)


def _once_more(function: Callable[[str], Any], path: str, _: object) -> None:
    """What a script made unreadable or unwritable is made writable, and tried once more."""
    try:
        Path(path).parent.chmod(0o700)
        if not Path(path).is_symlink():
            Path(path).chmod(0o700)
        if Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            function(path)
    except OSError:
        pass
