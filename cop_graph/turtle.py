"""Canonical Turtle, read and written.

One graph has one form (STYLE.md 1.6), so that a change of the data is a small change of the file.
The written form has no blank nodes except RDF collections; ``read`` and ``write`` are inverse.

References:
    RDF 1.1 Turtle, https://www.w3.org/TR/turtle/
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from cop_graph.errors import DataError
from cop_graph.namespaces import PREFIXES, RDF, XSD, compact, natural_key

Subject = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal

_TYPE: Final = NamedNode(RDF + "type")
_FIRST: Final = NamedNode(RDF + "first")
_REST: Final = NamedNode(RDF + "rest")
_NIL: Final = NamedNode(RDF + "nil")
_LEADING: Final = {
    RDF + "type": 0,
    RDF + "subject": 1,
    RDF + "predicate": 2,
    RDF + "object": 3,
}
_SHORT_LITERAL: Final = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "boolean": re.compile(r"true|false"),
}
_RECORD: Final = re.compile(r"copd:(?:claim|remark)-(.*)")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>\#[^\n]*)
      | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
      | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
          |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<datatype>\^\^)
      | (?P<at>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<number>[+-]?(?:\d+\.\d*[eE][+-]?\d+|(?:\d*\.)?\d+(?:[eE][+-]?\d+)?))
      | (?P<name>(?:[^\W\d_][\w.-]*)?:(?:[\w:%-](?:[\w.:%-]|\\.)*(?<!\.))?|_:\w(?:[\w.-]*[\w-])?
          |[A-Za-z]+)
      | (?P<mark>[.;,\[\]()])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where one property of a block stands: texts as in the file, line from 1."""

    subject: str
    predicate: str
    object: str
    line: int
    block_line: int


def parse_turtle(text: str, *, path: str) -> list[Triple]:
    """Parse Turtle into triples.

    Raises:
        DataError: The text is not Turtle; names the line.
    """
    try:
        quads = parse(text.encode(), format=RdfFormat.TURTLE)
        return [quad.triple for quad in quads]
    except SyntaxError as error:
        message = re.sub(r"^Parser error at line \d+.*?: ", "", str(error.msg))
        raise DataError(f"not Turtle: {message}", path=path, line=error.lineno) from error
    except UnicodeEncodeError as error:
        raise DataError("holds a character that UTF-8 cannot write", path=path) from error


def write_turtle(triples: Iterable[Triple], *, path: str = "turtle") -> str:
    """Give the canonical Turtle of triples.

    Args:
        triples: Any order; duplicates do not matter.
        path: What an error names.

    Raises:
        DataError: There is a blank node that is not part of an RDF collection, or what RDF 1.1 does
            not have: a triple term, or a text with a direction.

    Example:
        >>> print(write_turtle(parse_turtle('@prefix a: <https://w3id.org/cop-graph/id/> .'
        ...     'a:b <http://www.w3.org/2000/01/rdf-schema#seeAlso> a:c .', path="-")))
        @prefix copd: <https://w3id.org/cop-graph/id/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <BLANKLINE>
        copd:b
            rdfs:seeAlso copd:c ;
            .
        <BLANKLINE>
    """
    blocks: dict[Subject, dict[NamedNode, set[Term]]] = defaultdict(lambda: defaultdict(set))
    for triple in triples:
        subject = _plain(triple.subject, path)
        assert not isinstance(subject, Literal)
        blocks[subject][triple.predicate].add(_plain(triple.object, path))
    writer = _Writer(blocks, path)
    body = [
        writer.block(subject)
        for subject in sorted(
            (node for node in blocks if isinstance(node, NamedNode)), key=_block_key
        )
    ]
    writer.check_all_blank_nodes_written()
    head = "".join(
        f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in sorted(writer.prefixes)
    )
    return "\n".join(part for part in [head, *body] if part)


def format_turtle(text: str, *, path: str) -> str:
    """Give the canonical form of a Turtle text; comments are dropped (STYLE.md T6)."""
    return write_turtle(parse_turtle(text, path=path), path=path)


def count_comments(text: str) -> int:
    """Count the ``#`` comments that formatting would drop."""
    return sum(kind == "comment" for kind, _, _ in _tokens(text))


def blank_node_line(text: str) -> int | None:
    """Give the line of the first blank node that is written out, ``None`` where there is none."""
    for _, token, line in _tokens(text):
        if token == "[" or token.startswith("_:"):
            return line
    return None


def positions(text: str) -> list[Position]:
    """Tell on which line each property of each block stands.

    Works on any Turtle layout without nested blank nodes, and on broken Turtle as far as it goes.

    Returns:
        One position per object, in the order of the file.
    """
    found: list[Position] = []
    statement: list[tuple[str, int]] = []
    depth = 0
    after_datatype = False
    for kind, token, line in _tokens(text):
        if kind == "comment":
            continue
        if depth or token in "([":
            depth += (token in "([") - (token in ")]")
        elif token == ".":
            statement.clear()
        elif token == ";":
            del statement[1:]
        elif kind == "datatype":
            after_datatype = True
        elif after_datatype or (kind == "at" and statement):
            after_datatype = False
        elif token != ",":
            statement = [*statement[:2], (token, line)]
            if statement[0][0].casefold() in ("prefix", "@prefix", "base", "@base"):
                if token.startswith("<") and not statement[0][0].startswith("@"):
                    statement.clear()
            elif len(statement) == 3:
                (subject, block_line), (predicate, _), _ = statement
                found.append(Position(subject, predicate, token, line, block_line))
    return found


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Cut Turtle into ``(kind, text, line)``; what fits no token is passed over."""
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            at += 1
            continue
        kind = match.lastgroup or ""
        if kind != "space":
            yield kind, match.group(), line
        line += match.group().count("\n")
        at = match.end()


class _Writer:
    """Writes the blocks of one file and remembers which prefixes they used."""

    def __init__(self, blocks: dict[Subject, dict[NamedNode, set[Term]]], path: str) -> None:
        self._blocks = blocks
        self._path = path
        self._written: set[BlankNode] = set()
        self.prefixes: set[str] = set()

    def block(self, subject: NamedNode) -> str:
        lines = [self.iri(subject)]
        for predicate in sorted(self._blocks[subject], key=_predicate_key):
            objects = sorted(
                (self.term(term) for term in self._blocks[subject][predicate]), key=natural_key
            )
            name = "a" if predicate == _TYPE else self.iri(predicate)
            if len(objects) == 1:
                lines.append(f"    {name} {objects[0]} ;")
            else:
                joined = ",\n        ".join(objects)
                lines.append(f"    {name}\n        {joined} ;")
        return "\n".join([*lines, "    .\n"])

    def iri(self, node: NamedNode) -> str:
        curie = compact(node.value)
        if curie == node.value:
            return str(node)
        self.prefixes.add(curie.partition(":")[0])
        return curie

    def term(self, term: Term) -> str:
        if isinstance(term, NamedNode):
            return self.iri(term)
        if isinstance(term, Literal):
            return self.literal(term)
        return self.collection(term)

    def literal(self, literal: Literal) -> str:
        short = _SHORT_LITERAL.get(literal.datatype.value)
        if short is not None and short.fullmatch(literal.value):
            return literal.value
        text = unicodedata.normalize("NFC", literal.value).translate(_ESCAPES)
        text = _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04X}", text)
        if literal.language:
            return f'"{text}"@{literal.language}'
        if literal.datatype.value == XSD + "string":
            return f'"{text}"'
        return f'"{text}"^^{self.iri(literal.datatype)}'

    def collection(self, node: Subject) -> str:
        members: list[str] = []
        while isinstance(node, BlankNode):
            cell = self._blocks.get(node, {})
            well_formed = cell.keys() == {_FIRST, _REST} and all(len(v) == 1 for v in cell.values())
            if not well_formed or node in self._written:
                raise self.blank_node_error(node)
            self._written.add(node)
            members.append(self.term(next(iter(cell[_FIRST]))))
            rest = next(iter(cell[_REST]))
            if isinstance(rest, Literal):
                raise self.blank_node_error(node)
            node = rest
        if node != _NIL:
            raise DataError("an RDF collection does not end in rdf:nil", path=self._path)
        return f"( {' '.join(members)} )"

    def check_all_blank_nodes_written(self) -> None:
        for node in self._blocks:
            if isinstance(node, BlankNode) and node not in self._written:
                raise self.blank_node_error(node)

    def blank_node_error(self, node: BlankNode) -> DataError:
        properties = ", ".join(sorted(compact(name.value) for name in self._blocks.get(node, {})))
        return DataError(
            f"a blank node (with {properties or 'no properties'}); give it an IRI of its own",
            path=self._path,
        )


def _plain(term: object, path: str) -> Term:
    """Refuse what RDF 1.1 has not: triple terms, and texts with a direction."""
    if isinstance(term, Literal) and term.direction is not None:
        raise DataError(f"a direction, which RDF 1.1 does not have: {term}", path=path)
    if isinstance(term, NamedNode | BlankNode | Literal):
        return term
    raise DataError("a triple term, which RDF 1.1 does not have", path=path)


def _block_key(node: NamedNode) -> tuple[object, ...]:
    curie = compact(node.value)
    record = _RECORD.fullmatch(curie)
    if record:
        return (natural_key("copd:claim-" + record.group(1)), curie)
    return (natural_key(curie), curie)


def _predicate_key(node: NamedNode) -> tuple[object, ...]:
    return (_LEADING.get(node.value, 4), natural_key(compact(node.value)))
