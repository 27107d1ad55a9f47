from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wflow.errors import AlreadyRunning, StoreUnavailable
from wflow.store.lock import RunLock, is_held, owner_of

HOLDER = """
import sys
from pathlib import Path
from wflow.store.lock import RunLock
lock = RunLock(Path(sys.argv[1]), "r1")
print("held", flush=True)
sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    lock = RunLock(path, "r1")
    assert is_held(path)
    with pytest.raises(AlreadyRunning):
        RunLock(path, "r1")
    lock.release()
    lock.release()
    assert not is_held(path)
    RunLock(path, "r1").release()


def test_who_holds_it_in_another_process_is_said_and_its_death_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as process:
        assert is_held(path)
        with pytest.raises(
            AlreadyRunning, match=rf"run `r1` is running already, in process {process.pid} on "
        ) as caught:
            RunLock(path, "r1")
        assert caught.value.owner is not None
        assert " since 20" in caught.value.owner
        process.kill()
        process.wait()
        assert not is_held(path)
        RunLock(path, "r1").release()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"[]", b'{"pid":"x"}', b'{"pid":1,"host":"h"}', b"[" * 5000, b'"text"']
)
def test_a_lock_file_with_anything_in_it_still_locks(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lock"
    path.write_bytes(content)
    assert owner_of(path) is None
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(AlreadyRunning, match=r"run `r1` is running already$"):
        RunLock(path, "r1")
    os.close(descriptor)
    RunLock(path, "r1").release()
    assert str(os.getpid()) in str(owner_of(path))


def test_what_a_lock_file_says_cannot_write_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text('{"pid": 1, "host": "a\\u001b[31m' + "x" * 200 + '", "since": "now"}')
    owner = owner_of(tmp_path / "lock")
    assert owner is not None
    assert "\x1b" not in owner
    assert len(owner) < 150


def test_those_who_only_ask_do_not_keep_an_owner_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    RunLock(path, "r1").release()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            is_held(path)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(100):
            RunLock(path, "r1").release()
    finally:
        stop.set()
        for asker in askers:
            asker.join()


def test_a_forked_child_does_not_keep_a_dead_owner_alive(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from wflow.store.lock import RunLock
path = Path(sys.argv[1])
lock = RunLock(path, "r1")
if os.fork() == 0:
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
os.kill(os.getpid(), 9)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "forked\n"
        owner.wait()
        assert not is_held(tmp_path / "lock"), "its child is alive and waits for the end of its input"


def test_a_lock_file_that_was_removed_and_made_anew_is_two_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    real = fcntl.flock
    calls: list[int] = []

    def replace_before_locking(descriptor: int, operation: int) -> None:
        if not calls:
            path.unlink()
            path.write_text("")
        calls.append(operation)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", replace_before_locking)
    lock = RunLock(path, "r1")
    monkeypatch.undo()
    assert len(calls) == 2
    assert is_held(path), "the lock must be on the file that others find"
    lock.release()


def test_a_folder_that_is_gone_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        RunLock(tmp_path / "gone" / "lock", "r1")
    assert not is_held(tmp_path / "gone" / "lock")


def test_a_link_in_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        RunLock(tmp_path / "lock", "r1")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        is_held(tmp_path / "lock")
    assert not (tmp_path / "elsewhere").exists()
