"""Where wflow keeps its state, and how a folder is made there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wflow.errors import StoreUnavailable

__all__ = ["home_folder", "private_folder"]


def home_folder(environ: Mapping[str, str]) -> Path:
    """The folder that holds all of wflow's state, absolute; it may not exist yet.

    ``$WFLOW_HOME``, else ``wflow`` in the user's state directory: ``$XDG_STATE_HOME`` where that is absolute, as the
    XDG base directory specification wants it, else ``~/.local/state``. An empty variable counts as none.
    """
    if environ.get("WFLOW_HOME"):
        return Path(environ["WFLOW_HOME"]).expanduser().absolute()
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        user = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
        state = user.absolute() / ".local" / "state"
    return state / "wflow"


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it, that only its owner may look into (0700), and give it back.

    One that is there already stays as it is. Raises StoreUnavailable when it cannot be made.
    """
    try:
        try:
            path.mkdir(0o700)
        except FileNotFoundError:
            private_folder(path.parent)
            path.mkdir(0o700)
    except FileExistsError:
        if not path.is_dir():
            raise StoreUnavailable(
                f"`{path}` is a file, but wflow needs a folder there",
                cure="move it away, or set WFLOW_HOME to another folder",
            ) from None
    except OSError as error:
        raise StoreUnavailable(
            f"the folder `{path}` cannot be made: {error.strerror}",
            cure="set WFLOW_HOME to a folder that you may write to",
        ) from error
    return path
