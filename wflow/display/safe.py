"""Text from outside made fit for a terminal, and how wide it is there."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

__all__ = ["cut", "safe_line", "safe_text", "width_of"]

#: Escape sequences as terminals know them: CSI, strings (OSC, DCS, SOS, PM, APC) with their end, and the short ones.
#: Repeats are possessive, and no sequence goes past the start of another: linear whatever comes.
_SEQUENCES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*+[ -/]*+[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*+(?:\x07|\x9c|\x1b\\\\)"
    "|\x1b[ -/]*+[0-OQ-WYZ\\\\`-~]"
)

#: What would act instead of being seen: controls, marks that turn or hide text, separators of lines, surrogates, tags.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)


def safe_text(text: object, limit: int = 200) -> str:
    r"""``text`` in one line of at most ``limit`` characters, in which every character is one that is seen.

    Escape sequences are left out; a tab is a space, the end of a line ``\n``, any other control or invisible
    character its escape (``\x07``, ``\u202e``), a surrogate the replacement character. What is longer ends in ``…``.
    Takes time in proportion to ``limit``, whatever the length of the text.
    """
    whole = text if isinstance(text, str) else str(text)
    if len(whole) <= limit and whole.isascii() and whole.isprintable():
        return whole
    # Sequences that are left out may hide what is after them; eight times the room is as far as anybody looks.
    part = whole[: limit * 8]
    shown = _UNSEEN.sub(_escape, _SEQUENCES.sub("", part).replace("\r\n", "\n").strip("\r\n\t "))
    if len(shown) <= limit and len(part) == len(whole):
        return shown
    return shown[: max(0, limit - 1)] + "…"


def safe_line(line: str) -> str:
    """A line of a log, without its end: blanks and tabs stay as they are, escape sequences and every character that is
    not seen are left out.
    """
    if line.isascii() and line.isprintable():
        return line
    return _UNSEEN.sub(_only_tab, _SEQUENCES.sub("", line))


def _only_tab(match: re.Match[str]) -> str:
    return "\t" if match.group() == "\t" else ""


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character == "\t":
        return " "
    if character == "\n":
        return "\\n"
    if character == "\r":
        return "\\r"
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return "\N{REPLACEMENT CHARACTER}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def width_of(text: str) -> int:
    """How many columns a terminal needs for it."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if combining(character) or character in "\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """``text`` in at most ``width`` columns, ended with ``ellipsis`` where some of it did not fit."""
    if len(text) <= width and text.isascii():
        return text
    if width_of(text) <= width:
        return text
    room = width - width_of(ellipsis)
    kept = spent = 0
    for character in text:
        spent += _columns(character)
        if spent > room:
            break
        kept += 1
    return text[:kept] + ellipsis if room >= 0 else ""
