"""`wflow.triggers.zone`: which time zone a timer is in that names none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import pytest

from wflow.errors import UsageError
from wflow.triggers.zone import machine_zone, zone_named


@pytest.fixture
def database() -> Path:
    """The folder of the system's time zone files."""
    for folder in map(Path, TZPATH):
        if (folder / "Europe" / "Berlin").is_file():
            return folder
    pytest.skip("the system has no time zone files of its own")


@pytest.mark.parametrize(("said", "name"), [("Europe/Berlin", "Europe/Berlin"), (":Asia/Tokyo", "Asia/Tokyo")])
def test_tz_names_the_zone(said: str, name: str, tmp_path: Path) -> None:
    assert machine_zone({"TZ": said}, tmp_path / "none") is ZoneInfo(name)


def test_an_empty_tz_is_utc_whatever_the_machine_says(database: Path) -> None:
    for said in ("", ":"):
        assert machine_zone({"TZ": said}, database / "Europe" / "Berlin") is UTC


def test_tz_may_name_a_file_of_the_database(database: Path) -> None:
    assert str(machine_zone({"TZ": f":{database}/Europe/Berlin"})) == "Europe/Berlin"


@pytest.mark.parametrize("said", ["CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Berlim", "/etc/passwd", "/nowhere", "../x"])
def test_a_tz_that_is_not_in_the_database_is_refused_rather_than_taken_for_another(said: str) -> None:
    with pytest.raises(UsageError) as caught:
        machine_zone({"TZ": said})
    assert said in caught.value.message
    assert caught.value.cure is not None


def test_without_tz_it_is_what_localtime_links_to(tmp_path: Path, database: Path) -> None:
    link = tmp_path / "localtime"
    link.symlink_to(database / "America" / "New_York")
    assert str(machine_zone({}, link)) == "America/New_York"


def test_localtime_may_be_a_copy_that_bears_no_name(tmp_path: Path, database: Path) -> None:
    copy = tmp_path / "localtime"
    copy.write_bytes((database / "Australia" / "Lord_Howe").read_bytes())
    zone = machine_zone({}, copy)
    assert datetime(2025, 1, 1, tzinfo=zone).isoformat() == "2025-01-01T00:00:00+11:00"
    assert datetime(2025, 7, 1, tzinfo=zone).isoformat() == "2025-07-01T00:00:00+10:30"


def test_a_machine_that_says_nothing_is_on_utc(tmp_path: Path) -> None:
    assert machine_zone({}, tmp_path / "none") is UTC
    (tmp_path / "localtime").write_text("no zone", encoding="ascii")
    assert machine_zone({}, tmp_path / "localtime") is UTC


def test_a_zone_is_named_as_the_database_names_it() -> None:
    assert zone_named("Europe/Berlin") is ZoneInfo("Europe/Berlin")
    with pytest.raises(UsageError, match="no time zone `Berlin`"):
        zone_named("Berlin")
