from __future__ import annotations

import stat
from pathlib import Path

import pytest

from wflow.errors import StoreUnavailable
from wflow.store.home import home_folder, private_folder


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WFLOW_HOME": "/w", "XDG_STATE_HOME": "/s", "HOME": "/h"}, "/w"),
        ({"WFLOW_HOME": "", "XDG_STATE_HOME": "/s", "HOME": "/h"}, "/s/wflow"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/wflow"),
        ({"XDG_STATE_HOME": "", "HOME": "/h"}, "/h/.local/state/wflow"),
    ],
)
def test_the_home_is_the_first_that_the_environment_names(environ: dict[str, str], expected: str) -> None:
    assert home_folder(environ) == Path(expected)


def test_a_relative_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert home_folder({"WFLOW_HOME": "state"}) == tmp_path / "state"


def test_without_any_variable_there_is_still_a_home() -> None:
    assert home_folder({}).is_absolute()


def test_a_folder_and_those_above_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "a" / "b" / "c")
    for folder in (made, made.parent, made.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    made.chmod(0o750)
    assert stat.S_IMODE(private_folder(made).stat().st_mode) == 0o750


def test_a_file_in_the_way_is_said_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(StoreUnavailable, match="is a file") as caught:
        private_folder(tmp_path / "a")
    assert caught.value.cure
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        private_folder(tmp_path / "a" / "b")
