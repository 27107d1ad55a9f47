"""A mapping of a foreign file: its keys found in any case, each with its place, and those never asked for told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wflow.importing.durations import seconds_of, written_duration
from wflow.importing.told import Told
from wflow.model.workflow import Path

__all__ = ["Found", "Part", "as_text"]


#: Truth values as .NET's YAML readers take them.
_FLAGS = dict.fromkeys(("true", "yes", "on", "y"), True) | dict.fromkeys(("false", "no", "off", "n"), False)


class Found(NamedTuple):
    """A value and where it stands in the file."""

    value: Any
    path: Path


def as_text(value: str | float | bool) -> str:
    """A text, a number or a truth value as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Part:
    """A mapping of the file. A key is found by any of its names, in any case, in it or in ``aside`` (a node's
    ``configuration``); a null is as good as no key. What was never asked for is ``unused``.
    """

    def __init__(self, value: Mapping[str, Any], path: Path, told: Told, aside: Part | None = None) -> None:
        self.value = value
        self.path = path
        self.told = told
        self.aside = aside
        self._keys = {key.lower(): key for key in reversed(list(value))}
        self._used: set[str] = set()

    def find(self, *names: str) -> Found | None:
        """The first of these keys that has a value."""
        for name in names:
            key = self._keys.get(name.lower())
            if key is not None:
                self._used.add(key)
                if self.value[key] is not None:
                    return Found(self.value[key], (*self.path, key))
        return self.aside.find(*names) if self.aside is not None else None

    def place(self, *names: str) -> Path:
        """Where the key stands, or the mapping itself."""
        found = self.find(*names)
        return found.path if found is not None else self.path

    def text(self, *names: str) -> str | None:
        """A text, or a number or truth value as text; None where there is none, or it is blank."""
        found = self.find(*names)
        if found is None:
            return None
        if isinstance(found.value, str | int | float):
            text = as_text(found.value)
            return text if text.strip() else None
        self.refuse(found, "a text")
        return None

    def whole(self, *names: str) -> int | None:
        """A whole number, also one written as text."""
        found = self.find(*names)
        if found is None:
            return None
        value = found.value
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str):
            try:
                return int(value.strip())
            except ValueError:
                pass
        self.refuse(found, "a whole number")
        return None

    def number(self, *names: str) -> float | None:
        """A number, also one written as text."""
        found = self.find(*names)
        if found is None:
            return None
        value = found.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        try:
            return float(str(value))
        except ValueError:
            self.refuse(found, "a number")
            return None

    def flag(self, *names: str) -> bool | None:
        """A truth value, also one written as text."""
        found = self.find(*names)
        if found is None:
            return None
        if isinstance(found.value, bool):
            return found.value
        if isinstance(found.value, str) and found.value.strip().lower() in _FLAGS:
            return _FLAGS[found.value.strip().lower()]
        self.refuse(found, "true or false")
        return None

    def duration(self, *names: str) -> str | None:
        """A span of time as our files write it: from ``hh:mm:ss``, or from seconds."""
        found = self.find(*names)
        if found is None:
            return None
        seconds = seconds_of(found.value)
        if seconds is None:
            self.refuse(found, "a span of time, such as 00:00:30 or 30")
            return None
        return written_duration(seconds)

    def mapping(self, *names: str) -> Part | None:
        """A mapping."""
        found = self.find(*names)
        if found is None:
            return None
        if not isinstance(found.value, dict):
            self.refuse(found, "a mapping")
            return None
        return Part(found.value, found.path, self.told)

    def listed(self, *names: str) -> list[Found]:
        """The elements of a list, each with its place; empty where there is none."""
        found = self.find(*names)
        if found is None:
            return []
        if not isinstance(found.value, list):
            self.refuse(found, "a list")
            return []
        return [Found(element, (*found.path, at)) for at, element in enumerate(found.value)]

    def parts(self, *names: str) -> list[Part]:
        """The elements of a list that are mappings; anything else in it is told of."""
        made = []
        for found in self.listed(*names):
            if isinstance(found.value, dict):
                made.append(Part(found.value, found.path, self.told))
            else:
                self.refuse(found, "a mapping")
        return made

    def items(self) -> Iterator[tuple[str, Found]]:
        """Every key with its value."""
        for key, value in self.value.items():
            yield key, Found(value, (*self.path, key))

    def unused(self) -> Iterator[tuple[str, Found]]:
        """The keys that nobody asked for and that say something: programs write out also those without a value."""
        for key, found in self.items():
            if key not in self._used and found.value not in (None, "", [], {}):
                yield key, found

    def refuse(self, found: Found, wanted: str) -> None:
        """Tell that a value is of a kind that it cannot be."""
        name = found.path[-1] if found.path else ""
        what = f"`{name}`" if isinstance(name, str) else "this"
        self.told.lost(found.path, f"{what} is not {wanted}", code="bad-value")
