from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.store.record import (
    LATER_VERSION,
    body_bytes,
    encode,
    fits,
    is_whole_inside,
    number_of,
    parse,
    what_is_wrong,
)

LINE = encode(17, body_bytes('{"event":"node_completed","at":1.5}'))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


def later(version: int) -> bytes:
    """A sound line of another format version, made from the description of the format alone."""
    from zlib import crc32

    covered = b'","v":%d,"n":17,"x":1}\n' % version
    return b'{"crc":"%08x%b' % (crc32(covered), covered)


def test_the_format_is_as_it_was_in_its_first_release() -> None:
    assert LINE == b'{"crc":"2f1a9436","v":1,"n":17,"event":"node_completed","at":1.5}\n'


def test_a_line_is_readable_as_json_by_anybody() -> None:
    assert json.loads(LINE) == {"crc": LINE[8:16].decode(), "v": 1, "n": 17, "event": "node_completed", "at": 1.5}


@given(
    st.integers(1, 10**17),
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), JSON, min_size=1, max_size=4),
    st.booleans(),
)
def test_what_is_encoded_is_parsed_again(number: int, data: dict[str, object], ascii_only: bool) -> None:
    line = encode(number, body_bytes(json.dumps(data, ensure_ascii=ascii_only)))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert fits(line, number)
    assert number_of(line) == number
    assert parse(line, number) == data


def test_a_line_with_any_byte_changed_fits_no_more() -> None:
    for at in range(len(LINE)):
        for flip in (1, 2, 0x20, 0x80, 0xFF):
            changed = LINE[:at] + bytes([LINE[at] ^ flip]) + LINE[at + 1 :]
            assert not fits(changed, 17), (at, flip)
            assert number_of(changed) is None


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (LINE[:-1], "does not have the checksum that it says"),
        (LINE.replace(b"1.5", b"1.6"), "does not have the checksum that it says"),
        (b"\n", "does not have the checksum that it says"),
        (b"\0" * 40 + b"\n", "does not have the checksum that it says"),
        (encode(16, b'{"a":1}'), "has the number 16"),
        (later(2), LATER_VERSION),
        (later(99), LATER_VERSION),
        (later(0), "has no number of this format"),
        (later(2).replace(b"17", b"18"), "does not have the checksum that it says"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: bytes, wrong: str) -> None:
    assert not fits(line, 17)
    assert what_is_wrong(line, 17) == wrong


@pytest.mark.parametrize("body", ["", "{}", "[]", "[1]", '{"a":1}\n', '{"a":\n1}', '{"a"', '{ "a":1}'])
def test_a_body_must_be_an_object_on_one_line(body: str) -> None:
    with pytest.raises(ValueError, match="JSON object on one line"):
        body_bytes(body)


def test_a_lone_surrogate_is_refused_before_it_is_written() -> None:
    with pytest.raises(UnicodeEncodeError):
        body_bytes('{"a":"\ud800"}')


@pytest.mark.parametrize("body", [b'{"a":1}{"b":2}', b'{"a":tru}', b'{"a":1}}'])
def test_a_sound_line_that_is_no_json_object_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|no JSON object"):
        parse(encode(1, body), 1)


def test_a_part_of_a_line_is_not_taken_for_the_whole() -> None:
    assert not any(is_whole_inside(LINE[:cut], 17) for cut in range(len(LINE)))


def test_a_line_whose_newline_was_changed_is_taken_for_what_it_is() -> None:
    for other in (b"}", b"\0", b"a", b"\xff", b" ", b","):
        assert is_whole_inside(LINE[:-1] + other, 17)
    assert is_whole_inside(LINE[:-1] + b'X{"crc":"00', 17)
    assert not is_whole_inside(LINE[:-1] + b"X", 18)
