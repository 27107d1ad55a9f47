"""A C# script as the compiler gets it: its text under a `#line` that tells where it stands, and what it refers to."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple

from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import Place

__all__ = ["Program", "read_script", "script_program"]

_DIRECTIVE = re.compile(r'^[ \t]*#(r|load)[ \t]+"([^"\r\n]+)"', re.MULTILINE)
#: What the name in a `#line` cannot hold.
_UNFIT = re.compile(r'["\x00-\x1f\x7f\x85\u2028\u2029]')
_ITERATION = re.compile(r"\[[^\]]*\]")

#: Files that scripts may load, one by another.
_MOST_LOADED = 1000


class Program(NamedTuple):
    """A script ready to be compiled. ``folder`` is where the files it names are looked for, ``references`` the folders
    of assemblies that it names by their path. ``digest`` names the program: the same one is compiled once. ``columns``
    are the characters that stand before each of its lines in ``file``.
    """

    source: str
    folder: str
    references: tuple[str, ...]
    digest: str
    file: str
    columns: int


def script_program(text: str, place: Place | None, name: str, folder: Path) -> Program:
    """The program of a script in a workflow file; ``name`` is its node's address, for where ``place`` is not known."""
    place = place or Place(f"<{_ITERATION.sub('', name)}>", 1)
    return _program(text, place, folder)


def read_script(name: str, home: Path) -> Program:
    """The program in a file, named from the workflow's folder. Raises NotStarted where it cannot be read."""
    path = home / name
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise NotStarted(f"the script `{name}` cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotStarted(f"the script `{name}` is not in UTF-8") from None
    return _program(text, Place(name, 1), path.parent)


def _program(text: str, place: Place, folder: Path) -> Program:
    file = _UNFIT.sub("?", place.file)
    # A name that could not be encoded is no reason for a script not to run.
    source = f'#line {place.line} "{file}"\n{text}'.encode("utf-8", "replace").decode()
    digest = hashlib.sha256(source.encode())
    references: dict[str, None] = {}
    if "#r" in text or "#load" in text:
        digest.update(str(folder.absolute()).encode("utf-8", "surrogateescape"))
        _follow(text, folder, digest, references, set())
    return Program(source, str(folder.absolute()), tuple(references), digest.hexdigest(), file, place.column)


def _follow(text: str, folder: Path, digest: Any, references: dict[str, None], seen: set[Path]) -> None:
    """Add what the script refers to to its digest: another file there is another program."""
    for kind, name in _DIRECTIVE.findall(text):
        path = (folder / name).absolute()
        try:
            data = path.read_bytes()
        except (OSError, ValueError):
            # A name of .NET's own, or a mistake that the compiler tells.
            continue
        digest.update(b"\0" + name.encode("utf-8", "replace") + b"\0" + hashlib.sha256(data).digest())
        if kind == "r":
            references[str(path.parent)] = None
        elif path not in seen and len(seen) < _MOST_LOADED:
            seen.add(path)
            _follow(data.decode("utf-8", "replace"), path.parent, digest, references, seen)
