"""Stimuli as journal records and back: the body of each line (`store.journal` adds number, version and checksum).

    event            keys                                                      what it is
    run_started      run definition parameters files env options              the first record
    node_started     ids                                                      handed out, or got its place; unsynced
    node_released    ids                                                      given back, not counted as an attempt
    node_completed   id attempt began output|stored [operations]              an attempt ended
    node_failed      id attempt began failure [output]                        an attempt ended
    node_cancelled   id attempt began                                         an attempt ended
    node_progress    id percent message                                       unsynced
    due                                                                       deadlines up to `at` have come
    request          what arguments                                           asked by an operator
    run_paused                                                                the process left the run
    run_resumed      crashed options                                          a process took it up again
    subflow_loaded   id file definition parameters problem                    a subflow's file was read
    timer_answered   id output problem                                        whether a timer is due
    breaker_answered id era refusal                                           whether a node may start
    run_revised      definition parameters files env options floors again     stands in place of the first record
                     begun told plan
    node_recalled    id attempt given status began output|stored              in the file that a revision names only
                     [operations] [failure]
    run_finished     status                                                   for readers; follows from the rest

``told`` of a revision is the hash of a file with what is told of the run's past: records like these, a line each.

Every record has ``at``, seconds since the epoch. Of a request that came while nobody ran the run that is when the run
was left, and ``heard_at`` in its arguments when it was heard: a run's time stands still meanwhile. ``stored`` is
``{"sha256": ..., "size": bytes}`` of an output kept in a file of its own. ``failure`` is ``[type, message, traceback,
exit code or null]``; ``refusal`` is null or ``[type, message]``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wflow.engine.stimuli import (
    Answered,
    Began,
    Due,
    Ended,
    Loaded,
    Paused,
    Permitted,
    Progressed,
    Recalled,
    Released,
    Requested,
    Resumed,
    Revised,
    Started,
    Stimulus,
)
from wflow.engine.values import STORED_ABOVE, Stored
from wflow.errors import JournalDamaged

__all__ = ["decode", "encode", "encode_began", "encode_ended", "encode_finished", "to_text"]

_encoder = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))
#: JSON text of any JSON value, ASCII, without blanks. Raises ValueError for NaN and TypeError for anything not JSON.
to_text: Callable[[Any], str] = _encoder.encode

#: The same of a text alone, without the way through the encoder.
_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii

_ENDED = {"completed": "node_completed", "failed": "node_failed", "cancelled": "node_cancelled"}
_STATUS = {name: status for status, name in _ENDED.items()}


def encode_ended(ended: Ended, keep: Callable[[bytes], str] | None = None) -> tuple[str, Any]:
    """The body of an ended attempt's record, and the output as the state shall hold it.

    ``keep`` puts an output above `STORED_ABOVE` bytes into a file and gives its hash; the second value then is the
    digest and size in a tuple, else the output itself. This runs once for every attempt: it builds the text by hand.
    """
    output = ended.output
    kept: Any = output
    if not output:
        told = '"output":{}'
    else:
        text = to_text(output)
        if len(text) > STORED_ABOVE and keep is not None:
            digest = keep(text.encode())
            kept = (digest, len(text))
            told = f'"stored":{{"sha256":"{digest}","size":{len(text)}}}'
        else:
            told = f'"output":{text}'
    body = (
        f'{{"event":"{_ENDED[ended.status]}","at":{ended.at!r},"id":{_quoted(ended.activation)},'
        f'"attempt":{ended.attempt},"began":{ended.began!r},{told}'
    )
    if ended.operations:
        body += f',"operations":{to_text(ended.operations)}'
    if ended.failure is not None:
        body += f',"failure":{to_text(ended.failure)}'
    return body + "}", kept


def encode(stimulus: Stimulus) -> str:
    """The body of any stimulus's record, as JSON text."""
    if isinstance(stimulus, Ended):
        return encode_ended(stimulus)[0]
    if isinstance(stimulus, Recalled):
        return _encode_recalled(stimulus)
    if isinstance(stimulus, Started):
        return f'{{"event":"node_started","at":{stimulus.at!r},"ids":[{",".join(map(_quoted, stimulus.activations))}]}}'
    return to_text({"event": _NAMES[type(stimulus)], **_plain(stimulus)})


def _encode_recalled(recalled: Recalled) -> str:
    data = {"event": "node_recalled", **recalled._asdict()}
    data["id"] = data.pop("activation")
    output = data.pop("output")
    if type(output) is Stored:
        data["stored"] = {"sha256": output.digest, "size": output.size}
    else:
        data["output"] = output
    return to_text({name: value for name, value in data.items() if value is not None and value != ()})


def encode_began(began: Began, definition: str) -> str:
    """The body of a run's first record, with its definition as JSON text already."""
    rest = began._asdict()
    del rest["definition"]
    return f'{to_text({"event": "run_started", **rest})[:-1]},"definition":{definition}}}'


def encode_finished(at: float, status: str) -> str:
    """The body of the record that tells readers that the run has ended, and how."""
    return f'{{"event":"run_finished","at":{at!r},"status":"{status}"}}'


def _plain(stimulus: Stimulus) -> dict[str, Any]:
    data = stimulus._asdict()
    if isinstance(stimulus, Released):
        data["ids"] = data.pop("activations")
    elif isinstance(stimulus, Progressed | Loaded | Answered | Permitted):
        data["id"] = data.pop("activation")
    return data


def decode(record: dict[str, Any], load: Callable[[str], dict[str, Any]], number: int = 0) -> Stimulus | None:
    """The stimulus that a record's data say, or None for one that is only told to readers.

    ``load`` reads a stored output by its hash when it is looked into. Raises JournalDamaged for a record that this
    version of wflow cannot make sense of.
    """
    name = record.get("event")
    try:
        if name in _STATUS:
            return _decode_ended(record, load)
        if name == "run_finished":
            return None
        if name == "node_recalled":
            return _decode_recalled(record, load)
        return _DECODERS[str(name)](record)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalDamaged(
            f"record {number} of the journal says `{name!s:.40}` in a way this version does not know ({error!r:.80})",
            position=number,
            lost="this record and all after it",
        ) from error


def _decode_ended(record: dict[str, Any], load: Callable[[str], dict[str, Any]]) -> Ended:
    return Ended(
        record["at"],
        record["id"],
        record["attempt"],
        _STATUS[record["event"]],
        *_decode_outcome(record, load),
        record["began"],
    )


def _decode_outcome(record: dict[str, Any], load: Callable[[str], dict[str, Any]]) -> tuple[Any, Any, Any]:
    """The output, the operations and the failure that a record says."""
    stored = record.get("stored")
    output = Stored(stored["sha256"], stored["size"], load) if stored else record.get("output", {})
    operations = record.get("operations")
    failure = record.get("failure")
    written = tuple((kind, name, value) for kind, name, value in operations) if operations else ()
    return output, written, tuple(failure) if failure else None


def _decode_recalled(record: dict[str, Any], load: Callable[[str], dict[str, Any]]) -> Recalled:
    return Recalled(
        record["at"],
        record["id"],
        record["attempt"],
        record["given"],
        record["status"],
        *_decode_outcome(record, load),
        record["began"],
    )


_NAMES: dict[type[Any], str] = {
    Began: "run_started",
    Started: "node_started",
    Released: "node_released",
    Progressed: "node_progress",
    Due: "due",
    Requested: "request",
    Paused: "run_paused",
    Resumed: "run_resumed",
    Loaded: "subflow_loaded",
    Answered: "timer_answered",
    Permitted: "breaker_answered",
    Revised: "run_revised",
}

_DECODERS: dict[str, Callable[[dict[str, Any]], Stimulus]] = {
    "run_started": lambda r: Began(
        r["at"], r["run"], r["definition"], r["parameters"], r["files"], r["env"], r["options"]
    ),
    "node_started": lambda r: Started(r["at"], tuple(r["ids"])),
    "node_released": lambda r: Released(r["at"], tuple(r["ids"])),
    "node_progress": lambda r: Progressed(r["at"], r["id"], r["percent"], r["message"]),
    "due": lambda r: Due(r["at"]),
    "request": lambda r: Requested(r["at"], r["what"], r["arguments"]),
    "run_paused": lambda r: Paused(r["at"]),
    "run_resumed": lambda r: Resumed(r["at"], r["crashed"], r["options"]),
    "timer_answered": lambda r: Answered(r["at"], r["id"], r["output"], r["problem"]),
    "breaker_answered": lambda r: Permitted(r["at"], r["id"], r["era"], tuple(r["refusal"]) if r["refusal"] else None),
    "run_revised": lambda r: Revised(
        r["at"],
        r["definition"],
        r["parameters"],
        r["files"],
        r["env"],
        r["options"],
        r["floors"],
        tuple(r["again"]),
        tuple(r["begun"]),
        r["told"],
        r["plan"],
    ),
    "subflow_loaded": lambda r: Loaded(r["at"], r["id"], r["file"], r["definition"], r["parameters"], r["problem"]),
}
