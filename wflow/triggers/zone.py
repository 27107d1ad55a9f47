"""The time zone of this machine, as the C library finds it: ``$TZ``, else ``/etc/localtime``, else UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from wflow.errors import UsageError
from wflow.triggers.cron import is_zone

__all__ = ["machine_zone", "zone_named"]

_LOCALTIME = Path("/etc/localtime")


def zone_named(name: str) -> tzinfo:
    """The time zone of that name in the time zone database. Raises UsageError where there is none."""
    if not is_zone(name):
        raise UsageError(f"there is no time zone `{name[:60]}`", cure="write it as `Europe/Berlin`")
    return ZoneInfo(name)


def machine_zone(environ: Mapping[str, str], localtime: Path = _LOCALTIME) -> tzinfo:
    """The machine's time zone. ``localtime`` is a link into the time zone database, or a copy of one of its files.

    Raises UsageError for a ``$TZ`` that is neither a name nor a file of the database: a rule written out, such as
    ``CET-1CEST``, is not read, and another zone in its place would be hours off.
    """
    said = environ.get("TZ")
    if said is None:
        return _zone_of(localtime) or UTC
    name = said.removeprefix(":")
    if not name:
        return UTC
    zone = _zone_of(Path(name)) if name.startswith("/") else (ZoneInfo(name) if is_zone(name) else None)
    if zone is None:
        raise UsageError(
            f"the environment's time zone, TZ={said[:60]}, is not in the time zone database",
            cure="set TZ to a name such as Europe/Berlin, or give the timer a `timezone`",
        )
    return zone


def _zone_of(file: Path) -> tzinfo | None:
    """The zone in a file of the database, by its name where the path tells it."""
    try:
        _, found, name = str(file.resolve(strict=True)).partition("/zoneinfo/")
        if found and is_zone(name):
            return ZoneInfo(name)
        with file.open("rb") as source:
            return ZoneInfo.from_file(source)
    except (OSError, ValueError):
        return None
