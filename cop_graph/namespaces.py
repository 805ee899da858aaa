"""The one prefix table, and the ways between IRIs and CURIEs.

Everything that writes or reads a short name uses this table; tests compare the prefixes of all
Turtle and query files with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from typing import Final

from cop_graph.errors import IdentifierError

BASE: Final = "https://w3id.org/cop-graph/"
COP: Final = BASE + "ontology#"
COPD: Final = BASE + "id/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

PREFIXES: Final[dict[str, str]] = {
    "cop": COP,
    "copd": COPD,
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": SKOS,
    "vann": "http://purl.org/vocab/vann/",
    "xsd": XSD,
}
"""Prefix to namespace IRI, sorted by prefix."""

_LOCAL_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_DIGITS: Final = re.compile(r"(\d+)")
_ASCII_DIGITS: Final = re.compile(r"[0-9]+")


def expand(curie: str) -> str:
    """Give the IRI of a CURIE.

    Raises:
        IdentifierError: The prefix is not in ``PREFIXES``, or there is none.

    Example:
        >>> expand("skos:prefLabel")
        'http://www.w3.org/2004/02/skos/core#prefLabel'
    """
    prefix, colon, local = curie.partition(":")
    if not colon or prefix not in PREFIXES:
        known = ", ".join(PREFIXES)
        raise IdentifierError(f"not a CURIE with a known prefix ({known})", value=curie)
    return PREFIXES[prefix] + local


@lru_cache(maxsize=16_384)
def compact(iri: str) -> str:
    """Give the CURIE of an IRI, or the IRI itself where no prefix fits.

    Example:
        >>> compact("https://w3id.org/cop-graph/id/state-egypt")
        'copd:state-egypt'
        >>> compact("https://example.org/a")
        'https://example.org/a'
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and _LOCAL_NAME.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def is_iri(text: str) -> bool:
    """Tell whether a text is an absolute IRI (RFC 3987, the characters that SPARQL allows).

    Example:
        >>> is_iri("https://example.org/a"), is_iri("Egypt"), is_iri("a: b")
        (True, False, False)
    """
    return _IRI.fullmatch(text) is not None


def slugify(text: str) -> str:
    """Give the lower-case ASCII form of a label, words joined by hyphens.

    Example:
        >>> slugify("Commission Nationale de l'Informatique et des Libertés")
        'commission-nationale-de-l-informatique-et-des-libertes'
    """
    letters = re.sub(r"[^\w\u0300-\u036f]+", "-", unicodedata.normalize("NFKD", text))
    plain = letters.encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def mint(kind: str, label: str, *, taken: Container[str] = ()) -> str:
    """Mint the IRI of a new thing: ``copd:<kind>-<slug>``, numbered on where it is taken.

    Args:
        kind: The class in lower case, such as ``organization``.
        label: The preferred label.
        taken: IRIs that exist and are never used again.

    Raises:
        IdentifierError: The label has no letter or digit that ASCII knows.

    Example:
        >>> mint("state", "Egypt")
        'https://w3id.org/cop-graph/id/state-egypt'
    """
    slug = slugify(label)
    if not slug:
        raise IdentifierError("has no letter or digit to make an IRI of", value=label)
    iri = first = f"{COPD}{kind}-{slug}"
    number = 2
    while iri in taken:
        iri = f"{first}-{number}"
        number += 1
    return iri


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Give a sort key under which numbers within a text count as numbers.

    Example:
        >>> sorted(["5-10", "5-2"], key=natural_key)
        ['5-2', '5-10']
    """
    return tuple(
        (0, int(part), part) if part.isdecimal() and part.isascii() else (1, 0, part)
        for part in _DIGITS.split(text)
        if part
    )


def natural_text(text: str) -> str:
    """Give a text that sorts as ``natural_key`` does, and is compared quicker.

    For texts of ASCII without control characters, as the IRIs of claims are.

    Example:
        >>> sorted(["5-10", "5-2"], key=natural_text)
        ['5-2', '5-10']
    """
    return _ASCII_DIGITS.sub(_sortable, text)


def _sortable(digits: re.Match[str]) -> str:
    """Put how many digits there are before them: what is longer is larger."""
    bare = digits[0].lstrip("0")
    return f"\x00{chr(len(bare) + 1)}{bare}\x00{digits[0]}\x00"


def prefix_lines(prefixes: Container[str] | None = None) -> str:
    """Give the SPARQL ``PREFIX`` lines of the table, or of the prefixes named."""
    return "".join(
        f"PREFIX {prefix}: <{namespace}>\n"
        for prefix, namespace in PREFIXES.items()
        if prefixes is None or prefix in prefixes
    )
