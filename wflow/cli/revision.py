"""The plan of a revision in words: what is kept of a run, what differs, and what runs again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wflow.display.safe import safe_text

__all__ = ["revision_text"]

#: Nodes that are told one a line, of each kind; the rest is a count.
_SHOWN = 10


def revision_text(plan: Mapping[str, Any]) -> str:
    """The plan that `wflow.runner.revising.RevisionPlan.summary` gives, a line for each thing; no end of line after the
    last.
    """
    kept = plan["kept"]
    nodes, activations = kept["nodes"], kept["activations"]
    more = f" ({activations:,} activations)" if activations != nodes else ""
    lines = [_line("kept", f"{nodes:,} {'node' if nodes == 1 else 'nodes'}{more}")]
    lines += _lines("changed", [_changed(one) for one in plan["changed"]])
    lines += _lines("dropped", [_name(one) for one in plan["dropped"]])
    lines += _lines("new", [_name(one) for one in plan["new"]])
    again = [text for group in plan["again"] for text in _group(group)]
    again += [f"{_name(one)}, which did not finish" for one in plan["unfinished"]]
    again += [f"{_name(one)}, which gets something else" for one in plan["moved"]]
    lines += _lines("again", again or ["nothing"])
    return "\n".join(lines)


def _changed(one: Mapping[str, Any]) -> str:
    stay = f"; {one['stay']:,} that finished stay" if one["stay"] else ""
    return f"{_name(one['node'])} ({_list(one['why'])}{stay})"


def _group(group: Mapping[str, Any]) -> list[str]:
    """What is named, with a count of what comes after; what comes after a node that is open again, one by one."""
    node, behind = _name(group["node"]), group["after"]
    if not group["itself"]:
        return [f"{_name(one)}, after {node}" for one in behind]
    return [f"{node} and {len(behind):,} after it" if behind else node]


def _lines(kind: str, texts: Sequence[str]) -> Iterator[str]:
    for text in texts[:_SHOWN]:
        yield _line(kind, text)
    if len(texts) > _SHOWN:
        yield _line(kind, f"{len(texts) - _SHOWN:,} more")


def _line(kind: str, text: str) -> str:
    return f"{kind:<8} {text}"


def _name(address: str) -> str:
    return safe_text(address, 300)


def _list(why: Sequence[str]) -> str:
    return safe_text(", ".join(why))
