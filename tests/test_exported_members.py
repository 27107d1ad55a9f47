"""What a module exports is what it says: ``__all__`` is there, sorted by ruff, and every name in it can be imported."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "wflow"
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path.name != "__main__.py"
)


@pytest.mark.parametrize("name", MODULES)
def test_all_names_that_are_exported_exist_and_all_public_ones_are_exported(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    missing = [member for member in exported if not hasattr(module, member)]
    assert not missing, f"{name}.__all__ names what is not there: {missing}"
    assert len(set(exported)) == len(exported)
    own = {
        member
        for member, value in vars(module).items()
        if not member.startswith("_")
        and getattr(value, "__module__", None) == name
        and (isinstance(value, type) or callable(value))
    }
    assert own <= set(exported), f"{name} has public names that __all__ does not tell of: {sorted(own - set(exported))}"
