"""The folder around an attempt's script: private, empty at the start, gone afterwards whatever was put into it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wflow.errors import WflowError
from wflow.runtimes.masking import Masker, masker_for
from wflow.runtimes.refused import sentence
from wflow.runtimes.work import Failure, Outcome, Work

__all__ = ["attempt_in_scratch", "make_scratch", "remove_scratch", "write_private"]


def attempt_in_scratch(work: Work, attempt: Callable[[Work, Masker | None], Outcome]) -> Outcome:
    """What ``attempt`` gives, called with what masks the run's secrets while the scratch folder is there.

    An attempt that was asked to stop already is not made; what it raises is a failure.
    """
    try:
        masker = masker_for(work.run.secrets, work.env) if work.run.secrets else None
        if work.stop.asked:
            return Outcome("cancelled")
        make_scratch(work.scratch)
        try:
            return attempt(work, masker)
        finally:
            remove_scratch(work.scratch)
    except WflowError as error:
        return Outcome("failed", failure=Failure(type(error).__name__, sentence(error)))
    except Exception as error:  # noqa: BLE001 - a full disk, a missing folder: the attempt has failed, the run goes on
        return Outcome("failed", failure=Failure(type(error).__name__, f"the script could not be run: {error}"))


def write_private(path: str, text: str) -> None:
    """Write a new file that its owner alone can read (0600). Raises OSError, also where there is one already."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        data = memoryview(text.encode("utf-8", "surrogateescape"))
        while data:
            data = data[os.write(file, data) :]
    finally:
        os.close(file)


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
