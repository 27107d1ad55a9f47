"""Methods of strings and lists, simple LINQ and a few static ones: what each is in our language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from wflow.importing.csharp_value import LEVELS, NoCounterpart, Value, within

__all__ = ["METHODS", "STATICS", "Arguments"]


class Arguments(NamedTuple):
    """A call's arguments: the plain ones, the bodies of functions (over ``it``), and names of StringComparison."""

    plain: tuple[Value, ...]
    over: tuple[Value, ...] = ()
    comparisons: tuple[str, ...] = ()

    def need(self, plain: int, over: int = 0) -> None:
        """Raise NoCounterpart unless there are so many, and no comparison."""
        if len(self.plain) != plain or len(self.over) != over or self.comparisons:
            raise NoCounterpart("with these arguments it has no counterpart")


Method = Callable[[Value, Arguments], Value]

_COMPARISONS = {"Ordinal": False, "OrdinalIgnoreCase": True, "InvariantCultureIgnoreCase": True}


def _filtered(value: Value, filter_text: str, kind: str) -> Value:
    return Value(f"{within(value, 'filter')} | {filter_text}", LEVELS["filter"], kind)


def _a_list(value: Value) -> Value:
    if value.kind != "list":
        raise NoCounterpart("whether it is a list is not known")
    return value


def _a_string(value: Value) -> Value:
    if value.kind not in ("string", "any"):
        raise NoCounterpart(f"a {value.kind} has no counterpart of it")
    return value


def _same(value: Value, arguments: Arguments) -> Value:
    arguments.need(0)
    return _a_list(value)


def _text(value: Value, arguments: Arguments) -> Value:
    arguments.need(0)
    if value.kind == "int":
        return Value(f"str({value.text})", kind="string")
    if value.kind != "string":
        raise NoCounterpart("its text is another one for some values")
    return value


def _selecting(filter_name: str, kind: str) -> Method:
    def method(value: Value, arguments: Arguments) -> Value:
        arguments.need(0, 1)
        made = _filtered(_a_list(value), f"{filter_name}({arguments.over[0].text})", kind)
        return made._replace(nullable=filter_name == "where" and value.nullable)

    return method


def _any(value: Value, arguments: Arguments) -> Value:
    if not arguments.over:
        arguments.need(0)
        return Value(f"{_filtered(_a_list(value), 'length', 'int').text} > 0", LEVELS["compare"], "bool")
    return _selecting("any", "bool")(value, arguments)


def _count(value: Value, arguments: Arguments) -> Value:
    if arguments.over:
        value = _selecting("where", "list")(value, arguments)
    else:
        arguments.need(0)
    return _filtered(_a_list(value), "length", "int")


def _first(value: Value, arguments: Arguments) -> Value:
    if arguments.over:
        value = _selecting("where", "list")(value, arguments)
    else:
        arguments.need(0)
    return Value(f"{within(_a_list(value), 'one')}[0]")


def _first_or_null(value: Value, arguments: Arguments) -> Value:
    if arguments.over:
        value = _selecting("where", "list")(value, arguments)
    else:
        arguments.need(0)
    if not value.nullable:
        raise NoCounterpart("of an empty list of numbers it is 0")
    return _filtered(_a_list(value), "first", "any")


def _sliced(before: str, after: str) -> Method:
    def method(value: Value, arguments: Arguments) -> Value:
        arguments.need(1)
        if arguments.plain[0].kind != "int" or not arguments.plain[0].text.isdigit():
            raise NoCounterpart("how many is not known")
        return Value(
            f"{within(_a_list(value), 'one')}[{before}{arguments.plain[0].text}{after}]",
            kind="list",
            nullable=value.nullable,
        )

    return method


def _distinct(value: Value, arguments: Arguments) -> Value:
    arguments.need(0)
    return _filtered(_a_list(value), "unique", "list")._replace(nullable=value.nullable)


def _sum(value: Value, arguments: Arguments) -> Value:
    if arguments.over:
        value = _selecting("map", "list")(value, arguments)
    else:
        arguments.need(0)
    return _filtered(_a_list(value), "sum", "any")


def _concatenated(value: Value, arguments: Arguments) -> Value:
    arguments.need(1)
    return Value(
        f"{within(_a_list(value), 'add')} + {within(_a_list(arguments.plain[0]), 'multiply')}", LEVELS["add"], "list"
    )


def _contains(value: Value, arguments: Arguments) -> Value:
    arguments.need(1)
    if value.kind not in ("string", "list"):
        raise NoCounterpart("whether it is a list or a string is not known")
    return Value(
        f"{within(arguments.plain[0].soft(), 'filter')} in {within(value, 'filter')}", LEVELS["compare"], "bool"
    )


def _ending(name: str) -> Method:
    def method(value: Value, arguments: Arguments) -> Value:
        if len(arguments.plain) != 1 or arguments.over or len(arguments.comparisons) > 1:
            raise NoCounterpart("with these arguments it has no counterpart")
        part = _a_string(arguments.plain[0])
        value = _a_string(value)
        if arguments.comparisons and _ignores_case(arguments):
            value, part = _filtered(value, "lower", "string"), _lowered(part)
        return _filtered(value, f"{name}({part.text})", "bool")

    return method


def _cased(name: str) -> Method:
    def method(value: Value, arguments: Arguments) -> Value:
        arguments.need(0)
        return _filtered(_a_string(value), name, "string")

    return method


def _split(value: Value, arguments: Arguments) -> Value:
    arguments.need(1)
    if arguments.plain[0].kind != "string" or arguments.plain[0].text == '""':
        raise NoCounterpart("with these arguments it has no counterpart")
    return _filtered(_a_string(value), f"split({arguments.plain[0].text})", "list")


def _equals(value: Value, arguments: Arguments) -> Value:
    if len(arguments.plain) != 1 or arguments.over or len(arguments.comparisons) > 1:
        raise NoCounterpart("with these arguments it has no counterpart")
    other = arguments.plain[0].soft()
    if arguments.comparisons and _ignores_case(arguments):
        value, other = _filtered(_a_string(value), "lower", "string"), _lowered(_a_string(other))
    elif "list" in (value.kind, other.kind):
        raise NoCounterpart("C# compares which list it is, not what is in it")
    return Value(f"{within(value, 'filter')} == {within(other, 'filter')}", LEVELS["compare"], "bool")


def _ignores_case(arguments: Arguments) -> bool:
    name = arguments.comparisons[0]
    if name not in _COMPARISONS:
        raise NoCounterpart(f"StringComparison.{name} has no counterpart")
    return _COMPARISONS[name]


def _lowered(value: Value) -> Value:
    if value.kind == "string" and value.text.startswith('"'):
        return (
            Value(value.text.lower(), kind="string") if "\\" not in value.text else _filtered(value, "lower", "string")
        )
    return _filtered(value, "lower", "string")


def _null_or_empty(arguments: Arguments) -> Value:
    arguments.need(1)
    value = _a_string(arguments.plain[0])
    return Value(f'{within(value, "filter")} | default("") == ""', LEVELS["compare"], "bool")


def _null_or_blank(arguments: Arguments) -> Value:
    arguments.need(1)
    value = _a_string(arguments.plain[0])
    return Value(f'{within(value, "filter")} | default("") | split | length == 0', LEVELS["compare"], "bool")


def _static_equals(arguments: Arguments) -> Value:
    if len(arguments.plain) != 2:
        raise NoCounterpart("with these arguments it has no counterpart")
    left, right = arguments.plain
    return _equals(left.soft(), arguments._replace(plain=(right,)))


def _joined(arguments: Arguments) -> Value:
    arguments.need(2)
    separator, value = arguments.plain
    if separator.kind != "string" or not value.text.endswith("| split"):
        raise NoCounterpart("the text of its elements is another one for some values")
    return _filtered(_a_list(value), f"join({separator.text})", "string")


def _range(arguments: Arguments) -> Value:
    arguments.need(2)
    start, count = arguments.plain
    if start.text == "0":
        return Value(f"range({count.text})", kind="list")
    if start.text.isdigit() and count.text.isdigit():
        return Value(f"range({start.text}, {int(start.text) + int(count.text)})", kind="list")
    end = f"{within(start, 'add')} + {within(count, 'multiply')}"
    return Value(f"range({start.text}, {end})", kind="list")


def _environment(arguments: Arguments) -> Value:
    arguments.need(1)
    if not arguments.plain[0].text.startswith('"'):
        raise NoCounterpart("which name is meant is not known before it runs")
    return Value(f"env({arguments.plain[0].text})", kind="string")


def _whole(arguments: Arguments) -> Value:
    arguments.need(1)
    if arguments.plain[0].kind not in ("string", "int"):
        raise NoCounterpart("whether it is a string is not known")
    return Value(f"int({arguments.plain[0].text})", kind="int")


def _real(arguments: Arguments) -> Value:
    arguments.need(1)
    if arguments.plain[0].kind not in ("string", "int", "float"):
        raise NoCounterpart("whether it is a string is not known")
    return Value(f"float({arguments.plain[0].text})", kind="float")


def _of_two(name: str) -> Callable[[Arguments], Value]:
    def static(arguments: Arguments) -> Value:
        arguments.need(2)
        kinds = {one.kind for one in arguments.plain}
        if not kinds <= {"int", "float", "any"}:
            raise NoCounterpart("it takes numbers")
        return Value(
            f"{name}({arguments.plain[0].text}, {arguments.plain[1].text})",
            kind=kinds.pop() if len(kinds) == 1 else "any",
        )

    return static


#: What a value's method is here, by its name.
METHODS: Mapping[str, Method] = {
    "All": _selecting("all", "bool"),
    "Any": _any,
    "AsEnumerable": _same,
    "Cast": _same,
    "Concat": _concatenated,
    "Contains": _contains,
    "Count": _count,
    "Distinct": _distinct,
    "EndsWith": _ending("endswith"),
    "Equals": _equals,
    "First": _first,
    "FirstOrDefault": _first_or_null,
    "Select": _selecting("map", "list"),
    "Skip": _sliced("", ":"),
    "Split": _split,
    "StartsWith": _ending("startswith"),
    "Sum": _sum,
    "Take": _sliced(":", ""),
    "ToArray": _same,
    "ToList": _same,
    "ToLower": _cased("lower"),
    "ToLowerInvariant": _cased("lower"),
    "ToString": _text,
    "ToUpper": _cased("upper"),
    "ToUpperInvariant": _cased("upper"),
    "Where": _selecting("where", "list"),
}

#: What a static method is here, by its class and name.
STATICS: Mapping[str, Callable[[Arguments], Value]] = {
    "Enumerable.Range": _range,
    "Environment.GetEnvironmentVariable": _environment,
    "Math.Max": _of_two("max"),
    "Math.Min": _of_two("min"),
    "String.Equals": _static_equals,
    "String.IsNullOrEmpty": _null_or_empty,
    "String.IsNullOrWhiteSpace": _null_or_blank,
    "String.Join": _joined,
    "double.Parse": _real,
    "int.Parse": _whole,
    "long.Parse": _whole,
    "string.Equals": _static_equals,
    "string.IsNullOrEmpty": _null_or_empty,
    "string.IsNullOrWhiteSpace": _null_or_blank,
    "string.Join": _joined,
}
