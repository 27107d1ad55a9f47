"""The code of every problem that a workflow file can have, with its meaning: one table for checks, docs and SARIF."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CODES", "PATCH_CODES"]

#: Code -> what it means, in one line.
CODES: Mapping[str, str] = {
    # the text
    "alias-bomb": "aliases make the file more than ten times larger than it is written",
    "bad-character": "a control character, or an escape for half a character",
    "bad-merge": "`<<` merges something that is no mapping",
    "bad-number": "a number that JSON does not have: not finite, or too large",
    "bad-tag": "a YAML tag that has no meaning here",
    "binary": "the file has a NUL byte",
    "duplicate-key": "a mapping has a key twice",
    "empty-file": "the file holds nothing",
    "json-syntax": "the file is not JSON",
    "key-not-text": "a key is a number, a truth value or the like",
    "not-a-file": "a folder or a device, not a file",
    "not-utf8": "the file is in another encoding than UTF-8",
    "recursive-alias": "an alias stands inside what it stands for",
    "several-documents": "the file holds more than one YAML document",
    "too-deep": "more than 200 mappings and lists inside each other",
    "too-large": "the file is larger than 64 MiB",
    "unknown-alias": "an alias without an anchor before it",
    "yaml-syntax": "the file is not YAML",
    "yaml-version": "the file asks for another YAML than 1.2",
    # the shape
    "bad-duration": "text that is no duration",
    "bad-id": "a name that is no id",
    "bad-value": "a text that is none of those allowed",
    "edge-syntax": "text that is no edge",
    "empty": "a text, list or mapping that may not be empty",
    "execution-engine": "a workflow of the ExecutionEngine, which has to be imported",
    "missing-key": "a key that has to be there",
    "one-of": "keys of which only one may be there",
    "out-of-range": "a number that is too small or too large",
    "unknown-key": "a key that this place does not have",
    "unknown-type": "a node type that neither wflow nor a package has",
    "wrong-type": "a value of another kind than the key takes",
    # the graph
    "aside-edges": "an edge of a node that is a `fallback` or `compensate` of another",
    "bad-fallback": "a fallback or compensation that cannot stand in for its node",
    "cancel-rest": "`cancel_rest` without `join: any` or a number",
    "cycle": "nodes that lead back to themselves",
    "duplicate-edge": "an edge that is there already",
    "join-count": "a `join` that waits for more messages than can come",
    "missing-port": "an edge of an `if` or `switch` that names no port",
    "mode-edges": "edges in a container that is not of `mode: graph`",
    "next-source": "`trigger: next` from a node that is no loop",
    "no-edge": "an `if` or `switch` from which no edge leads",
    "unknown-node": "a node that this graph does not have",
    "unknown-port": "a port that the source does not have",
    "unreachable": "a node that never starts",
    # the nodes
    "breaker-clash": "a breaker to which two nodes give different settings",
    "endless-loop": "a `while` that its limit alone can end",
    "env-clash": "two names that become one in the environment of scripts",
    "idle-breaker": "a `breaker` on a node that calls nothing",
    "loop-name": "an `as` that no expression could use",
    "nested-pool": "a pool whose place an enclosing scope holds already",
    "timer-in-loop": "a `timer` inside a loop",
    "unknown-pool": "a pool that is not declared",
    # expressions and scripts
    "expression-syntax": "an expression that cannot be read",
    "not-an-ancestor": "the output of a node that does not come before",
    "python-syntax": "a Python script that does not compile",
    "template-in-expression": "`${{ }}` where an expression stands already",
    "template-in-script": "`${{ }}` inside a script",
    "unknown-name": "a name, function or filter that there is not",
    "unknown-parameter": "a parameter that is not declared",
    "unknown-variable": "a variable that is not declared",
    # parameters, files, schedules
    "bad-default": "a default that its own schema does not allow",
    "bad-parameter": "a parameter's schema that is none, or that refers elsewhere",
    "bad-pattern": "a regular expression that is none, or that could run for ever",
    "bad-schedule": "a schedule that is no cron expression, or never comes due",
    "bad-timezone": "a time zone that there is not",
    "missing-file": "a script or subflow file that is not there",
    "missing-parameter": "a subflow's parameter without value and default",
    "outside-project": "a subflow file outside the project",
    "subflow-recursion": "a subflow that reaches itself",
    "unknown-output": "an output that the subflow does not have",
}

#: Those that only a patch can have, which `wflow amend` reads.
PATCH_CODES: Mapping[str, str] = {
    "already-there": "a node, edge, variable or pool that the run has already",
    "too-late": "an edge that would bring nothing any more: into a started node, or from one that kept nothing for it",
}
