"""How the definition's nodes stand in a run: what a drawing of the graph is coloured by."""

from __future__ import annotations

from wflow.progress.outline import Outline
from wflow.progress.rows import Row, subtree
from wflow.progress.view import View

__all__ = ["standing"]

#: From the least telling to the most: a node with several rows is shown by the last of these among them.
_TELLING = ("pending", "skipped", "completed", "cancelled", "waiting", "running", "retrying", "failed")


def standing(view: View) -> dict[str, str]:
    """The status of each node that the run has come to know, by its address without keys (``load/insert``).

    Of a node with several rows it is the most telling one: failed before what is under way before what completed.
    """
    told: dict[str, str] = {}
    stack: list[tuple[Outline, str]] = [(view.root.outline, "")]
    while stack:
        outline, prefix = stack.pop()
        for child in outline.body.values():
            path = prefix + child.id
            for status, number in child.folded.items():
                if number:
                    _tell(told, path, status)
            stack.append((child, path + "/"))
    for row in subtree(view.root):
        if row.parent is not None and row.key is None:
            _tell(told, _path(row), row.status)
    return told


def _tell(told: dict[str, str], path: str, status: str) -> None:
    old = told.get(path)
    if old is None or _TELLING.index(status) > _TELLING.index(old):
        told[path] = status


def _path(row: Row) -> str:
    names: list[str] = []
    current: Row | None = row
    while current is not None and current.parent is not None:
        if current.key is None:
            names.append(current.outline.id)
        current = current.parent
    return "/".join(reversed(names))
