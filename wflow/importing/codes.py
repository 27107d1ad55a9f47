"""The code of everything that an import can say, with its meaning: one table for the messages and the documentation."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["IMPORT_CODES"]

#: Code -> what it means, in one line. The codes of a text that cannot be read are those of `wflow.model.codes`.
IMPORT_CODES: Mapping[str, str] = {
    "bad-value": "a value of a kind that its key cannot have",
    "changed": "carried, and not to the letter: what is different",
    "invalid-result": "what `wflow validate` finds wrong with the imported workflow",
    "missing-file": "a script or subflow file that is not there",
    "missing-key": "a key without which the node means nothing",
    "not-carried": "what has no counterpart, and is left out with --partial",
    "not-execution-engine": "the file is no workflow of the ExecutionEngine",
    "renamed": "a name that is no id here, and what it became",
    "unknown-key": "a key that the ExecutionEngine does not know",
    "unknown-node": "a connection, or an entry point, that names no node of the file",
    "unknown-type": "a type of node that the ExecutionEngine does not have",
}
