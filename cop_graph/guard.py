"""The guard: a query or update is allowed or refused before it runs.

It reads the tokens of SPARQL 1.1 (comments, strings, IRIs, prefixed names and codepoint escapes
understood) and never searches raw text for a call. What would call out, read a file or change the
graph unasked is refused, and so is what cannot be cut into tokens. The engine cuts no tokens before
it parses: to it ``trueSERVICE:a{}`` and ``1<2#>`` hold more than one. What it could read so is
refused too.

References:
    SPARQL 1.1 Query Language, section 19, https://www.w3.org/TR/sparql11-query/#sparqlGrammar
    SPARQL 1.1 Update, https://www.w3.org/TR/sparql11-update/
    SPARQL 1.1 Protocol, section 2.2, https://www.w3.org/TR/sparql11-protocol/#update-operation
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from cop_graph.errors import QueryError, QueryRefusedError, QuerySyntaxError
from cop_graph.namespaces import PREFIXES

MOST_NESTED: Final = 200
"""The engine's parser calls itself for each bracket; some thousands of them end its process."""
MOST_LINKS: Final = 2000
"""So does a chain of some thousands of patterns, operators or steps of a path."""
CALLS_OUT: Final = frozenset({"SERVICE", "LOAD"})
UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH", "USING"}
)
HIDEABLE: Final = CALLS_OUT | {"FROM"}
PRAGMAS: Final = frozenset({"DEFINE", "OPTION"})
"""Words by which Virtuoso is told to fetch graphs before it answers."""
FOREIGN_SCHEMES: Final = ("bif:", "sql:", "java:")
"""IRIs that are code to an engine: functions of Virtuoso and its SQL, classes of Jena."""
FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_LINKS: Final = frozenset(
    "UNION MINUS OPTIONAL LATERAL FILTER BIND GRAPH / | || && * ! + - . ;".split()
)
_LINKS_OF_DATA: Final = frozenset("GRAPH + - . ;".split())
"""Links that INSERT DATA may have any number of."""
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

# The terminals of section 19.8. Repetitions are possessive (``*+``): what they took they keep, so
# that reading takes time in proportion to the text, whatever the text is.
_LETTER: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MARKS_WITHIN: Final = "\u00b7\u0300-\u036f\u203f\u2040"
_NAME: Final = rf"{_LETTER}_0-9\-{_MARKS_WITHIN}"
_PLX: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_CODEPOINT: Final = (
    r"\\u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}"
    r"|\\U(?:0000(?![dD][89a-fA-F])|000[1-9A-Fa-f]|0010)[0-9A-Fa-f]{4}"
)
_STRING_ESCAPE: Final = rf"""\\[tbnrf"'\\]|{_CODEPOINT}"""
_NUMBER: Final = r"(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?"
_TOKENS: Final = {
    "space": r"[ \t\r\n]++",
    "comment": r"\#[^\r\n]*+",
    "variable": rf"[?$][{_LETTER}_0-9][{_LETTER}_0-9{_MARKS_WITHIN}]*+",
    "prefixed": (
        rf"(?:[{_LETTER}][{_NAME}.]*+(?<!\.))?:"
        rf"(?:(?:[{_LETTER}_0-9:]|{_PLX})(?:[{_NAME}:]++|{_PLX})*+"
        rf"(?:\.++(?:[{_NAME}:]++|{_PLX})++)*+)?"
    ),
    # Words, with full stops, minus signs and numbers between them: no colon ends any of them.
    "run": rf"[{_LETTER}][{_LETTER}_0-9]*+(?:[.-]++[{_LETTER}0-9][{_LETTER}_0-9]*+)*+",
    "iri": rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]++|{_CODEPOINT})*+>",
    "string": (
        rf'"""(?:[^"\\]++|{_STRING_ESCAPE}|"(?!""))*+"""'
        rf"|'''(?:[^'\\]++|{_STRING_ESCAPE}|'(?!''))*+'''"
        rf'|"(?:[^"\\\r\n]++|{_STRING_ESCAPE})*+"'
        rf"|'(?:[^'\\\r\n]++|{_STRING_ESCAPE})*+'"
    ),
    "number": _NUMBER,
    "mark": r"\^\^|&&|\|\||!=|<=|>=|[{}()\[\];,.=<>!+*/^|?-]",
    "language": r"@[A-Za-z]++(?:-[A-Za-z0-9]++)*+",
    "blank": rf"_:[{_LETTER}_0-9][{_NAME}]*+(?:\.++[{_NAME}]++)*+",
}


@cache
def _token() -> re.Pattern[str]:
    """Compile when it is first needed: that takes longer than to import all else."""
    return re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in _TOKENS.items()))


@cache
def _all_tokens() -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(_TOKENS.values())})*+")


_PART: Final = re.compile(
    rf"(?P<word>[{_LETTER}][{_LETTER}_0-9]*+)|(?P<number>{_NUMBER})|(?P<mark>[.-])"
)
_HIDING: Final = re.compile(rf"\\.|{_TOKENS['comment']}|{_TOKENS['iri']}|{_TOKENS['string']}")
"""What words mean nothing in; an escape within a name is passed over, for its sign starts none."""
_UPDATE_WORD: Final = re.compile(
    rf"(?=[ACDIMUW])(?<![{_LETTER}_:?$@])(?:{'|'.join(sorted(UPDATES))})"
)
_UNSURE_IRI: Final = re.compile(
    r"<(?![A-Za-z][A-Za-z0-9+.-]*://)[^<>\"{}|^`\\\x00-\x20'#]*(?:\\[uU]|['#])"
)
_SURE_IRI: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ABSOLUTE_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^<>\"{}|^`\\\x00-\x20]+")
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?P<port>:[0-9]{1,5})?"
    r"(?:/[^\\]*)?",
    re.IGNORECASE | re.ASCII,
)
_PLAIN_BASE: Final = re.compile(
    r"(?:https?://[A-Za-z0-9.:-]+|file://)/(?:(?!\.|/)[^\\/]*/)*(?!\.)[^\\/]*"
)
_PLAIN_PATH: Final = re.compile(
    r"/?(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
)
_MOST_SHOWN: Final = 60
_PORTS: Final = {"http": ":80", "https": ":443"}


class Token(NamedTuple):
    """A token of a query and where it starts, in characters from 0."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The text in capitals where the token is a word, else nothing."""
        return self.text.upper() if self.kind == "word" else ""


_START: Final = Token("start", "", 0)
_END: Final = Token("end", "", 0)


def iter_tokens(query: str) -> Iterator[Token]:
    """Cut a query or update into tokens, white space and comments left out.

    Raises:
        QuerySyntaxError: A character starts no token of SPARQL.
    """
    at = 0
    for match in _token().finditer(query):
        kind, start = match.lastgroup or "", match.start()
        if start != at:
            break
        at = match.end()
        if kind == "run":
            for part in _PART.finditer(query, start, at):
                yield Token(part.lastgroup or "", part.group(), part.start())
        elif kind not in ("space", "comment"):
            yield Token(kind, match.group(), start)
    if at != len(query):
        line, column = line_and_column(query, at)
        raise QuerySyntaxError(_unreadable(query[at]), query=query, line=line, column=column)


def check_query(query: str, *, graphs: Container[str] = (), services: Container[str] = ()) -> None:
    """Let a query pass that stays within the graph.

    The query is read twice, with codepoint escapes as they are and resolved, because engines differ
    in when they resolve them.

    Args:
        query: Any text.
        graphs: IRIs of our own named graphs, which FROM and FROM NAMED may name.
        services: Hosts (``host`` or ``host:port``, lower-case) that SERVICE may call by a constant
            IRI of ``http`` or ``https``.

    Raises:
        QueryRefusedError: It would call out, read what is not ours, or change the graph.
        QuerySyntaxError: It cannot be cut into tokens.
    """
    for text in _readings(query):
        if not _is_plain(text, is_update=False):
            _check_tokens(_bounded(text, _LINKS), graphs=graphs, services=services)


def check_update(update: str, *, services: Container[str] = ()) -> None:
    """Let an update pass that reads and changes this store alone.

    Any graph may be named in it: ``USING`` and ``WITH`` name graphs of the store.

    Args:
        update: Any text.
        services: As for ``check_query``.

    Raises:
        QueryRefusedError: It would call out: ``LOAD``, or ``SERVICE`` to a host not allowed.
        QuerySyntaxError: It cannot be cut into tokens.
    """
    for text in _readings(update):
        if not _is_plain(text, is_update=True):
            _check_tokens(_bounded(text, _LINKS - _LINKS_OF_DATA), graphs=None, services=services)


def query_form(query: str) -> str:
    """Tell what a query asks for, by its tokens: SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises:
        QuerySyntaxError: It is an update, or begins like neither.

    Example:
        >>> query_form("PREFIX ex: <http://example.org/> ASK { ?state a ex:State }")
        'ASK'
    """
    token = _after_prologue(iter_tokens(query))
    word = token.text.upper()
    for form in FORMS:
        if word.startswith(form) and token.kind in ("word", "prefixed"):
            return form
    line, column = line_and_column(query, token.start)
    message = "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"
    if token.keyword in UPDATES or token.keyword == "LOAD":
        message = f"{token.keyword} begins an update, not a query"
    raise QuerySyntaxError(message, query=query, line=line, column=column)


def with_using(update: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """Write the graphs that a protocol request names into its update, as USING and USING NAMED.

    Args:
        update: One or more operations.
        default_graphs: IRIs; what ``using-graph-uri`` gave.
        named_graphs: IRIs; what ``using-named-graph-uri`` gave.

    Returns:
        The update; unchanged where no graph is given. What is no ``DELETE`` or ``INSERT`` with
        ``WHERE`` is unchanged too, for it reads no dataset.

    Raises:
        QueryError: The update has USING, USING NAMED or WITH of its own, or a graph is no IRI.
        QuerySyntaxError: It cannot be cut into tokens, or its words are not set apart.

    References:
        SPARQL 1.1 Protocol, section 2.2.3
    """
    if not default_graphs and not named_graphs:
        return update
    for iri in (*default_graphs, *named_graphs):
        if not _ABSOLUTE_IRI.fullmatch(iri):
            raise QueryError(f"{_shown(iri)!r} is no IRI in full, so it names no graph")
    clause = "".join(f"USING <{iri}> " for iri in default_graphs)
    clause += "".join(f"USING NAMED <{iri}> " for iri in named_graphs)
    written, copied = [], 0
    for offset, text in _insertions(update, clause):
        written += [update[copied:offset], text]
        copied = offset
    return "".join([*written, update[copied:]])


def without_silent_loads(update: str) -> str:
    """Let each ``LOAD SILENT`` fail before it is tried: it becomes an operation that does nothing.

    Nothing is ever loaded from elsewhere. ``SILENT`` asks for such a failure to be no error, so the
    rest of the update goes on. What is not plainly such an operation stays, for ``check_update`` to
    refuse.

    Raises:
        QuerySyntaxError: The update cannot be cut into tokens.

    References:
        SPARQL 1.1 Update, section 3.1.4
    """
    if "SILENT" not in update.upper():
        return update
    tokens = list(iter_tokens(update))
    written, copied, depth = [], 0, 0
    for position, token in enumerate(tokens):
        depth += (token.text == "{") - (token.text == "}")
        silent, source, into, graph, name = (tokens[position + 1 : position + 6] + [_END] * 5)[:5]
        if depth or token.keyword != "LOAD" or silent.keyword != "SILENT":
            continue
        if source.kind not in ("iri", "prefixed"):
            continue
        last = source
        if into.keyword == "INTO" and graph.keyword == "GRAPH" and name.kind in ("iri", "prefixed"):
            last = name
        written += [update[copied : token.start], "INSERT DATA {}"]
        copied = last.start + len(last.text)
    return "".join([*written, update[copied:]])


def resolve_escapes(query: str) -> str:
    """Resolve the codepoint escapes of section 19.2; what is no character stays."""

    def character(match: re.Match[str]) -> str:
        number = int(match[1] or match[2], 16)
        return chr(number) if number <= 0x10FFFF else match.group()

    return _ESCAPE.sub(character, query)


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


def _readings(text: str) -> Iterator[str]:
    """Give a text as it is and, where that is another one, with its escapes resolved."""
    if not text.isascii():
        _check_characters(text)
    yield text
    if "\\u" in text or "\\U" in text:
        resolved = resolve_escapes(text)
        if resolved != text:
            yield resolved


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line, column = line_and_column(text, error.start)
        raise QuerySyntaxError(
            _unreadable(text[error.start]),
            query=text.encode(errors="replace").decode(),
            line=line,
            column=column,
        ) from None


def _is_plain(text: str, *, is_update: bool) -> bool:
    """Tell whether a text is cut into tokens and has nothing that needs a look at each of them.

    Nothing reaches out without the letters of a word that does, however the text is cut. Where
    they stand, they must stand in comments, strings and IRIs that no engine could read otherwise.
    """
    match = _all_tokens().match(text)
    if match is None or match.end() != len(text):
        return False
    if text.count("{") + text.count("(") + text.count("[") > MOST_NESTED:
        return False
    capitals = text.upper()
    links = _LINKS - _LINKS_OF_DATA if is_update else _LINKS
    if len(text) > MOST_LINKS and sum(map(capitals.count, links)) > MOST_LINKS:
        shown = _HIDING.sub(" ", capitals)
        if sum(map(shown.count, links)) > MOST_LINKS or _UNSURE_IRI.search(text):
            return False
    if "BIF:" in capitals or "SQL:" in capitals or "JAVA:" in capitals:
        return False
    if not _may_reach_out(capitals, is_update=is_update):
        return True
    return not _UNSURE_IRI.search(text) and not _may_reach_out(
        _HIDING.sub(" ", text).upper(), is_update=is_update
    )


def _may_reach_out(capitals: str, *, is_update: bool) -> bool:
    if "SERVICE" in capitals or "LOAD" in capitals or "DEFINE" in capitals:
        return True
    if capitals.count("OPTION") > capitals.count("OPTIONAL"):
        return True
    if is_update:
        return False
    return "FROM" in capitals or (
        any(word in capitals for word in UPDATES) and _UPDATE_WORD.search(capitals) is not None
    )


def _bounded(text: str, links: Container[str]) -> list[Token]:
    """Give the tokens of a text that does not end the engine by its nesting or its length."""
    tokens = []
    depth = linked = 0
    for token in iter_tokens(text):
        tokens.append(token)
        if token.kind == "mark":
            depth += (token.text in "{([") - (token.text in "})]")
            if depth > MOST_NESTED:
                raise QueryRefusedError(
                    f"refused: brackets are nested more than {MOST_NESTED} deep, which would end "
                    "the engine. Write it flatter"
                )
        if token.text.upper() in links:
            linked += 1
            if linked > MOST_LINKS:
                raise QueryRefusedError(
                    f"refused: more than {MOST_LINKS} patterns, operators and steps of paths, "
                    "which would end the engine. Give what is many with VALUES"
                )
    return tokens


def _check_tokens(
    tokens: Sequence[Token], *, graphs: Container[str] | None, services: Container[str]
) -> None:
    """Refuse tokens that reach out; see ``check_query``. ``graphs`` is ``None`` for an update."""
    names = _Names(tokens)
    is_update = graphs is None
    hideable = CALLS_OUT if is_update else HIDEABLE
    depth = 0
    for position, (kind, text, _) in enumerate(tokens):
        if kind == "mark":
            depth += (text in "{([") - (text in "})]")
        elif kind == "word":
            keyword = text.upper()
            if keyword == "SERVICE" and services:
                _check_service(tokens[position + 1 : position + 3], names, services)
            elif keyword in CALLS_OUT:
                raise QueryRefusedError(_CALL[is_update].format(keyword=keyword))
            elif keyword == "FROM" and graphs is not None:
                _check_graph(tokens[position + 1 : position + 3], names, graphs)
            elif keyword in UPDATES and not is_update:
                raise QueryRefusedError(
                    f"refused: {keyword} would change the graph. A query only reads; "
                    "change the files in data/ and build again"
                )
            elif keyword in PRAGMAS:
                raise QueryRefusedError(
                    f"refused: {keyword} is no word of SPARQL; to some engines it is an order to "
                    "fetch. Leave it out"
                )
            elif any(word in keyword for word in hideable):
                raise _hidden(text, hideable)
        elif kind == "prefixed":
            if _may_hide_a_call(tokens, position) or (
                depth <= 0 and _may_hide_a_clause(tokens, position, names, is_update=is_update)
            ):
                raise _hidden(text, hideable)
            if text.lower().startswith(FOREIGN_SCHEMES) and names.is_foreign(text):
                raise _foreign(text)
        elif kind == "iri":
            if text[1:].lower().startswith(FOREIGN_SCHEMES):
                raise _foreign(text)
            if _may_be_less_than(tokens, position):
                raise QueryRefusedError(
                    f"refused: {_shown(text)} could be an IRI or a comparison. "
                    "Write the IRI in full, or a space after '<'"
                )


_CALL: Final = {
    False: "refused: {keyword} would call out. A query reads only this graph; leave {keyword} out",
    True: "refused: {keyword} would call out. An update works on this store alone; send the "
    "triples themselves, with INSERT DATA or the Graph Store Protocol",
}


def _hidden(text: str, words: Container[str]) -> QueryRefusedError:
    which = "SERVICE, LOAD or FROM" if "FROM" in words else "SERVICE or LOAD"
    return QueryRefusedError(
        f"refused: {_shown(text)} could be read as {which}. "
        "Put a space between words and a full stop after a triple"
    )


def _foreign(text: str) -> QueryRefusedError:
    return QueryRefusedError(
        f"refused: {_shown(text)} is code to some engines, not a name. Leave it out"
    )


def _may_hide_a_call(tokens: Sequence[Token], position: int) -> bool:
    """Tell whether an engine that sees no end of words could find a call within this name."""
    if "SERVICE" not in tokens[position].text.upper():
        return False
    following = [*tokens[position + 1 : position + 4], _END]
    names_graph = position > 0 and tokens[position - 1].keyword in _BEFORE_A_GRAPH_NAME
    if following[0].text == "{":
        return not names_graph
    if following[0].keyword == "SILENT":
        del following[0]
    return following[0].kind in ("iri", "variable", "prefixed") and following[1].text == "{"


def _may_hide_a_clause(
    tokens: Sequence[Token], position: int, names: _Names, *, is_update: bool
) -> bool:
    """Tell whether FROM or LOAD could begin within this name, which stands outside all brackets.

    ``FROMex:a`` is ``FROM ex:a`` to an engine that sees no end of words. ``ex:FROM`` is ``ex:`` and
    ``FROM`` to it where the whole would be no IRI, as with ``http://host:FROM``.
    """
    before = tokens[position - 1] if position else _START
    if before.keyword == "PREFIX" or _declares(tokens, position):
        return False
    text = tokens[position].text.upper()
    if is_update:
        return text.startswith("LOAD") and before.kind not in ("word", "prefixed")
    prefix, _, local = text.partition(":")
    if prefix.startswith("FROM"):
        return before.keyword not in ("FROM", "NAMED")
    written = tokens[position].text.partition(":")[0]
    return local.startswith("FROM") and not all(
        namespace.endswith(("/", "#")) for namespace in names.namespaces(written)
    )


def _declares(tokens: Sequence[Token], position: int) -> bool:
    """Tell whether a name is a whole declaration: ``PREFIXex:`` before an IRI."""
    text = tokens[position].text
    following = tokens[position + 1] if position + 1 < len(tokens) else _END
    return text.endswith(":") and text[:6].upper() == "PREFIX" and following.kind == "iri"


def _may_be_less_than(tokens: Sequence[Token], position: int) -> bool:
    """Tell whether what looks like an IRI could be a comparison with a comment or text behind it.

    ``1<2#>`` is one: to an engine that awaits an operator there, the rest of the line is a comment.
    ``<<?s?p'x>`` is the begin of a triple term, not a sign and an IRI.
    """
    token = tokens[position]
    if not ("#" in token.text or "'" in token.text) or _SURE_IRI.match(token.text):
        return False
    before = tokens[position - 1] if position else _START
    if position > 1 and tokens[position - 2].keyword == "PREFIX":
        return False
    if before.kind == "word":
        return before.keyword.endswith(("TRUE", "FALSE"))
    return before.kind not in ("start", "mark") or before.text in (")", "}", "<")


class _Names:
    """What prefixes and relative IRIs stand for, found when first asked for."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._declared: dict[str, list[str]] | None = None

    def namespaces(self, prefix: str) -> list[str]:
        """Give every namespace that a prefix may stand for; nothing where it is not known."""
        if self._declared is None:
            self._declared = _declared(self._tokens)
        known = [PREFIXES[prefix]] if prefix in PREFIXES else []
        return self._declared.get(prefix, known)

    def is_foreign(self, name: str) -> bool:
        """Tell whether a name like ``bif:now`` is one of an engine, its prefix not declared."""
        return not self.namespaces(name.partition(":")[0])

    def iris(self, token: Token) -> list[str | None]:
        """Give every IRI that a token may stand for; ``None`` is one that cannot be told."""
        if token.kind == "iri":
            iri = resolve_escapes(token.text[1:-1])
            return [iri if _SCHEME.match(iri) else self._resolved(iri)]
        prefix, colon, local = token.text.partition(":")
        if not colon or token.kind != "prefixed":
            return [None]
        local = local.replace("\\", "")
        return [
            namespace + local if _SCHEME.match(namespace) else None
            for namespace in self.namespaces(prefix)
        ] or [None]

    def _resolved(self, reference: str) -> str | None:
        """Resolve a path, query or fragment against the one BASE, where nobody could err."""
        bases = [
            resolve_escapes(iri.text[1:-1])
            for word, iri in pairwise(self._tokens)
            if word.keyword == "BASE" and iri.kind == "iri"
        ]
        if len(bases) != 1 or not _PLAIN_BASE.fullmatch(bases[0]):
            return None
        whole = bases[0].partition("#")[0]
        if reference.startswith("#"):
            return whole + reference
        whole = whole.partition("?")[0]
        if not _PLAIN_PATH.fullmatch(reference):
            return None
        if reference.startswith("/"):
            return "/".join(whole.split("/")[:3]) + reference
        return whole.rpartition("/")[0] + "/" + reference


def _declared(tokens: Sequence[Token]) -> dict[str, list[str]]:
    """Give the namespaces that the tokens declare for each prefix, as an engine could read them."""
    found: dict[str, list[str]] = {}
    before = _START
    for name, iri in pairwise(tokens):
        if name.kind == "prefixed" and iri.kind == "iri" and name.text.endswith(":"):
            if before.keyword == "PREFIX":
                found.setdefault(name.text[:-1], []).append(resolve_escapes(iri.text[1:-1]))
            elif name.text[:6].upper() == "PREFIX":
                found.setdefault(name.text[6:-1], []).append(resolve_escapes(iri.text[1:-1]))
        before = name
    return found


def from_graphs(query: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the IRIs that FROM and FROM NAMED name, each once, in the order of the query.

    Raises:
        QuerySyntaxError: The query cannot be cut into tokens.
    """
    tokens = list(iter_tokens(query))
    names = _Names(tokens)
    default: dict[str, None] = {}
    named: dict[str, None] = {}
    for position, token in enumerate(tokens):
        if token.keyword == "FROM":
            following = tokens[position + 1 : position + 3]
            is_named = len(following) > 1 and following[0].keyword == "NAMED"
            for target in following[is_named : is_named + 1]:
                found = named if is_named else default
                found.update(dict.fromkeys(iri for iri in names.iris(target) if iri))
    return tuple(default), tuple(named)


def _check_graph(following: Sequence[Token], names: _Names, graphs: Container[str]) -> None:
    named = len(following) > 1 and following[0].keyword == "NAMED"
    for target in following[named : named + 1]:
        if not all(iri in graphs for iri in names.iris(target)):
            raise QueryRefusedError(
                f"refused: FROM {_shown(target.text)} is no graph of ours. "
                "`cop-graph query 'SELECT DISTINCT ?graph { GRAPH ?graph {} }'` lists the graphs"
            )


def _check_service(following: Sequence[Token], names: _Names, services: Container[str]) -> None:
    if following and following[0].keyword == "SILENT":
        following = following[1:]
    target = following[0] if following else _END
    glued = target.kind == "prefixed" and target.text[:6].upper() == "SILENT"
    escaped = "\\" in target.text
    if (
        glued
        or escaped
        or not all(iri and _is_allowed(iri, services) for iri in names.iris(target))
    ):
        raise QueryRefusedError(
            f"refused: SERVICE {_shown(target.text)} is no host that queries may call here. Name "
            "an allowed one in full, as <https://host/path>; `--allow-service HOST` allows it"
        )


def _is_allowed(iri: str, services: Container[str]) -> bool:
    """Tell whether an IRI leads to an allowed host, however a client reads it."""
    match = _ADDRESS.fullmatch(iri)
    if match is None:
        return False
    host, usual = match["host"].lower(), _PORTS[match["scheme"].lower()]
    port = match["port"] or usual
    return host + port in services or (port == usual and host in services)


def _after_prologue(tokens: Iterator[Token]) -> Token:
    """Give the first token after BASE, PREFIX and VERSION."""
    for token in tokens:
        parts = {"BASE": 1, "VERSION": 1, "PREFIX": 2}.get(token.keyword, 0)
        if token.kind == "prefixed" and token.text[:6].upper() == "PREFIX":
            parts = 1
        if not parts:
            return token
        for _ in range(parts):
            next(tokens, None)
    return _END


_UPDATE_WORDS: Final = UPDATES | frozenset(
    "BASE PREFIX VERSION LOAD SILENT INTO GRAPH TO DEFAULT NAMED ALL DATA WHERE".split()
)
_BEFORE_A_NAME: Final = frozenset(
    "PREFIX GRAPH TO ADD MOVE COPY SILENT LOAD INTO WITH USING NAMED".split()
)


def _insertions(update: str, clause: str) -> Iterator[tuple[int, str]]:
    """Give the places before which ``with_using`` writes, and what."""
    tokens = list(iter_tokens(update))
    depth = 0
    for position, token in enumerate(tokens):
        before = tokens[position - 1] if position else _START
        if token.text in ("{", "}"):
            depth += 1 if token.text == "{" else -1
        if token.kind == "iri" and _may_be_less_than(tokens, position):
            raise _not_apart(update, token)
        if depth or token.kind not in ("word", "prefixed"):
            continue
        if token.keyword in ("USING", "WITH"):
            raise QueryError(
                f"the update has {token.keyword} and the request names graphs "
                "(using-graph-uri, using-named-graph-uri). Leave one of them out"
            )
        if token.kind == "prefixed":
            known = before.keyword in _BEFORE_A_NAME or _declares(tokens, position)
        else:
            known = token.keyword in _UPDATE_WORDS
        if not known:
            raise _not_apart(update, token)
        if token.keyword == "WHERE":
            template = ""
            if before.keyword == "DELETE":
                template = _braces(update, tokens[position + 1 :]) + " "
            yield token.start, template + clause


def _braces(update: str, tokens: Sequence[Token]) -> str:
    """Give the text from the brace that comes first to the one that closes it."""
    depth = 0
    for token in tokens:
        depth += (token.text == "{") - (token.text == "}")
        if not depth:
            return update[tokens[0].start : token.start + 1]
    return ""


def _not_apart(update: str, token: Token) -> QuerySyntaxError:
    line, column = line_and_column(update, token.start)
    return QuerySyntaxError(
        f"{_shown(token.text)} cannot stand here; put spaces between words, and write IRIs in full",
        query=update,
        line=line,
        column=column,
    )


def _likely_slips(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Find what people most often get wrong: words, prefixes and brackets."""
    prefixes = PREFIXES.keys() | _declared(tokens).keys()
    opened: list[Token] = []
    closing = {"}": "{", ")": "(", "]": "["}
    for position, token in enumerate(tokens):
        if token.kind == "word" and token.text.upper() not in _KEYWORDS:
            near = difflib.get_close_matches(_shown(token.text).upper(), sorted(_KEYWORDS), 1)
            hint = (
                f"; did you mean {near[0]}?" if near else "; a name needs a prefix, a text quotes"
            )
            yield token, f"{_shown(token.text)!r} is not a word of SPARQL{hint}"
        if token.kind == "prefixed":
            prefix = _shown(token.text.partition(":")[0])
            declares = position > 0 and tokens[position - 1].keyword == "PREFIX"
            declares = declares or _declares(tokens, position)
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


def _shown(text: str) -> str:
    """Shorten a token for a message."""
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


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
