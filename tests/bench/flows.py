"""The workflows that are measured, as JSON files (which are YAML too)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOOP = {"type": "python", "script": "pass"}


def write(folder: Path, name: str, nodes: dict[str, Any], edges: list[Any], **more: Any) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"name": name, **more, "nodes": nodes, "edges": edges}), encoding="utf-8")
    return path


def one(folder: Path) -> Path:
    return write(folder, "one", {"a": {"type": "noop"}}, [])


def fan(folder: Path, count: int) -> Path:
    """A node, ``count`` no-op Python nodes after it, and one after them all."""
    names = [f"n{number}" for number in range(count)]
    nodes = {"first": NOOP, **dict.fromkeys(names, NOOP), "last": NOOP}
    return write(folder, f"fan-{count}", nodes, [{"from": "first", "to": names}, {"from": names, "to": "last"}])


def chain(folder: Path, count: int, node: dict[str, Any], name: str) -> Path:
    """``count`` nodes, one after the other."""
    nodes = {f"n{number}": node for number in range(count)}
    return write(folder, name, nodes, [" -> ".join(nodes)])


def loop(folder: Path, count: int, node: dict[str, Any], name: str) -> Path:
    """A foreach over ``count`` numbers."""
    body = {"loop": {"type": "foreach", "items": f"range({count})", "nodes": {"body": node}}}
    return write(folder, f"{name}-{count}", body, [])


def yaml_layers(folder: Path, count: int) -> Path:
    """A YAML file as people write them: ``count`` nodes in layers of 100, each after one of the layer before."""
    lines = ["name: layers", "variables: {sum: 0}", "nodes:"]
    for number in range(count):
        lines += [
            f"  step-{number}:",
            "    type: python",
            f"    description: Step number {number}.",
            "    retry: {max_attempts: 3, initial_delay: 1s}",
            f"    script: 'output[\"n\"] = {number}'",
        ]
    lines += ["edges:", *(f"  - step-{number} -> step-{number + 100}" for number in range(count - 100))]
    path = folder / f"layers-{count}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def writer(folder: Path, megabytes: int) -> Path:
    """A script that writes so much to its standard output."""
    script = f"head -c {megabytes * 1_000_000} /dev/zero"
    return write(folder, f"writer-{megabytes}", {"write": {"type": "shell", "script": script}}, [])
