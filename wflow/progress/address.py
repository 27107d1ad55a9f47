"""Addresses taken apart: ``load[17]/insert`` is the node ``load``, its iteration ``17``, in that ``insert``."""

from __future__ import annotations

__all__ = ["is_within", "steps", "without_keys"]


def steps(address: str) -> list[tuple[str, str | None]]:
    """The way from the root to what has this address: a node's id, and the iteration's key where it goes on into one.

    A key may hold anything but ``]/``. What is no address gives one step or several with odd ids; nothing is raised.
    """
    found: list[tuple[str, str | None]] = []
    position, end = 0, len(address)
    while position < end:
        slash, bracket = address.find("/", position), address.find("[", position)
        if bracket < 0 or 0 <= slash < bracket:
            stop = slash if slash >= 0 else end
            found.append((address[position:stop], None))
            position = stop + 1
            continue
        close = address.find("]/", bracket)
        stop = close if close >= 0 else end - address.endswith("]")
        found.append((address[position:bracket], address[bracket + 1 : stop]))
        position = stop + 2
    return found


def is_within(address: str, outer: str) -> bool:
    """Whether an address is the ``outer`` one, or that of something in it."""
    return address.startswith(outer) and address[len(outer) :][:1] in ("", "/", "[")


def without_keys(address: str) -> str:
    """The address with its iterations left out, as a node's place in the definition: ``load/insert``."""
    if "[" not in address:
        return address
    return "/".join(name for name, _ in steps(address))
