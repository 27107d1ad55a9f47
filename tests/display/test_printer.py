from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from wflow.display.marks import ASCII
from wflow.display.printer import Printer

ROOT = Path(__file__).resolve().parents[2]


def test_what_the_encoding_cannot_write_is_shown_as_an_escape() -> None:
    raw = io.BytesIO()
    out = Printer(io.TextIOWrapper(raw, encoding="ascii"))
    out.write("né ✓\n")
    out.flush()
    assert raw.getvalue() == b"n\\xe9 \\u2713\n"
    assert out.marks is ASCII
    assert not out.gone


def test_a_pipe_without_a_reader_stops_the_printing_and_nothing_else() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        out = Printer(stream)
        out.write("a line\n")
        out.flush()
        assert out.gone
        out.write("another\n")
        out.flush()


def test_a_stream_that_was_closed_is_no_error() -> None:
    stream = io.StringIO()
    out = Printer(stream)
    stream.close()
    out.write("x")
    assert out.gone


def test_a_process_whose_reader_left_ends_well() -> None:
    script = """
import sys, time
from wflow.display.printer import Printer
out = Printer(sys.stdout)
out.write("first\\n"); out.flush()
sys.stdin.read()
for _ in range(10_000):
    out.write("x" * 100 + "\\n")
out.flush()
sys.exit(0 if out.gone else 9)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"first\n"
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 0
