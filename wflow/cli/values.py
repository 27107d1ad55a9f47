"""Values of options and arguments, read here: typer would import pydantic for them, 70 ms on the way to every run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer

__all__ = ["read_plainly"]


def read_plainly(parameters: Iterable[Any]) -> None:
    """Have a command's parameters read here, as far as they are flags, texts, whole numbers, paths, choices or lists of
    such. What is not is left to typer, and so is everything with a typer that reads its values in another way.
    """
    for parameter in parameters:
        if "get_runtime_param" in vars(parameter):
            continue
        annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        several = get_origin(annotation) is list
        convert = _converter(get_args(annotation)[0] if several else annotation)
        if convert is not None:
            reader = _Reader(convert, several)
            parameter.get_runtime_param = lambda reader=reader: reader


class _Reader:
    """Stands where typer has an adapter of its own: `coerce` is all that is asked of it."""

    def __init__(self, convert: Callable[[Any, Any], Any], several: bool) -> None:
        self._convert = convert
        self._several = several

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as the command takes it. Raises typer.BadParameter."""
        if value is None:
            return () if self._several else None
        try:
            return [self._convert(one, param) for one in value] if self._several else self._convert(value, param)
        except ValueError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from None


def _converter(annotation: Any) -> Callable[[Any, Any], Any] | None:
    if annotation is bool:
        return lambda value, param: bool(value)
    if annotation is str:
        return lambda value, param: str(value)
    if annotation is Path:
        return lambda value, param: Path(value)
    if annotation is int:
        return _whole_number
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return lambda value, param: _one_of(value, choices)
    return None


def _whole_number(value: Any, param: Any) -> int:
    try:
        number = int(value)
    except ValueError:
        raise ValueError(f"{value!r} is no whole number") from None
    least = getattr(param, "min", None)
    if least is not None and number < least:
        raise ValueError(f"{number} is less than {least}")
    return number


def _one_of(value: Any, choices: tuple[str, ...]) -> str:
    if value in choices:
        return str(value)
    from wflow.model.nearest import listed, nearest

    near = nearest(value, choices)
    hint = f"; did you mean `{near}`?" if near else ""
    raise ValueError(f"`{value}` is not one of {listed(choices, last='or')}{hint}")
