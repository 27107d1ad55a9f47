"""``wflow schema``: the JSON Schema of workflow files."""

from __future__ import annotations

from wflow.cli.printing import tell_whole

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema (draft-07) of workflow files, for editors and other tools."""
    from wflow.loading.schemafile import schema_path

    tell_whole(schema_path().read_text(encoding="utf-8"))
