from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from cop_graph.checks import CheckResult, canonical_fault, check
from cop_graph.dataset import Source, data_version, find_source
from cop_graph.errors import DataError
from cop_graph.formatting import format_files
from cop_graph.index import Violation, read_turtle_file

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "tests" / "fixtures" / "reports"

ACTORS = "entities/actors.ttl"
STATES = "entities/states.ttl"
ALPHA = "claims/alpha-1.ttl"
BETA = "claims/beta-1.ttl"
REPORT = "reports/alpha-1.ttl"
CODES = "alignments/identifiers.ttl"
DECISIONS = "decisions/decisions.csv"

KITE_WORKS = "copd:organization-kite-works"
BLUE_LANTERN = "copd:organization-blue-lantern-office"
PRIVATE = "cop:kind cop:organization-kind-private ;"
LAMPS = 'cop:theme-lamps\n    a cop:Theme ;\n    skos:prefLabel "lamps"@en ;\n    .\n'
MANY_WORDS = "Nothing else was said about lamps, boats, tides, bells or the weather here."


@dataclass(frozen=True)
class Fault:
    """An edit of the invented data, and the one violation that it leads to.

    ``at`` is a text that stands, in the file after the edit, on the line of the violation and on no
    other. A fault that would not survive the formatter is not formatted, and ``besides`` names the
    checks that find it too. ``told_in`` is for a fault that is told in another file.
    """

    file: str
    old: str
    new: str
    at: str
    check: str
    entity: str
    says: str
    paragraph: str | None = None
    besides: tuple[str, ...] = ()
    is_formatted: bool = True
    told_in: str | None = None


FAULTS: dict[str, Fault] = {
    "object-missing": Fault(
        ALPHA,
        f"rdf:predicate cop:partnersWith ;\n    rdf:object {KITE_WORKS} ;\n",
        "rdf:predicate cop:partnersWith ;\n",
        "copd:claim-alpha-1-3-1-004",
        "shape",
        "copd:claim-alpha-1-3-1-004",
        "exactly one rdf:object",
        "3.1",
    ),
    "subject-missing": Fault(
        ALPHA,
        "    rdf:subject copd:person-mira-quill ;\n    rdf:predicate cop:represents ;",
        "    rdf:predicate cop:represents ;",
        "copd:claim-alpha-1-1-1-005",
        "shape",
        "copd:claim-alpha-1-1-1-005",
        "exactly one rdf:subject",
        "1.1",
    ),
    "two-objects": Fault(
        ALPHA,
        "rdf:predicate cop:represents ;\n    rdf:object copd:state-westmark ;",
        "rdf:predicate cop:represents ;\n    rdf:object copd:state-eastmark, copd:state-westmark ;",
        'copd:state-westmark ;\n    cop:anchor "Mira Quill',
        "shape",
        "copd:claim-alpha-1-1-1-005",
        "exactly one rdf:object",
        "1.1",
    ),
    "undefined-thing": Fault(
        ALPHA,
        "cop:accordingTo copd:person-mira-quill ;",
        "cop:accordingTo copd:person-mira-quil ;",
        "copd:person-mira-quil ;",
        "undefined-iri",
        "copd:remark-alpha-1-4-1-002",
        "copd:person-mira-quil is used and nowhere defined; did you mean copd:person-mira-quill?",
        "4.1",
    ),
    "undefined-relation": Fault(
        ALPHA,
        "rdf:predicate cop:partnersWith ;",
        "rdf:predicate cop:partnerWith ;",
        "cop:partnerWith ;",
        "undefined-iri",
        "copd:claim-alpha-1-3-1-004",
        "cop:partnerWith is used and nowhere defined; did you mean cop:partnersWith?",
        "3.1",
    ),
    "relation-as-full-iri": Fault(
        ALPHA,
        "rdf:predicate cop:organizes ;",
        "rdf:predicate <https://w3id.org/cop-graph/ontology#zzzz> ;",
        "cop:zzzz ;",
        "undefined-iri",
        "copd:claim-alpha-1-1-1-001",
        "cop:zzzz is used and nowhere defined",
        "1.1",
    ),
    "unknown-status": Fault(
        ALPHA,
        "cop:status cop:status-explored ;",
        "cop:status cop:status-explore ;",
        "cop:status-explore ;",
        "undefined-iri",
        "copd:claim-alpha-1-3-2-002",
        "cop:status-explore is used and nowhere defined; did you mean cop:status-explored?",
        "3.2",
    ),
    "status-of-another-class": Fault(
        ALPHA,
        "cop:status cop:status-not-done ;",
        "cop:status cop:stage-held ;",
        "cop:status cop:stage-held ;",
        "shape",
        "copd:claim-alpha-1-3-2-001",
        "planned, expected, proposed, explored, not-done. Found cop:stage-held.",
        "3.2",
    ),
    "thing-misspelled-by-its-alignment": Fault(
        CODES,
        "copd:state-westmark\n",
        "copd:state-wetsmark\n",
        "copd:state-wetsmark",
        "undefined-iri",
        "copd:state-wetsmark",
        "stands nowhere in data/entities/; did you mean copd:state-westmark?",
        besides=("state-without-code",),
    ),
    "second-label": Fault(
        ACTORS,
        '"Kite Works"@en',
        '"Kite Works"@en, "Kite Workz"@en',
        '"Kite Workz"@en',
        "shape",
        KITE_WORKS,
        "exactly one skos:prefLabel",
    ),
    "label-without-language": Fault(
        ACTORS,
        '"Kite Works"@en',
        '"Kite Works"',
        '"Kite Works"',
        "shape",
        KITE_WORKS,
        'Keep one and make others skos:altLabel. Found "Kite Works".',
    ),
    "label-with-outer-space": Fault(
        ACTORS,
        '"Kite Works"@en',
        '"Kite Works "@en',
        '"Kite Works "@en',
        "shape",
        KITE_WORKS,
        'white space. Trim it. Found "Kite Works ".',
    ),
    "label-of-two": Fault(
        ACTORS,
        '"Beta Council"@en',
        '"Alpha Forum"@en',
        "copd:organization-beta-council",
        "shared-label",
        "copd:organization-beta-council",
        "has the same label as https://w3id.org/cop-graph/id/organization-alpha-forum",
    ),
    "alias-of-two": Fault(
        ACTORS,
        '"KW"@en',
        '"Blue Lantern Office"@en',
        KITE_WORKS,
        "alias-of-two",
        KITE_WORKS,
        "has as alias the label of https://w3id.org/cop-graph/id/organization-blue-lantern-office",
    ),
    "month-13": Fault(
        ALPHA,
        '"2029"^^xsd:gYear ;',
        '"2024-13"^^xsd:gYearMonth ;',
        '"2024-13"^^xsd:gYearMonth ;',
        "literal",
        "copd:claim-alpha-1-3-1-008",
        "'2024-13' is no xsd:gYearMonth of the calendar",
        "3.1",
    ),
    "day-30-of-february": Fault(
        ALPHA,
        '"2031-03-03"^^xsd:date',
        '"2031-02-30"^^xsd:date',
        '"2031-02-30"^^xsd:date',
        "literal",
        "copd:claim-alpha-1-1-1-002",
        "'2031-02-30' is no xsd:date of the calendar",
        "1.1",
    ),
    "year-of-two-digits": Fault(
        ALPHA,
        '"2029"^^xsd:gYear ;',
        '"29"^^xsd:gYear ;',
        '"29"^^xsd:gYear ;',
        "literal",
        "copd:claim-alpha-1-3-1-008",
        "'29' is no xsd:gYear of the calendar",
        "3.1",
    ),
    "date-as-plain-text": Fault(
        ALPHA,
        '"2029"^^xsd:gYear ;',
        '"2029" ;',
        '"2029" ;',
        "literal",
        "copd:claim-alpha-1-3-1-008",
        'cop:start is a date, month or year, such as "2025-03"^^xsd:gYearMonth, not xsd:string',
        "3.1",
    ),
    "end-before-start": Fault(
        ALPHA,
        '"2031-03-04"^^xsd:date',
        '"2031-03-02"^^xsd:date',
        '"2031-03-02"^^xsd:date',
        "literal",
        "copd:claim-alpha-1-1-1-002",
        "ends (2031-03-02) before it starts (2031-03-03)",
        "1.1",
    ),
    "end-before-start-of-unlike-precision": Fault(
        ALPHA,
        '"2031-03-04"^^xsd:date',
        '"2030"^^xsd:gYear',
        '"2030"^^xsd:gYear',
        "literal",
        "copd:claim-alpha-1-1-1-002",
        "ends (2030) before it starts (2031-03-03)",
        "1.1",
    ),
    "figure-in-quotation-marks": Fault(
        ALPHA,
        "cop:value 40 ;",
        'cop:value "40" ;',
        'cop:value "40" ;',
        "literal",
        "copd:claim-alpha-1-3-1-006",
        "cop:value is a number without quotation marks, such as 40 or 38.89",
        "3.1",
    ),
    "figure-in-words": Fault(
        ALPHA,
        "cop:value 40 ;",
        'cop:value "forty"^^xsd:integer ;',
        '"forty"^^xsd:integer ;',
        "literal",
        "copd:claim-alpha-1-3-1-006",
        "cop:value is a number without quotation marks, such as 40 or 38.89",
        "3.1",
    ),
    "duration-in-words": Fault(
        ALPHA,
        "cop:value 40 ;",
        'cop:value 40 ; cop:period "3 months"^^xsd:duration ;',
        '"3 months"^^xsd:duration ;',
        "literal",
        "copd:claim-alpha-1-3-1-006",
        "'3 months' is no duration such as P3M",
        "3.1",
        besides=("shape",),
    ),
    "claim-without-paragraph": Fault(
        ALPHA,
        '"chaired the meeting"@en ;\n    cop:paragraph copd:paragraph-alpha-1-1-1 ;',
        '"chaired the meeting"@en ;',
        "copd:claim-alpha-1-1-1-004",
        "shape",
        "copd:claim-alpha-1-1-1-004",
        "exactly one cop:paragraph",
    ),
    "anchor-of-nine-words": Fault(
        ALPHA,
        '"120 people attended"@en',
        '"Alpha Forum met on 3 and 4 March 2031"@en',
        '"Alpha Forum met on 3 and 4 March 2031"@en',
        "shape",
        "copd:claim-alpha-1-1-1-006",
        "more than eight words",
        "1.1",
    ),
    "anchor-missing": Fault(
        ALPHA,
        '    cop:anchor "launched in 2029"@en ;\n',
        "",
        "copd:claim-alpha-1-3-1-008",
        "shape",
        "copd:claim-alpha-1-3-1-008",
        "one to three cop:anchor",
        "3.1",
    ),
    "anchor-not-in-its-paragraph": Fault(
        ALPHA,
        '"launched in 2029"@en',
        '"adopted in 2027"@en',
        '"adopted in 2027"@en',
        "anchor-not-found",
        "copd:claim-alpha-1-3-1-008",
        "the anchor 'adopted in 2027' is not in the paragraph; copy it from the paragraph",
        "3.1",
    ),
    "anchor-of-other-typography": Fault(
        ALPHA,
        '"Kite Works’ game"@en',
        '"Kite Works\' game"@en',
        '"Kite Works\' game"@en',
        "anchor-not-found",
        "copd:claim-alpha-1-3-1-009",
        "the report types it 'Kite Works’ game'; `cop-graph format` repairs that",
        "3.1",
    ),
    "anchor-with-quotation-marks": Fault(
        ALPHA,
        '"Kite Works’ game"@en',
        '"game \\"Tide\\" was"@en',
        '"game \\"Tide\\" was"@en',
        "anchor-not-found",
        "copd:claim-alpha-1-3-1-009",
        "the anchor 'game \"Tide\" was' is not in the paragraph; copy it",
        "3.1",
    ),
    "occurrence-missing": Fault(
        ALPHA,
        "    cop:occurrence 1 ;\n",
        "",
        '"Eastmark is exploring"@en',
        "occurrence-missing",
        "copd:claim-alpha-1-3-2-002",
        "the anchor 'Eastmark is exploring' occurs 2 times; say which with cop:occurrence",
        "3.2",
    ),
    "occurrence-too-high": Fault(
        ALPHA,
        "cop:occurrence 1 ;",
        "cop:occurrence 3 ;",
        "cop:occurrence 3 ;",
        "occurrence-too-high",
        "copd:claim-alpha-1-3-2-002",
        "cop:occurrence is 3 and the anchor 'Eastmark is exploring' occurs 2 times",
        "3.2",
    ),
    "occurrence-needless": Fault(
        ALPHA,
        '"launched in 2029"@en ;',
        '"launched in 2029"@en ; cop:occurrence 2 ;',
        "cop:occurrence 2 ;",
        "occurrence-needless",
        "copd:claim-alpha-1-3-1-008",
        "has a cop:occurrence although each anchor occurs once; take it out",
        "3.1",
    ),
    "claim-number-minted-twice": Fault(
        ALPHA,
        "copd:claim-alpha-1-1-1-002\n",
        "copd:claim-alpha-1-1-1-001\n",
        "copd:claim-alpha-1-1-1-001\n    a cop:Claim ;\n    rdf:subject copd:event-alpha-forum-1",
        "minted-twice",
        "copd:claim-alpha-1-1-1-001",
        "first at data/claims/alpha-1.ttl:7; one IRI is one block. "
        "The next free number is alpha-1-1-1-007",
        "1.1",
        besides=("canonical-form",),
        is_formatted=False,
    ),
    "claim-number-minted-in-two-files": Fault(
        BETA,
        "copd:claim-beta-1-2-1-003\n",
        "copd:claim-alpha-1-3-1-010\n",
        "copd:claim-alpha-1-3-1-010\n",
        "minted-twice",
        "copd:claim-alpha-1-3-1-010",
        "first at data/claims/alpha-1.ttl:209; one IRI is one block. "
        "The next free number is alpha-1-3-1-011",
        "3.1",
        besides=("anchor-not-found",),
    ),
    "thing-in-two-files": Fault(
        STATES,
        "copd:state-eastmark\n",
        "copd:person-mira-quill\n    a cop:Person ;\n    .\n\ncopd:state-eastmark\n",
        "copd:person-mira-quill",
        "minted-twice",
        "copd:person-mira-quill",
        "first at data/entities/actors.ttl:33; one IRI is one block. Join the two blocks",
    ),
    "blank-node": Fault(
        ACTORS,
        PRIVATE,
        f"dcterms:source [ skos:note 'x' ] ; {PRIVATE}",
        "dcterms:source [",
        "blank-node",
        "",
        "a blank node (with skos:note); give it an IRI of its own",
        is_formatted=False,
    ),
    "prefix-of-another-namespace": Fault(
        ACTORS,
        "@prefix dcterms: <http://purl.org/dc/terms/>",
        "@prefix dcterms: <http://purl.org/dc/elements/1.1/>",
        "@prefix dcterms:",
        "canonical-form",
        "",
        "is not in canonical form from here; `cop-graph format` writes it so",
        is_formatted=False,
    ),
    "namespace-that-we-do-not-use": Fault(
        ACTORS,
        "@prefix dcterms: <http://purl.org/dc/terms/>",
        "@prefix dcterms: <http://purl.org/dc/elements/1.1/>",
        "<http://purl.org/dc/elements/1.1/description>",
        "unknown-property",
        BLUE_LANTERN,
        "http://purl.org/dc/elements/1.1/description is no property that our data uses",
    ),
    "prefix-that-is-not-declared": Fault(
        ACTORS,
        'skos:altLabel "KW"@en ;',
        'skoz:altLabel "KW"@en ;',
        "skoz:altLabel",
        "turtle-syntax",
        "",
        "not Turtle: The prefix skoz: has not been declared",
        is_formatted=False,
    ),
    "broken-turtle": Fault(
        ACTORS,
        '"KW"@en ;',
        '"KW@en ;',
        '"KW@en ;',
        "turtle-syntax",
        "",
        "not Turtle",
        is_formatted=False,
    ),
    "not-canonical": Fault(
        ACTORS,
        '"KW"@en ;',
        '"KW"@en;',
        '"KW"@en;',
        "canonical-form",
        "",
        "is not in canonical form from here; `cop-graph format` writes it so",
        is_formatted=False,
    ),
    "line-too-many-at-the-end": Fault(
        STATES,
        '"Westmark"@en ;\n    .\n',
        '"Westmark"@en ;\n    .\n\n# the end\n',
        "# the end",
        "canonical-form",
        "",
        "is not in canonical form from here",
        is_formatted=False,
    ),
    "unknown-property": Fault(
        ACTORS,
        PRIVATE,
        f'dcterms:rights "none" ; {PRIVATE}',
        "dcterms:rights",
        "unknown-property",
        KITE_WORKS,
        "dcterms:rights is no property that our data uses; is it misspelled?",
    ),
    "property-misspelled": Fault(
        ACTORS,
        PRIVATE,
        f"cop:kinds cop:organization-kind-private ; {PRIVATE}",
        "cop:kinds",
        "undefined-iri",
        KITE_WORKS,
        "cop:kinds is used and nowhere defined; did you mean cop:kind?",
    ),
    "relation-stated-directly": Fault(
        ACTORS,
        PRIVATE,
        f"cop:partnersWith copd:state-westmark ; {PRIVATE}",
        "cop:partnersWith",
        "plain-triple",
        KITE_WORKS,
        "states cop:partnersWith directly; relations are stated by claims",
    ),
    "claim-outside-domain": Fault(
        ALPHA,
        "rdf:subject copd:person-mira-quill ;\n    rdf:predicate cop:represents ;",
        "rdf:subject copd:resource-tide ;\n    rdf:predicate cop:represents ;",
        "copd:claim-alpha-1-1-1-005",
        "claim-outside-domain",
        "copd:claim-alpha-1-1-1-005",
        "does not start from https://w3id.org/cop-graph/id/resource-tide",
        "1.1",
    ),
    "claim-outside-range": Fault(
        ALPHA,
        "rdf:object cop:language-en ;",
        "rdf:object cop:group-parents ;",
        "copd:claim-alpha-1-3-1-010",
        "claim-outside-range",
        "copd:claim-alpha-1-3-1-010",
        "does not lead to https://w3id.org/cop-graph/ontology#group-parents",
        "3.1",
    ),
    "countable-without-value": Fault(
        ALPHA,
        "rdf:object cop:group-parents ;",
        "rdf:object cop:countable-views ;",
        "copd:claim-alpha-1-3-1-005",
        "countable-without-value",
        "copd:claim-alpha-1-3-1-005",
        "counts something and gives no cop:value",
        "3.1",
        besides=("claim-outside-range",),
    ),
    "bound-without-value": Fault(
        ALPHA,
        "    cop:value 1200 ;\n",
        "",
        "copd:claim-alpha-1-3-1-007",
        "bound-without-value",
        "copd:claim-alpha-1-3-1-007",
        "has a bound, unit or whole and no cop:value",
        "3.1",
    ),
    "claim-of-itself": Fault(
        BETA,
        f"rdf:object {KITE_WORKS} ;",
        f"rdf:object {BLUE_LANTERN} ;",
        "copd:claim-beta-1-2-1-001",
        "claim-of-itself",
        "copd:claim-beta-1-2-1-001",
        "ties a thing to itself",
        "2.1",
    ),
    "contradiction": Fault(
        ALPHA,
        "rdf:subject copd:document-westmark ;\n    rdf:predicate cop:isPresentedAt ;",
        "rdf:subject copd:document-eastmark ;\n    rdf:predicate cop:isPresentedAt ;",
        "copd:claim-alpha-1-3-2-001",
        "contradiction",
        "copd:claim-alpha-1-3-2-001",
        "denies what https://w3id.org/cop-graph/id/claim-alpha-1-3-1-001 asserts",
        "3.2",
    ),
    "thing-without-claim": Fault(
        ACTORS,
        "copd:person-mira-quill\n",
        'copd:person-ada-fog\n    a cop:Person ;\n    skos:prefLabel "Ada Fog"@en ;\n    .\n\n'
        "copd:person-mira-quill\n",
        "copd:person-ada-fog",
        "thing-without-claim",
        "copd:person-ada-fog",
        "is in no claim or remark",
    ),
    "withdrawn-without-reason": Fault(
        ALPHA,
        'cop:anchor "available in English"@en ;',
        'cop:anchor "available in English"@en ; <http://www.w3.org/2002/07/owl#deprecated> true ;',
        "copd:claim-alpha-1-3-1-010",
        "deprecated-without-reason",
        "copd:claim-alpha-1-3-1-010",
        "is withdrawn and does not say why",
        "3.1",
    ),
    "broken-wikidata-identifier": Fault(
        CODES,
        "<http://www.wikidata.org/entity/Q1>",
        "<http://www.wikidata.org/entity/P1>",
        "<http://www.wikidata.org/entity/P1>",
        "external-identifier",
        "copd:state-westmark",
        "<http://www.wikidata.org/entity/P1> is no identifier of http://www.wikidata.org/",
    ),
    "broken-ror-identifier": Fault(
        CODES,
        "<http://www.wikidata.org/entity/Q1>",
        "<https://ror.org/1>",
        "<https://ror.org/1>",
        "external-identifier",
        "copd:state-westmark",
        "<https://ror.org/1> is no identifier of https://ror.org/",
    ),
    "broken-code-of-two-letters": Fault(
        CODES,
        '"XW" ;',
        '"xw" ;',
        '"xw" ;',
        "external-identifier",
        "copd:state-westmark",
        "'xw' is no such code; it has two capitals, such as PK",
    ),
    "broken-code-of-three-letters": Fault(
        CODES,
        '"XWM" ;',
        '"XW1" ;',
        '"XW1" ;',
        "external-identifier",
        "copd:state-westmark",
        "'XW1' is no such code; it has three capitals, such as PAK",
    ),
    "broken-code-of-digits": Fault(
        CODES,
        '"901" ;',
        '"91" ;',
        '"91" ;',
        "external-identifier",
        "copd:state-westmark",
        "'91' is no such code; it has three digits, such as 586",
    ),
    "state-without-code": Fault(
        CODES,
        '    cop:m49 "901" ;\n',
        "",
        "copd:state-westmark",
        "state-without-code",
        "copd:state-westmark",
        "lacks its ISO 3166 or M49 codes",
        told_in=STATES,
    ),
    "iri-of-another-class": Fault(
        STATES,
        "copd:state-westmark\n",
        'copd:state-northmark\n    a cop:Person ;\n    skos:prefLabel "Northmark"@en ;\n    .\n\n'
        "copd:state-westmark\n",
        "a cop:Person ;",
        "iri-form",
        "copd:state-northmark",
        "is a cop:Person, so its IRI begins with copd:person-",
        besides=("thing-without-claim",),
    ),
    "iri-in-capitals": Fault(
        ACTORS,
        "copd:person-mira-quill\n",
        'copd:person-Ada\n    a cop:Person ;\n    skos:prefLabel "Ada"@en ;\n    .\n\n'
        "copd:person-mira-quill\n",
        "copd:person-Ada",
        "iri-form",
        "copd:person-Ada",
        "an IRI is copd:<kind>-<slug> in lower-case ASCII with hyphens",
        besides=("thing-without-claim",),
    ),
    "iri-of-somebody-else": Fault(
        ALPHA,
        "copd:remark-alpha-1-4-1-002\n",
        "<https://example.org/remark>\n",
        "<https://example.org/remark>",
        "foreign-term",
        "https://example.org/remark",
        "data speaks of things under copd: alone",
        "4.1",
    ),
    "number-of-another-paragraph": Fault(
        ALPHA,
        "copd:claim-alpha-1-1-1-001\n",
        "copd:claim-alpha-1-1-2-001\n",
        "cop:paragraph copd:paragraph-alpha-1-1-1 ;\n    cop:status cop:status-done ;\n    .\n\n"
        "copd:claim-alpha-1-2-1-b02-001",
        "iri-form",
        "copd:claim-alpha-1-1-2-001",
        "the number belongs to copd:paragraph-alpha-1-1-2, and cop:paragraph names another",
        "1.1",
    ),
    "sentence-copied-into-a-description": Fault(
        ACTORS,
        '"Invented office that leads a programme."@en',
        f'"{MANY_WORDS}"@en',
        MANY_WORDS,
        "copied-text",
        BLUE_LANTERN,
        "repeats 12 or more words of the report in a row; say it in our own words",
    ),
    "sentence-copied-into-a-remark": Fault(
        ALPHA,
        '"Privacy counts."@en',
        f'"{MANY_WORDS}"@en',
        MANY_WORDS,
        "copied-text",
        "copd:remark-alpha-1-4-1-002",
        "repeats 12 or more words of the report in a row",
        "4.1",
    ),
    "fingerprint-of-a-paragraph-changed": Fault(
        REPORT,
        "a612640783dc4e91741b3b98c25fce35895eac8b9d65cc2e89267cebf88fcc19",
        "0" * 64,
        '"' + "0" * 64 + '"',
        "paragraph-changed",
        "copd:paragraph-alpha-1-4-1",
        "has another text in ",
        "4.1",
    ),
    "fingerprint-that-is-none": Fault(
        REPORT,
        "a612640783dc4e91741b3b98c25fce35895eac8b9d65cc2e89267cebf88fcc19",
        "a6126",
        '"a6126"',
        "shape",
        "copd:paragraph-alpha-1-4-1",
        "one cop:textHash of 64 hexadecimal digits",
        "4.1",
        besides=("paragraph-changed",),
    ),
    "decision-under-another-heading": Fault(
        DECISIONS,
        "kind,paragraph,",
        "kind,paragraf,",
        "kind,paragraf,",
        "decision",
        "",
        "the first line is not kind,paragraph,subject,decision,who,when,why",
    ),
    "decision-without-a-name": Fault(
        DECISIONS,
        "test author",
        " ",
        "reading,",
        "decision",
        "the Chair",
        "a decision needs who",
    ),
    "decision-of-unknown-kind": Fault(
        DECISIONS,
        "reading,",
        "guess,",
        "guess,",
        "decision",
        "the Chair",
        "'guess' is no kind of decision; there are reading, merge, split, contradiction",
        "alpha-1 4.1",
    ),
    "decision-on-no-day": Fault(
        DECISIONS,
        "2031-03-05",
        "2031-3-5",
        "2031-3-5",
        "decision",
        "the Chair",
        "'2031-3-5' is no day such as 2026-11-23",
        "alpha-1 4.1",
    ),
    "decision-with-a-comma-too-many": Fault(
        DECISIONS,
        "1.1 names her as chair",
        "1.1 names her, as chair",
        "reading,",
        "decision",
        "the Chair",
        "has more cells than columns; put a text with a comma in quotation marks",
    ),
}


@pytest.fixture
def data(small_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the invented data, named ``data`` from the working directory."""
    monkeypatch.chdir(small_copy.parent)
    return small_copy


def edit(data: Path, file: str, old: str, new: str, *, is_formatted: bool) -> str:
    """Make an edit, write the file in canonical form if wanted, and give its text."""
    path = data / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    if is_formatted and path.suffix == ".ttl":
        assert format_files(find_source(data), [path]).faults == ()
    return path.read_text(encoding="utf-8")


def faults_of_data(data: Path, *, reports: Path | None = REPORTS) -> list[Violation]:
    """Check, and give what is wrong in the data and not in the ontology."""
    result = check(find_source(data), reports=reports)
    ontology = (ROOT / "ontology").as_posix()
    return [found for found in result.violations if not found.path.startswith(ontology)]


def line_of(text: str, wanted: str) -> int:
    """Give the line on which the only occurrence of a text begins."""
    assert text.count(wanted) == 1
    at = text.index(wanted) + len(wanted) - len(wanted.lstrip("\n"))
    return text.count("\n", 0, at) + 1


@pytest.mark.parametrize("name", FAULTS)
def test_check_finds(name, data):
    fault = FAULTS[name]
    text = edit(data, fault.file, fault.old, fault.new, is_formatted=fault.is_formatted)

    if fault.told_in:
        text = (data / fault.told_in).read_text(encoding="utf-8")

    found = faults_of_data(data)

    own = [one for one in found if one.check == fault.check]
    assert [(one.path, one.line, one.entity, one.paragraph) for one in own] == [
        (
            f"data/{fault.told_in or fault.file}",
            line_of(text, fault.at),
            fault.entity,
            fault.paragraph,
        )
    ]
    assert fault.says in own[0].message
    assert {one.check for one in found} - {fault.check} == set(fault.besides)


def test_check_finds_nothing_in_the_invented_data(data, small_source):
    progress = []

    result = check(find_source(data), reports=REPORTS, progress=progress.append)

    assert faults_of_data(data) == []
    assert (result.files, result.notes) == (8 + len(list(small_source.ontology.glob("*.ttl"))), ())
    assert result.version == data_version(find_source(data))
    assert [
        (one.report, one.records, one.anchors, one.covered_words, one.words, one.violations)
        for one in result.verifications
    ] == [("alpha-1", 29, 29, 84, 212, ()), ("beta-1", 5, 5, 13, 43, ())]
    assert progress == [
        "reading files",
        "validating shapes",
        "asking check queries",
        "verifying anchors",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(
            ALPHA, '"2031-03-04"^^xsd:date', '"2031-03"^^xsd:gYearMonth', id="end-in-month-of-start"
        ),
        pytest.param(
            ALPHA, '"2031-03-03"^^xsd:date', '"2031"^^xsd:gYear', id="end-in-year-of-start"
        ),
        pytest.param(ALPHA, "cop:value 40 ;", "cop:value 38.89 ;", id="decimal-figure"),
        pytest.param(ALPHA, "cop:value 40 ;", "cop:value -40 ; cop:outOf 41 ;", id="whole"),
        pytest.param(
            ALPHA,
            "cop:value 40 ;",
            'cop:value 40 ; cop:period "P1Y2M3DT4H5M6S"^^xsd:duration ;',
            id="duration",
        ),
        pytest.param(
            CODES,
            "<http://www.wikidata.org/entity/Q1>",
            "<https://ror.org/012345678>, <https://sws.geonames.org/12/>, <https://example.org/a>",
            id="identifiers-of-others",
        ),
        pytest.param(
            ACTORS,
            PRIVATE,
            f'skos:editorialNote "why"@en ; cop:hasDescriptiveLabel true ; {PRIVATE}',
            id="further-properties",
        ),
    ],
)
def test_check_lets_pass(file, old, new, data):
    edit(data, file, old, new, is_formatted=True)

    assert faults_of_data(data) == []


@pytest.mark.parametrize(
    ("at_hand", "not_verified"),
    [
        pytest.param((), ("alpha-1", "beta-1"), id="no-report"),
        pytest.param(("beta-1",), ("alpha-1",), id="one-report"),
    ],
)
def test_check_says_which_anchors_were_not_verified(at_hand, not_verified, data, tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    for name in at_hand:
        shutil.copy(REPORTS / f"{name}.txt", reports)

    result = check(find_source(data), reports=reports)

    assert [one.report for one in result.verifications] == list(at_hand)
    assert result.notes == tuple(
        f"not verified: the anchors of {name}, because {name}.txt is not at hand "
        "(--reports DIR or COP_GRAPH_REPORTS)"
        for name in not_verified
    )


def test_check_without_reports_still_finds_other_faults(data):
    edit(data, CODES, '"901" ;', '"91" ;', is_formatted=True)

    found = faults_of_data(data, reports=None)

    assert [one.check for one in found] == ["external-identifier"]


def test_check_tells_all_that_it_can_where_a_file_is_broken(data):
    edit(data, ACTORS, '"KW"@en ;', '"KW@en ;', is_formatted=False)
    edit(data, STATES, '"Eastmark"@en ;', '"Eastmark"@en;', is_formatted=False)
    edit(data, DECISIONS, "reading,", "guess,", is_formatted=False)

    result = check(find_source(data), reports=REPORTS)

    assert [(one.path, one.check) for one in result.violations] == [
        ("data/decisions/decisions.csv", "decision"),
        ("data/entities/actors.ttl", "turtle-syntax"),
        ("data/entities/states.ttl", "canonical-form"),
    ]
    assert result.notes == (
        "not checked until every file is Turtle: identifiers, shapes, queries, anchors",
    )
    assert result.verifications == ()


def test_check_tells_several_faults_in_the_order_of_files_and_lines(data):
    edit(data, ALPHA, '"2029"^^xsd:gYear ;', '"2029" ;', is_formatted=True)
    edit(data, ALPHA, "cop:value 40 ;", 'cop:value "40" ;', is_formatted=True)
    edit(data, CODES, '"901" ;', '"91" ;', is_formatted=True)

    assert [str(one) for one in faults_of_data(data)] == [
        "data/alignments/identifiers.ttl:16: copd:state-westmark: '91' is no such code; it has "
        "three digits, such as 586 [external-identifier]",
        "data/claims/alpha-1.ttl:173: copd:claim-alpha-1-3-1-006: cop:value is a number without "
        "quotation marks, such as 40 or 38.89 (paragraph 3.1) [literal]",
        "data/claims/alpha-1.ttl:195: copd:claim-alpha-1-3-1-008: cop:start is a date, month or "
        'year, such as "2025-03"^^xsd:gYearMonth, not xsd:string (paragraph 3.1) [literal]',
    ]


def test_check_lets_no_log_of_rdflib_through(data, caplog):
    edit(data, ALPHA, "cop:value 40 ;", 'cop:value "forty"^^xsd:integer ;', is_formatted=True)

    faults_of_data(data)

    assert caplog.records == []


@pytest.mark.parametrize(
    ("row", "checks"),
    [
        pytest.param("contradiction,3.2,copd:claim-alpha-1-3-2-001,both stand", [], id="settled"),
        pytest.param(
            "contradiction,3.1,copd:claim-alpha-1-3-1-001,both stand",
            ["contradiction"],
            id="row-on-the-asserting-claim",
        ),
        pytest.param(
            "reading,3.2,copd:claim-alpha-1-3-2-001,both stand",
            ["contradiction"],
            id="row-of-another-kind",
        ),
    ],
)
def test_a_contradiction_is_settled_by_a_decision(row, checks, data):
    fault = FAULTS["contradiction"]
    edit(data, fault.file, fault.old, fault.new, is_formatted=True)
    with (data / DECISIONS).open("a", encoding="utf-8") as stream:
        stream.write(f"{row},test author,2031-03-06,for tests\n")

    assert [one.check for one in faults_of_data(data)] == checks


def test_a_decision_without_kind_and_subject_settles_nothing(data):
    fault = FAULTS["contradiction"]
    edit(data, fault.file, fault.old, fault.new, is_formatted=True)
    (data / DECISIONS).write_text("why\nfor tests\n", encoding="utf-8")

    assert [one.check for one in faults_of_data(data)] == ["contradiction", "decision"]


def test_decisions_are_read_from_every_file_of_their_folder(data):
    shutil.copy(data / DECISIONS, data / "decisions" / "more.csv")
    edit(data, "decisions/more.csv", "reading,", "guess,", is_formatted=False)

    found = faults_of_data(data)

    assert [(one.path, one.line) for one in found] == [("data/decisions/more.csv", 2)]


def test_data_without_decisions_is_sound(data):
    shutil.rmtree(data / "decisions")

    assert faults_of_data(data) == []


def test_check_refuses_decisions_that_are_no_text(data):
    (data / DECISIONS).write_bytes(b"\xff\xfe")

    with pytest.raises(DataError, match="not UTF-8"):
        check(find_source(data))


def test_a_thing_may_have_identifiers_in_several_files(data):
    (data / "alignments" / "sites.ttl").write_text(
        "@prefix cop: <https://w3id.org/cop-graph/ontology#> .\n"
        "@prefix copd: <https://w3id.org/cop-graph/id/> .\n"
        "@prefix schema: <https://schema.org/> .\n\n"
        "copd:state-westmark\n"
        '    cop:alignmentSource "invented for tests" ;\n'
        "    schema:url <https://example.org/> ;\n"
        "    .\n",
        encoding="utf-8",
    )

    assert faults_of_data(data) == []


def test_data_mints_no_terms(data):
    text = edit(
        data,
        STATES,
        "copd:state-eastmark\n",
        f'{LAMPS}\ncop:status-done\n    skos:altLabel "made"@en ;\n    .\n\ncopd:state-eastmark\n',
        is_formatted=True,
    )

    found = [one for one in faults_of_data(data) if one.check == "foreign-term"]

    message = "data speaks of things under copd: alone; terms stand in ontology/"
    assert found == [
        Violation(f"data/{STATES}", line_of(text, entity), entity, message, "foreign-term")
        for entity in ("cop:status-done", "cop:theme-lamps")
    ]


def test_check_knows_data_in_a_folder_that_is_named_like_the_ontology(tmp_path, small_source):
    data = Path(shutil.copytree(small_source.data, tmp_path / "my-ontology" / "data"))
    with (data / STATES).open("a", encoding="utf-8") as stream:
        stream.write(
            '\ncop:theme-lamps\n    a cop:Theme ;\n    skos:prefLabel "lamps"@en ;\n    .\n'
        )

    found = check(find_source(data)).violations

    assert "foreign-term" in {one.check for one in found if one.entity == "cop:theme-lamps"}


def test_second_value_is_told_even_under_a_prefix_of_ones_own(data):
    (data / STATES).write_text(
        (data / STATES)
        .read_text(encoding="utf-8")
        .replace("@prefix copd:", "@prefix my:")
        .replace("copd:", "my:")
        .replace('"Westmark"@en', '"Westmark"@en, "Mark"@en'),
        encoding="utf-8",
    )

    found = [one for one in faults_of_data(data) if one.check == "shape"]

    assert [one.entity for one in found] == ["copd:state-westmark"]


@pytest.fixture
def own_source(data: Path, small_source: Source) -> Source:
    """Ontology, data and questions side by side, as in a checkout."""
    return Source(
        Path(shutil.copytree(small_source.ontology, data.parent / "ontology")),
        data,
        Path(shutil.copytree(small_source.queries, data.parent / "queries")),
    )


def unused(result: CheckResult) -> set[str]:
    return {one.entity for one in result.violations if one.check == "unused-concept"}


def test_unused_concepts_are_told_only_beside_our_own_data(own_source, small_source):
    with (own_source.ontology / "themes.ttl").open("a", encoding="utf-8") as stream:
        stream.write(
            '\ncop:theme-lamps\n    a cop:Theme ;\n    skos:prefLabel "lamps"@en ;\n    .\n'
        )
    elsewhere = Source(own_source.ontology, small_source.data, own_source.queries)

    assert "cop:theme-lamps" in unused(check(own_source))
    assert "cop:group-parents" not in unused(check(own_source))
    assert unused(check(elsewhere)) == set()


def test_check_points_into_the_ontology(own_source):
    path = own_source.ontology / "themes.ttl"
    with path.open("a", encoding="utf-8") as stream:
        stream.write(
            '\ncop:theme-lamps\n    a cop:Theme ;\n    skos:prefLabel "lamps"@en ;\n    .\n'
        )
    line = line_of(path.read_text(encoding="utf-8"), "cop:theme-lamps")

    found = [one for one in check(own_source).violations if one.entity == "cop:theme-lamps"]

    assert {(one.path, one.line) for one in found} == {("ontology/themes.ttl", line)}


def test_check_refuses_a_check_query_that_does_not_select(own_source):
    path = own_source.queries / "checks" / "claim-of-itself.rq"
    header, _, _ = path.read_text(encoding="utf-8").partition("\n\n")
    path.write_text(f"{header}\n\nASK {{}}\n", encoding="utf-8")

    with pytest.raises(DataError, match="is not a SELECT query") as raised:
        check(own_source)

    assert raised.value.path == "queries/checks/claim-of-itself.rq"


@pytest.mark.parametrize(
    ("text", "violation"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("<a", None, id="broken"),
        pytest.param(
            "<https://example.org/a>\n    <https://example.org/b> _:c ;\n    .\n",
            Violation(
                "a.ttl",
                2,
                "",
                "a blank node (with no properties); give it an IRI of its own",
                "blank-node",
            ),
            id="blank-node",
        ),
        pytest.param(
            "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n\n"
            "<https://example.org/a> a <https://example.org/b> ;\n"
            "    rdf:value <<( <https://example.org/a> a <https://example.org/b> )>> .",
            Violation("a.ttl", 1, "", "a triple term, which RDF 1.1 does not have", "blank-node"),
            id="triple-term",
        ),
    ],
)
def test_canonical_fault(text, violation, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.ttl"
    path.write_text(text, encoding="utf-8")

    assert canonical_fault(read_turtle_file(path)) == violation
