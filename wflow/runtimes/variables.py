"""A script's view of the run's variables: reads see its own writes at once, writes are recorded as operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wflow.model.nearest import did_you_mean
from wflow.runtimes.output import copied, plain

__all__ = ["UnknownVariable", "Variables"]


class UnknownVariable(KeyError):
    """A variable that the workflow file does not declare; the message names the nearest that it does."""

    def __str__(self) -> str:
        return str(self.args[0])


class Variables(Mapping[str, Any]):
    """The variables, as a mapping of name to value; each value read is the reader's own copy.

    ``variables["k"] = value`` and `set` replace, `add` adds a number, `append` an element to a list, `merge` updates
    a mapping, `delete` takes a key out of a mapping or makes the variable null. A null counts as 0, [] and {} for the
    three. Each raises UnknownVariable for a name that is not declared, TypeError where the operation does not fit the
    value, ValueNotJson for what is no JSON value. ``operations`` is what was written: ``(op, name, value)`` in order.
    """

    __slots__ = ("_now", "_start", "operations")

    def __init__(self, start: Mapping[str, Any]) -> None:
        self._start = start
        self._now: dict[str, Any] = {}
        self.operations: list[tuple[str, str, Any]] = []

    def __getitem__(self, name: str) -> Any:
        return copied(self._value(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._start)

    def __len__(self) -> int:
        return len(self._start)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __setitem__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        self.delete(name)

    def set(self, name: str, value: Any) -> None:
        """Replace the value."""
        self._value(name)
        value = plain(value, f"variables.{name}")
        self._record("set", name, value, value)

    def add(self, name: str, number: float = 1) -> None:
        """Add a number; a negative one takes away."""
        old = self._value(name)
        number = plain(number, f"variables.{name}")
        if (old is not None and not _is_number(old)) or not _is_number(number):
            raise TypeError(f"cannot add {_kind(number)} to variable `{name}`, which is {_kind(old)}")
        self._record("add", name, number, plain((old or 0) + number, f"variables.{name}"))

    def append(self, name: str, element: Any) -> None:
        """Append an element to a list."""
        old = self._value(name)
        if old is not None and type(old) is not list:
            raise TypeError(f"cannot append to variable `{name}`, which is {_kind(old)}")
        element = plain(element, f"variables.{name}")
        now = self._own(name, old, [])
        now.append(element)
        self._record("append", name, element, now)

    def merge(self, name: str, entries: Mapping[str, Any]) -> None:
        """Update a mapping with the keys of another."""
        old = self._value(name)
        if (old is not None and type(old) is not dict) or not isinstance(entries, Mapping):
            raise TypeError(f"cannot merge {_kind(entries)} into variable `{name}`, which is {_kind(old)}")
        entries = plain(entries, f"variables.{name}")
        now = self._own(name, old, {})
        now.update(entries)
        self._record("merge", name, entries, now)

    def delete(self, name: str, key: str | None = None) -> None:
        """Take a key out of a mapping (no error where it is not in it); without one make the variable null."""
        old = self._value(name)
        if key is None:
            self._record("delete", name, None, None)
            return
        if type(old) is not dict or not isinstance(key, str):
            raise TypeError(f"cannot delete `{key}` from variable `{name}`, which is {_kind(old)}")
        now = self._own(name, old, {})
        now.pop(key, None)
        self._record("delete", name, plain(key, f"variables.{name}"), now)

    def _own(self, name: str, old: Any, empty: Any) -> Any:
        """The value to be changed in place: copied before the first change only, so that n appends are not n copies."""
        if old is None:
            return empty
        return old if name in self._now else copied(old)

    def _value(self, name: str) -> Any:
        if name in self._now:
            return self._now[name]
        try:
            return self._start[name]
        except KeyError:
            pass
        hint = did_you_mean(str(name), self._start) or "declare it under `variables`"
        raise UnknownVariable(f"the workflow declares no variable `{name}`; {hint}")

    def _record(self, operation: str, name: str, value: Any, now: Any) -> None:
        # What is recorded is a copy of its own: a later change in place must not reach an earlier operation.
        self._now[name] = copied(now) if now is value else now
        self.operations.append((operation, name, value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if _is_number(value):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list | tuple):
        return "a list"
    return "a mapping" if isinstance(value, Mapping) else f"of type {type(value).__name__}"
