"""A run as a tree with time bars (design.md, Live tree). Pure: a view, a time and a size in, lines out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wflow.display.marks import ASCII, UNICODE, Marks
from wflow.display.safe import cut, safe_text, width_of
from wflow.display.select import Selection, is_joined, select
from wflow.display.times import span
from wflow.progress import ACTIVE, Row, View

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Line", "layout", "plain_tree", "render", "styled"]

#: Columns of a time bar: as many as design.md draws, and as few as still say something.
_BAR = 30
_BAR_LEAST = 8

#: Columns after the bar: two blanks and ``100%``.
_PERCENT = 6

#: A time left is told once this share is done, and this many seconds have gone into it.
_JUDGED_FROM_SHARE = 0.05
_JUDGED_FROM_SECONDS = 2.0


class Line(NamedTuple):
    """A line in the parts that have a style of their own: the tree's branches, the mark, the name, what is in brackets,
    the bar with the blanks before and after it, the percent. ``status`` gives the mark and the bar their colour.
    """

    guide: str
    mark: str
    name: str
    detail: str
    bar: str
    percent: str
    status: str

    @property
    def text(self) -> str:
        """The line without style, and without blanks at its end."""
        return (self.guide + self.mark + self.name + self.detail + self.bar + self.percent).rstrip()


class _Entry(NamedTuple):
    row: Row
    guide: str
    name: str
    detail: str


def layout(view: View, now: float, width: int, height: int | None, marks: Marks = UNICODE) -> list[Line]:
    """The tree in at most ``height`` lines (None: any number) of at most ``width`` columns, as it is at ``now``."""
    chosen = select(view, height)
    entries: list[_Entry] = []
    _collect(entries, chosen, view, now, marks)
    widest = max(len(entry.guide) + 2 + width_of(entry.name) + _gap(entry.detail) for entry in entries)
    column, bar = _columns(widest, width)
    lines = [_line(entry, view, now, column, bar, width, marks) for entry in entries]
    if chosen.hidden and (height is None or height > 1):
        lines.append(_folded(chosen, width, marks))
    return lines


def _gap(detail: str) -> int:
    return len(detail) + 2 if detail else 0


def _columns(widest: int, width: int) -> tuple[int, int]:
    """The column at which bars begin, and how long they are; 0 where there is no room for them."""
    column = widest + 2
    room = width - _PERCENT - column
    if room >= _BAR_LEAST:
        return column, min(_BAR, room)
    if width >= 60:
        return width - _PERCENT - _BAR_LEAST, _BAR_LEAST
    return min(column, max(1, width - _PERCENT)), 0


def _collect(entries: list[_Entry], chosen: Selection, view: View, now: float, marks: Marks) -> None:
    stack: list[tuple[Row, str, str, str]] = [(view.root, "", "", "")]
    while stack:
        row, before, guide, trunk = stack.pop()
        below = chosen.below(row)
        if is_joined(row):
            stack.extend((child, f"{before}{safe_text(row.label)}/", guide, trunk) for child in below)
            continue
        entries.append(_Entry(row, guide, before + safe_text(row.label), _detail(row, view, now, marks)))
        below = [child for child in below if not is_joined(child) or chosen.below(child)]
        folded_after = row.parent is None and bool(chosen.hidden)
        for place, child in enumerate(reversed(below)):
            last = place == 0 and not folded_after
            step = marks.last if last else marks.branch
            stack.append((child, "", trunk + step, trunk + (marks.gap if last else marks.trunk)))


def _detail(row: Row, view: View, now: float, marks: Marks) -> str:
    """What stands in brackets after the name: attempts, activations, how long, how long yet."""
    status = row.status
    parts: list[str] = []
    if row.activations > 1:
        parts.append(f"{marks.times}{row.activations}")
    if row.max_attempts and (row.attempts > 1 or status == "retrying"):
        parts.append(f"{row.attempts}/{row.max_attempts}")
    if status == "retrying" and row.due is not None:
        parts.append(f"retry in {_countdown(row.due - view.end(now))}")
    elif row.started_at is not None and status not in ("pending", "skipped"):
        took = span(_end(row, view, now) - row.started_at)
        mode = row.mode
        parts.append(f"{mode} {took}" if mode else took)
    if row.parent is None:
        left = _time_left(view, now)
        if left is not None:
            parts.append(f"{span(left)} left")
    return f"({', '.join(parts)})" if parts else ""


def _countdown(seconds: float) -> str:
    """Whole seconds, so that a wait counts down instead of flickering."""
    return f"{max(0, round(seconds))}s" if seconds < 60 else span(seconds)


def _end(row: Row, view: View, now: float) -> float:
    return row.ended_at if row.ended_at is not None else view.end(now)


def _time_left(view: View, now: float) -> float | None:
    """Seconds that the run will take yet, if it goes on as it did; None while there is nothing to judge by."""
    if view.status != "running":
        return None
    spent, share = view.run_time(view.end(now)), view.progress()
    if spent < _JUDGED_FROM_SECONDS or not _JUDGED_FROM_SHARE <= share < 1.0:
        return None
    return spent * (1.0 - share) / share


def _line(entry: _Entry, view: View, now: float, column: int, bar: int, width: int, marks: Marks) -> Line:
    row, detail = entry.row, entry.detail
    mark = marks.status.get(row.status, marks.status["pending"])
    guide = cut(entry.guide, max(0, column - 4), "")
    room = column - len(guide) - 2 - (2 if bar else 1)
    if width_of(entry.name) + _gap(detail) > room and room - _gap(detail) < 4:
        detail = ""
    name = cut(entry.name, max(1, room - _gap(detail)), marks.ellipsis)
    detail = f"  {detail}" if detail else ""
    used = len(guide) + 2 + width_of(name) + len(detail)
    blank = " " * max(0, column - used)
    percent = _percent(row, view)
    drawn = blank + _bar(row, view, now, bar, marks) if bar else blank
    tail = f"{percent:>{_PERCENT if bar else _PERCENT - 1}}" if width >= 20 else ""
    return Line(guide, f"{mark} ", name, detail, drawn, tail, row.status)


def _percent(row: Row, view: View) -> str:
    if row.status in ("pending", "skipped"):
        return ""
    share = view.progress() if row.parent is None else row.progress()
    if not share and row.status in ("failed", "cancelled"):
        return ""
    return "" if share is None else f"{int(share * 100 + 1e-9)}%"


def _bar(row: Row, view: View, now: float, width: int, marks: Marks) -> str:
    """The bar, where the row lay in the run's time: always ``width`` columns, blank for what never started."""
    end = view.end(now)
    whole = view.run_time(end)
    if row.started_at is None or row.status in ("pending", "skipped"):
        return " " * width
    if whole <= 0:
        return marks.bar * width
    first = min(width - 1, int(view.run_time(row.started_at) / whole * width))
    last = width if row.status in ACTIVE else round(view.run_time(_end(row, view, now)) / whole * width)
    length = max(1, min(width, last) - first)
    return (" " * first + marks.bar * length).ljust(width)


def _folded(chosen: Selection, width: int, marks: Marks) -> Line:
    hidden = chosen.hidden
    told = ", ".join(f"{number:,} {status}" for status, number in hidden.items())
    text = f"{marks.ellipsis} {sum(hidden.values()):,} more: {told}"
    return Line(marks.last, "", cut(text, max(1, width - len(marks.last)), marks.ellipsis), "", "", "", "folded")


_STYLES = {
    "completed": "green",
    "running": "blue",
    "retrying": "yellow",
    "waiting": "cyan",
    "failed": "bold red",
    "cancelled": "magenta",
    "interrupted": "bold red",
    "damaged": "bold red",
    "paused": "cyan",
    "folded": "dim",
}


def styled(lines: list[Line]) -> Text:
    """The lines as one rich text. Nothing in it is markup."""
    from rich.text import Text

    text = Text(no_wrap=True, overflow="crop", end="")
    for place, line in enumerate(lines):
        if place:
            text.append("\n")
        style = _STYLES.get(line.status, "dim")
        quiet = "dim" if line.status in ("pending", "skipped", "folded") else ""
        text.append(line.guide, "dim")
        text.append(line.mark, style)
        text.append(line.name, quiet)
        text.append(line.detail, "dim")
        if line.percent:
            text.append(line.bar, style)
            text.append(line.percent)
        else:
            text.append(line.bar.rstrip(), style)
    return text


def render(view: View, now: float, width: int, height: int | None, *, ascii_only: bool = False) -> Text:
    """The tree at the time ``now`` as a rich text of at most ``width`` columns and ``height`` lines (None: any)."""
    return styled(layout(view, now, width, height, ASCII if ascii_only else UNICODE))


def plain_tree(view: View, now: float, *, width: int = 100, ascii_only: bool = False) -> str:
    """The whole tree at the time ``now`` as text, lines of at most ``width`` columns, no end of line after the last."""
    lines = layout(view, now, width, None, ASCII if ascii_only else UNICODE)
    return "\n".join(line.text for line in lines)
