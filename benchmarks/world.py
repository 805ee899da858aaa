"""A synthetic world in our own ontology, for benchmarks: invented, seeded, of any size.

Usage: python benchmarks/world.py --quads 1000000 --output DIR [--seed 22] [--things N]

Writes `entities/`, `reports/`, `claims/` (one file a report) and `alignments/` as canonical Turtle,
so that `cop-graph build --store STORE --data DIR` builds a graph of about that many quads. States
and organizations are named by a power law, claims have paragraphs, anchors, statuses (plans among
them), contexts, topics and dates. The same arguments give the same bytes. Memory is bounded by one
report. Nothing in it says anything of the real world.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from cop_graph.namespaces import PREFIXES

SEED: Final = 22
CLAIMS_PER_REPORT: Final = 400
PARAGRAPHS_PER_REPORT: Final = 60
QUADS_PER_CLAIM: Final = 26
"""Measured share of one claim in the quads of a build, its paragraph and things included."""
CLAIMS_PER_THING: Final = 8
STATES: Final = 100
"""As many as there are codes of two letters that ISO 3166 gives to nobody (see ``_codes``)."""

_SHARES: Final = {
    "organization": 0.40,
    "initiative": 0.22,
    "document": 0.14,
    "event": 0.10,
    "agreement": 0.05,
    "person": 0.04,
    "resource": 0.03,
    "place": 0.02,
}
_ONSETS: Final = "ba cor da el fen gal hel in jor ka lo mar nor os pel qui ras sel tor vel".split()
_MIDDLES: Final = "a an e en i il o or u ur".split()
_ENDS: Final = "bria dor gard lund mark nia port rin stan via".split()
_KINDS: Final = {
    "organization": (
        ("intergovernmental", "Union of {}"),
        ("regulator", "{} Communications Authority"),
        ("civil-society", "{} Foundation for Children"),
        ("private", "{} Networks"),
        ("academic", "University of {}"),
        ("ministry", "Ministry of Family of {}"),
        ("alliance", "{} Alliance for Safe Screens"),
        ("standards-body", "{} Standards Board"),
        ("law-enforcement", "{} Cyber Police"),
        ("online-service", "{} Video"),
    ),
    "initiative": (
        ("programme", "{} Online Safety Programme"),
        ("campaign", "Think Twice, {}"),
        ("helpline", "{} Child Helpline"),
        ("training", "{} Training for Teachers"),
        ("strategy", "{} Strategy for a Safe Internet"),
        ("platform", "{} Reporting Platform"),
        ("research", "{} Study of Young Users"),
    ),
    "document": (
        ("contribution", "Contribution of {} on safety by design"),
        ("guidelines", "{} Guidelines for Industry"),
        ("analysis", "{} Gap Analysis"),
        ("concept-note", "Concept note on {}"),
        ("annual-report", "Annual Report of {}"),
    ),
    "event": (
        ("meeting", "{} Meeting"),
        ("conference", "{} Conference on Children Online"),
        ("workshop", "{} Workshop"),
        ("webinar", "{} Webinar for Parents"),
        ("summit", "{} Summit"),
    ),
    "agreement": (
        ("convention", "{} Convention"),
        ("law", "Online Safety Act of {}"),
        ("charter", "{} Charter"),
        ("joint-statement", "Joint Statement of {}"),
    ),
    "person": ((None, "Mira {}"), (None, "Tomas {}"), (None, "Ines {}"), (None, "Kofi {}")),
    "resource": (("tool", "{} Filter"), ("game", "Game of {}"), ("website", "{} Online")),
    "place": (("city", "{} City"), ("region", "{} Valley"), ("world-region", "Greater {}")),
    "state": ((None, "Republic of {}"), (None, "Kingdom of {}"), (None, "{}")),
}
_THEMES: Final = (
    "abuse-of-children accessibility age-assurance age-verification ai awareness capacity "
    "child-online-protection child-participation child-rights content-moderation cooperation csam "
    "cyberbullying cybersecurity data-exploitation digital-citizenship digital-literacy education "
    "gaming generative-ai guidance harmful-content helpline inclusion industry-engagement legal "
    "legislation mental-health online-risk parental-control privacy prevention regulation "
    "reporting-mechanism research safety-by-design social-media training victim-support"
).split()
_TECHNOLOGIES: Final = (
    "ai generative-ai hash-matching end-to-end-encryption edtech gaming social-media"
).split()
_GROUPS: Final = "children parents teachers schools youth governments public caregivers".split()
_COUNTABLES: Final = "countries meetings views".split()
_STAGES: Final = "adopted drafted held in-force issued launched published updated".split()
_REMARKS: Final = "recommendation request concern gap finding goal commitment question".split()
_STATUSES: Final = (
    ("done", 45), ("ongoing", 20), ("stated", 10), ("planned", 10), ("proposed", 5),
    ("expected", 4), ("explored", 3), ("not-done", 3),
)  # fmt: skip
_ASSERTING: Final = frozenset(("done", "ongoing", "stated"))
_RELATIONS: Final = (
    # share, relation, subject, object, plain triples that one asserting claim gives
    (22, "partnersWith", "actor", "actor", 2),
    (8, "assists", "actor", "actor", 2),
    (8, "isMemberOf", "actor", "organization", 3),
    (10, "participatesIn", "actor", "initiative", 2),
    (8, "participatesIn", "actor", "event", 2),
    (8, "isLedBy", "initiative", "actor", 2),
    (4, "isFundedBy", "initiative", "actor", 3),
    (5, "contributesTo", "actor", "document", 1),
    (5, "implements", "actor", "agreement", 2),
    (6, "addresses", "initiative", "theme", 2),
    (3, "addresses", "document", "theme", 2),
    (2, "operatesIn", "organization", "state", 1),
    (2, "isSubmittedBy", "document", "actor", 2),
    (2, "isSubmittedTo", "document", "event", 1),
    (2, "takesPlaceIn", "event", "place", 1),
    (3, "hasStage", "initiative", "stage", 1),
    (1, "hasStage", "agreement", "stage", 1),
    (2, "reaches", "initiative", "group", 1),
    (1, "reaches", "initiative", "countable", 0),
    (2, "hasParty", "agreement", "state", 2),
    (1, "targets", "initiative", "group", 2),
    (1, "usesTechnology", "initiative", "technology", 1),
    (2, "isPartOf", "initiative", "initiative", 3),
)
_FIRST_CLAIMS: Final = {
    # what ties a thing to the world when it is first named; True: it is the object
    "organization": ("isBasedIn", "state", False, 1),
    "initiative": ("isLedBy", "actor", False, 2),
    "document": ("isSubmittedBy", "actor", False, 2),
    "event": ("takesPlaceIn", "place", False, 1),
    "agreement": ("hasParty", "state", False, 2),
    "person": ("represents", "organization", False, 1),
    "resource": ("isDevelopedBy", "organization", False, 3),
    "place": ("takesPlaceIn", "event", True, 1),
    "state": ("isMemberOf", "organization", False, 3),
}
_VERBS: Final = (
    "works with|signed with|joined forces with|reported to the meeting on|took part in|"
    "presented progress on|gave support to|agreed to continue|launched together with|"
    "informed members about|plans to extend|is carried by"
).split("|")


@dataclass(frozen=True, slots=True)
class World:
    """What was written: things, reports, claims, and about how many quads a build makes of it."""

    things: int
    reports: int
    claims: int
    quads: int


def write_world(
    directory: Path, *, quads: int | None = None, things: int | None = None, seed: int = SEED
) -> World:
    """Write a world of about so many quads, or with so many things, or both.

    Args:
        directory: Made where it does not exist; files of the same names are replaced.
        quads: How many quads the build is to have, about; else what ``things`` need.
        things: How many things there are; else what fits the quads.
        seed: The same seed gives the same bytes.
    """
    if quads is None:
        quads = (things or 400) * CLAIMS_PER_THING * QUADS_PER_CLAIM
    claims = max(20, quads // QUADS_PER_CLAIM)
    if things is None:
        things = max(40, claims // CLAIMS_PER_THING)
    counts = {kind: max(3, int(things * share)) for kind, share in _SHARES.items()}
    counts["state"] = min(STATES, max(3, things // 20))
    reports = max(1, claims // CLAIMS_PER_REPORT)
    for folder in ("entities", "reports", "claims", "alignments"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    written = _write_entities(directory / "entities", counts, chance)
    written += _write_codes(directory / "alignments" / "states.ttl", counts["state"])
    made = 0
    for report in range(1, reports + 1):
        aim = (quads - written) // (reports - report + 1)
        found, size = _write_report(directory, report, reports, counts, aim, chance)
        made += found
        written += size
    return World(sum(counts.values()), reports, made, written)


def name_of(number: int) -> str:
    """Give a name that sounds like a place; unlike numbers have unlike names.

    Example:
        >>> name_of(0), name_of(7), name_of(2000)
        ('Babria', 'Orport', 'Babria-Corbria')
    """
    parts = []
    while True:
        number, rest = divmod(number, len(_ONSETS) * len(_MIDDLES) * len(_ENDS))
        rest, end = divmod(rest, len(_ENDS))
        onset, middle = divmod(rest, len(_MIDDLES))
        parts.append((_ONSETS[onset] + _MIDDLES[middle] + _ENDS[end]).capitalize())
        if not number:
            return "-".join(parts)
        number -= 1


def _prefixes(*names: str) -> str:
    return "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in names)


def _write_entities(folder: Path, counts: dict[str, int], chance: random.Random) -> int:
    written = 0
    for kind, count in counts.items():
        forms = _KINDS[kind]
        name = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
        has_kind = forms[0][0] is not None
        with open(folder / f"{name}.ttl", "w", encoding="utf-8", newline="\n") as stream:
            stream.write(_prefixes("cop", "copd", "dcterms", "skos"))
            for number in range(count):
                sort, form = forms[number % len(forms)]
                label = form.format(name_of(number))
                stream.write(f"\ncopd:{kind}-{number}\n    a cop:{kind.capitalize()} ;\n")
                if has_kind:
                    stream.write(f"    cop:kind cop:{kind}-kind-{sort} ;\n")
                stream.write(f'    dcterms:description "Invented {kind} {number}."@en ;\n')
                short = chance.random() < 0.3
                if short:
                    stream.write(f'    skos:altLabel "{kind[:2].upper()}-{number}"@en ;\n')
                stream.write(f'    skos:prefLabel "{label}"@en ;\n    .\n')
                written += 4 + has_kind + short + (2 if kind in _ACTORS else 1)
    return written


_ACTORS: Final = ("organization", "person", "state")


def _codes() -> Iterator[str]:
    """Give codes of two letters that ISO 3166-1 leaves to users or gives to nobody."""
    taken = {"QA", "OM", "WF", "WS"}
    for first in "XQOW":
        for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            if first + second not in taken:
                yield first + second


def _write_codes(path: Path, count: int) -> int:
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(_prefixes("cop", "copd"))
        for number, code in zip(range(count), _codes(), strict=False):
            stream.write(
                f'\ncopd:state-{number}\n    cop:alignmentSource "invented" ;\n'
                f'    cop:iso3166Alpha2 "{code}" ;\n    cop:iso3166Alpha3 "{code}X" ;\n'
                f'    cop:m49 "{900 + number}" ;\n    .\n'
            )
    return 8 * count


class _Pools:
    """Draws things; low numbers often, high numbers seldom, as a power law has it."""

    def __init__(self, counts: dict[str, int], chance: random.Random) -> None:
        self._counts = counts
        self._random = chance.random

    def draw(self, pool: str) -> str:
        if pool == "actor":
            pool = "organization" if self._random() < 0.8 else "state"
        count = self._counts.get(pool)
        if count is not None:
            return f"copd:{pool}-{int(count * self._random() ** 3)}"
        names, form = _CONCEPTS[pool]
        return form + names[int(len(names) * self._random() ** 2)]


_CONCEPTS: Final = {
    "theme": (_THEMES, "cop:theme-"),
    "technology": (_TECHNOLOGIES, "cop:theme-"),
    "group": (_GROUPS, "cop:group-"),
    "countable": (_COUNTABLES, "cop:countable-"),
    "stage": (_STAGES, "cop:stage-"),
}


def _cumulative(shares: tuple[int, ...]) -> list[int]:
    return [sum(shares[: place + 1]) for place in range(len(shares))]


def _write_report(
    directory: Path,
    report: int,
    reports: int,
    counts: dict[str, int],
    aim: int,
    chance: random.Random,
) -> tuple[int, int]:
    """Write one report and its claims; give the claims and the quads of a build, about."""
    name = f"world-{report}"
    paragraphs = max(4, min(PARAGRAPHS_PER_REPORT, aim // 150))
    event = int(counts["event"] * (report - 1) / reports)
    with open(directory / "reports" / f"{name}.ttl", "w", encoding="utf-8", newline="\n") as stream:
        written = _write_structure(stream, name, paragraphs, event, counts, chance)
    claims = directory / "claims" / f"{name}.ttl"
    with open(claims, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(_prefixes("cop", "copd", "rdf", "skos", "xsd"))
        writer = _Claims(stream, name, counts, chance)
        firsts = _first_claims(report, reports, counts)
        for place in range(paragraphs):
            writer.paragraph = f"{name}-{place // 10 + 1}-{place % 10 + 1}"
            writer.number = 0
            until = (aim - written) * (place + 1) // paragraphs
            share = -(-len(firsts) * (place + 1) // paragraphs) - (
                -(-len(firsts) * place // paragraphs)
            )
            start = -(-len(firsts) * place // paragraphs)
            writer.remark()
            for first in firsts[start : start + share]:
                writer.first_claim(*first)
            while writer.quads < until:
                if chance.random() < 0.06:
                    writer.remark()
                else:
                    writer.claim()
    return writer.claims, written + writer.quads


def _first_claims(report: int, reports: int, counts: dict[str, int]) -> list[tuple[str, int]]:
    """Give the things that a report is the first to name."""
    return [
        (kind, number)
        for kind, count in counts.items()
        for number in range(count * (report - 1) // reports, count * report // reports)
    ]


def _write_structure(
    stream: TextIO,
    name: str,
    paragraphs: int,
    event: int,
    counts: dict[str, int],
    chance: random.Random,
) -> int:
    stream.write(_prefixes("cop", "copd", "dcterms", "skos"))
    triples = 0
    for place in range(paragraphs):
        section, number = place // 10 + 1, place % 10 + 1
        summarizes = ""
        if place % 3 == 0:
            document = int(counts["document"] * chance.random())
            summarizes = f"    cop:summarizes copd:document-{document} ;\n"
        stream.write(
            f"\ncopd:paragraph-{name}-{section}-{number}\n    a cop:Paragraph ;\n"
            f"    cop:inReport copd:report-{name} ;\n"
            "    cop:kind cop:paragraph-kind-numbered ;\n"
            f'    cop:number "{section}.{number}" ;\n    cop:position {place + 1} ;\n{summarizes}'
            f'    cop:textHash "{chance.getrandbits(256):064x}" ;\n'
            f"    cop:wordCount {60 + int(200 * chance.random())} ;\n"
            f'    dcterms:identifier "{section}-{number}" ;\n    .\n'
        )
        triples += 8 + bool(summarizes)
    stream.write(
        f"\ncopd:report-{name}\n    a cop:Report ;\n"
        "    cop:kind cop:document-kind-meeting-report ;\n"
        f"    cop:reportsOn copd:event-{event} ;\n"
        f'    dcterms:identifier "{name}" ;\n    dcterms:language "en" ;\n'
        f'    skos:prefLabel "Report {name} on the {name_of(event)} talks"@en ;\n    .\n'
    )
    return 2 * (triples + 6) + 3


class _Claims:
    """Writes the claims and remarks of one report."""

    def __init__(
        self, stream: TextIO, report: str, counts: dict[str, int], chance: random.Random
    ) -> None:
        self._stream = stream
        self._report = report
        self._draw: Callable[[str], str] = _Pools(counts, chance).draw
        self._counts = counts
        self._chance = chance
        self._random = chance.random
        self._shares = _cumulative(tuple(entry[0] for entry in _RELATIONS))
        self._statuses = _cumulative(tuple(share for _, share in _STATUSES))
        self._said: dict[tuple[str, str, str], bool] = {}
        self.paragraph = ""
        self.number = 0
        self.claims = 0
        self.quads = 0

    def claim(self) -> None:
        (entry,) = self._chance.choices(_RELATIONS, cum_weights=self._shares)
        (status,) = self._chance.choices(_STATUSES, cum_weights=self._statuses)
        _, relation, subject_pool, object_pool, plain = entry
        subject, other = self._draw(subject_pool), self._draw(object_pool)
        if subject != other:
            self._write(relation, subject, other, object_pool, status[0], plain)

    def first_claim(self, kind: str, number: int) -> None:
        relation, pool, is_object, plain = _FIRST_CLAIMS[kind]
        thing, other = f"copd:{kind}-{number}", self._draw(pool)
        ends = (other, thing) if is_object else (thing, other)
        self._write(relation, *ends, pool, "stated", plain)

    def _write(
        self, relation: str, subject: str, object: str, pool: str, status: str, plain: int
    ) -> None:
        said = (subject, relation, object)
        is_denied = status == "not-done"
        if self._said.setdefault(said, is_denied) != is_denied:
            return  # a report that contradicts itself is a fault
        chance = self._random
        self.number += 1
        self.claims += 1
        triples = 7
        lines = []
        attributed = chance() < 0.05
        if attributed:
            lines.append(f"    cop:accordingTo {self._draw('actor')} ;\n")
            triples += 1
        verb = _VERBS[int(len(_VERBS) * chance())]
        lines.append(
            f'    cop:anchor "{verb} {name_of(int(2000 * chance()))} {self.number}"@en ;\n'
        )
        start, end = self._dates(pool)
        if end:
            lines.append(f"    cop:end {end} ;\n")
            triples += 1
        if chance() < 0.35:
            lines.append(f"    cop:inContextOf {self._draw('initiative')} ;\n")
            triples += 1
        lines.append(f"    cop:paragraph copd:paragraph-{self.paragraph} ;\n")
        if start:
            lines.append(f"    cop:start {start} ;\n")
            triples += 1
        lines.append(f"    cop:status cop:status-{status} ;\n")
        if pool not in ("theme", "stage"):
            topics = sorted({self._draw("theme") for _ in range(int(3 * chance()))})
            if len(topics) == 1:
                lines.append(f"    cop:topic {topics[0]} ;\n")
            elif topics:
                lines.append("    cop:topic\n        " + ",\n        ".join(topics) + " ;\n")
            triples += len(topics)
        if pool in ("group", "countable"):
            lines.append(f"    cop:value {1 + int(5000 * chance() ** 3)} ;\n")
            triples += 1
        self._stream.write(
            f"\ncopd:claim-{self.paragraph}-{self.number:03}\n    a cop:Claim ;\n"
            f"    rdf:subject {subject} ;\n    rdf:predicate cop:{relation} ;\n"
            f"    rdf:object {object} ;\n{''.join(lines)}    .\n"
        )
        is_plain = status in _ASSERTING and not attributed
        self.quads += 2 * triples + 1 + (2 * plain if is_plain else 0)

    def _dates(self, pool: str) -> tuple[str, str]:
        chance = self._random()
        year, month = 2015 + int(self._random() * 15), 1 + int(self._random() * 12)
        if pool == "stage" or chance < 0.1:
            return f'"{year}-{month:02}-{1 + int(self._random() * 28):02}"^^xsd:date', ""
        if chance < 0.2:
            return f'"{year}-{month:02}"^^xsd:gYearMonth', ""
        if chance < 0.25:
            return f'"{year}"^^xsd:gYear', f'"{year + 2}"^^xsd:gYear'
        return "", ""

    def remark(self) -> None:
        chance = self._random
        self.number += 1
        kind = _REMARKS[int(len(_REMARKS) * chance())]
        voice, theme = self._draw("actor"), self._draw("theme")
        concerns = self._draw("initiative")
        self._stream.write(
            f"\ncopd:remark-{self.paragraph}-{self.number:03}\n    a cop:Remark ;\n"
            f"    cop:accordingTo {voice} ;\n"
            f'    cop:anchor "underlines the {kind} {self.number}"@en ;\n'
            f"    cop:concerns {concerns} ;\n    cop:kind cop:remark-{kind} ;\n"
            f"    cop:paragraph copd:paragraph-{self.paragraph} ;\n    cop:topic {theme} ;\n"
            f'    skos:prefLabel "Invented {kind} {self.paragraph}-{self.number}."@en ;\n    .\n'
        )
        self.quads += 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quads", type=int, help="quads of the build, about")
    parser.add_argument("--things", type=int, help="states, organizations, initiatives …")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    given = parser.parse_args()
    if given.quads is None and given.things is None:
        parser.error("give --quads or --things")
    started = time.perf_counter()
    world = write_world(given.output, quads=given.quads, things=given.things, seed=given.seed)
    seconds = time.perf_counter() - started
    print(
        f"{given.output}: {world.things} things, {world.reports} reports, {world.claims} claims, "
        f"about {world.quads} quads in {seconds:.1f} s ({world.quads / seconds:,.0f} a second)",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
