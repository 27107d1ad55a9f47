"""What scripts read and write, found by reading them, and the few words in them that have to change.

Names are found where they are written out, as ``SetGlobal("count", …)`` or ``Set-Global count …``; one that is computed
is found by nobody. Comments are read along: a variable too many is declared, and does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from wflow.importing.csharp_tokens import CSharpFault, Token, tokenize

__all__ = ["Uses", "rewritten", "uses_of"]


class Uses(NamedTuple):
    """Names that a script mentions: of variables it sets and reads, of inputs it reads, of outputs it writes; each with
    the character where it does so first. ``foreign`` is what it calls that only the ExecutionEngine has.
    """

    sets: dict[str, int]
    reads: dict[str, int]
    inputs: dict[str, int]
    outputs: dict[str, int]
    foreign: dict[str, int]


_TEXT = r'@?"((?:[^"\\\n]|\\.)*)"'
_CALL = re.compile(rf"\b(SetGlobal|AddGlobal|GetGlobal|GetInput|SetOutput)\s*(?:<[^<>()]*>\s*)?\(\s*{_TEXT}")
_TABLE = re.compile(rf"\b(GlobalVariables|Variables|InputData|Input|Output)\s*\[\s*{_TEXT}\s*\](\s*=(?!=))?")
_FOREIGN_CSHARP = re.compile(r"\b(?:WorkflowContext|NodeContext)\b")

_WORD = r"(?:'([^'\n]+)'|\"([^\"$`\n]+)\"|([A-Za-z_][\w-]*))"
_COMMAND = re.compile(
    rf"(?i)(?<![\w-])(Set-Global|Add-Global|Get-Global|Get-Input|Set-Output)\s+(?:-(?:Key|Name)\s+)?{_WORD}"
)
_POWERSHELL_TABLE = re.compile(rf"(?i)\$(Input|Output)(?:\[\s*{_WORD}\s*\]|\.([A-Za-z_]\w*))")
_FOREIGN_POWERSHELL = re.compile(r"(?i)\$State\b")


def uses_of(script: str, language: str) -> Uses:
    """What a script of ``csharp`` or ``powershell`` mentions."""
    uses = Uses({}, {}, {}, {}, {})
    if language == "csharp":
        for match in _CALL.finditer(script):
            _by_call(uses, match[1].lower(), match[2], match.start())
        for match in _TABLE.finditer(script):
            _by_table(uses, match[1].lower(), match[2], match.start(), sets=match[3] is not None)
        foreign = _FOREIGN_CSHARP
    else:
        for match in _COMMAND.finditer(script):
            name = match[2] or match[3] or match[4]
            _by_call(uses, match[1].lower().replace("-", ""), name, match.start())
        for match in _POWERSHELL_TABLE.finditer(script):
            name = match[2] or match[3] or match[4] or match[5]
            _by_table(uses, match[1].lower(), name, match.start(), sets=True)
        foreign = _FOREIGN_POWERSHELL
    for match in foreign.finditer(script):
        uses.foreign.setdefault(match[0], match.start())
    return uses


def _by_call(uses: Uses, call: str, name: str, at: int) -> None:
    table = {"getglobal": uses.reads, "getinput": uses.inputs, "setoutput": uses.outputs}.get(call, uses.sets)
    table.setdefault(name, at)


def _by_table(uses: Uses, table: str, name: str, at: int, *, sets: bool) -> None:
    if table == "output":
        uses.outputs.setdefault(name, at)
    elif table in ("input", "inputdata"):
        uses.inputs.setdefault(name, at)
    else:
        (uses.sets if sets else uses.reads).setdefault(name, at)


def rewritten(script: str, language: str, keys: Mapping[str, str], items: Mapping[str, str]) -> str:
    """The script with the words changed that mean something else here: keys of the input by ``keys``; names of loop
    items, which were variables, by ``items`` (they are input here); tables of variables as calls.
    """
    if language == "csharp":
        return _csharp(_tables_as_calls(script), keys, items)
    return _powershell(script, keys, items)


def _csharp(script: str, keys: Mapping[str, str], items: Mapping[str, str]) -> str:
    def call(match: re.Match[str]) -> str:
        if match[1] == "GetInput" and match[2] in keys:
            return match[0].replace(f'"{match[2]}"', f'"{keys[match[2]]}"')
        if match[1] == "GetGlobal" and match[2] in items:
            return match[0].replace("GetGlobal", "GetInput").replace(f'"{match[2]}"', f'"{items[match[2]]}"')
        return match[0]

    def table(match: re.Match[str]) -> str:
        if match[1] == "Input" and match[2] in keys:
            return match[0].replace(f'"{match[2]}"', f'"{keys[match[2]]}"')
        return match[0]

    return _TABLE.sub(table, _CALL.sub(call, script))


def _powershell(script: str, keys: Mapping[str, str], items: Mapping[str, str]) -> str:
    def command(match: re.Match[str]) -> str:
        name = match[2] or match[3] or match[4]
        verb = match[1].lower()
        if verb == "get-input" and name in keys:
            return _in_place(match, name, keys[name])
        if verb == "get-global" and name in items:
            return "Get-Input" + _in_place(match, name, items[name])[len(match[1]) :]
        return match[0]

    def table(match: re.Match[str]) -> str:
        name = match[2] or match[3] or match[4] or match[5]
        return _in_place(match, name, keys[name]) if match[1].lower() == "input" and name in keys else match[0]

    return _POWERSHELL_TABLE.sub(table, _COMMAND.sub(command, script))


def _in_place(match: re.Match[str], old: str, new: str) -> str:
    at = match[0].rindex(old)
    return match[0][:at] + new + match[0][at + len(old) :]


def _tables_as_calls(script: str) -> str:
    """``context.Variables["x"]``, ``GlobalVariables["x"]`` as ``GetGlobal("x")``; what is put in, as ``SetGlobal``."""
    try:
        tokens = tokenize(script)
    except CSharpFault:
        return script
    changes: list[tuple[int, int, str]] = []
    for at, token in enumerate(tokens):
        if token.text not in ("Variables", "GlobalVariables") or not _indexed(tokens, at):
            continue
        start = token.start
        if at >= 2 and tokens[at - 1].text == "." and tokens[at - 2].text in ("context", "WorkflowContext"):
            start = tokens[at - 2].start
        elif at and tokens[at - 1].text == ".":
            continue
        name, after = tokens[at + 2].text, at + 4
        if after < len(tokens) and tokens[after].text == "=":
            end = _statement_end(tokens, after + 1)
            if end is None:
                continue
            changes += [(start, tokens[after].end, f"SetGlobal({name},"), (end.start, end.start, ")")]
        else:
            changes.append((start, tokens[at + 3].end, f"GetGlobal({name})"))
    for begin, finish, text in sorted(changes, reverse=True):
        script = script[:begin] + text + script[finish:]
    return script


def _indexed(tokens: list[Token], at: int) -> bool:
    return (
        len(tokens) > at + 3
        and tokens[at + 1].text == "["
        and tokens[at + 2].kind == "string"
        and tokens[at + 3].text == "]"
    )


def _statement_end(tokens: list[Token], at: int) -> Token | None:
    depth = 0
    for token in tokens[at:]:
        if token.kind == "sign":
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.text == ";":
                return token
            if depth < 0:
                return None
    return None
