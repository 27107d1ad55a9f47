"""The command line: one module a command, one error boundary. typer stops here."""

from wflow.cli.boundary import main
from wflow.cli.commands import app

__all__ = ["app", "main"]
