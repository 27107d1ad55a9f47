"""The host that runs C# nodes: compiled from its sources once on a machine, and kept beside the runs."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.refused import NotStarted

__all__ = ["HostFiles", "build_host", "check_compiler", "compile_csharp", "host_sources"]

#: Seconds that compiling the host may take, and that another process's compiling is waited for.
_PATIENCE = 180.0

#: Seconds after which a host that nothing has used is removed when another is built.
_FORGOTTEN = 30 * 86_400.0

#: What a host consists of, and what tells that it is all there.
_PROGRAM, _RUNTIME, _STAMP = "host.dll", "host.runtimeconfig.json", "complete"

_COMMAND = "csc.dll"
_LIBRARY = "Microsoft.CodeAnalysis.CSharp.dll"
_ERROR = re.compile(r"\berror [A-Z]+\d+\b")
_ROOT = str(Path(__file__).resolve().parent.parent.parent)
_BOOTSTRAP = (
    "import sys; sys.path.insert(0, sys.argv[1]); from wflow.runtimes.csharp_bootstrap import main; del sys.path[0];"
    "sys.exit(main(sys.argv[2:]))"
)
#: What the runtime reads before it starts: no thread for the garbage collector, no instrumented code.
_CONFIGURATION = {
    "runtimeOptions": {
        "tfm": "net8.0",
        "rollForward": "LatestMajor",
        "framework": {"name": "Microsoft.NETCore.App", "version": "8.0.0"},
        "configProperties": {"System.GC.Concurrent": False, "System.Runtime.TieredPGO": False},
    }
}


class HostFiles(NamedTuple):
    """A host that is built: ``program`` is its assembly, ``scripts`` the folder for what it compiles."""

    program: Path
    scripts: Path


def host_sources() -> list[Path]:
    """The source files of the host, which stand beside this module."""
    return sorted(Path(__file__).parent.glob("host*.cs"))


def build_host(dotnet: Dotnet, cache: Path, stopped: Callable[[], bool] = lambda: False) -> HostFiles:
    """The host for this .NET: from ``cache`` where it is there, else compiled into it.

    Its folder is named for the sources, the version of .NET and the compiler: what changes one of them makes another.
    Raises NotStarted where it cannot be compiled, or ``stopped`` says that nobody wants it any more.
    """
    folder = cache / _name(dotnet)
    files = HostFiles(folder / _PROGRAM, folder / "scripts")
    if not _whole(folder):
        try:
            cache.mkdir(0o700, parents=True, exist_ok=True)
            with _alone(cache / "lock", stopped):
                if not _whole(folder):
                    _build(dotnet, cache, folder, stopped)
        except OSError as error:
            raise NotStarted(f"the host of csharp nodes cannot be kept in {cache}: {error.strerror}") from None
    _touch(folder)
    return files


def _whole(folder: Path) -> bool:
    """Whether the host in this folder is as it was built: nobody removed a part, and a power cut left none empty."""
    try:
        return (folder / _STAMP).read_text(encoding="utf-8") == _content(folder) and (folder / "scripts").is_dir()
    except (OSError, UnicodeDecodeError):
        return False


def _content(folder: Path) -> str:
    parts = (folder / _PROGRAM, folder / _RUNTIME)
    return hashlib.sha256(b"".join(hashlib.sha256(part.read_bytes()).digest() for part in parts)).hexdigest()


def _name(dotnet: Dotnet) -> str:
    digest = hashlib.sha256(json.dumps(_CONFIGURATION).encode())
    for source in host_sources():
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    status = (dotnet.roslyn / _LIBRARY).stat()
    digest.update(f"{dotnet.version} {status.st_size} {status.st_mtime_ns}".encode())
    return f"{dotnet.version}-{digest.hexdigest()[:16]}"


def _touch(folder: Path) -> None:
    try:
        os.utime(folder)
    except OSError:
        pass


@contextmanager
def _alone(path: Path, stopped: Callable[[], bool]) -> Iterator[None]:
    """Hold the lock: of many processes that want the host, one compiles it and the others wait."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if stopped() or time.monotonic() > deadline:
                    raise NotStarted(f"another process holds {path}, and does not finish") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(file)


def _build(dotnet: Dotnet, cache: Path, folder: Path, stopped: Callable[[], bool]) -> None:
    for old in cache.iterdir():
        if old.is_dir() and time.time() - old.stat().st_mtime > _FORGOTTEN:
            shutil.rmtree(old, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=cache))
    try:
        # `dynamic` in scripts is the host's own: .NET's, which it hands on to, has another name here.
        special = {"Microsoft.CSharp.dll": "dotnet="}
        references = [f"-r:{dotnet.roslyn / name}" for name in ("Microsoft.CodeAnalysis.dll", _LIBRARY)]
        references += [f"-r:{special.get(path.name, '')}{path}" for path in _libraries(dotnet)]
        compile_csharp(dotnet, host_sources(), unfinished / _PROGRAM, ["-target:exe", *references], stopped)
        (unfinished / _RUNTIME).write_text(json.dumps(_CONFIGURATION), encoding="utf-8")
        (unfinished / _STAMP).write_text(_content(unfinished), encoding="utf-8")
        (unfinished / "scripts").mkdir()
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _libraries(dotnet: Dotnet) -> list[Path]:
    # Beside the managed libraries are native ones that are named otherwise, on Linux; what Roslyn brings is its own.
    return sorted(path for path in dotnet.runtime.glob("*.dll") if not path.name.startswith("Microsoft.DiaSymReader"))


def check_compiler(dotnet: Dotnet) -> None:
    """Raises NotStarted where the compiler is no program, and there is no pythonnet to reach its libraries by."""
    if not (dotnet.roslyn / _COMMAND).exists() and importlib.util.find_spec("pythonnet") is None:
        raise NotStarted(
            f"{dotnet.roslyn} has the C# compiler's libraries, but not its program {_COMMAND}",
            cure="install a .NET SDK, or pythonnet beside wflow (pip install pythonnet)",
        )


def compile_csharp(
    dotnet: Dotnet,
    sources: Sequence[Path],
    output: Path,
    options: Sequence[str],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Compile source files into the assembly ``output``, with further arguments of the ``csc`` command.

    By the compiler's own program, ``csc.dll``; where Roslyn is there without it, through pythonnet. Raises NotStarted
    with what the compiler says.
    """
    fixed = ["-nologo", "-nostdlib", "-deterministic", "-optimize", "-unsafe", "-langversion:latest", "-debug:portable"]
    # By its name alone, from its folder: a quote in the path of a home would be one of the command's own.
    arguments = [*fixed, *options, f"-out:{output.name}", *map(str, sources)]
    command = dotnet.roslyn / _COMMAND
    if command.exists():
        response = output.with_suffix(".rsp")
        response.write_text("".join(f'"{argument}"\n' for argument in arguments), encoding="utf-8")
        argv = [str(dotnet.program), "exec", str(command), "-noconfig", f"@{response}"]
    else:
        check_compiler(dotnet)
        places = [str(dotnet.program.resolve().parent), str(dotnet.roslyn), str(output.parent)]
        argv = [sys.executable, "-P", "-c", _BOOTSTRAP, _ROOT, *places, "-noconfig", *arguments]
    said = _run(argv, output.parent, stopped)
    if said is not None:
        raise NotStarted(f"the host of csharp nodes does not compile with {dotnet.roslyn}: {said}")


def _run(argv: Sequence[str], folder: Path, stopped: Callable[[], bool]) -> str | None:
    """What the command says where it fails; None where it succeeds."""
    environment = {**os.environ, "DOTNET_CLI_UI_LANGUAGE": "en", "DOTNET_EnableDiagnostics": "0"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        deadline = time.monotonic() + _PATIENCE
        try:
            while process.poll() is None:
                if stopped() or time.monotonic() > deadline:
                    process.kill()
                    process.wait()
                    return "it was stopped"
                time.sleep(0.01)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode == 0:
            return None
        said.seek(0)
        lines = said.read(65_536).decode("utf-8", "replace").strip().splitlines()
        errors = [line for line in lines if _ERROR.search(line)]
        # Where the compiler itself fails, what it says stands after one stack, of Python, and before another, of .NET.
        errors = errors or [line for line in lines if line and not line[0].isspace()][-1:]
        return (errors or [f"exit code {process.returncode}"])[0][:1000]
