from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from wflow.display.marks import ASCII
from wflow.display.safe import width_of
from wflow.display.tree import layout, plain_tree, render


def _deployment(node: Any, story: Any) -> Any:
    told = story(
        node("pre-checks", "container", node("check-network"), node("check-storage"), mode="sequential"),
        node(
            "deployments",
            "container",
            node("deploy-node1", "container", node("os"), node("app"), mode="sequential"),
            node("deploy-node2"),
            mode="parallel",
        ),
        node("report"),
    )
    told.begin()
    told.start("pre-checks", "container")
    told.start("pre-checks/check-network")
    told.at = 1.0
    told.complete("pre-checks/check-network")
    told.start("pre-checks/check-storage")
    told.at = 2.0
    told.complete("pre-checks/check-storage")
    told.complete("pre-checks", "container")
    told.start("deployments", "container")
    told.start("deployments/deploy-node1", "container")
    told.start("deployments/deploy-node1/os")
    told.start("deployments/deploy-node2")
    told.at = 3.0
    told.complete("deployments/deploy-node1/os")
    told.start("deployments/deploy-node1/app")
    told.report("deployments/deploy-node1/app", 50)
    told.report("deployments/deploy-node2", 40)
    told.at = 4.0
    told.retry("deployments/deploy-node2", due=8.0, attempt=2)
    return told


def test_the_tree_is_as_the_design_draws_it(node: Any, story: Any) -> None:
    told = _deployment(node, story)
    shown = [line.text for line in layout(told.view, told.now, 80, 24)]
    assert shown == [
        "● etl  (S 4.0s, 3.6s left)                  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   52%",
        "├── ✓ pre-checks  (S 2.0s)                  ━━━━━━━━━━━━━━━                 100%",
        "│   ├── ✓ check-network  (1.0s)             ━━━━━━━━                        100%",
        "│   └── ✓ check-storage  (1.0s)                    ━━━━━━━━                 100%",
        "├── ● deployments  (P 2.0s)                                ━━━━━━━━━━━━━━━   57%",
        "│   ├── ● deploy-node1  (S 2.0s)                           ━━━━━━━━━━━━━━━   75%",
        "│   │   ├── ✓ os  (1.0s)                                   ━━━━━━━          100%",
        "│   │   └── ● app  (1.0s)                                         ━━━━━━━━   50%",
        "│   └── ↻ deploy-node2  (2/3, retry in 4s)                 ━━━━━━━━━━━━━━━   40%",
        "└── ○ report",
    ]


def test_on_a_narrow_terminal_names_and_shares_are_left(node: Any, story: Any) -> None:
    told = _deployment(node, story)
    assert [line.text for line in layout(told.view, told.now, 40, 24)] == [
        "● etl  (S 4.0s, 3.6s left)          52%",
        "├── ✓ pre-checks  (S 2.0s)         100%",
        "│   ├── ✓ check-network  (1.0s)    100%",
        "│   └── ✓ check-storage  (1.0s)    100%",
        "├── ● deployments  (P 2.0s)         57%",
        "│   ├── ● deploy-node1  (S 2.0s)    75%",
        "│   │   ├── ✓ os  (1.0s)           100%",
        "│   │   └── ● app  (1.0s)           50%",
        "│   └── ↻ deploy-node2              40%",
        "└── ○ report",
    ]


def test_more_nodes_than_lines_are_folded_into_a_count(node: Any, story: Any) -> None:
    told = _deployment(node, story)
    assert [line.text for line in layout(told.view, told.now, 60, 6, ASCII)] == [
        "* etl  (S 4.0s, 3.6s left)                  ==========   52%",
        "|-- * deployments  (P 2.0s)                      =====   57%",
        "|   |-- * deploy-node1  (S 2.0s)                 =====   75%",
        "|   |   `-- * app  (1.0s)                          ===   50%",
        "|   `-- ~ deploy-node2  (2/3, retry in 4s)       =====   40%",
        "`-- ... 5 more: 1 pending, 4 completed",
    ]


def test_a_long_loop_shows_what_runs_what_failed_and_the_last(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")), rows_kept=100)
    told.begin()
    told.start("load", "foreach", items=10_000)
    for number in range(9_000):
        told.start(f"load[{number}]/insert")
        told.at += 0.001
        if number == 17:
            told.fail(f"load[{number}]/insert")
        else:
            told.complete(f"load[{number}]/insert")
    told.start("load[9000]/insert")
    told.at += 1.0
    assert [line.text for line in layout(told.view, told.now, 70, 7)] == [
        "● etl  (S 10.0s, 1.1s left)      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   90%",
        "├── ● load  (S 10.0s)            ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   90%",
        "│   ├── ✗ [17]/insert  (1ms)     ━",
        "│   ├── ✓ [8998]/insert  (1ms)                             ━     100%",
        "│   ├── ✓ [8999]/insert  (1ms)                             ━     100%",
        "│   └── ● [9000]/insert  (1.0s)                             ━━━    0%",
        "└── … 8,997 more: 8,997 completed",
    ]


def test_time_in_which_nobody_ran_the_run_takes_no_room(node: Any, story: Any) -> None:
    told = story(node("a"), node("b"))
    told.begin()
    told.start("a")
    told.at = 5.0
    told.complete("a")
    told.pause()
    told.at = 100_000.0
    told.resume()
    told.start("b")
    told.at = 100_005.0
    told.complete("b")
    told.finish()
    assert [line.text for line in layout(told.view, told.now, 60, None)] == [
        "✓ etl  (S 1d 03h)  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100%",
        "├── ✓ a  (5.0s)    ━━━━━━━━━━━━━━━                 100%",
        "└── ✓ b  (5.0s)                   ━━━━━━━━━━━━━━━  100%",
    ]


def test_several_activations_are_counted(node: Any, story: Any) -> None:
    told = story(node("a", join="each"))
    told.begin()
    for number in range(1, 4):
        told.start("a", number=number)
        told.complete("a", number=number)
    assert "✓ a  (×3, 0ms)" in plain_tree(told.view, told.now)


def test_a_paused_run_stands_still(node: Any, story: Any) -> None:
    told = story(node("a"), node("w", "wait"), node("s"), node("c"))
    told.begin()
    told.start("a")
    told.start("w", "wait", waiting=True)
    told.skip("s")
    told.start("c")
    told.cancel("c")
    told.at = 4.0
    told.pause()
    assert plain_tree(told.view, told.now + 500, width=50) == plain_tree(told.view, told.now, width=50)
    assert [line.partition("━")[0].rstrip() for line in plain_tree(told.view, told.now, width=50).splitlines()] == [
        "◔ etl  (P 4.0s)",
        "├── ○ a",
        "├── ◔ w  (4.0s)",
        "├── ⊘ s",
        "└── ⊗ c  (0ms)",
    ]


def test_a_run_that_has_not_begun_is_a_list_of_what_will_be(node: Any, story: Any) -> None:
    told = story(node("a"), node("b", fallback="plan_b"), node("plan_b"))
    assert plain_tree(told.view, told.now) == "○ etl\n├── ○ a\n└── ○ b"


@pytest.mark.parametrize("width", [*range(1, 60, 3), 80, 200])
@pytest.mark.parametrize("height", [1, 2, 5, None])
def test_no_line_is_wider_and_no_tree_higher_than_the_terminal(
    node: Any, story: Any, width: int, height: int | None
) -> None:
    told = _deployment(node, story)
    told.start("load[漢字 and a rather long key of an item]/insert")
    lines = layout(told.view, told.now, width, height)
    assert len(lines) <= (height or 100)
    assert all(width_of(line.text) <= max(width, 8) for line in lines)


def test_hostile_keys_and_names_stay_in_their_line(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")))
    told.begin()
    told.start("load", "foreach", items=3)
    told.start("load[\x1b[2J[/bold]\n\u202ex]/insert")
    text = plain_tree(told.view, told.now)
    assert len(text.splitlines()) == 3
    assert "[[/bold]\\n\\u202ex]/insert" in text
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=100).print(render(told.view, told.now, 100, None))
    assert "[/bold]" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()


def test_the_rich_tree_has_the_same_text_and_colours_only_where_they_are_wanted(node: Any, story: Any) -> None:
    told = _deployment(node, story)
    text = render(told.view, told.now, 80, None)
    assert [line.rstrip() for line in text.plain.splitlines()] == plain_tree(told.view, told.now, width=80).splitlines()

    def shown(**environ: str) -> str:
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=True, width=100, _environ={"TERM": "xterm-256color", **environ})
        console.print(text)
        return stream.getvalue()

    assert "\x1b[32m✓" in shown()
    assert "\x1b[32m" not in shown(NO_COLOR="1")


def test_ten_thousand_nodes_cost_no_more_than_the_lines_that_are_shown(node: Any, story: Any) -> None:
    told = story(*[node(f"n{number}") for number in range(10_000)])
    told.begin()
    for number in range(5_000):
        told.start(f"n{number}")
        told.complete(f"n{number}")
    told.start("n7000")
    lines = [line.text for line in layout(told.view, told.now, 60, 5)]
    assert [line[:12].rstrip() for line in lines] == [
        "● etl  (S 0m",
        "├── ✓ n0  (0",
        "├── ✓ n1  (0",
        "├── ● n7000",
        "└── … 9,997",
    ]
