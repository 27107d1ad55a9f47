"""Which environment names a definition's expressions read: their values go into the journal, so that a resume sees the
same. Secrets do not: each process that runs a run has them from its own environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wflow.engine.state import State
from wflow.errors import ExpressionError
from wflow.runtimes.masking import Masker, masker_for

__all__ = ["environment_of", "let_in_secrets"]


def environment_of(definition: Mapping[str, Any], text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The values of the names that ``env("NAME")`` asks for anywhere in the definition, as far as they are set.

    ``text`` is the definition as JSON: most hold no such call, and are not walked. Values of the definition's
    ``secrets`` are left out: they are never written.
    """
    if "env" not in text:
        return {}
    names: set[str] = set()
    for source in _texts(definition):
        if "env" in source:
            names |= _names_in(source)
    names -= set(definition.get("secrets", ()))
    return {name: environ[name] for name in sorted(names) if name in environ}


def let_in_secrets(state: State, environ: Mapping[str, str]) -> Masker | None:
    """Let the run's expressions read those of its secrets that ``environ`` has, and give what masks them in all that is
    recorded; None where it has none.
    """
    secrets = state.plan.workflow.secrets
    values = {name: environ[name] for name in secrets if environ.get(name)}
    state.env = {**state.env, **values}
    return masker_for(secrets) if values else None


def _names_in(text: str) -> frozenset[str]:
    from wflow.expr import compile_template, compile_value

    try:
        return compile_template(text).env_names if "${{" in text else compile_value(text).env_names
    except ExpressionError:
        return frozenset()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
