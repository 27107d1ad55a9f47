"""`samples/patterns/`: each pattern run through the real command, its nodes' ends and order, and the table of them."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
PATTERNS = ROOT / "samples" / "patterns"
TABLE = ROOT / "docs" / "patterns.md"

#: What a graph without cycles excludes; the first of the two has a sample of what to write instead.
EXCLUDED = {10, 38}

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a run of a sample gives. Nodes are addresses with spaces between; ``{a,b}`` stands for either.

    ``order`` holds ``a < b`` (``a`` has ended before ``b`` starts), ``a & b`` (at work at the same time) and ``a | b``
    (never at the same time). With ``<``, a sign says which moment is meant: ``+a`` its start, ``-a`` its end; and
    ``a#2`` is a node's second activation. ``times`` are the activations of nodes that have more than one.
    """

    completed: str
    skipped: str = ""
    cancelled: str = ""
    order: tuple[str, ...] = ()
    outputs: dict[str, Any] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    exit_code: int = 0


EXPECTED: dict[int, Expected] = {
    1: Expected(
        completed="receive check ship",
        order=("receive < check", "check < ship"),
        outputs={"steps": ["receive", "check", "ship"]},
    ),
    2: Expected(
        completed="order pack bill thank", order=("order < pack", "pack & bill", "bill & thank", "thank & pack")
    ),
    3: Expected(
        completed="order pack bill ship",
        order=("pack < ship", "bill < ship", "pack & bill"),
        outputs={"waited_for": ["bill", "pack"]},
    ),
    4: Expected(completed="how-large manager", skipped="clerk board", outputs={"went_to": "manager"}),
    5: Expected(completed="how plane deliver", skipped="ship", order=("plane < deliver",), outputs={"days": 2}),
    6: Expected(completed="emergency fire-brigade ambulance", skipped="tow-truck"),
    7: Expected(
        completed="emergency fire-brigade ambulance report",
        skipped="tow-truck",
        order=("fire-brigade < report", "ambulance < report", "fire-brigade & ambulance"),
        outputs={"were_there": ["ambulance", "fire-brigade"]},
    ),
    8: Expected(
        completed="survey foundations walls inspect archive",
        order=("archive#1 < -walls", "walls < inspect#2", "inspect#2 < archive#2"),
        outputs={"archived": ["foundations", "walls"]},
        times={"inspect": 2, "archive": 2},
    ),
    9: Expected(
        completed="rounds rounds[{0,1}]/{ask,mirror,master,first}",
        order=(
            "rounds[0]/mirror < rounds[0]/first",
            "-rounds[0]/first < -rounds[0]/master",
            "rounds[0]/master < rounds[1]/ask",
            "-rounds[1]/first < -rounds[1]/master",
        ),
    ),
    10: Expected(
        completed="document document[{0,1,2,3,4,5}]/turn document[{0,4}]/draft document[{1,3,5}]/review "
        "document[2]/revise",
        skipped="document[{1,2,3,5}]/draft document[{0,2,4}]/review document[{0,1,3,4,5}]/revise",
        outputs={"path": ["draft", "review", "revise", "review", "draft", "review"]},
    ),
    11: Expected(completed="order ship delivered bill paid", order=("-paid < -delivered",)),
    12: Expected(
        completed="fines send send[{0,1,2}]/letter close-file",
        order=(
            *(f"-close-file < -send[{n}]/letter" for n in range(3)),
            "send[0]/letter & send[1]/letter",
            "send[1]/letter & send[2]/letter",
        ),
    ),
    13: Expected(
        completed="sign sign[{0,1,2}]/signature file-it",
        order=tuple(f"sign[{n}]/signature < file-it" for n in range(3)),
        outputs={"signed_by": ["director", "treasurer", "secretary"]},
    ),
    14: Expected(
        completed="read-order weigh weigh[{0,1,2}]/scales total",
        order=(*(f"read-order < weigh[{n}]/scales" for n in range(3)), "weigh < total"),
        outputs={"kg": 15},
    ),
    15: Expected(
        completed="find find[{0,1,2,3,4,5,6}]/one-more read index",
        order=("+read#1 < -find", "read#1 < read#2", "read < index", "find < index"),
        outputs={"pages": ["home", "news", "shop", "books", "tea", "green-tea"]},
        times={"read": 6},
    ),
    16: Expected(
        completed="offer declined what-came thank-you customer",
        skipped="deliver remind",
        cancelled="accepted too-late",
        order=("declined < what-came", "+accepted < -declined", "+too-late < -declined"),
        outputs={"came": "declined"},
    ),
    17: Expected(
        completed="admit weigh take-blood talk-about-blood x-ray discharge",
        order=(
            "take-blood < talk-about-blood",
            *(f"{a} | {b}" for a, b in itertools.combinations(("weigh", "take-blood", "talk-about-blood", "x-ray"), 2)),
            *(f"{a} < discharge" for a in ("weigh", "talk-about-blood", "x-ray")),
        ),
    ),
    18: Expected(
        completed="book option ticket booked change change/{allowed,new-route} too-late change-again "
        "change-again/allowed",
        skipped="change-again/new-route",
        order=("book < change", "change < ticket", "ticket < change-again"),
        outputs={"changes": 1},
    ),
    19: Expected(
        completed="customer-calls withdraw confirm",
        skipped="pay",
        cancelled="assess-damage",
        order=("+assess-damage < +withdraw",),
    ),
    20: Expected(
        completed="job-falls-through give-up",
        skipped="sign-lease",
        cancelled="search-flat",
        order=("+search-flat < +give-up",),
        exit_code=4,
    ),
    21: Expected(
        completed="fill fill[{0,1,2}]/cup top-up ask ask[0]/question",
        order=("fill[0]/cup < fill[1]/cup", "fill[1]/cup < fill[2]/cup", "fill < top-up"),
        outputs={"turns": [3, 0, 1]},
    ),
    22: Expected(
        completed="{,smaller/,smaller/smaller/,smaller/smaller/smaller/}{more,result} "
        "{,smaller/,smaller/smaller/}{smaller,multiply} smaller/smaller/smaller/one",
        skipped="{,smaller/,smaller/smaller/}one smaller/smaller/smaller/{smaller,multiply}",
        order=("smaller/smaller/multiply < smaller/multiply", "smaller/multiply < multiply"),
        outputs={"factorial": 24},
    ),
    23: Expected(
        completed="first-ring listen[{0,1}]/bell nobody-there come-home at-the-door second-ring open-door "
        "stop-listening",
        cancelled="listen listen[2]/bell",
        order=("listen[0]/bell < at-the-door", "listen[1]/bell < open-door"),
        outputs={"answered": 2, "missed": 1},
    ),
    24: Expected(
        completed="send away letter read", order=("send < letter", "letter < read"), outputs={"text": "come soon"}
    ),
    25: Expected(
        completed="child-comes-home call-off celebrate brief-press",
        skipped="search/debrief",
        cancelled="search search/{by-air,on-foot} close-road",
        order=("+search/by-air < +call-off", "+close-road < +call-off", "-call-off < -brief-press"),
    ),
    26: Expected(
        completed="translate[{preface,chapter-1,chapter-2}]/short rights-are-lost withdraw",
        skipped="translate[preface]/work print",
        cancelled="translate translate[{chapter-1,chapter-2}]/work",
        order=("+translate[chapter-1]/work < +withdraw", "+translate[chapter-2]/work < +withdraw"),
    ),
    27: Expected(
        completed="poll poll/ask[{ada,bob,eve}]/at-home poll/ask[{ada,bob}]/answer poll/{two-answers,last-call,close} "
        "count",
        skipped="poll/ask[{ada,bob}]/ring-on poll/ask[eve]/answer",
        cancelled="poll/ask poll/ask[eve]/ring-on",
        order=("+poll/ask[eve]/ring-on < +poll/close", "poll/ask[eve]/ring-on < count"),
        outputs={"answers": ["ada", "bob"]},
    ),
    28: Expected(
        completed="east-gate east-gate[{0,1}]/arrive west-gate west-gate[{0,1}]/{road,arrive} rounds "
        "rounds[{0,1}]/{from-east,from-west,first}",
        order=(
            "+rounds[0]/first < +west-gate[0]/arrive",
            "east-gate[1]/arrive < west-gate[0]/arrive",
            "west-gate[0]/arrive < rounds[1]/first",
            "+rounds[1]/first < -west-gate[1]/arrive",
        ),
        outputs={"first": ["from-east", "from-east"]},
    ),
    29: Expected(
        completed="question cache answer",
        skipped="check-expert",
        cancelled="compute ask-expert",
        order=("cache < answer", "+compute < +answer", "+answer < -compute"),
        outputs={"answer": 42},
    ),
    30: Expected(
        completed="rounds rounds[{0,1}]/{ask,ada,bob,eve,two-of-three}",
        order=(
            "rounds[0]/ada < rounds[0]/two-of-three",
            "rounds[0]/bob < rounds[0]/two-of-three",
            "-rounds[0]/two-of-three < -rounds[0]/eve",
            "rounds[0]/eve < rounds[1]/ask",
            "-rounds[1]/two-of-three < -rounds[1]/eve",
        ),
    ),
    31: Expected(
        completed="{ada,bob,eve}-writes eve-thinks rounds rounds[{0,1}]/from-{ada,bob,eve} rounds[{0,1}]/two-of-three",
        order=(
            "rounds[0]/from-ada < rounds[0]/two-of-three",
            "rounds[0]/from-bob < rounds[0]/two-of-three",
            "-rounds[0]/two-of-three < +eve-writes",
            "ada-writes < eve-writes",
            "bob-writes < eve-writes",
            "eve-writes < rounds[1]/two-of-three",
        ),
    ),
    32: Expected(
        completed="ask ada bob two-of-three",
        skipped="eve-signs",
        cancelled="eve",
        order=("bob < two-of-three", "+eve < -bob", "+two-of-three < -eve"),
        outputs={"agreed": ["ada", "bob"]},
    ),
    33: Expected(
        completed="wheel-maker wheel-maker[{0,1,2}]/make frame-maker frame-maker[{0,1,2}]/{weld,make} bicycles "
        "bicycles[{0,1,2}]/{wheel,frame,assemble}",
        order=(
            "wheel-maker[2]/make < bicycles[0]/assemble",
            *(f"frame-maker[{n}]/make < bicycles[{n}]/assemble" for n in range(3)),
            "bicycles[0]/assemble < bicycles[1]/assemble",
            "bicycles[1]/assemble < bicycles[2]/assemble",
        ),
        outputs={"bicycles": ["w1f1", "w2f2", "w3f3"]},
    ),
    34: Expected(
        completed="review review[{ada,bob,eve,kim}]/quick review[{bob,eve}]/think-again publish",
        skipped="review[{ada,kim}]/think-again",
        order=(
            "review[ada]/quick < publish",
            "review[kim]/quick < publish",
            "-publish < -review[bob]/think-again",
            "-publish < -review[eve]/think-again",
        ),
    ),
    35: Expected(
        completed="search search[{attic,cellar,garden,forest}]/far search[{attic,cellar}]/look go-home",
        skipped="search[{attic,cellar}]/walk search[{garden,forest}]/look",
        cancelled="search[{garden,forest}]/walk",
        order=(
            "+search[garden]/walk < -search[attic]/look",
            "search[attic]/look < go-home",
            "search[cellar]/look < go-home",
            "search[forest]/walk < go-home",
        ),
        outputs={"searched": 2},
    ),
    37: Expected(
        completed="claim hospital garage letter settle",
        skipped="lawyer expert",
        order=("hospital < letter", "letter < settle", "garage < settle", "-letter < -garage"),
        outputs={"heard": ["garage", "letter"]},
    ),
    39: Expected(
        completed="board take-off take-off/{line-up,lift-off} landing landing/{approach,touch-down} fuel log",
        order=(
            "take-off | landing",
            "take-off/line-up < take-off/lift-off",
            "landing/approach < landing/touch-down",
            "fuel & take-off",
            "landing < log",
        ),
    ),
    40: Expected(
        completed="open-case test-voltage test-noise test-heat close-case",
        order=(
            "test-voltage | test-noise",
            "test-noise | test-heat",
            "test-heat | test-voltage",
            *(f"test-{what} < close-case" for what in ("voltage", "noise", "heat")),
        ),
    ),
    41: Expected(
        completed="boxes boxes[{0,1,2}]/fetch label load-van drive",
        order=("label < load-van", "load-van < drive"),
        times={"label": 3},
    ),
    42: Expected(
        completed="confirm three three[{0,1,2}]/start print fold",
        order=("confirm < print#1", "print#1 < fold#1"),
        outputs={"done": [0, 1, 2]},
        times={"print": 3, "fold": 3},
    ),
    43: Expected(
        completed="find-buyer sold advertise",
        skipped="sell",
        cancelled="watch-market answer-calls",
        order=("+watch-market < +sold", "+answer-calls < +sold", "+sold < -watch-market"),
    ),
}


def sample(number: int) -> Path:
    """The sample of a pattern."""
    (path,) = PATTERNS.glob(f"{number:02}-*.yaml")
    return path


def numbers() -> list[int]:
    return sorted(int(path.name[:2]) for path in PATTERNS.iterdir())


def spread(text: str) -> set[str]:
    """The addresses that a text with spaces and ``{a,b}`` stands for."""
    found: set[str] = set()
    for word in text.split():
        parts = re.split(r"\{(.*?)\}", word)
        choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
        found.update("".join(choice) for choice in itertools.product(*choices))
    return found


class Ran:
    """A run of a sample, by its events: how each node ended, and when it started and ended, by the events' numbers."""

    ENDS = ("node_completed", "node_failed", "node_cancelled", "node_skipped")

    def __init__(self, wflow: Command, number: int) -> None:
        done = wflow("run", sample(number), "--output", "json")
        self.exit_code = done.returncode
        self.events = [json.loads(line) for line in done.stdout.splitlines()]
        assert self.events, done.stderr
        self.statuses: dict[str, str] = {}
        self.times: dict[str, int] = {}
        self.starts: dict[str, list[int]] = {}
        self.ends: dict[str, list[int]] = {}
        for event in self.events:
            kind, address, seq = event["event"], event.get("address"), event["seq"]
            if kind == "node_started":
                for name in (address, f"{address}#{event['number']}"):
                    self.starts.setdefault(name, []).append(seq)
            elif kind in self.ENDS:
                self.statuses[address] = kind.removeprefix("node_")
                self.times[address] = self.times.get(address, 0) + 1
                for name in (address, f"{address}#{event.get('number', 0)}"):
                    self.ends.setdefault(name, []).append(seq)

    def nodes(self, status: str) -> set[str]:
        return {address for address, ended in self.statuses.items() if ended == status}

    def moment(self, name: str, default: str) -> int:
        """The number of the event that ``+name`` (its first start) or ``-name`` (its last end) stands for."""
        sign, address = (name[0], name[1:]) if name[0] in "+-" else (default, name)
        return min(self.starts[address]) if sign == "+" else max(self.ends[address])

    def holds(self, constraint: str) -> bool:
        left, relation, right = constraint.split()
        if relation == "<":
            return self.moment(left, "-") < self.moment(right, "+")
        apart = self.holds(f"{left} < {right}") or self.holds(f"{right} < {left}")
        return apart if relation == "|" else not apart


def test_every_sample_is_expected_to_show_something() -> None:
    assert numbers() == sorted({*EXPECTED, 36})
    assert {path.suffix for path in PATTERNS.iterdir()} == {".yaml"}


@pytest.mark.parametrize("number", sorted(EXPECTED))
def test_a_pattern_runs_the_nodes_that_it_should_in_the_order_that_it_should(number: int, wflow: Command) -> None:
    expected = EXPECTED[number]
    ran = Ran(wflow, number)

    assert ran.exit_code == expected.exit_code
    assert ran.nodes("completed") == spread(expected.completed)
    assert ran.nodes("skipped") == spread(expected.skipped)
    assert ran.nodes("cancelled") == spread(expected.cancelled)
    assert ran.nodes("failed") == set()
    assert {address: times for address, times in ran.times.items() if times > 1} == expected.times
    assert [constraint for constraint in expected.order if not ran.holds(constraint)] == []
    last = ran.events[-1]
    assert last["event"] == "run_finished"
    assert last["status"] == {0: "completed", 4: "cancelled"}[expected.exit_code]
    assert last["outputs"] == expected.outputs


def test_a_dynamic_partial_join_makes_no_more_instances_and_lets_those_that_run_go_on(wflow: Command) -> None:
    ran = Ran(wflow, 36)

    assert ran.exit_code == 0
    assert {*ran.statuses.values()} == {"completed"}
    assert ran.holds("+vote#1 < -invite"), "instances are made while others run"
    assert ran.holds("enough < close")
    assert ran.holds("+announce < -vote#1"), "what follows does not wait for an instance that still runs"
    made = [start for address, starts in ran.starts.items() if address.startswith("invite[") for start in starts]
    assert max(made) < ran.moment("-close", "-"), "none is made once enough is known"
    outputs = ran.events[-1]["outputs"]
    assert outputs["announced"].count("yes") >= 2
    assert len(outputs["all_votes"]) == ran.times["vote"] >= len(outputs["announced"]) + 1


def test_every_pattern_is_valid_and_only_the_recursion_is_warned_of(wflow: Command) -> None:
    said = wflow("validate", *(sample(number) for number in numbers()), "--format", "json")
    assert said.returncode == 0, said.stdout
    found = [(Path(problem["file"]).name, problem["code"]) for problem in json.loads(said.stdout)["problems"]]
    assert found == [("22-recursion.yaml", "subflow-recursion")]


def test_a_cycle_of_edges_is_refused_as_the_table_says(wflow: Command, tmp_path: Path) -> None:
    file = tmp_path / "cycle.yaml"
    nodes = "{draft: {type: noop}, review: {type: noop}, revise: {type: noop}}"
    edges = "[draft -> review -> revise -> review]"
    file.write_text(f"name: cycle\nnodes: {nodes}\nedges: {edges}\n", encoding="utf-8")
    said = wflow("validate", file)
    assert said.returncode == 3
    assert "[cycle]" in said.stdout + said.stderr


def rows() -> dict[int, list[str]]:
    """The rows of the table, by the pattern's number: name, sample, how."""
    cells = re.findall(
        r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    found = {int(number): list(rest) for number, *rest in cells}
    assert len(found) == len(cells), "a pattern stands in the table twice"
    return found


def test_the_table_has_every_pattern_and_excludes_two() -> None:
    table = rows()
    assert sorted(table) == list(range(1, 44))
    assert {number for number, (_, where, _) in table.items() if "excluded" in where} == EXCLUDED


def test_the_table_links_every_sample_in_the_row_of_its_pattern() -> None:
    linked = {number: re.findall(r"\]\((.+?)\)", where) for number, (_, where, _) in rows().items()}
    assert linked == {
        number: [f"../samples/patterns/{sample(number).name}"] if number in numbers() else [] for number in linked
    }


@pytest.mark.parametrize("number", numbers())
def test_a_sample_says_which_pattern_it_shows(number: int) -> None:
    described = YAML(typ="safe").load(sample(number).read_text(encoding="utf-8"))["description"]
    assert described.casefold().startswith(f"wcp-{number}, {rows()[number][0]}.".casefold())
