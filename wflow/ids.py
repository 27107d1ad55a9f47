"""Run ids and addresses: how a run, a node in it and an activation of that node are named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

__all__ = ["RUN_ID", "activation_id", "iteration_prefix", "new_run_id", "owners_of", "split_activation"]

#: What a run id may look like: the ids made here, and those a caller gives with ``--id``.
RUN_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_run_id(now: float, entropy: int) -> str:
    """A run id such as ``20261123-084512-417-k3f9``: UTC with milliseconds, so that ids sort by time.

    ``now`` is seconds since the epoch; ``entropy`` any non-negative number, of which 20 bits are used to keep
    runs apart that start in one millisecond.
    """
    moment = datetime.fromtimestamp(now, UTC)
    tail = "".join(_ALPHABET[(entropy >> shift) & 31] for shift in (15, 10, 5, 0))
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}-{tail}"


def iteration_prefix(address: str, key: str) -> str:
    """The address prefix of what runs in one iteration: ``load`` and ``17`` give ``load[17]/``."""
    return f"{address}[{key}]/"


def owners_of(address: str) -> Iterator[str]:
    """The addresses of the nodes and iterations that this one lies in, from the outside in: ``load[17]/insert`` lies in
    ``load`` and in ``load[17]``.
    """
    for place, character in enumerate(address):
        if character in "/[":
            yield address[:place]


def activation_id(address: str, number: int) -> str:
    """The id of a node's activation in its run: ``load[17]/insert#1``; ``number`` counts from 1 at each address."""
    return f"{address}#{number}"


def split_activation(ident: str) -> tuple[str, int]:
    """Address and number of an activation id. Raises ValueError where the id has no number."""
    address, _, number = ident.rpartition("#")
    return address, int(number)
