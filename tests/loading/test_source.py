from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.loading.refusal import MAX_BYTES, Refused
from wflow.loading.source import decode, digest_bytes, is_json, read_bytes


def test_the_bytes_of_a_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\n")
    assert read_bytes(tmp_path / "a") == b"x\n"


@pytest.mark.parametrize("name", ["missing", "missing/below", "a\0b", "x" * 300])
def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_bytes(tmp_path / name)
    assert refused.value.exit_code == 2


def test_a_folder_and_a_pipe_are_no_workflow_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(Refused) as refused:
            read_bytes(path)
        assert refused.value.found.diagnostic.code == "not-a-file"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(Refused, match="larger than 64 MiB"):
        read_bytes(tmp_path / "large")


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"a: 1\nb: \0", "binary", 2, 4),
        ("é: é".encode() + b"\0", "binary", 1, 5),
        (b"a: caf\xe9", "not-utf8", 1, 7),
        ("a: 1".encode("utf-16"), "not-utf8", 1, 1),
        (b"a: \xed\xa0\x80", "not-utf8", 1, 4),
    ],
)
def test_what_is_no_utf_8_text_is_refused_with_its_place(data: bytes, code: str, line: int, column: int) -> None:
    with pytest.raises(Refused) as refused:
        decode(data)
    found = refused.value.found
    assert (found.diagnostic.code, found.line, found.column) == (code, line, column)


def test_a_byte_order_mark_is_taken_off() -> None:
    assert decode(b"\xef\xbb\xbfname: x") == "name: x"


def test_a_digest_is_the_sha256() -> None:
    assert digest_bytes(b"x") == hashlib.sha256(b"x").hexdigest()


def test_the_name_says_what_is_json() -> None:
    assert is_json("a.json")
    assert is_json("A.JSON")
    assert not is_json("a.yaml")
    assert not is_json("json")
