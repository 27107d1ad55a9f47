"""YAML text to plain values, through ruamel.yaml's C parser and its events.

One loop with a stack of its own: no recursion, no node tree, so that a hostile file costs what its length is. Each
event carries its mark, hence duplicate keys and the like are reported where they stand without a second pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from wflow.loading.refusal import MAX_DEPTH, Found, Refused
from wflow.loading.scalars import NumberRefused, plain, tagged
from wflow.model.diagnostics import Diagnostic
from wflow.model.plenty import MAX_PROBLEMS

__all__ = ["parse_yaml", "yaml_events"]

#: Anchored values may make a file this many times larger than it is written.
MAX_GROWTH = 10

_COLLECTION_TAGS = {"tag:yaml.org,2002:map": True, "tag:yaml.org,2002:seq": False}
#: What YAML 1.2 takes for no printable character (its rule 1).
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
#: A colon inside of a plain text: what follows is neither blank nor a sign of a flow collection, and what stands before
#: it does not end a quoted key.
_COLON = re.compile(r"""(?<!["'\]}]):(?=[^\s,\[\]{}])""")
_NO_KEY = object()
_MERGE = object()


def yaml_events(text: str) -> Iterator[Any]:
    """The parser's events, one after another. Raises Refused, with the place, where the text is not YAML."""
    told = 0
    try:
        for event in _events(text):
            yield event
            told += 1
    except _ColonRefused:
        yield from islice(_events_of_disguised(text), told, None)


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]

    get = CParser(text).get_event
    try:
        while (event := get()) is not None:
            yield event
    except Exception as error:  # noqa: BLE001 - besides its own the parser raises ValueError, TypeError, AssertionError
        raise _syntax(error, text) from None


class _ColonRefused(Refused):
    """The C parser does not know YAML 1.2 in one thing: in ``{at: 12:30, from: http://host/}`` it wants no colon."""


def _events_of_disguised(text: str) -> Iterator[Any]:
    """The events of a text with such colons: for the parser they are another character. What has the form of one and is
    none, as in a block of text, comes to no harm: every value has its colons again.
    """
    mask = next(character for code in range(0xE000, 0xF900) if (character := chr(code)) not in text)
    for event in _events(_COLON.sub(mask, text)):
        if mask in getattr(event, "value", ""):
            event.value = event.value.replace(mask, ":")
        yield event


def _syntax(error: Any, text: str) -> Refused:
    problem = str(getattr(error, "problem", None) or error or "it cannot be read").strip().splitlines()[0]
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    cure = None
    if "found unexpected ':'" in problem:
        return _ColonRefused("yaml-syntax", "this is not YAML: found unexpected `:`", line, column)
    if "Unicode character escape" in problem:
        return Refused(
            "bad-character",
            "an escape stands for half a character (a lone surrogate)",
            line,
            column,
            cure="write the character itself",
        )
    if "control characters are not allowed" in problem:
        # This error alone comes without a mark.
        at = control.start() if (control := _CONTROL.search(text)) else 0
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        return Refused("bad-character", "a control character stands in the file", line, column, cure="remove it")
    if "incompatible YAML document" in problem:
        return Refused("yaml-version", "the file asks for a YAML version that is not 1.2", line, column)
    if "cannot start any token" in problem:
        cure = "indent with spaces, and put text that begins with a special character into quotes"
    elif "mapping values are not allowed" in problem:
        cure = "put text that holds `: ` into quotes"
    return Refused("yaml-syntax", f"this is not YAML: {problem}", line, column, cure=cure)


class _Open:
    """A mapping or list whose end has not come yet. ``weight`` is its size with every alias written out."""

    __slots__ = ("anchor", "key", "merge_at", "merges", "value", "weight")

    def __init__(self, value: Any, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: Any = _NO_KEY
        self.merges: list[Any] | None = None
        self.merge_at: Any = None
        self.weight = 1


def parse_yaml(text: str, found: list[Found]) -> Any:
    """The value of the one document in ``text``: JSON values, mappings with text keys only.

    What is wrong but leaves a value (a duplicate key) goes to ``found``; the first of two equal keys stands. Raises
    Refused for anything else. Values under one anchor are one object.
    """
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]

    known = len(found)
    try:
        return _Reader(text, found).read(CParser(text).get_event)
    except _ColonRefused:
        del found[known:]
        return _Reader(text, found).read(partial(next, _events_of_disguised(text), None))


class _Reader:
    def __init__(self, text: str, found: list[Found]) -> None:
        self.text = text
        self.found = found
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.written = 0
        self.limit = MAX_GROWTH * (len(text) + 100)
        self.result: Any = None
        self.growth = 0
        #: The weight of the heaviest value that an alias stood for, and where the alias stands.
        self.heaviest = (0, 1, 1)

    def read(self, get: Callable[[], Any]) -> Any:
        """The value of the one document, of which ``get`` gives the events, None at the end."""
        from ruamel.yaml import events

        scalar, mapping, sequence = events.ScalarEvent, events.MappingStartEvent, events.SequenceStartEvent
        ends = (events.MappingEndEvent, events.SequenceEndEvent)
        place = self._place
        documents = 0
        while True:
            try:
                event = get()
            except Refused:
                raise
            except Exception as error:  # noqa: BLE001 - see _events
                raise _syntax(error, self.text) from None
            if event is None:
                break
            kind = type(event)
            if kind is scalar:
                weight = 1 + len(event.value)
                self.written += weight
                place(self._scalar(event), weight, event)
            elif kind is mapping:
                self._start({}, event)
            elif kind is sequence:
                self._start([], event)
            elif kind in ends:
                self._end()
            elif kind is events.AliasEvent:
                self.written += 1
                place(*self._aliased(event), event)
            elif kind is events.DocumentStartEvent:
                documents += 1
                self._document(event, documents)
        if documents == 0:
            raise Refused("empty-file", "the file is empty", cure="`wflow schema` says what a workflow holds")
        if self.growth > MAX_GROWTH * self.written:
            raise self._bomb()
        return self.result

    def _document(self, event: Any, documents: int) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if documents > 1:
            raise Refused(
                "several-documents",
                "the file holds more than one YAML document",
                line,
                column,
                cure="keep one workflow a file",
            )
        if event.version is not None and tuple(event.version) != (1, 2):
            version = ".".join(map(str, event.version))
            raise Refused(
                "yaml-version",
                f"the file asks for YAML {version}; workflows are YAML 1.2",
                line,
                column,
                cure="remove the `%YAML` line",
            )

    def _scalar(self, event: Any) -> Any:
        if event.implicit[0]:
            frame = self.stack[-1] if self.stack else None
            if event.value == "<<" and frame is not None and frame.key is _NO_KEY and type(frame.value) is dict:
                value: Any = _MERGE
            else:
                try:
                    value = plain(event.value)
                except NumberRefused as refused:
                    self._note(event, "bad-number", str(refused), "write it as text, in quotes")
                    value = 0
        elif event.ctag is None or event.implicit[1]:
            value = event.value
        else:
            value = self._tagged(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1 + len(event.value))
        return value

    def _tagged(self, event: Any) -> Any:
        try:
            return tagged(event.value, event.tag)
        except NumberRefused as refused:
            self._note(event, "bad-number", str(refused), "write it as text, in quotes")
            return 0
        except KeyError:
            self._note(event, "bad-tag", f"the tag `{_tag_shown(event.tag)}` is not known here", "remove the tag")
        except ValueError as error:
            self._note(event, "bad-tag", str(error), "remove the tag")
        return event.value

    def _start(self, value: Any, event: Any) -> None:
        tag = event.tag if event.ctag is not None else None
        if tag not in (None, "!") and _COLLECTION_TAGS.get(tag) is not (type(value) is dict):
            self._note(event, "bad-tag", f"the tag `{_tag_shown(tag)}` is not known here", "remove the tag")
        if len(self.stack) >= MAX_DEPTH:
            mark = event.start_mark
            raise Refused(
                "too-deep",
                f"more than {MAX_DEPTH} mappings and lists stand inside each other",
                mark.line + 1,
                mark.column + 1,
            )
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.key is _NO_KEY and type(frame.value) is dict:
            mark = event.start_mark
            raise Refused("key-not-text", "a key is a mapping or a list; keys are text", mark.line + 1, mark.column + 1)
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Open(value, event.anchor))

    def _end(self) -> None:
        frame = self.stack.pop()
        if frame.merges:
            self._merge(frame)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (frame.value, frame.weight)
        self.written += 1
        self._place(frame.value, frame.weight, None)

    def _place(self, value: Any, weight: int, event: Any) -> None:
        if not self.stack:
            self.result = None if value is _MERGE else value
            self.growth = weight
            return
        frame = self.stack[-1]
        frame.weight += weight
        if frame.weight > self.limit:
            raise self._bomb()
        container = frame.value
        if type(container) is list:
            container.append("<<" if value is _MERGE else value)
            return
        key = frame.key
        if key is _NO_KEY:
            key = value if type(value) is str or value is _MERGE else self._key(value, event)
            if key is _MERGE:
                frame.merge_at = event
            elif key in container:
                self._duplicate(str(key), event)
            frame.key = key
            return
        frame.key = _NO_KEY
        if key is _MERGE:
            frame.merges = [*(frame.merges or ()), value]
        elif key not in container:
            container[key] = value

    def _aliased(self, event: Any) -> tuple[Any, int]:
        mark = event.start_mark
        name = event.anchor
        known = self.anchors.get(name)
        if known is not None:
            if known[1] > self.heaviest[0]:
                self.heaviest = (known[1], mark.line + 1, mark.column + 1)
            return known
        if any(frame.anchor == name for frame in self.stack):
            raise Refused(
                "recursive-alias", f"`*{name}` stands inside what it stands for", mark.line + 1, mark.column + 1
            )
        raise Refused(
            "unknown-alias",
            f"no anchor `&{name}` comes before `*{name}`",
            mark.line + 1,
            mark.column + 1,
            cure=f'put text that begins with `*` into quotes: "*{name}"',
        )

    def _merge(self, frame: _Open) -> None:
        sources: list[Any] = []
        for merged in frame.merges or ():
            sources += merged if type(merged) is list else [merged]
        for source in sources:
            if type(source) is not dict:
                self._note(
                    frame.merge_at, "bad-merge", "`<<` merges mappings, and this is none", "name a mapping's anchor"
                )
                continue
            for key, value in source.items():
                frame.value.setdefault(key, value)

    def _key(self, value: Any, event: Any) -> str:
        text = str(getattr(event, "value", value))
        self._note(event, "key-not-text", f"the key `{text[:40]}` is not text", f'put it into quotes: "{text[:40]}"')
        return text

    def _duplicate(self, key: str, event: Any) -> None:
        self._note(event, "duplicate-key", f"the key `{key[:40]}` stands here twice", "remove one, or rename it")

    def _note(self, event: Any, code: str, message: str, cure: str | None = None) -> None:
        if len(self.found) < MAX_PROBLEMS:
            mark = event.start_mark
            diagnostic = Diagnostic(code=code, message=message, cure=cure)
            self.found.append(Found(diagnostic, mark.line + 1, mark.column + 1))

    def _bomb(self) -> Refused:
        message = f"its aliases make the file more than {MAX_GROWTH} times larger than it is written"
        return Refused("alias-bomb", message, *self.heaviest[1:], cure="write fewer aliases to large values")


def _tag_shown(tag: str) -> str:
    return ("!!" + tag.removeprefix("tag:yaml.org,2002:") if tag.startswith("tag:yaml.org,2002:") else tag)[:60]
