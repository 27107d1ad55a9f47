from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.errors import WflowError
from wflow.runtimes.exchange import LARGEST_FILE, Exchange, HandedBackWrong, parse_json, read_regular, tail
from wflow.runtimes.work import Work

MakeWork = Callable[..., Work]


@pytest.fixture
def exchange(make_work: MakeWork, reported: list[tuple[float, str]]) -> Exchange:
    work = make_work({}, variables={"n": 1, "rows": [], "m": {}}, reported=reported)
    Path(work.scratch).mkdir(parents=True)
    return Exchange(work)


@pytest.fixture
def reported() -> list[tuple[float, str]]:
    return []


def write(exchange: Exchange, name: str, data: str | bytes) -> None:
    Path(exchange.names[name]).write_bytes(data if isinstance(data, bytes) else data.encode())


@pytest.mark.parametrize(
    ("written", "output"),
    [
        ("", {}),
        ("\n  \n", {}),
        ("a=1\nb=x=y\nc=\n", {"a": "1", "b": "x=y", "c": ""}),
        ("a= x ", {"a": " x "}),
        ("a=1\r\nb=2\r\n", {"a": "1", "b": "2"}),
        ('{"a": 1, "b": [null, 1.5]}\na=2', {"a": "2", "b": [None, 1.5]}),
        ("naïve=ü\n", {"naïve": "ü"}),
        (b"a=\xff\n", {"a": "\ufffd"}),
        ("a=\0b", {"a": "\0b"}),
    ],
)
def test_lines_become_the_output(exchange: Exchange, written: str | bytes, output: dict[str, Any]) -> None:
    write(exchange, "WFLOW_OUTPUT", written)
    assert exchange.output() == output


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("a=1\nfoo\n", "line 2 of $WFLOW_OUTPUT is neither `key=value` nor a JSON object: `foo`"),
        ("=1", "line 1 of $WFLOW_OUTPUT is neither"),
        ("[1]", "line 1 of $WFLOW_OUTPUT is neither"),
        ('\n{"a": }', 'line 2 of $WFLOW_OUTPUT is no JSON: Expecting value at column 7: `{"a": }`'),
        ('{"a": NaN}', "`a` is nan, which JSON does not have"),
        (r'{"a": "\ud800"}', "`a` holds a lone surrogate"),
        ("{" + '"a":{' * 100_000, "nested too deep"),
    ],
)
def test_a_bad_line_is_named(exchange: Exchange, written: str, message: str) -> None:
    write(exchange, "WFLOW_OUTPUT", written)
    with pytest.raises(WflowError) as caught:
        exchange.output()
    assert message in str(caught.value)


def test_more_than_fits_is_refused(exchange: Exchange) -> None:
    with Path(exchange.names["WFLOW_OUTPUT"]).open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(HandedBackWrong, match="more than 16 MiB"):
        exchange.output()


def test_no_file_means_nothing(exchange: Exchange) -> None:
    assert exchange.output() == {}
    assert exchange.operations() == ()
    exchange.report_progress()


def test_a_pipe_in_place_of_a_file_does_not_block(exchange: Exchange) -> None:
    os.mkfifo(exchange.names["WFLOW_OUTPUT"])
    Path(exchange.names["WFLOW_VARIABLES"]).mkdir()
    assert exchange.output() == {}
    assert exchange.operations() == ()


def test_lines_become_operations(exchange: Exchange) -> None:
    lines = ['{"add": {"n": 1}}', '{"append": {"rows": "x"}, "merge": {"m": {"a": 1}}}', '{"delete": "n"}']
    write(exchange, "WFLOW_VARIABLES", "\n".join([*lines, '{"delete": {"m": "a"}}']))
    assert exchange.operations() == (
        ("add", "n", 1),
        ("append", "rows", "x"),
        ("merge", "m", {"a": 1}),
        ("delete", "n", None),
        ("delete", "m", "a"),
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            '{"add": {"row": 1}}',
            "line 1 of $WFLOW_VARIABLES: the workflow declares no variable `row`; did you mean `rows`?",
        ),
        ('{"add": {"n": 1}}\n{"add": {"n": "x"}}', "line 2 of $WFLOW_VARIABLES: cannot add a string to variable `n`"),
        ('{"increment": {"n": 1}}', "`increment` is none of set, add, append, merge, delete"),
        ('{"add": 1}', "`add` takes a mapping"),
        ("n=1", "line 1 of $WFLOW_VARIABLES is no JSON"),
        ("[1]", "line 1 of $WFLOW_VARIABLES is no JSON object"),
    ],
)
def test_a_write_that_does_not_fit_is_named(exchange: Exchange, written: str, message: str) -> None:
    write(exchange, "WFLOW_VARIABLES", written)
    with pytest.raises(HandedBackWrong) as caught:
        exchange.operations()
    assert message in str(caught.value)


def test_progress_is_the_last_line_that_is_new(exchange: Exchange, reported: list[tuple[float, str]]) -> None:
    write(exchange, "WFLOW_PROGRESS", "10 begun\n50% half way\n")
    exchange.report_progress()
    exchange.report_progress()
    write(exchange, "WFLOW_PROGRESS", "70\n")
    exchange.report_progress()
    with Path(exchange.names["WFLOW_PROGRESS"]).open("a") as file:
        file.write("900 too much")
    exchange.report_progress()
    assert reported == [(50.0, "half way"), (70.0, ""), (100.0, "too much")]


def test_progress_that_is_no_number_is_a_warning_once(exchange: Exchange, reported: list[tuple[float, str]]) -> None:
    for text in ("half\n", "nan way\n\n"):
        write(exchange, "WFLOW_PROGRESS", text)
        exchange.report_progress()
    assert reported == []
    assert exchange.warnings == ["a line of $WFLOW_PROGRESS begins with no number: `half`"]


def test_a_tail_is_cut_at_a_character(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes("äöü€🙂".encode() * 10)
    for most in range(4, 20):
        text = tail(str(path), 0, most)
        assert "\ufffd" not in text
        assert len(text.encode()) <= most
    assert tail(str(path), 130 - 4, 100) == "🙂"
    assert tail(str(path), 0, 1000) == "äöü€🙂" * 10
    path.write_bytes(b"\x80" * 100)
    assert tail(str(path), 0, 10) == "\ufffd" * 7
    assert tail(str(tmp_path / "absent"), 0, 10) == ""


def test_reading_stops_at_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"0123456789")
    assert read_regular(str(path), 2, 3) == b"234"
    assert read_regular(str(path), 8, 100) == b"89"


def test_json_errors_are_half_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^Expecting value at line 2, column 1$"):
        parse_json("[\n")
