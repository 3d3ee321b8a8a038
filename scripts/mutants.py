"""Small wrong changes to the contracts, made by rule from their text. `scripts.mutation` runs the tests against each.

A mutant changes one place in one function: an operator, a number, a rounding, two arguments, or a statement that is
left out. Comments, texts, types and events are left alone; events are held by invariant I7, which rebuilds the state
from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

RELATIONAL: Final = {"<": ("<=", ">"), "<=": ("<",), ">": (">=", "<"), ">=": (">",), "==": ("!=",), "!=": ("==",)}
ARITHMETIC: Final = {
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "+=": ("-=", "="), "-=": ("+=", "="),
    "++": ("--",), "--": ("++",), "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "|=": ("&=",),
}  # fmt: skip
BOOLEAN: Final = {"&&": ("||",), "||": ("&&",), "true": ("false",), "false": ("true",)}
ROUNDING: Final = {"min": "max", "max": "min", "Floor": "Ceil", "Ceil": "Floor"}
_TOKEN: Final = re.compile(
    r"(?P<skip>//[^\n]*|/\*.*?\*/|\s+)"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>0x[0-9a-fA-F]+|\d[\d_]*(?:e\d+)?)"
    r"|(?P<word>[A-Za-z_$][\w$]*)"
    r"|(?P<sign>=>|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|\+=|-=|\*=|/=|\|=|&=|[-+*/%<>=!&|^~?:;,.(){}\[\]])",
    re.DOTALL,
)
_DECLARATION: Final = re.compile(r"^[\w.]+(\[\w*\])*( (memory|storage|calldata|payable))? \w+( =|$)")
_KEPT: Final = re.compile(
    r"^(return|emit|revert|if|for|while|else|do|try|catch|unchecked|assembly|using|continue|break|_)\b"
)


@dataclass(frozen=True)
class Token:
    """A piece of source: what it is, its words, and where it begins."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Mutant:
    """One small wrong change.

    Args:
        file: Relative to the repository.
        function: Where it is, or `-` for a constant.
        line: From 1.
        rule: Which kind of change.
        start: First character replaced.
        old: What is replaced.
        new: By what.
    """

    file: str
    function: str
    line: int
    rule: str
    start: int
    old: str
    new: str

    def applied(self, source: str) -> str:
        """The source with this change."""
        return source[: self.start] + self.new + source[self.start + len(self.old) :]

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.file}:{self.line} {self.function}: {self.rule}: `{old}` → `{new or 'nothing'}`"


def tokens(source: str) -> list[Token]:
    """The source without comments and blanks."""
    found = []
    for match in _TOKEN.finditer(source):
        kind = str(match.lastgroup)
        if kind != "skip":
            found.append(Token(kind, match.group(), match.start()))
    return found


def _closing(all_tokens: list[Token], opening: int) -> int:
    """Index of the bracket that closes the one at `opening`."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    opened, closed, depth = all_tokens[opening].text, pairs[all_tokens[opening].text], 0
    for index in range(opening, len(all_tokens)):
        depth += (all_tokens[index].text == opened) - (all_tokens[index].text == closed)
        if depth == 0:
            return index
    raise ValueError(f"no {closed!r} closes the {opened!r} at {all_tokens[opening].start}")


def bodies(all_tokens: list[Token]) -> Iterator[tuple[str, int, int]]:
    """Name, first and last token of the body of each function, modifier and constructor that has one."""
    for index, token in enumerate(all_tokens):
        if token.text not in {"function", "modifier", "constructor"}:
            continue
        name = "constructor" if token.text == "constructor" else all_tokens[index + 1].text
        for place in range(index, len(all_tokens)):
            if all_tokens[place].text == ";":
                break
            if all_tokens[place].text == "{":
                yield name, place, _closing(all_tokens, place)
                break


def _exchanges(all_tokens: list[Token], index: int) -> Iterator[tuple[str, str, str]]:
    """Rule, old and new text for one token on its own."""
    token, before = all_tokens[index], all_tokens[index - 1]
    for rule, table in (("relation", RELATIONAL), ("arithmetic", ARITHMETIC), ("logic", BOOLEAN)):
        unary = token.text == "-" and before.kind == "sign" and before.text not in {")", "]"}
        if not unary:
            for new in table.get(token.text, ()):
                yield rule, token.text, new
    if token.text == "!" and token.kind == "sign":
        yield "logic", "!", ""
    if token.kind == "number" and not token.text.startswith("0x"):
        yield "number", token.text, str(int(float(token.text.replace("_", ""))) + 1)
    if token.text in ROUNDING and before.text == ".":
        yield "rounding", token.text, ROUNDING[token.text]


def _swap(source: str, all_tokens: list[Token], index: int) -> tuple[int, str, str] | None:
    """Start, old and new text of a call's first two arguments exchanged."""
    if all_tokens[index].kind != "word" or all_tokens[index + 1].text != "(":
        return None
    first = index
    while all_tokens[first - 1].text == ".":
        first -= 2
    if all_tokens[first - 1].text in {"revert", "emit", "function"} or _KEPT.match(all_tokens[index].text):
        return None
    if all_tokens[index].text in ROUNDING:
        return None  # their order does not matter
    close, depth, cuts = _closing(all_tokens, index + 1), 0, [index + 1]
    for place in range(index + 1, close):
        depth += (all_tokens[place].text in "([{") - (all_tokens[place].text in ")]}")
        if depth == 1 and all_tokens[place].text == ",":
            cuts.append(place)
    cuts.append(close)
    if len(cuts) < 3 or all_tokens[index + 2].text == "{":
        return None
    spans = [(all_tokens[cuts[n] + 1].start, all_tokens[cuts[n + 1] - 1].end) for n in range(2)]
    one, other = (source[begin:end] for begin, end in spans)
    old = source[spans[0][0] : spans[1][1]]
    return None if one == other else (spans[0][0], old, f"{other}, {one}")


def _rounded_down(source: str, all_tokens: list[Token], index: int) -> tuple[int, str, str] | None:
    """`Math.ceilDiv(a, b)` as `((a) / (b))`."""
    if all_tokens[index].text != "ceilDiv":
        return None
    swapped = _swap(source, all_tokens, index)
    close = _closing(all_tokens, index + 1)
    if swapped is None:
        return None
    start = all_tokens[index - 2].start
    old = source[start : all_tokens[close].end]
    comma = swapped[2].split(", ", 1)[0]
    dividend = swapped[1][: swapped[1].rindex(comma)].rstrip().rstrip(",")
    return start, old, f"(({dividend}) / ({comma}))"


def _statements(all_tokens: list[Token], first: int, last: int) -> Iterator[tuple[int, int]]:
    """First and last token of each statement between two braces that ends with a semicolon; `for (…;…)` left out."""
    begin, depth = first + 1, 0
    for index in range(first + 1, last):
        text = all_tokens[index].text
        depth += (text in "([") - (text in ")]") if len(text) == 1 else 0
        if text in {"{", "}"} and depth == 0:
            begin = index + 1
        elif text == ";" and depth == 0:
            yield begin, index
            begin = index + 1


def _left_out(source: str, all_tokens: list[Token], begin: int, end: int) -> tuple[int, str, str] | None:
    """Start, old and new text of a statement, or of a guard `if (…) revert …;`, that is left out."""
    start, stop = all_tokens[begin].start, all_tokens[end].end
    words = " ".join(source[start:stop].split())
    if all_tokens[begin].text == "if":
        close = _closing(all_tokens, begin + 1)
        guard = all_tokens[close + 1].text == "revert"
        follows_else = end + 1 < len(all_tokens) and all_tokens[end + 1].text == "else"
        return (start, source[start:stop], "") if guard and not follows_else else None
    parts = words.split(") = ")
    tuple_declared = words.startswith("(") and len(parts) > 1 and re.search(r"(^\(|, )[\w.\[\]]+ (\w+ )?\w+", parts[0])
    if _KEPT.match(words) or _DECLARATION.match(words) or tuple_declared:
        return None
    return start, source[start:stop], ";" if all_tokens[begin - 1].text in {")", "else"} else ""


def mutants_of(file: str, source: str, functions: frozenset[str] | None = None) -> list[Mutant]:
    """Every mutant of a file, or of some of its functions, in order.

    Args:
        functions: Names; None: all of them, constants included.
    """
    all_tokens = tokens(source)
    found: dict[tuple[int, str, str], Mutant] = {}

    def add(function: str, rule: str, start: int, old: str, new: str) -> None:
        line = source.count("\n", 0, start) + 1
        found.setdefault((start, old, new), Mutant(file, function, line, rule, start, old, new))

    for name, first, last in bodies(all_tokens):
        if functions is not None and name not in functions:
            continue
        for index in range(first + 1, last):
            for rule, old, new in _exchanges(all_tokens, index):
                add(name, rule, all_tokens[index].start, old, new)
            for rule, change in (
                ("arguments", _swap(source, all_tokens, index)),
                ("rounding", _rounded_down(source, all_tokens, index)),
            ):
                if change is not None:
                    add(name, rule, *change)
        for begin, end in _statements(all_tokens, first, last):
            left_out = _left_out(source, all_tokens, begin, end)
            if left_out is not None:
                add(name, "left out", *left_out)
    if functions is None:
        for index, token in enumerate(all_tokens):
            if token.text == "constant":
                for place in range(index, len(all_tokens)):
                    if all_tokens[place].text == ";":
                        break
                    if all_tokens[place].kind == "number":
                        for rule, old, new in _exchanges(all_tokens, place):
                            add("-", rule, all_tokens[place].start, old, new)
    return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.rule, mutant.new))
