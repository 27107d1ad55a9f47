"""`wflow.runtimes.csharp_bootstrap`: the compiler reached through its libraries, in an interpreter of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from wflow.runtimes.csharp_dotnet import Dotnet

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pythonnet") is None, reason="pythonnet is not installed beside wflow"
)


def call(dotnet: Dotnet, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    places = [str(dotnet.program.resolve().parent), str(dotnet.roslyn), str(folder)]
    start = "import sys; from wflow.runtimes.csharp_bootstrap import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", start, *places, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_it_compiles_as_the_command_would(dotnet: Dotnet, tmp_path: Path) -> None:
    source = tmp_path / "one.cs"
    source.write_text("public class One { }")
    core = dotnet.runtime / "System.Private.CoreLib.dll"
    fixed = ["-noconfig", "-nostdlib", "-target:library", f"-r:{core}", f"-out:{tmp_path / 'one.dll'}"]
    done = call(dotnet, tmp_path, *fixed, str(source))
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "one.dll").read_bytes()[:2] == b"MZ"
    source.write_text("public class One { int }")
    failed = call(dotnet, tmp_path, *fixed, str(source))
    assert failed.returncode == 1
    assert failed.stdout.startswith(f"{source}(1,24): error CS1519")
    wrong = call(dotnet, tmp_path, "-nonsense")
    assert wrong.returncode == 1
    assert "error CS2007: Unrecognized option: '-nonsense'" in wrong.stdout
