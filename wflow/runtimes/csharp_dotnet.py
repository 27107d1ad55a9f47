"""Which .NET and which C# compiler (Roslyn) run ``csharp`` nodes: where they are looked for, and in which order."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from wflow.runtimes.refused import NotStarted

__all__ = ["OLDEST", "Dotnet", "find_dotnet"]

#: The oldest major version of .NET that the host is written for.
OLDEST = 8

_INSTALL = (
    "install the .NET SDK, version 8 or newer (on Ubuntu: apt install dotnet-sdk-8.0; elsewhere: https://dot.net), or "
    "name one in WFLOW_DOTNET"
)
_COMPILER = "Microsoft.CodeAnalysis.CSharp.dll"

#: Where installers put it, besides the PATH.
_USUAL = (
    "/usr/share/dotnet",
    "/usr/lib/dotnet",
    "/usr/lib64/dotnet",
    "/usr/local/share/dotnet",
    "/opt/dotnet",
    "/snap/dotnet-sdk/current",
    "/opt/homebrew/opt/dotnet/libexec",
    "~/.dotnet",
)
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-(.+))?")


class Dotnet(NamedTuple):
    """A .NET: ``program`` is its ``dotnet``, ``runtime`` the folder of its newest libraries and ``version`` theirs;
    ``roslyn`` is the folder of the compiler.
    """

    program: Path
    runtime: Path
    version: str
    roslyn: Path


def find_dotnet(environ: Mapping[str, str]) -> Dotnet:
    """The .NET to use: by ``WFLOW_DOTNET`` (the program or its folder), ``DOTNET_ROOT``, the PATH, the usual folders;
    its compiler by ``WFLOW_ROSLYN`` (a folder), else from the newest SDK beside it.

    Raises NotStarted, which says what was looked for and how to install it.
    """
    sought: list[str] = []
    incomplete: NotStarted | None = None
    for source, path in _candidates(environ):
        if path is None:
            sought.append(source)
            continue
        program = path / "dotnet" if path.is_dir() else path
        if not program.is_file() or not os.access(program, os.X_OK):
            if source == "WFLOW_DOTNET":
                raise NotStarted(f"WFLOW_DOTNET is {path}, where no dotnet is that can be run", cure=_INSTALL)
            sought.append(f"{source} ({path})" if source == "DOTNET_ROOT" else source)
            continue
        # The program on the PATH is often a link into the folder that has the rest.
        root = program.resolve().parent
        runtime = _newest(root / "shared" / "Microsoft.NETCore.App")
        if runtime is None or _major(runtime.name) < OLDEST:
            what = f"has .NET {runtime.name} only" if runtime is not None else "has no runtime"
            if source == "WFLOW_DOTNET":
                raise NotStarted(f"WFLOW_DOTNET is {path}, which {what}", cure=_INSTALL)
            sought.append(f"{source} ({program} {what})")
            continue
        try:
            return Dotnet(program, runtime, runtime.name, _roslyn(environ, root))
        except NotStarted as error:
            # A runtime on the PATH is no reason to pass over the SDK that is in a usual folder.
            if source == "WFLOW_DOTNET" or environ.get("WFLOW_ROSLYN"):
                raise
            incomplete = incomplete or error
    if incomplete is not None:
        raise incomplete
    raise NotStarted(f"csharp nodes need .NET, and none was found by {', '.join(sought)}", cure=_INSTALL)


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, Path | None]]:
    for name in ("WFLOW_DOTNET", "DOTNET_ROOT"):
        named = environ.get(name)
        yield (name, Path(named).expanduser().absolute()) if named else (f"{name} (not set)", None)
    found = shutil.which("dotnet", path=environ.get("PATH", os.defpath))
    yield "the PATH", Path(found).absolute() if found else None
    for folder in _USUAL:
        yield folder, Path(folder).expanduser()


def _roslyn(environ: Mapping[str, str], root: Path) -> Path:
    named = environ.get("WFLOW_ROSLYN")
    if named:
        folder = Path(named).expanduser().absolute()
        if not (folder / _COMPILER).is_file():
            raise NotStarted(
                f"WFLOW_ROSLYN is {folder}, where no {_COMPILER} is",
                cure="name the folder of the C# compiler, such as `Roslyn/bincore` of an SDK",
            )
        return folder
    sdk = _newest(root / "sdk", f"Roslyn/bincore/{_COMPILER}")
    if sdk is None:
        raise NotStarted(
            f"the .NET at {root} has no SDK, and so no C# compiler",
            cure=f"{_INSTALL}; or name a folder with {_COMPILER} in WFLOW_ROSLYN",
        )
    return sdk / "Roslyn" / "bincore"


def _newest(folder: Path, holding: str = "") -> Path | None:
    """The folder in it that is named by the newest version, and has that file; a preview only where nothing else is."""
    try:
        versions = [path for path in folder.iterdir() if _VERSION.fullmatch(path.name) and (path / holding).exists()]
    except OSError:
        return None
    return max(versions, key=lambda path: _key(path.name), default=None)


def _key(version: str) -> tuple[bool, int, int, int, str]:
    match = _VERSION.fullmatch(version)
    assert match is not None
    # A preview counts below every release: the host rolls forward to releases too.
    return (match[4] is None, int(match[1]), int(match[2]), int(match[3]), match[4] or "")


def _major(version: str) -> int:
    return int(version.partition(".")[0])
