"""The workflow as frozen data, the node types, and the problems a file can have."""

from wflow.model.diagnostics import Diagnostic, Problem
from wflow.model.kinds import COMMON_KEYS, KINDS, SCOPE_TYPES, WORK_TYPES, Kind, ports_of
from wflow.model.workflow import Breaker, Checkpoint, Edge, Graph, Node, Path, Rate, Retry, Workflow

__all__ = [
    "COMMON_KEYS",
    "KINDS",
    "SCOPE_TYPES",
    "WORK_TYPES",
    "Breaker",
    "Checkpoint",
    "Diagnostic",
    "Edge",
    "Graph",
    "Kind",
    "Node",
    "Path",
    "Problem",
    "Rate",
    "Retry",
    "Workflow",
    "ports_of",
]
