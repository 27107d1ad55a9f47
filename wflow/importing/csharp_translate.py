"""A C# expression in our language, where both surely mean the same; else `NoCounterpart`.

`docs/import.md` has the table of what becomes what. Where C# would stop with an error (a null in a computation, a cast
of something else), ours does too, or the value is one that no comparison takes for true.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from wflow.expr import ExpressionSyntaxError, compile_expression
from wflow.importing.csharp_methods import METHODS, STATICS, Arguments
from wflow.importing.csharp_syntax import parse_csharp
from wflow.importing.csharp_tokens import CSharpFault
from wflow.importing.csharp_tree import (
    Binary,
    Call,
    Cast,
    Choice,
    Index,
    Lambda,
    ListOf,
    Literal,
    Member,
    Name,
    Tree,
    Unary,
)
from wflow.importing.csharp_value import LEVELS, NoCounterpart, Value, literal, quoted, within

__all__ = ["Names", "translate"]

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_CASTS = {"bool": "bool", "Boolean": "bool", "string": "string", "String": "string", "dynamic": "any", "object": "any"}
_CASTS |= dict.fromkeys(("int", "long", "short", "byte", "Int32", "Int64", "uint", "ulong", "ushort", "sbyte"), "int")
_CASTS |= dict.fromkeys(("double", "float", "decimal", "Double", "Decimal"), "float")
_LISTS = re.compile(r"(?:.+\[\]|(?:List|IList|IEnumerable|ICollection|IReadOnlyList|IReadOnlyCollection)<.+>)\??")
#: Lists of what may be null, of which that is the first where there is none.
_NULLABLE = re.compile(r"\b(?:object|Object|dynamic|string|String)\b|\?[\]>]")
_NUMBERS = frozenset({"int", "float", "any"})
_DEFAULTS = {"int": "0", "float": "0.0", "bool": "false"}


@dataclass
class Names:
    """What the C# names are here. ``input`` is the root that stands for the node's input; ``keys`` are keys of the
    input that have another name here, ``loops`` the names of the enclosing loops, by what they were called.
    ``variables`` collects the variables that are read; ``declared`` are those that have a value from the start.
    """

    input: str = "input"
    keys: Mapping[str, str] = field(default_factory=dict)
    loops: Mapping[str, str] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    declared: Collection[str] = ()


def translate(text: str, names: Names) -> Value:
    """The expression in our language. Raises NoCounterpart, in half a sentence, where it has none."""
    try:
        tree = parse_csharp(text)
    except CSharpFault as fault:
        raise NoCounterpart(str(fault)) from None
    read = Names(names.input, names.keys, names.loops, declared=names.declared)
    value = _Translator(read, {}).value(tree)
    try:
        compile_expression(value.text)
    except ExpressionSyntaxError as error:
        raise NoCounterpart(f"it would not be an expression here: {error}") from None
    names.variables |= read.variables
    return value


class _Translator:
    def __init__(self, names: Names, bound: Mapping[str, str]) -> None:
        self._names = names
        #: The parameter of the lambda that this stands in, and what it is here.
        self._bound = bound

    def value(self, tree: Tree) -> Value:
        match tree:
            case Literal(value, char):
                if char:
                    raise NoCounterpart("a character has no counterpart")
                return literal(value)
            case Name(name):
                return self._name(name)
            case Unary(sign, of):
                return self._unary(sign, self.value(of))
            case Binary():
                return self._binary(tree)
            case Choice(when, then, other):
                return self._choice(self.value(when), self.value(then), self.value(other))
            case Cast(type_name, of, maybe):
                return self._cast(type_name, of, maybe)._replace(unset=type_name.endswith("?"))
            case Member(of, name, maybe):
                return self._member(of, name, maybe)
            case Index(of, at):
                return self._index(of, at)
            case Call():
                return self._call(tree)
            case ListOf(elements):
                parts = [self.value(element).soft().text for element in elements]
                return Value(f"[{', '.join(parts)}]", kind="list")
            case _:
                raise NoCounterpart("a function has no counterpart here")

    def _name(self, name: str) -> Value:
        if name in self._bound:
            return Value(self._bound[name])
        raise NoCounterpart(f"`{name}` is not known here")

    def _unary(self, sign: str, of: Value) -> Value:
        if sign == "!":
            if of.kind not in ("bool", "any"):
                raise NoCounterpart("`!` takes a truth value")
            return Value(f"not {within(of, 'not')}", LEVELS["not"], "bool")
        if of.kind not in _NUMBERS:
            raise NoCounterpart(f"`{sign}` takes a number")
        return Value(f"{sign}{within(of, 'sign')}", LEVELS["sign"], of.kind)

    def _choice(self, when: Value, then: Value, other: Value) -> Value:
        then, other = then.soft(), other.soft()
        kind = then.kind if then.kind == other.kind else "any"
        text = f"{within(then, 'or')} if {within(when, 'or')} else {within(other, 'choice')}"
        return Value(text, LEVELS["choice"], kind)

    def _binary(self, tree: Binary) -> Value:
        sign, left, right = tree.sign, self.value(tree.left), self.value(tree.right)
        if sign in ("&&", "||"):
            for side in (left, right):
                if side.kind not in ("bool", "any"):
                    raise NoCounterpart(f"`{sign}` takes truth values")
            word = "and" if sign == "&&" else "or"
            return Value(f"{within(left, word)} {word} {within(right, word)}", LEVELS[word], "bool")
        if sign == "??":
            kind = left.kind if left.kind == right.kind else "any" if left.kind == "any" else left.kind
            return Value(f"{within(left, 'filter')} | default({right.soft().text})", LEVELS["filter"], kind)
        if sign in ("is", "is not", "==", "!="):
            return _equal("==" if sign in ("is", "==") else "!=", left.soft(), right.soft())
        if sign in ("<", ">", "<=", ">="):
            if left.kind not in _NUMBERS or right.kind not in _NUMBERS:
                raise NoCounterpart(f"`{sign}` takes numbers")
            return _ordered(sign, left, right)
        return self._computed(sign, left, right)

    def _computed(self, sign: str, left: Value, right: Value) -> Value:
        kinds = {left.kind, right.kind}
        if sign == "+" and kinds == {"string"} and _never_null(left) and _never_null(right):
            return _joined("+", left, right, "add", "string")
        if sign == "+" and kinds == {"any"}:
            # Two of the same kind are added or joined alike; of unlike kinds C# makes one text.
            raise NoCounterpart("what `+` means depends on the values")
        if not kinds <= _NUMBERS:
            raise NoCounterpart(f"`{sign}` takes numbers here")
        kind = "float" if "float" in kinds else "any" if "any" in kinds else "int"
        if sign in ("+", "-"):
            return _joined(sign, left, right, "add", kind)
        if sign == "*":
            return _joined(sign, left, right, "multiply", kind)
        if sign == "/" and "float" in kinds:
            return _joined(sign, left, right, "multiply", "float")
        if sign == "/":
            raise NoCounterpart("whole numbers are divided without a rest in C#")
        # Of a negative number the two languages give another rest; whether there is one is the same.
        return _joined("%", left, right, "multiply", "rest")

    def _cast(self, type_name: str, of: Tree, maybe: bool) -> Value:
        value = self.value(of)
        if maybe:
            raise NoCounterpart(f"`as {type_name}` is null for other values")
        if _LISTS.fullmatch(type_name):
            if value.kind not in ("any", "list"):
                raise NoCounterpart(f"a cast to {type_name} has no counterpart")
            return value._replace(kind="list", nullable=_NULLABLE.search(type_name) is not None)
        kind = _CASTS.get(type_name.removesuffix("?"))
        if kind is None:
            raise NoCounterpart(f"a cast to {type_name} has no counterpart")
        if kind in ("any", value.kind):
            return value
        if value.kind == "any" and value.level == Value("").level and (kind != "int" or type_name.endswith("?")):
            # A value as it was put in: C# takes it as that type, or stops. Of a fraction it takes the whole.
            return value._replace(kind=kind)
        if kind == "int" and value.kind in ("float", "any"):
            return Value(f"int({value.text})", kind="int")
        if kind == "float" and value.kind == "int":
            return value._replace(kind="float")
        raise NoCounterpart(f"a cast to {type_name} has no counterpart")

    def _member(self, of: Tree, name: str, maybe: bool) -> Value:
        if isinstance(of, Name) and of.name in ("output", "Output") and self._names.input == "output":
            return self._input(name)
        value = self.value(of)
        if name in ("Count", "Length") and value.kind in ("any", "list", "string"):
            return Value(f"{within(value, 'filter')} | length", LEVELS["filter"], "int", missing=maybe, unset=maybe)
        if value.kind != "any":
            raise NoCounterpart(f"`.{name}` of a {value.kind} has no counterpart")
        return Value(f"{within(value, 'one')}{_key(name)}", kind="any", missing=maybe or value.missing, unset=maybe)

    def _index(self, of: Tree, at: Tree) -> Value:
        root = self._root_table(of)
        if root is not None:
            if not isinstance(at, Literal) or not isinstance(at.value, str):
                raise NoCounterpart("which key is meant is not known before it runs")
            return self._variable(at.value) if root == "variables" else self._input(at.value)._replace(missing=False)
        value, index = self.value(of), self.value(at)
        if value.kind not in ("any", "list") or index.kind not in ("int", "string", "any"):
            raise NoCounterpart("this index has no counterpart")
        if index.text.startswith("-"):
            raise NoCounterpart("a negative index has no counterpart")
        return Value(f"{within(value, 'one')}[{index.text}]", kind="any", missing=value.missing)

    def _root_table(self, of: Tree) -> str | None:
        match of:
            case Name("Input" | "InputData") | Member(Name(_), "InputData"):
                return "input"
            case Name("Variables" | "GlobalVariables") | Member(Name("context" | "WorkflowContext"), "Variables"):
                return "variables"
        return None

    def _call(self, tree: Call) -> Value:
        match tree.of:
            case Name("GetInput"):
                return self._given(tree, self._input(_named(tree)))
            case Name("GetGlobal"):
                return self._given(tree, self._variable(_named(tree)))
            case Member(Name(owner), name) if (static := STATICS.get(f"{owner}.{name}")) is not None:
                return static(self._arguments(tree))
            case Member(of, "ContainsKey"):
                table = self._root_table(of)
                key = self._argument(tree)
                holder = self._names.input if table == "input" else self.value(of).text
                if table == "variables":
                    raise NoCounterpart("a variable is always there here")
                return Value(f"{within(key, 'filter')} in {holder}", LEVELS["compare"], "bool")
            case Member(of, name, maybe) if (method := METHODS.get(name)) is not None:
                made = method(self.value(of), self._arguments(tree))
                return made._replace(missing=True, unset=True) if maybe else made
            case Member(_, name) | Name(name):
                raise NoCounterpart(f"`{name}(…)` has no counterpart")
            case _:
                raise NoCounterpart("this call has no counterpart")

    def _argument(self, tree: Call) -> Value:
        if len(tree.arguments) != 1:
            raise NoCounterpart("this call has no counterpart")
        return self.value(tree.arguments[0])

    def _arguments(self, tree: Call) -> Arguments:
        plain: list[Value] = []
        over: list[Value] = []
        names: list[str] = []
        for argument in tree.arguments:
            match argument:
                case Lambda(name, body):
                    if self._bound:
                        # `it` of the outer one could not be reached from the inner one.
                        raise NoCounterpart("a function inside a function has no counterpart")
                    over.append(_Translator(self._names, {name: "it"}).value(body))
                case Member(Name("StringComparison"), name):
                    names.append(name)
                case _:
                    plain.append(self.value(argument))
        return Arguments(tuple(plain), tuple(over), tuple(names))

    def _given(self, tree: Call, value: Value) -> Value:
        """``GetInput<int>("n")``: the type's own nothing where there is none."""
        if not tree.types:
            return value
        value = value._replace(unset=False)
        kind = _CASTS.get(tree.types[0].removesuffix("?"))
        if _LISTS.fullmatch(tree.types[0]):
            return value._replace(kind="list", nullable=_NULLABLE.search(tree.types[0]) is not None)
        if kind is None:
            raise NoCounterpart(f"{tree.types[0]} has no counterpart")
        if tree.types[0].endswith("?") or kind not in _DEFAULTS:
            return value._replace(kind=kind)
        return Value(f"{value.text} | default({_DEFAULTS[kind]})", LEVELS["filter"], kind)

    def _input(self, key: str) -> Value:
        if key in self._names.loops and self._names.input == "input":
            return Value(self._names.loops[key])
        return Value(f"{self._names.input}{_key(self._names.keys.get(key, key))}", missing=True, unset=True)

    def _variable(self, name: str) -> Value:
        if name in self._names.loops:
            return Value(self._names.loops[name])
        if not _KEY.fullmatch(name):
            raise NoCounterpart(f"`{name}` cannot be the name of a variable")
        self._names.variables.add(name)
        return Value(f"variables{_key(name)}", unset=name not in self._names.declared)


def _ordered(sign: str, left: Value, right: Value) -> Value:
    """Of null and a number C# says that neither is the less; here that would be an error."""
    compared = f"{within(left, 'filter')} {sign} {within(right, 'filter')}"
    there = [f"{side.soft().text} != null and " for side in (left, right) if side.unset]
    return Value("".join(there) + compared, LEVELS["and" if there else "compare"], "bool")


def _never_null(value: Value) -> bool:
    """Whether a text is surely one: to C# a null is joined as nothing, to us it is an error."""
    return value.text.startswith('"') or value.level == LEVELS["filter"]


def _named(tree: Call) -> str:
    match tree.arguments:
        case (Literal(str(name), False),):
            return name
    raise NoCounterpart("which name is meant is not known before it runs")


def _key(name: str) -> str:
    return f".{name}" if _KEY.fullmatch(name) else f"[{quoted(name)}]"


def _joined(sign: str, left: Value, right: Value, place: str, kind: str) -> Value:
    tighter = {"add": "multiply", "multiply": "sign"}[place]
    if "rest" in (left.kind, right.kind):
        raise NoCounterpart("the rest of a division is another one for negative numbers")
    return Value(f"{within(left, place)} {sign} {within(right, tighter)}", LEVELS[place], kind)


def _equal(sign: str, left: Value, right: Value) -> Value:
    kinds = {left.kind, right.kind}
    if "rest" in kinds:
        if "0" not in (left.text, right.text):
            raise NoCounterpart("the rest of a division is another one for negative numbers")
    elif "list" in kinds and "null" not in kinds:
        raise NoCounterpart("C# compares which list it is, not what is in it")
    return Value(f"{within(left, 'filter')} {sign} {within(right, 'filter')}", LEVELS["compare"], "bool")
