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
        self._first = path
        first = out if out is not None else path.with_name(f"{path.stem}.wflow.yaml")
        self.targets = {path: first}
        self.done: dict[Path, ImportedFile] = {}
        self._given: dict[Path, frozenset[str]] = {path: frozenset()}
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
            problems += self._judged(file, target, imported.text, names)
        self.done[source] = ImportedFile(source, target, imported.text, tuple(problems))

    def _file(self, source: Path) -> ForeignFile:
        if source not in self._files:
            self._files[source] = read_foreign(source)
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

    def _judged(self, file: ForeignFile, target: Path, text: str, names: list[str]) -> list[Problem]:
        """What is wrong with the result as a workflow of ours; files that are yet to be written are not missed."""
        loaded = load_text(text.encode(), name=str(target), base=target.parent, check=check, allow_outside=True)
        told = []
        for problem in loaded.problems:
            awaited = any(f"`{name}`" in problem.message for name in names)
            if problem.severity != "error" or (problem.code == "missing-file" and awaited):
                continue
            message = f"the imported workflow is not valid: {problem.message} [{problem.code}]"
            told.append(replace(problem, message=message, code="invalid-result"))
        return told


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


def _relative(path: Path, target: Path) -> str:
    return Path(os.path.relpath(path, target.parent.absolute())).as_posix()
