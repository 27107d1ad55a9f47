from __future__ import annotations

import inspect
import io

import pytest

from wflow.display.choose import OUTPUTS, display_for
from wflow.display.live import Live
from wflow.display.seam import Display


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_display_has_the_seams_methods_as_they_are_written(output: str) -> None:
    display = display_for(output, io.StringIO(), io.StringIO())
    for kind in (type(display), Live):
        for name, method in inspect.getmembers(Display, inspect.isfunction):
            if not name.startswith("_"):
                assert inspect.signature(getattr(kind, name)) == inspect.signature(method), (kind, name)
