"""``wflow edge``: an edge of a run is switched on or off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wflow.cli.asking import ask_and_see, read_whole
from wflow.cli.home import opened_store
from wflow.cli.printing import tell

if TYPE_CHECKING:
    from wflow.engine.state import State

__all__ = ["edge"]


def edge(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    action: Annotated[Literal["enable", "disable"], typer.Argument(metavar="enable|disable", help="On or off.")],
    named: Annotated[
        str, typer.Argument(metavar="EDGE", help="The edge as the file has it: `a -> b`, `deploy/a.true -> b`.")
    ],
    trigger: Annotated[
        Literal["complete", "fail", "cancel", "next", "always"] | None,
        typer.Option(help="Only the edge with this trigger; default: every edge between the two nodes."),
    ] = None,
) -> None:
    """Switch an edge of a run on or off, while it goes on or is paused. An edge that is off closes as not taken.

    An edge in a container, a loop or a subflow has the address before it: `load/a -> b` is meant in all iterations,
    those to come included, `load[17]/a -> b` in one. An edge whose source is done has closed and is refused.
    """
    from wflow.runner.edges import request_for, switch_named

    switch, enabled = switch_named(named, trigger), action == "enable"

    def check(state: State) -> None:
        request_for(state, switch, enabled=enabled)

    def taken(state: State) -> bool:
        return state.switches.get(switch) is enabled

    with opened_store() as store:
        reading = read_whole(store, store.find(run))
        request = request_for(reading.state, switch, enabled=enabled)
        done = ask_and_see(store, reading, request, check=check, taken=taken)
    text = " ".join(named.split())
    if done == "taken":
        tell(f"run {reading.id}: the edge {_shown(text)} is {action}d")
    else:
        tell(f"asked run {reading.id} to {action} the edge {_shown(text)}")


def _shown(text: str) -> str:
    from wflow.display.safe import safe_text

    return safe_text(text, 300)
