"""Files that a run needs besides its own: subflows read when a node asks for one, and the check that none changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from wflow.clock import Clock
from wflow.engine.commands import LoadSubflow
from wflow.engine.state import State
from wflow.engine.stimuli import Loaded
from wflow.errors import UsageError, WflowError
from wflow.loading.parameters import bind
from wflow.model.definition import to_definition
from wflow.runner.definitions import read_cached
from wflow.store.interface import Store

__all__ = ["SubflowLoader", "changed_files", "project_root", "refuse_changed_files"]


class SubflowLoader:
    """Answers the engine's `LoadSubflow`. A file is read once in a run; from then on the journal has its definition."""

    def __init__(self, state: State, store: Store, clock: Clock, *, allow_outside: bool) -> None:
        self._state = state
        self._store = store
        self._clock = clock
        self._allow_outside = allow_outside

    def __call__(self, command: LoadSubflow) -> Loaded:
        """Read and check the file, and the parameters against it; a problem is an answer too."""
        base = Path(command.base).parent
        path = Path(os.path.normpath(base / command.file))
        try:
            return self._load(command, path)
        except (WflowError, OSError) as error:
            return Loaded(self._clock.now(), command.activation, str(path), None, {}, f"{command.file}: {error}")

    def _load(self, command: LoadSubflow, path: Path) -> Loaded:
        known = self._state.definitions.get(str(path))
        if known is not None:
            parameters = bind(known.workflow, command.parameters)
            return Loaded(self._clock.now(), command.activation, str(path), None, parameters, "")
        root = project_root(Path(self._state.options["file"]))
        if not self._allow_outside and not path.resolve().is_relative_to(root):
            problem = f"{command.file} lies outside the project ({root}); --allow-outside permits it"
            return Loaded(self._clock.now(), command.activation, str(path), None, {}, problem)
        loaded = read_cached(path, self._store, allow_outside=self._allow_outside, root=root)
        if loaded.workflow is None:
            first = next((one for one in loaded.problems if one.severity == "error"), None)
            problem = f"{path.name}: {first.message}" if first else f"{path.name} is not valid"
            return Loaded(self._clock.now(), command.activation, str(path), None, {}, problem)
        parameters = bind(loaded.workflow, command.parameters)
        definition: dict[str, Any] = to_definition(loaded.workflow)
        return Loaded(self._clock.now(), command.activation, str(path), definition, parameters, "")


def project_root(file: Path) -> Path:
    """The nearest folder above the file with a ``.git`` or a ``pyproject.toml``, else the file's own folder."""
    home = file.resolve().parent
    for folder in (home, *home.parents):
        if (folder / ".git").exists() or (folder / "pyproject.toml").exists():
            return folder
    return home


def refuse_changed_files(state: State) -> None:
    """Raise UsageError where a script or subflow file of the run is not what it was."""
    changed = changed_files(state)
    if changed:
        raise UsageError(
            f"{', '.join(changed)} changed since run {state.run_id} started",
            cure="put the file back as it was, or say `--updated FILE` to go on with what is there now",
        )


def changed_files(state: State) -> list[str]:
    """The script and subflow files of a run that are not what they were when it got them, by their paths."""
    home = Path(str(state.options["file"])).parent
    changed = []
    for name, digest in state.files.items():
        try:
            same = hashlib.sha256((home / name).read_bytes()).hexdigest() == digest
        except OSError:
            same = False
        if not same:
            changed.append(name)
    return changed
