from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wflow.runtimes import capture
from wflow.runtimes.capture import Printed, current
from wflow.runtimes.masking import Masker


# No fixture: pytest replaces the streams between a fixture and its test.
@contextmanager
def captured(tmp_path: Path) -> Iterator[Printed]:
    capture.install()
    current.printed = Printed(str(tmp_path / "a" / "log"), None)
    try:
        yield current.printed
        current.printed.close()
    finally:
        current.printed = None
        capture.uninstall()


def text(tmp_path: Path, suffix: str = ".out") -> str:
    return Path(f"{tmp_path}/a/log{suffix}").read_text()


def test_nothing_printed_makes_no_file(tmp_path: Path) -> None:
    with captured(tmp_path) as printed:
        sys.stdout.flush()
        printed.close()
        assert not printed.used
        assert list(tmp_path.iterdir()) == []


def test_lines_are_in_the_file_as_soon_as_they_end(tmp_path: Path) -> None:
    with captured(tmp_path):
        print("one", 1)
        print("half", end="")
        assert text(tmp_path) == "one 1\n"
        print(" and whole", file=sys.stdout)
        print("progress", end="", flush=True)
        assert text(tmp_path) == "one 1\nhalf and whole\nprogress"
        print("oh", file=sys.stderr)
        assert text(tmp_path, ".err") == "oh\n"


def test_an_unfinished_line_is_written_at_the_end_or_when_it_grows_long(tmp_path: Path) -> None:
    with captured(tmp_path) as printed:
        sys.stdout.write("x" * 10_000)
        assert len(text(tmp_path)) == 10_000
        sys.stdout.write("end")
        printed.close()
        assert text(tmp_path).endswith("xend")


def test_bytes_and_text_stay_in_order(tmp_path: Path) -> None:
    with captured(tmp_path):
        sys.stdout.write("a")
        sys.stdout.buffer.write(b"\xc3\xa4")
        sys.stdout.write("b\n")
        assert text(tmp_path) == "aäb\n"
        assert sys.stdout.encoding == "utf-8"
        assert not sys.stdout.isatty()


def test_what_utf8_cannot_hold_is_escaped(tmp_path: Path) -> None:
    with captured(tmp_path):
        print("\ud800")
        assert text(tmp_path) == "\\ud800\n"


def test_threads_side_by_side_keep_apart_and_the_main_thread_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip  # noqa: E501
    capture.install()
    together = threading.Barrier(4)

    def work(number: int) -> None:
        current.printed = Printed(str(tmp_path / str(number)), None)
        for line in range(50):
            together.wait(5)
            print(number, line)
        current.printed.close()
        current.printed = None

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("main")
    capture.uninstall()
    for number in range(4):
        lines = (tmp_path / f"{number}.out").read_text().splitlines()
        assert lines == [f"{number} {line}" for line in range(50)]
    assert capfd.readouterr().out == "main\n"


def test_a_thread_that_a_script_starts_prints_into_its_log_even_after_it(tmp_path: Path) -> None:
    with captured(tmp_path) as printed:
        go, told = threading.Event(), threading.Event()

        def inner() -> None:
            print("inner")

        def helper() -> None:
            print("helper")
            thread = threading.Thread(target=inner)
            thread.start()
            thread.join()
            told.set()
            go.wait(5)
            print("late")

        thread = threading.Thread(target=helper)
        thread.start()
        told.wait(5)
        printed.close()
        go.set()
        thread.join(5)
        assert text(tmp_path) == "helper\ninner\nlate\n"


def test_the_streams_are_given_back_by_the_last_user() -> None:
    before = (sys.stdout, sys.stderr, threading.Thread.start)
    capture.install()
    capture.install()
    capture.uninstall()
    assert sys.stdout is not before[0]
    capture.uninstall()
    assert (sys.stdout, sys.stderr, threading.Thread.start) == before


def test_streams_that_a_script_replaced_are_put_back_when_none_may_have(tmp_path: Path) -> None:
    with captured(tmp_path):
        ours = sys.stdout
        capture.redirecting(1)
        sys.stdout = io.StringIO()
        capture.keep_installed()
        assert sys.stdout is not ours
        capture.redirecting(-1)
        assert sys.stdout is ours


def test_secrets_are_masked_over_several_writes_and_a_long_line(tmp_path: Path) -> None:
    log = Printed(str(tmp_path / "log"), Masker(["topsecret"]))
    log.write(0, "a top")
    log.write(0, "secret b\n")
    log.write(0, "x" * 9_000 + "tops")
    log.write(0, "ecret")
    log.write_bytes(0, b"topsecret\xff")
    log.close()
    assert (tmp_path / "log.out").read_bytes() == b"a *** b\n" + b"x" * 9_000 + b"***" + b"***\xff"


def test_a_child_process_can_be_given_the_log(tmp_path: Path) -> None:
    with captured(tmp_path):
        import subprocess

        print("before")
        subprocess.run(["echo", "child"], stdout=sys.stdout, check=True)
        assert text(tmp_path) == "before\nchild\n"
