"""A workflow file, read: its text, its shape, what it means, and the files it names, with every problem at once."""

from __future__ import annotations

import os
from pathlib import Path as FilePath
from typing import Any

from wflow.errors import UsageError
from wflow.loading.build import build
from wflow.loading.collector import without_collector
from wflow.loading.files import check_files, missing_file, subflows_of
from wflow.loading.foreign import foreign_format
from wflow.loading.loaded import Check, Loaded
from wflow.loading.parameters import check_parameters
from wflow.loading.place import place
from wflow.loading.plugins import check_types, plugin_types
from wflow.loading.refusal import Found, Refused
from wflow.loading.schemafile import patch_validator, validator
from wflow.loading.schemaflaws import diagnose, without
from wflow.loading.scripts import check_scripts
from wflow.loading.source import decode, digest_bytes, read_bytes
from wflow.loading.subflows import check_call, outside, project_root
from wflow.loading.text import parse
from wflow.loading.timers import check_timers
from wflow.model.diagnostics import Diagnostic, Problem
from wflow.model.plenty import MAX_PROBLEMS, MAX_WARNINGS, plenty
from wflow.model.workflow import Node, Workflow

__all__ = ["Session"]


class _File:
    """A file that was read: its text and value, and what was found in it so far."""

    def __init__(self, path: FilePath, name: str) -> None:
        self.path = path
        self.name = name
        self.is_patch = False
        self.text = ""
        self.tree: Any = None
        self.workflow: Workflow | None = None
        self.found: list[Found] = []
        self.diagnostics: list[Diagnostic] = []

    def problems(self) -> list[Problem]:
        return place(self.name, self.text, self.tree, self.diagnostics[:MAX_PROBLEMS], self.found)


class Session:
    """One call of `load`. Each file is read once, however many nodes and files name it as a subflow.

    With ``patch`` the first file is a patch and judged by that; it takes its files from the folder of ``path``.
    """

    def __init__(
        self,
        check: Check,
        path: FilePath,
        *,
        allow_outside: bool,
        root: FilePath | None = None,
        patch: Check | None = None,
    ) -> None:
        self._check = check
        self._patch = patch
        self._root = project_root(path) if root is None else root
        self._allow_outside = allow_outside
        self._home = path.parent
        self._hashes: dict[str, str] = {}
        self._files: dict[str, _File] = {}
        self._calls: list[tuple[str, Node, str, str]] = []

    def result(self, path: FilePath, name: str, data: bytes | None = None) -> Loaded:
        """What the file ``path`` holds (or ``data``, in its place), told under the name ``name``."""
        with without_collector():
            return self._result(path, name, data)

    def _result(self, path: FilePath, name: str, data: bytes | None) -> Loaded:
        first = _File(path, name)
        first.is_patch = self._patch is not None
        digest = digest_bytes(b"")
        self._files[os.path.realpath(path)] = first
        try:
            data = read_bytes(path) if data is None else data
            digest = digest_bytes(data)
            self._read(first, data)
        except Refused as refused:
            first.found.append(refused.found)
        # Subflows add to the table while it is gone through: what they name is read too, in a loop, not in recursion.
        pending = list(self._files)
        for real in pending:
            pending += self._read_subflows(real, self._files[real])
        self._check_calls()
        problems = [problem for file in self._files.values() for problem in file.problems()]
        sound = all(problem.severity != "error" for problem in problems)
        workflow = first.workflow if sound else None
        return Loaded(workflow=workflow, problems=tuple(problems), digest=digest, files=self._hashes)

    def _read(self, file: _File, data: bytes) -> None:
        file.text = _text_for_excerpt(data)
        try:
            file.text = decode(data)
            file.tree = parse(file.text, file.name, file.found)
        except Refused as refused:
            file.found.append(refused.found)
            return
        strange = foreign_format(file.tree)
        if strange is not None:
            file.diagnostics.append(strange)
            return
        self._judge(file)

    def _judge(self, file: _File) -> None:
        diagnostics = file.diagnostics
        check = self._patch if file.is_patch and self._patch is not None else self._check
        flaws = (patch_validator() if file.is_patch else validator())(file.tree) or []
        diagnostics += [diagnose(flaw) for flaw in flaws[:MAX_PROBLEMS]]
        if not isinstance(file.tree, dict):
            return
        workflow = build(without(file.tree, flaws) if flaws else file.tree, diagnostics)
        check_types(workflow, plugin_types(), diagnostics)
        check_parameters(workflow, diagnostics)
        check_timers(workflow, diagnostics)
        check_scripts(workflow, diagnostics)
        check_files(workflow, file.path.parent, self._home, self._hashes, diagnostics)
        diagnostics += check(workflow)
        file.workflow = workflow

    def _read_subflows(self, real: str, file: _File) -> list[str]:
        """Read the files that the subflows of ``file`` name and that were not read yet; their real paths."""
        more: list[str] = []
        # Following links takes a while, and a file may call another one thousands of times.
        known: dict[str, str] = {}
        for node, name in subflows_of(file.workflow) if file.workflow is not None else ():
            if plenty(file.diagnostics):
                break
            target = file.path.parent / name
            where = (*node.path, "file")
            if name not in known:
                known[name] = (
                    "" if not self._allow_outside and outside(target, self._root) else os.path.realpath(target)
                )
            other = known[name]
            if not other:
                message = f"`{name[:200]}` lies outside the project"
                cure = "move it, or permit it with --allow-outside"
                file.diagnostics.append(Diagnostic(code="outside-project", message=message, path=where, cure=cure))
                continue
            if other not in self._files:
                try:
                    data = read_bytes(target)
                except (Refused, UsageError) as error:
                    file.diagnostics.append(missing_file(name, error, where))
                    continue
                self._hashes[os.path.relpath(target, self._home)] = digest_bytes(data)
                child = self._files[other] = _File(target, os.path.normpath(FilePath(file.name).parent / name))
                self._read(child, data)
                more.append(other)
            self._calls.append((real, node, name, other))
        return more

    def _check_calls(self) -> None:
        after: dict[str, set[str]] = {}
        for caller, _, _, called in self._calls:
            after.setdefault(caller, set()).add(called)
        recursive = _Reach(after)
        warned = 0
        for caller, node, name, called in self._calls:
            diagnostics = self._files[caller].diagnostics
            if plenty(diagnostics):
                continue
            child = self._files[called].workflow
            if child is not None:
                check_call(node, child, diagnostics)
            if warned < MAX_WARNINGS and recursive(called, caller):
                warned += 1
                message = f"`{name[:200]}` reaches itself; `max_depth` is what ends it"
                cure = "make sure that a condition ends it before that"
                path = (*node.path, "file")
                diagnostics.append(
                    Diagnostic(code="subflow-recursion", message=message, path=path, cure=cure, severity="warning")
                )


class _Reach:
    """Whether a file leads to another one by its subflows; each answer is worked out once."""

    def __init__(self, after: dict[str, set[str]]) -> None:
        self._after = after
        self._known: dict[str, set[str]] = {}

    def __call__(self, start: str, wanted: str) -> bool:
        if start not in self._known:
            seen = {start}
            pending = [start]
            for here in pending:
                more = self._after.get(here, set()) - seen
                seen |= more
                pending += more
            self._known[start] = seen
        return wanted in self._known[start]


def _text_for_excerpt(data: bytes) -> str:
    return data[: 1 << 20].decode("utf-8", "replace")
