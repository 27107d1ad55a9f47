"""The definition that a revised run goes on with, beside the one it had: parameters, files, and what differs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from wflow.engine.commands import LoadSubflow
from wflow.engine.state import State
from wflow.engine.stimuli import Loaded
from wflow.errors import DefinitionError, UsageError, WflowError
from wflow.graph.changes import Change, changes
from wflow.graph.part import part_of
from wflow.graph.plan import Plan
from wflow.loading.loaded import Loaded as LoadedFile
from wflow.loading.parameters import bind
from wflow.model import Node, Workflow
from wflow.model.definition import to_definition
from wflow.progress import without_keys
from wflow.runner.again import Definitions
from wflow.runner.environment import environment_of
from wflow.runner.history import History
from wflow.store.codec import to_text

__all__ = ["Difference", "Redefinition", "Revision", "redefine"]

#: What an option said of one resume only.
_PASSING = frozenset({"again", "left_at", "letters", "pid"})

#: The keys of nodes that name files of scripts.
_FILE_KEYS = ("file", "assembly")

Given = Callable[[Workflow], Mapping[str, Any]]
ReadFile = Callable[[Path], LoadedFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a resume is asked beside going on: addresses to run ``again``, an ``updated`` file, and ``parameters``, as
    a function of the workflow that gives those to change, since it is by its schemas that they are read.
    """

    again: tuple[str, ...] = ()
    updated: Path | None = None
    parameters: Given | None = None

    @property
    def is_asked(self) -> bool:
        """Whether it asks for anything at all."""
        return bool(self.again) or self.updated is not None or self.parameters is not None


class Difference(NamedTuple):
    """A `wflow.graph.changes.Change` of a node, by its address without keys."""

    address: str
    change: Change


@dataclass(slots=True)
class Redefinition:
    """The fields of `wflow.engine.stimuli.Revised` that take the place of the first record's, and what goes with them.

    ``read`` reads a workflow file; ``loaded`` is the updated one with its warnings, None where the definition stays.
    """

    history: History
    state: State
    plan: Plan
    parameters: dict[str, Any]
    files: dict[str, str]
    env: dict[str, str]
    options: dict[str, Any]
    read: ReadFile
    loaded: LoadedFile | None = None
    _plans: dict[str, Plan | None] = field(default_factory=dict)

    @property
    def updated(self) -> bool:
        """Whether the definition is another one."""
        return self.loaded is not None

    @property
    def renewed(self) -> bool:
        """Whether a parameter that both definitions have got another value."""
        old = self.state.worlds[0].params
        return any(name in old and old[name] != value for name, value in self.parameters.items())

    @property
    def before(self) -> Definitions:
        """The workflows as the run had them."""
        return Definitions(self.state.plan, self.history.files, self.state.definitions.get)

    @property
    def now(self) -> Definitions:
        """The workflows as the run goes on with them; subflow files are read when they are asked for."""
        return Definitions(self.plan, self.history.files, self._plan_now)

    def load(self, command: LoadSubflow, at: float) -> Loaded | None:
        """What a subflow node gets that had one before. Raises UsageError where it cannot have it any more."""
        path = os.path.normpath(Path(command.base).parent / command.file)
        plan = self._plan_in(path)
        if plan is None and not self.updated:
            return None  # it was read for a node that was cancelled meanwhile
        if plan is None:
            raise UsageError(
                f"`{command.activation.rpartition('#')[0]}` has run `{path}`, and that cannot be read any more",
                cure="put the file back as it was",
            )
        try:
            parameters = bind(plan.workflow, command.parameters)
        except WflowError as error:
            raise UsageError(f"`{command.activation.rpartition('#')[0]}`: {error.message}", cure=error.cure) from None
        return Loaded(at, command.activation, path, to_definition(plan.workflow), parameters, "")

    def differences(self) -> Iterator[Difference]:
        """Every node that differs: of the workflow itself, then of the subflow files that it has run."""
        if not self.updated:
            return
        for change in changes(self.state.plan.root, self.plan.root, self._same_file("")):
            yield Difference("/".join(change.path), change)
        users = {file: without_keys(address) for address, file in reversed(self.history.files.items())}
        for file, user in users.items():
            old, new = self.state.definitions.get(file), self._plan_now(file)
            if old is not None and new is not None:
                for change in changes(old.root, new.root, self._same_file(file)):
                    yield Difference("/".join((user, *change.path)), change)

    def other_faces(self) -> dict[str, str]:
        """Subflow files, as the run had them, that give something else to who calls them; with what that is."""
        found = {}
        for file in set(self.history.files.values()) if self.updated else ():
            old, new = self.state.definitions.get(file), self._plan_now(file)
            if old is not None and new is not None:
                for name in ("outputs", "variables"):
                    if getattr(old.workflow, name) != getattr(new.workflow, name):
                        found[file] = f"the {name} of its file"
        return found

    def _plan_now(self, file: str) -> Plan | None:
        return self._plan_in(self._place_now(file))

    def _place_now(self, file: str) -> str:
        """Where a file of the run is now: beside the updated file, as it was beside the one before."""
        old_home, new_home = self._homes()
        return file if old_home == new_home else os.path.normpath(new_home / os.path.relpath(file, old_home))

    def _homes(self) -> tuple[Path, Path]:
        """The folder of the run's file, as it was and as it is."""
        return Path(self.state.options["file"]).parent, Path(self.options["file"]).parent

    def _plan_in(self, path: str) -> Plan | None:
        if not self.updated:
            return self.state.definitions.get(path)
        if path not in self._plans:
            try:
                workflow = self.read(Path(path)).workflow
            except (WflowError, OSError):
                workflow = None
            self._plans[path] = Plan(workflow) if workflow is not None else None
        return self._plans[path]

    def _same_file(self, world: str) -> Callable[[Node, Node], bool]:
        """Whether two nodes name files of the same content, in the workflow file ``world`` ("" for the run's own)."""
        old_home, new_home = self._homes()
        old_folder = Path(world).parent if world else old_home
        new_folder = Path(self._place_now(world)).parent if world else new_home

        def same(old: Node, new: Node) -> bool:
            before = _hashes(old, old_folder, old_home, self.state.files)
            return before == _hashes(new, new_folder, new_home, self.files)

        return same


def _hashes(node: Node, folder: Path, home: Path, files: Mapping[str, str]) -> list[str | None]:
    """The hashes of the script files that the node names, which are known by their path from the run's ``home``."""
    if node.type == "subflow":
        return []
    names = [node.settings.get(key) for key in _FILE_KEYS]
    return [files.get(os.path.relpath(folder / name, home)) if isinstance(name, str) else None for name in names]


def redefine(
    history: History, state: State, revision: Revision, read: ReadFile, environ: Mapping[str, str]
) -> Redefinition:
    """What the run that is in ``state`` goes on with. ``read`` reads a workflow file.

    Raises DefinitionError with the problems of a file that is not valid, UsageError where a parameter is wrong.
    """
    options = {name: value for name, value in state.options.items() if name not in _PASSING}
    loaded = None
    plan, files = state.plan, state.files
    if revision.updated is not None:
        loaded = read(revision.updated)
        if loaded.workflow is None:
            raise DefinitionError(f"{revision.updated} is not valid; the run stays as it was", problems=loaded.problems)
        workflow = loaded.workflow
        if "only" in options:
            workflow = part_of(workflow, options["only"])
        plan, files = Plan(workflow), loaded.files
        options.update(_options_of(workflow, state.plan.workflow, options), file=str(revision.updated.absolute()))
    had = state.worlds[0].params
    known = {name: value for name, value in had.items() if name in plan.workflow.parameters}
    given = revision.parameters(plan.workflow) if revision.parameters is not None else {}
    parameters = bind(plan.workflow, {**known, **given})
    definition = to_definition(plan.workflow)
    env = {**environment_of(definition, to_text(definition), environ), **state.env}
    return Redefinition(history, state, plan, parameters, dict(files), env, options, read, loaded)


def _options_of(workflow: Workflow, before: Workflow, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the updated file decides, where it says something else than the one before."""
    changed: dict[str, Any] = {}
    allowed = workflow.max_concurrency
    if allowed != before.max_concurrency:
        changed["max_concurrency"] = allowed or options["workers"]
        changed["workers"] = min(options["workers"], allowed) if allowed else options["workers"]
    if workflow.checkpoint != before.checkpoint:
        checkpoint = workflow.checkpoint
        changed["checkpoint"] = {
            "policy": checkpoint.policy,
            "nodes": checkpoint.nodes,
            "every": checkpoint.every,
        }
    return changed
