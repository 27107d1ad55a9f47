"""Log files are found by their names: address, activation, attempt, stream."""

from __future__ import annotations

import os
from pathlib import Path

from wflow.runner.logs import log_files, newest_log


def put(folder: Path, name: str, at: float) -> Path:
    """A log file that was last written to at that time."""
    path = folder / "logs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name)
    os.utime(path, (at, at))
    return path


def test_the_logs_come_by_when_their_attempt_ended_with_its_two_streams_together(tmp_path: Path) -> None:
    put(tmp_path, "b#1.1.out", 10)
    put(tmp_path, "a#1.1.err", 5)
    put(tmp_path, "a#1.1.out", 30)
    put(tmp_path, "load[17]/insert#2.3.out", 20)
    found = [(log.address, log.number, log.attempt, log.stream) for log in log_files(tmp_path)]
    assert found == [
        ("b", 1, 1, "out"),
        ("load[17]/insert", 2, 3, "out"),
        ("a", 1, 1, "out"),
        ("a", 1, 1, "err"),
    ]


def test_an_address_means_the_node_and_what_is_below_it_and_no_other(tmp_path: Path) -> None:
    for name in ("a#1.1.out", "a/b#1.1.out", "a[0]/b#1.1.out", "ab#1.1.out"):
        put(tmp_path, name, 1)
    assert {log.address for log in log_files(tmp_path, "a")} == {"a", "a/b", "a[0]/b"}
    assert {log.address for log in log_files(tmp_path, "a[0]")} == {"a[0]/b"}


def test_what_is_no_log_is_passed_over_and_no_folder_has_no_logs(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt", 1)
    assert log_files(tmp_path) == []
    assert log_files(tmp_path / "gone") == []


def test_the_newest_log_is_that_of_the_last_attempt_its_errors_first(tmp_path: Path) -> None:
    put(tmp_path, "a[1]/b#1.2.err", 9)
    put(tmp_path, "a[1]/b#2.1.out", 3)
    last = put(tmp_path, "a[1]/b#2.10.err", 1)
    put(tmp_path, "a[1]/b#2.10.out", 2)
    put(tmp_path, "a[1]/bb#9.9.err", 2)
    assert newest_log(tmp_path, "a[1]/b") == last
    assert newest_log(tmp_path, "nosuch") is None
    assert newest_log(tmp_path, "no/such") is None
