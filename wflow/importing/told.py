"""What an import has to say, collected while it goes on."""

from __future__ import annotations

from wflow.model.diagnostics import Diagnostic
from wflow.model.workflow import Path

__all__ = ["Told"]


class Told:
    """The diagnostics so far, in order; ``errors`` of them are such that the import is not whole."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(one.severity == "error" for one in self.diagnostics)

    def lost(
        self, path: Path, message: str, *, code: str = "not-carried", cure: str | None = None, at_key: bool = False
    ) -> None:
        """Something is not carried over: an error."""
        self._add(Diagnostic(code=code, message=message, path=path, at_key=at_key, cure=cure))

    def note(
        self, path: Path, message: str, *, code: str = "changed", cure: str | None = None, at_key: bool = False
    ) -> None:
        """Something is carried over and the user should know how: a warning."""
        self._add(Diagnostic(code=code, message=message, path=path, at_key=at_key, cure=cure, severity="warning"))

    def _add(self, diagnostic: Diagnostic) -> None:
        # The same thing is often met from two sides: by the node that has it and by the edge that leads to it.
        said = (diagnostic.code, diagnostic.path, diagnostic.message)
        if all((one.code, one.path, one.message) != said for one in self.diagnostics[-50:]):
            self.diagnostics.append(diagnostic)
