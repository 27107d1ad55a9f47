"""Files of the ExecutionEngine imported: read with what they name, judged as workflows of ours, written all or none."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from wflow.errors import UsageError
from wflow.importing.conversion import Source
from wflow.importing.workflow import import_workflow
from wflow.loading import load_text
from wflow.loading.foreign import ForeignFile, foreign_format, read_foreign
from wflow.loading.refusal import Refused
from wflow.loading.source import read_bytes
from wflow.model import Problem
from wflow.runner.definitions import check

__all__ = ["ImportedFile", "import_files", "write_files"]

#: How far up a file that is named is looked for: the ExecutionEngine reads paths from wherever it was started.
_UP = 3

#: What is wrong with a result for want of what was told to be missing in the file itself, by its code.
_TOLD_ALREADY = {
    "missing-file": frozenset({"missing-file"}),
    "missing-key": frozenset({"missing-key"}),
    "empty": frozenset({"missing-key"}),
}


class ImportedFile(NamedTuple):
    """A file that was imported: what it is to be, under which name, and everything to say. ``text`` is None where it
    could not be read at all.
    """

    source: Path
    target: Path
    text: str | None
    problems: tuple[Problem, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is lost."""
        return self.text is not None and all(problem.severity != "error" for problem in self.problems)


def import_files(path: Path, out: Path | None) -> list[ImportedFile]:
    """The file as it is to be written to ``out``, and with it the workflows of that engine that it calls.

    Without ``out`` it is as it would be beside the original, alone. Raises UsageError where there is no such file.
    """
    session = _Session(path, out)
    while session.pending():
        for source in list(session.targets):
            session.convert(source)
    return [session.done[source] for source in session.targets]


def write_files(files: list[ImportedFile], *, force: bool) -> None:
    """Write every file that has a text, each at once or not at all. Raises UsageError, before anything is written,
    where one is there already and ``force`` does not say to replace it, or its folder is not there.
    """
    file = files[0]
    try:
        if not file.target.parent.is_dir():
            raise UsageError(f"there is no folder {file.target.parent}", cure="make it, or name another with `-o`")
        for file in files:
            if file.target.exists() and not force:
                raise UsageError(f"{file.target} is there already", cure="`--force` replaces it, `-o` names another")
        for file in files:
            if file.text is not None:
                file.target.parent.mkdir(parents=True, exist_ok=True)
                _write(file.target, file.text)
    except OSError as error:
        raise UsageError(f"{file.target} cannot be written: {(error.strerror or str(error)).lower()}") from None


def _write(target: Path, text: str) -> None:
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class _Session:
    """One import: the files in it, what each gives the others, and what became of each."""

    def __init__(self, path: Path, out: Path | None) -> None:
        self._alone = out is None
        # A workflow may call itself: each file is known by one path, however it was named.
        self._first = Path(os.path.normpath(path.absolute()))
        self._named = {self._first: path}
        target = out if out is not None else path.parent / f"{path.stem}.wflow.yaml"
        self.targets = {self._first: target}
        self.done: dict[Path, ImportedFile] = {}
        self._given: dict[Path, frozenset[str]] = {self._first: frozenset()}
        self._converted: dict[Path, frozenset[str]] = {}
        self._files: dict[Path, ForeignFile] = {}

    def pending(self) -> bool:
        """Whether a file was not converted yet, or not with all that others give it."""
        return any(self._converted.get(source) != given for source, given in self._given.items())

    def convert(self, source: Path) -> None:
        """Convert a file and judge what it became."""
        given = self._given[source]
        self._converted[source] = given
        file = self._file(source)
        target = self.targets[source]
        if file.tree is None:
            self.done[source] = ImportedFile(source, target, None, tuple(file.problems([])))
            return
        names: list[str] = []
        imported = import_workflow(self._source(source, file, given, names))
        problems = file.problems(list(imported.diagnostics))
        if imported.text is not None:
            told = {problem.code for problem in problems if problem.severity == "error"}
            problems += [
                _of_result(problem)
                for problem in self._judged(target, imported.text, names)
                if not told & _TOLD_ALREADY.get(problem.code, frozenset())
            ]
        self.done[source] = ImportedFile(source, target, imported.text, tuple(problems))

    def _file(self, source: Path) -> ForeignFile:
        if source not in self._files:
            self._files[source] = read_foreign(self._named.get(source) or _near(source))
        return self._files[source]

    def _source(self, source: Path, file: ForeignFile, given: frozenset[str], names: list[str]) -> Source:
        target = self.targets[source]

        def place(name: str) -> str | None:
            found = _looked_for(name, source)
            return None if found is None else _relative(found, target)

        def read(name: str) -> str | None:
            found = _looked_for(name, source)
            try:
                return read_bytes(found).decode("utf-8-sig", "replace") if found is not None else None
            except (UsageError, Refused):
                return None

        def subflow(name: str, handed: frozenset[str]) -> str | None:
            found = _looked_for(name, source)
            if found is None:
                return None
            child = self._file(found)
            if child.tree is not None and foreign_format(child.tree) is None:
                return _relative(found, target)
            if found not in self.targets and not self._alone:
                self.targets[found] = self._target(found)
            if found in self.targets:
                self._given[found] = self._given.get(found, frozenset()) | handed
            ours = _relative(self.targets.get(found, found.with_name(f"{found.stem}.wflow.yaml")), target)
            names.append(ours)
            return ours

        return Source(
            file.tree, file.comments.at, file.comments.last, place=place, read=read, subflow=subflow, given=given
        )

    def _target(self, source: Path) -> Path:
        """Where a called workflow goes: as it lies to the first one, under its own name where that is free."""
        inside = os.path.relpath(source, self._first.parent)
        if inside.startswith(".."):
            inside = source.name
        target = self.targets[self._first].parent / Path(inside).with_suffix(".yaml")
        if (target.exists() and target.resolve() == source.resolve()) or target in self.targets.values():
            target = target.with_name(f"{source.stem}.wflow.yaml")
        return target

    def _judged(self, target: Path, text: str, names: list[str]) -> list[Problem]:
        """What is wrong with the result as a workflow of ours; files that are yet to be written are not missed."""
        loaded = load_text(text.encode(), name=str(target), base=target.parent, check=check)
        return [
            problem
            for problem in loaded.problems
            if problem.severity == "error"
            and not (problem.code == "missing-file" and any(f"`{name}`" in problem.message for name in names))
        ]


def _of_result(problem: Problem) -> Problem:
    if problem.code == "outside-project":
        message = f"{problem.message}: `wflow run` wants --allow-outside"
        return replace(problem, severity="warning", message=message, code="changed", cure=None)
    message = f"the imported workflow is not valid: {problem.message} [{problem.code}]"
    return replace(problem, message=message, code="invalid-result")


def _looked_for(name: str, source: Path) -> Path | None:
    """The file of that name: from the workflow's folder, the current one, or a few folders up."""
    wanted = name.replace("\\", "/")
    folder = source.parent.absolute()
    for base in (folder, Path.cwd(), *list(folder.parents)[:_UP]):
        try:
            found = base / wanted
            if found.exists():
                return Path(os.path.normpath(found))
        except (OSError, ValueError):
            return None
    return None


def _near(path: Path) -> Path:
    """The path as it is named from the current folder, where it is in it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _relative(path: Path, target: Path) -> str:
    return Path(os.path.relpath(path, target.parent.absolute())).as_posix()
