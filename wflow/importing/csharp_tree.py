"""The parts of a C# expression, as `csharp_syntax` reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "Binary",
    "Call",
    "Cast",
    "Choice",
    "Index",
    "Lambda",
    "ListOf",
    "Literal",
    "Member",
    "Name",
    "Tree",
    "Unary",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a string, a character (``char``), true, false or null."""

    value: str | int | float | bool | None
    char: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A name that stands alone."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``of.name``; ``maybe`` for ``of?.name``."""

    of: Tree
    name: str
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call; ``types`` are its type arguments as text."""

    of: Tree
    arguments: tuple[Tree, ...]
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """``of[at]``."""

    of: Tree
    at: Tree


@dataclass(frozen=True, slots=True)
class Unary:
    """``!x``, ``-x``, ``+x``."""

    sign: str
    of: Tree


@dataclass(frozen=True, slots=True)
class Binary:
    """``left sign right``; also ``is`` and ``is not`` with null, and ``??``."""

    sign: str
    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Choice:
    """``when ? then : other``."""

    when: Tree
    then: Tree
    other: Tree


@dataclass(frozen=True, slots=True)
class Cast:
    """``(type)of``; ``maybe`` for ``of as type``."""

    type: str
    of: Tree
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class Lambda:
    """``name => body``."""

    name: str
    body: Tree


@dataclass(frozen=True, slots=True)
class ListOf:
    """``new[] { ... }``, ``new List<T> { ... }``."""

    elements: tuple[Tree, ...] = field(default=())


Tree = Literal | Name | Member | Call | Index | Unary | Binary | Choice | Cast | Lambda | ListOf
