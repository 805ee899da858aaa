"""The guard: a query is allowed or refused before it runs.

It reads the tokens of SPARQL 1.1 (comments, strings, IRIs, prefixed names and codepoint escapes
understood) and never searches raw text. What would call out, read a file or change the graph is
refused, and so is what cannot be cut into tokens. The engine cuts no tokens before it parses: to it
``trueSERVICE:a{}`` and ``1<2#>`` hold more than one. What it could read so is refused too.

References:
    SPARQL 1.1 Query Language, section 19, https://www.w3.org/TR/sparql11-query/#sparqlGrammar
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cop_graph.errors import QueryRefusedError, QuerySyntaxError
from cop_graph.namespaces import PREFIXES

MOST_NESTED: Final = 200
"""The engine's parser calls itself for each bracket; some thousands of them end its process."""
CALLS_OUT: Final = frozenset({"SERVICE", "LOAD"})
UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH", "USING"}
)
HIDEABLE: Final = CALLS_OUT | {"FROM"}
_BEFORE_A_GRAPH_NAME: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
_KEYWORDS: Final = frozenset(
    """A ABS ADD ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT CONSTRUCT
    CONTAINS COPY COUNT CREATE DATA DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT DROP
    ENCODE_FOR_URI EXISTS FALSE FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HAVING HOURS IF IN INSERT
    INTO IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI LANG LANGMATCHES LCASE LIMIT LOAD MAX MD5 MIN
    MINUS MINUTES MONTH MOVE NAMED NOT NOW OFFSET OPTIONAL ORDER PREFIX RAND REDUCED REGEX REPLACE
    ROUND SAMETERM SAMPLE SECONDS SELECT SEPARATOR SERVICE SHA1 SHA256 SHA384 SHA512 SILENT STR
    STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLEN STRSTARTS STRUUID SUBSTR SUM TIMEZONE TO TRUE TZ
    UCASE UNDEF UNION URI USING UUID VALUES WHERE WITH YEAR""".split()
)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_POSITION: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_NAME_START: Final = "[^\\W\\d_]"
_SURE_IRI: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_CODEPOINT: Final = (
    r"\\u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}"
    r"|\\U(?:0000(?![dD][89a-fA-F])|000[1-9A-Fa-f]|0010)[0-9A-Fa-f]{4}"
)
_STRING_ESCAPE: Final = rf"""\\[tbnrf"'\\]|{_CODEPOINT}"""
_TOKEN: Final = re.compile(
    rf"""(?P<space>\s+)
      | (?P<comment>\#[^\r\n]*)
      | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_CODEPOINT})*>)
      | (?P<string>\"\"\"(?:[^"\\]|{_STRING_ESCAPE}|"(?!""))*\"\"\"
          |'''(?:[^'\\]|{_STRING_ESCAPE}|'(?!''))*'''
          |"(?:[^"\\\r\n]|{_STRING_ESCAPE})*"|'(?:[^'\\\r\n]|{_STRING_ESCAPE})*')
      | (?P<variable>[?$]\w+)
      | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<blank>_:[\w](?:[\w.·-]*[\w·-])?)
      | (?P<prefixed>(?:{_NAME_START}(?:[\w.·-]*[\w·-])?)?:
          (?:(?:[\w:·-]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])
             (?:(?:[\w.:·-]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])*
                (?:[\w:·-]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%]))?)?)
      | (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)
      | (?P<word>{_NAME_START}\w*)
      | (?P<mark>\^\^|&&|\|\||!=|<=|>=|[{{}}()\[\];,.=<>!+*/^|?-])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a query and where it starts, in characters from 0."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The text in capitals where the token is a word, else nothing."""
        return self.text.upper() if self.kind == "word" else ""


def iter_tokens(query: str) -> Iterator[Token]:
    """Cut a query into tokens, white space and comments left out.

    Raises:
        QuerySyntaxError: A character starts no token of SPARQL.
    """
    at = 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None:
            line, column = line_and_column(query, at)
            raise QuerySyntaxError(_unreadable(query[at]), query=query, line=line, column=column)
        if match.lastgroup not in ("space", "comment"):
            yield Token(match.lastgroup or "", match.group(), at)
        at = match.end()


def check_query(query: str, *, graphs: Container[str] = ()) -> None:
    """Let a query pass that stays within the graph.

    The query is read twice, with codepoint escapes as they are and resolved, because engines differ
    in when they resolve them.

    Args:
        query: Any text.
        graphs: IRIs of our own named graphs, which FROM and FROM NAMED may name.

    Raises:
        QueryRefusedError: It would call out, read what is not ours, or change the graph.
        QuerySyntaxError: It cannot be cut into tokens.
    """
    check_tokens(list(iter_tokens(query)), graphs=graphs)
    resolved = resolve_escapes(query)
    if resolved != query:
        check_tokens(list(iter_tokens(resolved)), graphs=graphs)


def resolve_escapes(query: str) -> str:
    """Resolve the codepoint escapes of section 19.2; what is no character stays."""

    def character(match: re.Match[str]) -> str:
        number = int(match[1] or match[2], 16)
        return chr(number) if number <= 0x10FFFF else match.group()

    return _ESCAPE.sub(character, query)


def check_tokens(tokens: Sequence[Token], *, graphs: Container[str]) -> None:
    """Refuse tokens that reach out; see ``check_query``."""
    prefixes = dict(PREFIXES) | _declared(tokens)
    depth = 0
    for position, token in enumerate(tokens):
        if token.kind == "mark":
            depth += (token.text in "{([") - (token.text in "})]")
        if depth > MOST_NESTED:
            raise QueryRefusedError(
                f"refused: brackets are nested more than {MOST_NESTED} deep, which would end the "
                "engine. Write the query flatter"
            )
        if token.keyword in CALLS_OUT:
            raise QueryRefusedError(
                f"refused: {token.keyword} would call out. A query reads only this graph; "
                f"leave {token.keyword} out"
            )
        if token.keyword in UPDATES:
            raise QueryRefusedError(
                f"refused: {token.keyword} would change the graph. A query only reads; "
                "change the files in data/ and build again"
            )
        if _may_hide_a_call(tokens, position):
            raise QueryRefusedError(
                f"refused: {token.text} could be read as SERVICE, LOAD or FROM. "
                "Put a space between words and a full stop after a triple"
            )
        if _may_be_less_than(tokens, position):
            raise QueryRefusedError(
                f"refused: {token.text} could be an IRI or a comparison. "
                "Write the IRI in full, or a space after '<'"
            )
        if token.keyword == "FROM":
            _check_graph(tokens[position + 1 : position + 3], prefixes, graphs)


def explain(error: SyntaxError, query: str) -> QuerySyntaxError:
    """Turn an engine's syntax error into one that shows where and, if it can be told, what.

    Args:
        error: As pyoxigraph raises it: ``error at LINE:COLUMN: …``.
        query: The query as the user wrote it.
    """
    match = _POSITION.match(str(error))
    line, column = (int(match[1]), int(match[2])) if match else (None, None)
    detail = _tidy(match[3] if match else str(error))
    try:
        tokens = list(iter_tokens(query))
    except QuerySyntaxError as unreadable:
        return unreadable
    for token, message in _likely_slips(tokens):
        line, column = line_and_column(query, token.start)
        return QuerySyntaxError(message, query=query, line=line, column=column)
    return QuerySyntaxError(detail, query=query, line=line, column=column)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Give line and column, both from 1, of an offset in characters."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _may_hide_a_call(tokens: Sequence[Token], position: int) -> bool:
    """Tell whether an engine that sees no end of words could find a call within this token."""
    token = tokens[position]
    if token.keyword:
        return token.keyword != "FROM" and any(word in token.keyword for word in HIDEABLE)
    if token.kind != "prefixed" or "SERVICE" not in token.text.upper():
        return False
    following = [*tokens[position + 1 : position + 4], Token("end", "", 0)]
    names_graph = position > 0 and tokens[position - 1].keyword in _BEFORE_A_GRAPH_NAME
    if following[0].text == "{":
        return not names_graph
    if following[0].keyword == "SILENT":
        del following[0]
    return following[0].kind in ("iri", "variable", "prefixed") and following[1].text == "{"


def _may_be_less_than(tokens: Sequence[Token], position: int) -> bool:
    """Tell whether what looks like an IRI could be a comparison with a comment or text behind it.

    ``1<2#>`` is one: to an engine that awaits an operator there, the rest of the line is a comment.
    """
    token = tokens[position]
    if token.kind != "iri" or _SURE_IRI.match(token.text) or not set(token.text) & {"#", "'"}:
        return False
    before = tokens[position - 1] if position else Token("start", "", 0)
    if position > 1 and tokens[position - 2].keyword == "PREFIX":
        return False
    if before.kind == "word":
        return before.keyword.endswith(("TRUE", "FALSE"))
    return before.kind not in ("start", "mark") or before.text in (")", "}")


def _declared(tokens: Sequence[Token]) -> dict[str, str]:
    found = {}
    for keyword, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if keyword.keyword == "PREFIX" and name.kind == "prefixed" and iri.kind == "iri":
            found[name.text.rstrip(":")] = iri.text[1:-1]
    return found


def _check_graph(
    following: Sequence[Token], prefixes: dict[str, str], graphs: Container[str]
) -> None:
    target = following[-1] if following and following[0].keyword == "NAMED" else None
    target = target or (following[0] if following else None)
    if target is None:
        return
    if target.kind == "iri":
        iri = target.text[1:-1]
    else:
        prefix, _, local = target.text.partition(":")
        iri = prefixes.get(prefix, prefix + ":") + local
    if iri not in graphs:
        raise QueryRefusedError(
            f"refused: FROM {target.text} is no graph of ours. "
            "`cop-graph query 'SELECT DISTINCT ?graph { GRAPH ?graph {} }'` lists the graphs"
        )


def _likely_slips(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Find what people most often get wrong: words, prefixes and brackets."""
    prefixes = PREFIXES.keys() | _declared(tokens).keys()
    opened: list[Token] = []
    closing = {"}": "{", ")": "(", "]": "["}
    for position, token in enumerate(tokens):
        if token.kind == "word" and token.text.upper() not in _KEYWORDS:
            near = difflib.get_close_matches(token.text.upper(), sorted(_KEYWORDS), 1)
            hint = (
                f"; did you mean {near[0]}?" if near else "; a name needs a prefix, a text quotes"
            )
            yield token, f"{token.text!r} is not a word of SPARQL{hint}"
        if token.kind == "prefixed":
            prefix = token.text.partition(":")[0]
            declares = position > 0 and tokens[position - 1].keyword == "PREFIX"
            if not declares and prefix not in prefixes:
                near = difflib.get_close_matches(prefix, sorted(prefixes), 1)
                hint = f"; did you mean {near[0]}:?" if near else ""
                yield token, f"the prefix {prefix + ':'!r} is not declared{hint}"
        if token.kind == "mark" and token.text in "{([":
            opened.append(token)
        if token.kind == "mark" and token.text in closing:
            if not opened or opened[-1].text != closing[token.text]:
                still = f" while {opened[-1].text!r} is still open" if opened else ""
                yield token, f"{token.text!r} closes nothing{still}"
            else:
                opened.pop()
    if opened:
        yield opened[-1], f"{opened[-1].text!r} is never closed"


def _unreadable(character: str) -> str:
    if character in "\"'":
        return "this text is never closed, or holds an escape that SPARQL does not know"
    return f"{character!r} cannot stand here"


def _tidy(message: str) -> str:
    """Shorten the engine's list of what it expected to what a person can read."""
    plain = re.sub(r"\s+", " ", re.sub(r"\[[^\]]*\]", "", message))
    sentence = re.search(r"The [A-Z][^,]*", plain)
    if sentence:
        return sentence[0].strip()
    expected = [
        word for word in re.findall(r"\b[A-Z]{2,}\b", plain) if word not in CALLS_OUT | {"LATERAL"}
    ]
    if not expected:
        return "something is missing or too much before this"
    return f"something is missing or too much before this; {' or '.join(expected)} could stand here"
