"""C# that stays C#: whether it is an expression or statements, and the ``using`` that its names need here."""

from __future__ import annotations

import re

from wflow.importing.csharp_tokens import CSharpFault, Token, tokenize

__all__ = ["bare", "is_statements", "missing_usings", "returning", "split_usings", "with_usings"]

#: What a statement begins with, and no expression.
_STATEMENTS = frozenset(
    {"break", "const", "do", "for", "foreach", "if", "lock", "return", "throw", "try", "using", "var", "while", "{"}
)
_USING = r"using\s+(?:static\s+)?[A-Za-z_][\w.]*\s*;"
_USINGS = re.compile(rf"\s*(?:{_USING}\s*)+")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:r|load)\b[^\n]*\n?", re.MULTILINE)

#: Namespaces that a script may take for granted there and has to name here, by what shows that it does.
_NAMESPACES = {
    "System.Collections.Concurrent": r"Concurrent(?:Bag|Dictionary|Queue|Stack)",
    "System.Globalization": r"CultureInfo|DateTimeStyles|NumberStyles",
    "System.Text.Json": r"Json(?:Document|Element|Serializer(?:Options)?)",
    "System.Text.Json.Nodes": r"Json(?:Array|Node|Object)",
    "System.Text.RegularExpressions": r"Regex(?:Options)?",
}
_SHOWN = {space: re.compile(rf"(?<![\w.])(?:{names})\b") for space, names in _NAMESPACES.items()}


def is_statements(text: str) -> bool:
    """Whether the text is more than one expression: statements, of which one returns or the last is the value."""
    try:
        outer = _outer(tokenize(text))
    except CSharpFault:
        return re.search(r"\breturn\b", text) is not None
    words = [token.text for token in outer]
    return bool(words) and (words[0] in _STATEMENTS or "return" in words or ";" in words[:-1])


def returning(text: str, cast: str = "") -> str:
    """Statements that return what the C# gives; an expression is taken as ``cast`` says, such as ``(bool)``."""
    if not is_statements(text):
        return f"return {cast}({bare(text)});"
    try:
        outer = _outer(tokenize(text))
    except CSharpFault:
        return text
    ends = [at for at, token in enumerate(outer) if token.text == ";"]
    last = outer[ends[-1] + 1 :] if ends else []
    if not last or last[0].text in _STATEMENTS or last[-1].text == "}":
        return text
    return f"{text[: last[0].start]}return {cast}({text[last[0].start : last[-1].end]});"


def bare(text: str) -> str:
    """An expression without what may stand around it: comments, a semicolon."""
    try:
        tokens = tokenize(text)
    except CSharpFault:
        return text.strip().removesuffix(";").rstrip()
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    return text[tokens[0].start : tokens[-1].end] if tokens else ""


def _outer(tokens: list[Token]) -> list[Token]:
    """The tokens that stand in no bracket, and the brackets around the others."""
    outer: list[Token] = []
    depth = 0
    for token in tokens:
        closing = token.kind == "sign" and token.text in (")", "]", "}")
        depth -= closing
        if depth <= 0:
            outer.append(token)
        depth += token.kind == "sign" and token.text in ("(", "[", "{")
    return outer


def split_usings(text: str) -> tuple[str, str]:
    """The ``using`` directives that the text begins with, and the rest: nothing may stand before them."""
    match = _USINGS.match(text)
    if match is None:
        return "", text
    return "".join(f"{line}\n" for line in re.findall(_USING, match[0])), text[match.end() :]


def missing_usings(script: str) -> list[str]:
    """The namespaces whose names the script uses as if they were there, and that no script sees here unasked."""
    return [
        space
        for space, names in _SHOWN.items()
        if names.search(script) and not re.search(rf"\busing\s+{re.escape(space)}\s*;", script)
    ]


def with_usings(script: str) -> str:
    """The script with a ``using`` for every namespace that it needs and does not name."""
    added = "".join(f"using {space};\n" for space in missing_usings(script))
    at = max((match.end() for match in _DIRECTIVE.finditer(script)), default=0)
    return script[:at] + added + script[at:]
