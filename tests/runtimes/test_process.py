from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from wflow.runtimes.leftovers import facts, marked, processes, traces_of
from wflow.runtimes.process import Ended, Processes
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import Work

MakeWork = Callable[..., Work]
Run = Callable[..., Ended]


@pytest.fixture
def running() -> Iterator[Processes]:
    made = Processes()
    yield made
    made.close()


def execute(running: Processes, work: Work, argv: Sequence[str], tick: Callable[[], None] | None = None) -> Ended:
    environment = {**os.environb, b"WFLOW_WORK": os.fsencode(work.scratch)}
    return running.run(work, argv, folder=str(work.run.home), environment=environment, tick=tick)


def test_a_process_runs_in_its_folder_without_stdin_in_a_session_of_its_own(
    running: Processes, make_work: MakeWork
) -> None:
    work = make_work({})
    assert execute(running, work, ["sh", "-c", "pwd; cat; ps -o sid= -p $$; echo $$; echo e >&2"]) == Ended(0, 0, 0)
    where, session, own = Path(work.log + ".out").read_text().split()
    assert Path(where) == work.run.home
    assert session == own
    assert Path(work.log + ".err").read_text() == "e\n"


def test_logs_are_appended_to_and_empty_ones_leave_no_file(running: Processes, make_work: MakeWork) -> None:
    work = make_work({})
    execute(running, work, ["true"])
    assert list(Path(work.log).parent.iterdir()) == []
    execute(running, work, ["echo", "one"])
    assert execute(running, work, ["sh", "-c", "echo two; exit 3"]) == Ended(3, 4, 0)
    assert Path(work.log + ".out").read_text() == "one\ntwo\n"


def test_a_signal_is_a_negative_code(running: Processes, make_work: MakeWork) -> None:
    assert execute(running, make_work({}), ["sh", "-c", "kill -9 $$"]).code == -9


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["wflow-no-such-command"], "the command `wflow-no-such-command` was not found on the PATH"),
        (["./absent"], "the command `./absent` was not found"),
        (["./plain"], "`./plain` may not be executed"),
        (["/"], "`/` may not be executed: it is a folder"),
        (["./no-interpreter"], "`./no-interpreter` names an interpreter in its first line that is not there"),
        (["./no-program"], "`./no-program` is no program"),
        (["echo", "a\0b"], "holds a NUL character"),
        (["a\0b"], "was not found"),
        (["echo", "x" * 200_000], "larger than the system allows"),
    ],
)
def test_what_cannot_be_started_is_said_in_a_sentence(
    running: Processes, make_work: MakeWork, argv: list[str], message: str
) -> None:
    work = make_work({})
    for name, text, mode in (
        ("plain", "#!/bin/sh\n", 0o600),
        ("no-interpreter", "#!/absent/sh\n", 0o700),
        ("no-program", "just text\n", 0o700),
    ):
        (work.run.home / name).write_text(text)
        (work.run.home / name).chmod(mode)
    if argv == ["./plain"] and os.geteuid() == 0:
        (work.run.home / "plain").chmod(0o600)
    with pytest.raises(NotStarted) as caught:
        execute(running, work, argv)
    assert message in str(caught.value)
    assert list(Path(work.log).parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(running: Processes, make_work: MakeWork) -> None:
    work = make_work({})
    with pytest.raises(NotStarted, match="the folder `/absent` to run it in does not exist"):
        running.run(work, ["true"], folder="/absent", environment={})


def test_a_relative_entry_of_the_path_counts_from_the_folder(running: Processes, make_work: MakeWork) -> None:
    work = make_work({})
    tool = work.run.home / "bin" / "own-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho own\n")
    tool.chmod(0o700)
    running.run(work, ["own-tool"], folder=str(work.run.home), environment={b"PATH": b"bin"})
    assert Path(work.log + ".out").read_text() == "own\n"


def test_ticks_come_while_it_runs(running: Processes, make_work: MakeWork) -> None:
    ticks: list[float] = []
    execute(running, make_work({}), ["sleep", "0.7"], tick=lambda: ticks.append(time.monotonic()))
    assert 1 <= len(ticks) <= 3


def test_an_error_in_a_tick_leaves_no_process(running: Processes, make_work: MakeWork) -> None:
    work = make_work({})

    def tick() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        execute(running, work, ["sleep", "60"], tick=tick)
    assert survivors(work) == []


KINDS = {
    "plain": "sleep 60",
    "background child": "sleep 60 & wait",
    "ignores TERM": "trap '' TERM; sleep 60; sleep 60",
    "setsid daemon": "setsid sleep 60 & sleep 60",
    "double fork": "(setsid sh -c 'sleep 60 & sleep 60' &) ; sleep 60",
    "nohup": "nohup sleep 60 >/dev/null 2>&1 & sleep 60",
    "without its environment": "env -i setsid sleep 60 & sleep 60",
    "an orphan without its environment": "(env -i setsid sleep 60 &); sleep 60",
    "an orphan without its output": "(setsid sleep 60 >/dev/null 2>&1 &); sleep 60",
}


@pytest.mark.parametrize("script", KINDS.values(), ids=KINDS.keys())
def test_a_stop_leaves_no_process(running: Processes, make_work: MakeWork, script: str) -> None:
    work = make_work({}, stop_grace=0.3)
    seen = started_then(work, lambda: work.stop.ask("cancel"))
    began = time.monotonic()
    execute(running, work, ["sh", "-c", f"{script} # "])
    assert time.monotonic() - began < 5
    seen.join()
    assert survivors(work) == []
    assert not children_of_this_process()


@pytest.mark.parametrize(
    "script",
    [
        "sleep 60 & ",
        "trap '' TERM; sleep 60 &",
        "setsid sleep 60 & sleep 0.05",
        "(setsid sh -c 'sleep 60 & sleep 60' &) ; sleep 0.05",
        "nohup sleep 60 >/dev/null 2>&1 & ",
        "set -m; sleep 60 & sleep 60 &",
        "(env -i setsid sleep 60 2>/dev/null &); sleep 0.05",
    ],
)
def test_what_is_left_running_ends_with_the_script(running: Processes, make_work: MakeWork, script: str) -> None:
    work = make_work({})
    began = time.monotonic()
    assert execute(running, work, ["sh", "-c", script]).code == 0
    assert time.monotonic() - began < 3
    assert survivors(work) == []
    assert not children_of_this_process()


def test_a_script_that_clears_up_is_given_the_grace(running: Processes, make_work: MakeWork) -> None:
    work = make_work({}, stop_grace=5)
    seen = started_then(work, lambda: work.stop.ask("cancel"))
    script = "trap 'sleep 0.2; echo cleared; exit 0' TERM; sleep 60 & wait"
    began = time.monotonic()
    execute(running, work, ["sh", "-c", script])
    seen.join()
    assert Path(work.log + ".out").read_text() == "cleared\n"
    assert time.monotonic() - began < 4


def test_a_child_that_clears_up_is_given_the_grace_after_its_parent_ended(
    running: Processes, make_work: MakeWork
) -> None:
    work = make_work({}, stop_grace=5)
    seen = started_then(work, lambda: work.stop.ask("cancel"))
    child = "trap 'sleep 0.3; echo child cleared; exit' TERM; while :; do sleep 0.02; done"
    execute(running, work, ["sh", "-c", f'sh -c "{child}" & wait'])
    seen.join()
    assert Path(work.log + ".out").read_text() == "child cleared\n"


def test_an_abandoned_process_is_killed_at_once(running: Processes, make_work: MakeWork) -> None:
    work = make_work({}, stop_grace=60)

    def stop() -> None:
        work.stop.ask("cancel")
        time.sleep(0.1)
        running.abandon(work)

    seen = started_then(work, stop)
    began = time.monotonic()
    execute(running, work, ["sh", "-c", "trap '' TERM; setsid sleep 60 & sleep 60; sleep 60"])
    seen.join()
    assert time.monotonic() - began < 5
    assert survivors(work) == []


def test_neighbours_are_left_alone(running: Processes, make_work: MakeWork) -> None:
    stopped, neighbour = make_work({}, stop_grace=0.2), make_work({})
    codes: list[int] = []
    other = threading.Thread(
        target=lambda: codes.append(execute(running, neighbour, ["sh", "-c", "setsid sleep 0.8 & wait"]).code)
    )
    other.start()
    seen = started_then(stopped, lambda: stopped.stop.ask("cancel"))
    execute(running, stopped, ["sh", "-c", "setsid sleep 60 & sleep 60"])
    seen.join()
    assert survivors(neighbour) != []
    other.join()
    assert codes == [0]


def test_many_scripts_at_once_each_have_their_own_end(running: Processes, make_work: MakeWork) -> None:
    works = [make_work({}) for _ in range(40)]
    codes: dict[int, int] = {}

    def run(number: int) -> None:
        codes[number] = execute(running, works[number], ["sh", "-c", f"setsid true & exit {number}"]).code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == {number: number for number in range(40)}


def test_descriptors_do_not_leak(running: Processes, make_work: MakeWork) -> None:
    execute(running, make_work({}), ["true"])
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        execute(running, make_work({}), ["true"])
        with pytest.raises(NotStarted):
            execute(running, make_work({}), ["/absent"])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_process_is_waited_for_without_descriptors_of_processes_too(
    running: Processes, make_work: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pidfd_open", "eventfd"):
        monkeypatch.delattr(os, name)
    ticks: list[int] = []
    assert execute(running, make_work({}), ["sh", "-c", "sleep 0.4; exit 4"], tick=lambda: ticks.append(1)).code == 4
    assert ticks == [1]
    work = make_work({}, stop_grace=0.2)
    seen = started_then(work, lambda: work.stop.ask("cancel"))
    execute(running, work, ["sh", "-c", "trap '' TERM; setsid sleep 60 & sleep 60; sleep 60"])
    seen.join()
    assert survivors(work) == []


def started_then(work: Work, do: Callable[[], object]) -> threading.Thread:
    """Do something as soon as the attempt's script sleeps, or what it started does."""

    def watch() -> None:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            names = [Path(f"/proc/{pid}/comm") for pid in survivors(work)]
            if any(path.exists() and path.read_text() == "sleep\n" for path in names):
                break
            time.sleep(0.01)
        time.sleep(0.05)
        do()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def survivors(work: Work) -> list[int]:
    traces = traces_of(work.scratch, work.log)
    return [one.pid for one in processes() if marked(one.pid, traces)]


def children_of_this_process() -> list[str]:
    """What has this process as its parent and is no child that it started itself, zombies included."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    own = os.getsid(0)
    return [child for child in children if (now := facts(child)) is not None and now.session != own]
