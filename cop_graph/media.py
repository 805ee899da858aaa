"""Media types: what a client accepts in, the format to write out; and the other way round.

References:
    HTTP Semantics (RFC 9110), section 12.5.1, Accept.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

SOLUTIONS: Final = {
    "json": ("application/sparql-results+json", "application/json", "text/json"),
    "xml": ("application/sparql-results+xml", "application/xml", "text/xml"),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
}
"""Format of solutions and booleans to its media types, best first."""
TRIPLES: Final = {
    "turtle": ("text/turtle", "application/x-turtle"),
    "ntriples": ("application/n-triples", "text/plain"),
    "rdfxml": ("application/rdf+xml", "application/xml", "text/xml"),
    "jsonld": ("application/ld+json", "application/json"),
    "trig": ("application/trig", "application/x-trig"),
    "nquads": ("application/n-quads", "text/x-nquads"),
}
"""Format of triples to its media types, best first."""
_WITH_CHARSET: Final = ("text/turtle", "text/csv", "text/tab-separated-values", "text/plain")
_QUALITY: Final = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def content_type(media_type: str) -> str:
    """Give a Content-Type: text says that it is UTF-8.

    Example:
        >>> content_type("text/turtle"), content_type("application/json")
        ('text/turtle; charset=utf-8', 'application/json')
    """
    return f"{media_type}; charset=utf-8" if media_type in _WITH_CHARSET else media_type


@functools.lru_cache(maxsize=512)
def choose(accept: str, offered: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    """Choose what to write.

    Args:
        accept: An Accept header; empty means anything.
        offered: Format and media type, best first.

    Returns:
        The format and the media type under which it was asked for, or ``None``.

    Example:
        >>> offered = (("json", "application/json"), ("csv", "text/csv"))
        >>> choose("text/*, application/json;q=0.5", offered)
        ('csv', 'text/csv')
        >>> choose("image/png", offered) is None
        True
    """
    wanted = _ranges(accept)
    best: tuple[str, str] | None = None
    best_quality = 0.0
    for offer in offered:
        quality = _quality(offer[1], wanted)
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


@functools.lru_cache(maxsize=64)
def offers(formats: tuple[str, ...], *, triples: bool) -> tuple[tuple[str, str], ...]:
    """Give format and media type of some formats, each format's best type first of all."""
    table = TRIPLES if triples else SOLUTIONS
    first = [(name, table[name][0]) for name in formats]
    return (*first, *((name, kind) for name in formats for kind in table[name][1:]))


def rdf_format(header: str) -> str | None:
    """Give the RDF format of a Content-Type, or ``None``.

    Example:
        >>> rdf_format("text/turtle; charset=utf-8"), rdf_format("image/png")
        ('turtle', None)
    """
    kind = header.partition(";")[0].strip().lower()
    for name, kinds in TRIPLES.items():
        if kind in kinds:
            return name
    return None


def charset(header: str) -> str:
    """Give the character set of a Content-Type in lower case, ``utf-8`` where it names none."""
    found = re.search(r";\s*charset\s*=\s*\"?([^\s;\"]+)", header, re.IGNORECASE)
    return found[1].lower() if found else "utf-8"


def _ranges(accept: str) -> Sequence[tuple[str, float]]:
    found = []
    for part in accept.split(","):
        kind, *parameters = [piece.strip() for piece in part.split(";")]
        if not kind:
            continue
        quality = 1.0
        for parameter in parameters:
            match = _QUALITY.fullmatch(parameter)
            if match:
                quality = float(match[1])
        found.append((kind.lower(), quality))
    return found or [("*/*", 1.0)]


def _quality(media_type: str, wanted: Sequence[tuple[str, float]]) -> float:
    """Give the quality of the most specific range that fits, 0 where none does."""
    best = (-1, 0.0)
    for kind, quality in wanted:
        if kind == media_type:
            fit = 2
        elif kind.endswith("/*") and media_type.startswith(kind[:-1]):
            fit = 1
        elif kind == "*/*":
            fit = 0
        else:
            continue
        if fit > best[0]:
            best = (fit, quality)
    return best[1]
