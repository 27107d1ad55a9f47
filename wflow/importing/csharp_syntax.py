"""A C# expression read into a tree. What is no part of the few forms that can be translated is a fault, not a guess."""

from __future__ import annotations

from wflow.importing.csharp_tokens import CSharpFault, Token, tokenize
from wflow.importing.csharp_tree import (
    Binary,
    Call,
    Cast,
    Choice,
    Index,
    Lambda,
    ListOf,
    Literal,
    Member,
    Name,
    Tree,
    Unary,
)

__all__ = ["parse_csharp"]


#: From what binds loosest to what binds tightest; each level is left-associative but ``??``.
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_SIMPLE_TYPES = frozenset(
    {"bool", "byte", "decimal", "double", "dynamic", "float", "int", "long", "object", "sbyte", "short", "string"}
    | {"uint", "ulong", "ushort", "String", "Int32", "Int64", "Double", "Boolean", "Object", "Decimal", "var"}
)
_GENERIC_TYPES = frozenset(
    {"List", "IList", "IEnumerable", "ICollection", "IReadOnlyList", "IReadOnlyCollection", "Dictionary", "IDictionary"}
    | {"HashSet", "ISet", "Func", "KeyValuePair"}
)
_DEEPEST = 60


def parse_csharp(text: str) -> Tree:
    """The expression's tree; a ``return`` before it and a semicolon after it are no part of it.

    Raises CSharpFault where the text is more than one expression, or one that is not understood.
    """
    tokens = tokenize(text)
    if tokens and tokens[0].text == "return":
        tokens = tokens[1:]
    if tokens and tokens[-1].text == ";":
        tokens = tokens[:-1]
    parser = _Parser(tokens, len(text))
    tree = parser.expression()
    if parser.peek() is not None:
        raise parser.fault("this is more than an expression")
    return tree


class _Parser:
    def __init__(self, tokens: list[Token], length: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._length = length
        self._depth = 0

    def peek(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def fault(self, message: str) -> CSharpFault:
        token = self.peek()
        return CSharpFault(message, token.start if token is not None else self._length)

    def is_sign(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == "sign" and token.text == text

    def is_word(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == "name" and token.text == text

    def taken(self, text: str) -> bool:
        if self.is_sign(text) or self.is_word(text):
            self._at += 1
            return True
        return False

    def need(self, text: str) -> None:
        if not self.taken(text):
            raise self.fault(f"`{text}` is missing")

    def expression(self) -> Tree:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self.fault("it is nested too deep")
        try:
            return self._choice()
        finally:
            self._depth -= 1

    def _choice(self) -> Tree:
        when = self._coalesce()
        if not self.taken("?"):
            return when
        then = self.expression()
        self.need(":")
        return Choice(when, then, self.expression())

    def _coalesce(self) -> Tree:
        left = self._level(0)
        if self.taken("??"):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self.fault("it is nested too deep")
            right = self._coalesce()
            self._depth -= 1
            return Binary("??", left, right)
        return left

    def _level(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while True:
            token = self.peek()
            if token is not None and token.kind == "sign" and token.text in _LEVELS[level]:
                self._at += 1
                left = Binary(token.text, left, self._level(level + 1))
            elif level == 3 and self.is_word("is"):
                left = self._null_test(left)
            elif level == 3 and self.is_word("as"):
                self._at += 1
                left = Cast(self._type(), left, maybe=True)
            else:
                return left

    def _null_test(self, left: Tree) -> Tree:
        self._at += 1
        sign = "is not" if self.taken("not") else "is"
        if not self.taken("null"):
            raise self.fault("only `is null` is understood")
        return Binary(sign, left, Literal(None))

    def _unary(self) -> Tree:
        for sign in ("!", "-", "+"):
            if self.is_sign(sign):
                self._depth += 1
                if self._depth > _DEEPEST:
                    raise self.fault("it is nested too deep")
                self._at += 1
                made = Unary(sign, self._unary())
                self._depth -= 1
                return made
        if self.is_sign("(") and (after := self._cast_ends()) is not None:
            self._at += 1
            type_name = self._type()
            self._at = after
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self.fault("it is nested too deep")
            made_cast = Cast(type_name, self._unary())
            self._depth -= 1
            return made_cast
        return self._postfix(self._primary())

    def _cast_ends(self) -> int | None:
        """Where what follows ``(type)`` begins, None where this bracket holds an expression."""
        start = self._at
        token = self.peek(1)
        known = token is not None and token.kind == "name" and token.text in _SIMPLE_TYPES | _GENERIC_TYPES | {"System"}
        if not known:
            return None
        self._at += 1
        try:
            self._type()
        except CSharpFault:
            self._at = start
            return None
        closed, after = self.is_sign(")"), self._at + 1
        self._at = start
        return after if closed else None

    def _type(self) -> str:
        token = self.peek()
        if token is None or token.kind != "name":
            raise self.fault("a type is missing")
        self._at += 1
        text = token.text
        while self.is_sign(".") and (part := self.peek(1)) is not None and part.kind == "name":
            self._at += 2
            text = part.text
        if self.is_sign("<"):
            self._at += 1
            parts = [self._type()]
            while self.taken(","):
                parts.append(self._type())
            self.need(">")
            text += f"<{','.join(parts)}>"
        while True:
            if self.is_sign("[") and self.is_sign("]", 1):
                self._at += 2
                text += "[]"
            elif self.is_sign("?") and (self.is_sign(")", 1) or self.is_sign(">", 1) or self.is_sign("[", 1)):
                self._at += 1
                text += "?"
            else:
                return text

    def _primary(self) -> Tree:
        token = self.peek()
        if token is None:
            raise self.fault("the expression ends too early")
        if token.kind in ("string", "char", "number"):
            self._at += 1
            return Literal(token.value, char=token.kind == "char")
        if token.kind == "name":
            return self._named(token)
        if self.taken("("):
            inner = self.expression()
            self.need(")")
            return inner
        raise self.fault("this is not understood")

    def _named(self, token: Token) -> Tree:
        self._at += 1
        if token.text in ("true", "false", "null"):
            return Literal({"true": True, "false": False}.get(token.text))
        if token.text == "new":
            return self._new()
        if token.text in ("await", "throw", "stackalloc", "typeof", "default", "checked", "switch", "out", "ref"):
            self._at -= 1
            raise self.fault(f"`{token.text}` has no counterpart")
        return Name(str(token.value))

    def _new(self) -> Tree:
        if self.taken("["):
            self.need("]")
        else:
            type_name = self._type()
            if not type_name.endswith("[]") and not type_name.startswith(("List<", "HashSet<")):
                raise self.fault("only lists are made here")
            if self.taken("("):
                self.need(")")
                if not self.is_sign("{"):
                    return ListOf(())
        self.need("{")
        elements: list[Tree] = []
        while not self.taken("}"):
            elements.append(self.expression())
            if not self.is_sign("}"):
                self.need(",")
        return ListOf(tuple(elements))

    def _postfix(self, tree: Tree) -> Tree:
        while True:
            if self.is_sign(".") or self.is_sign("?."):
                maybe = self.is_sign("?.")
                self._at += 1
                token = self.peek()
                if token is None or token.kind != "name":
                    raise self.fault("a name is missing")
                self._at += 1
                tree = Member(tree, str(token.value), maybe)
            elif self.taken("("):
                tree = Call(tree, self._arguments())
            elif self.taken("["):
                at = self.expression()
                self.need("]")
                tree = Index(tree, at)
            elif self.is_sign("<") and (types := self._type_arguments()) is not None:
                self.need("(")
                tree = Call(tree, self._arguments(), types)
            elif self.is_sign("!") and not self.is_sign("=", 1):
                # The null-forgiving operator means nothing when it runs.
                self._at += 1
            else:
                return tree

    def _type_arguments(self) -> tuple[str, ...] | None:
        start = self._at
        self._at += 1
        try:
            types = [self._type()]
            while self.taken(","):
                types.append(self._type())
            self.need(">")
        except CSharpFault:
            self._at = start
            return None
        if not self.is_sign("("):
            self._at = start
            return None
        return tuple(types)

    def _arguments(self) -> tuple[Tree, ...]:
        arguments: list[Tree] = []
        while not self.taken(")"):
            arguments.append(self._argument())
            if not self.is_sign(")"):
                self.need(",")
        return tuple(arguments)

    def _argument(self) -> Tree:
        token = self.peek()
        if token is not None and token.kind == "name" and self.is_sign("=>", 1):
            self._at += 2
            return Lambda(token.text, self.expression())
        if self.is_sign("(") and self.is_sign(")", 2) and self.is_sign("=>", 3):
            name = self.peek(1)
            assert name is not None
            self._at += 4
            return Lambda(name.text, self.expression())
        return self.expression()
