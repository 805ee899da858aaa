"""Pages about one thing: an entity, a claim or remark with its evidence, a term of the ontology."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import NamedNode, QuerySolutions

from cop_graph.errors import UnknownEntityError
from cop_graph.exports import describe
from cop_graph.model import Reference, Row
from cop_graph.names import label_of, reference, remembered
from cop_graph.namespaces import COP, COPD, OWL, PREFIXES, SKOS, compact
from cop_graph.questions import bind, evidence, read_question
from cop_graph.search import index_of
from cop_graph.statements import SECTIONS, claims_of, dated, identity, sections
from cop_graph.web.layout import REMEMBERED_ADDRESSES
from cop_graph.web.pages import SECURITY_HEADERS, Page
from cop_graph.web.texts import marked_text, remark_row

if TYPE_CHECKING:
    from cop_graph.graph import Profile
    from cop_graph.web.layout import Layout

MOST_SHOWN: Final = 12
"""How many lines of a section stand open; the others are folded away, not left out."""

MOST_RECORDS: Final = 5000
"""How many claims and remarks a page shows; of what more name, it says so and shows none, because
a page of that many takes longer than anybody waits."""
TIMES_NAMED: Final = "service/times-named.rq"

ACTOR_HEADINGS: Final = {
    "Theme": "Who works on it",
    "Group": "Who works for them",
    "Initiative": "Who carries it",
    "Agreement": "Who stands behind it",
    "Event": "Who takes part",
    "Document": "Who wrote, issued or submitted it",
    "Resource": "Who makes or uses it",
    "Place": "Who is active there",
}
BRIEF_CLASSES: Final = frozenset({"State", "Organization", "Theme"})
COMPARED_CLASSES: Final = frozenset({"State", "Organization"})
NAMED_CLASSES: Final = frozenset({"Thing", "Concept"})


def entity(layout: Layout, slug: str, ending: str | None) -> Page:
    """Show what is claimed of a thing, plans apart from facts, each line with its paragraph."""
    return _entity(layout, COPD + slug, slug, ending)


def term(layout: Layout, name: str | None, ending: str | None) -> Page:
    """Show a concept as a thing is shown, and a class or relation with its definition."""
    if name is None:
        return _terms(layout)
    iri = COP + name
    if layout.classes(iri) & NAMED_CLASSES:
        return _entity(layout, iri, name, ending)
    if not layout.store.holds(iri):
        raise UnknownEntityError(name, wanted="terms", suggestions=[])
    if (wanted := layout.wanted_format(ending)) != "html":
        return description(layout, [iri], wanted)

    def values(predicate: str) -> list[str]:
        return sorted(one.value for one in layout.store.objects(iri, predicate))

    def references(predicate: str) -> list[Reference]:
        return [reference(layout.store, one) for one in values(predicate)]

    rdfs, schema = PREFIXES["rdfs"], PREFIXES["schema"]
    return layout.page(
        "term.html",
        title=label_of(layout.store, iri),
        iri=iri,
        curie=compact(iri),
        address=layout.href(iri),
        is_class="Class" in {one.rpartition("#")[2] for one in values(PREFIXES["rdf"] + "type")},
        name=name,
        definition=values(SKOS + "definition"),
        examples=values(SKOS + "example"),
        counter_examples=values(COP + "counterExample"),
        notes=values(SKOS + "scopeNote"),
        rows=[
            ("Narrower than", references(rdfs + "subClassOf") + references(rdfs + "subPropertyOf")),
            ("From", references(schema + "domainIncludes")),
            ("To", references(schema + "rangeIncludes")),
            ("Inverse", references(OWL + "inverseOf")),
        ],
        vary=True,
    )


def record(layout: Layout, slug: str, ending: str | None) -> Page:
    """Show a claim or remark: paragraph, words, status, who says so."""
    iri = COPD + slug
    store = layout.store
    if not layout.classes(iri) & {"Claim", "Remark", "WithdrawnRecord"}:
        raise UnknownEntityError(slug, wanted="claims and remarks", suggestions=[])
    if (wanted := layout.wanted_format(ending)) != "html":
        return description(layout, [iri], wanted)
    is_claim = slug.startswith("claim-")
    found = evidence(store, [iri])[iri]
    status = store.value(iri, COP + ("status" if is_claim else "kind"))
    paragraph = found.paragraph.iri
    document = store.value(paragraph, COP + "summarizes") if paragraph else None
    submitters = (
        sorted(label_of(store, one.value) for one in store.objects(document, COP + "isSubmittedBy"))
        if document
        else []
    )
    statement = layout.statement(iri) if is_claim else None
    page = layout.page(
        "record.html",
        title="Evidence",
        iri=iri,
        slug=slug,
        curie=compact(iri),
        statement=statement,
        remark=None if is_claim else remark_row(layout, iri),
        found=found,
        status=reference(store, status) if status else None,
        definition=store.value(status, SKOS + "definition") if status else None,
        document=reference(store, document) if document else None,
        submitters=submitters,
        pieces=marked_text(layout, iri),
        has_reports=layout.site.graph.reports is not None,
        text_hash=(store.value(paragraph, COP + "textHash") or "") if paragraph else "",
        withdrawn=store.value(iri, OWL + "deprecated") == "true",
        note=store.value(iri, SKOS + "editorialNote"),
        report_name=found.report.iri.rpartition("/report-")[2],
    )
    return _varying(page)


def brief(layout: Layout, slug: str, ending: str | None) -> Page:
    """Give the brief of a state, organization or theme as a page or a file."""
    from cop_graph.brief import BRIEF_TYPES, brief_of, write_brief

    iri = COPD + slug if layout.store.holds(COPD + slug) else COP + slug
    if not layout.classes(iri) & NAMED_CLASSES:
        raise UnknownEntityError(slug, wanted="things and concepts", suggestions=[])
    made = brief_of(layout.graph, iri)
    wanted = (ending or ".html").removeprefix(".")
    if wanted == "html":
        return layout.page("brief.html", title=f"Brief: {made.entity.label}", brief=made, slug=slug)
    return Page(
        200,
        BRIEF_TYPES[wanted],
        write_brief(made, wanted),
        {
            **SECURITY_HEADERS,
            "Content-Disposition": f'attachment; filename="brief-{_file_name(slug)}.{wanted}"',
        },
    )


def description(layout: Layout, iris: list[str], wanted: str) -> Page:
    """Give what the graph says of some IRIs as RDF."""
    from cop_graph.web.layout import RDF_TYPES

    kind, name = RDF_TYPES[wanted]
    body = describe(layout.store, iris, name)
    headers = {**SECURITY_HEADERS, "Vary": "Accept"}
    return Page(200, f"{kind}; charset=utf-8" if wanted == "ttl" else kind, body, headers)


def _entity(layout: Layout, iri: str, slug: str, ending: str | None) -> Page:
    classes = layout.classes(iri)
    if not classes & NAMED_CLASSES:
        raise UnknownEntityError(slug, wanted="things and concepts", suggestions=[])
    if (wanted := layout.wanted_format(ending)) != "html":
        claims = [
            claim
            for name in ("claims-about", "remarks-about")
            for row in layout.graph.ask(name, thing=iri)
            for claim in claims_of(row)
        ]
        return description(layout, [iri, *dict.fromkeys(claims)], wanted)
    named = _times_named(layout, iri)
    is_too_much = named > MOST_RECORDS
    profile = layout.graph.identify(iri) if is_too_much else layout.graph.show(iri)
    grammar = layout.kept.grammar
    facts = grammar.statements(profile.facts, iri)
    unsure = grammar.statements(profile.plans, iri)
    kind_iri = layout.store.value(iri, COP + "kind")
    kind = label_of(layout.store, kind_iri) if kind_iri else None
    name = next(iter(profile.classes), "Thing")
    page = layout.page(
        "entity.html",
        title=profile.entity.label,
        profile=profile,
        named=named,
        is_too_much=is_too_much,
        evidence=profile.evidence,
        iri=iri,
        slug=slug,
        address=layout.href(iri),
        curie=compact(iri),
        is_concept="Concept" in classes,
        what=identity(profile, kind),
        also=sorted(one.value for one in layout.store.objects(iri, SKOS + "altLabel")),
        broader=_references(layout, iri, "broader"),
        narrower=_narrower(layout, iri) if "Concept" in classes else [],
        sections=[(part, _heading(part, name), lines) for part, lines in sections(facts).items()],
        plans=[one for one in unsure if not one.negated],
        negated=[one for one in unsure if one.negated],
        timeline=_timeline([*facts, *unsure]),
        own=[row for row in profile.remarks if _speaks(row)],
        others=[row for row in profile.remarks if not _speaks(row)],
        paragraphs=_paragraphs(profile),
        most=MOST_SHOWN,
        has_brief=bool(classes & BRIEF_CLASSES),
        has_map=bool(classes & {"Actor"})
        and any(part == "actors" for part in sections([*facts, *unsure])),
        is_on_map=_network_of(classes, set(sections([*facts, *unsure]))),
        is_compared=bool(classes & COMPARED_CLASSES),
        report_name=slug.removeprefix("report-") if "Report" in classes else None,
        further=_further(layout, classes, slug),
    )
    return _varying(page)


def _times_named(layout: Layout, iri: str) -> int:
    """Count the claims and remarks that name a thing."""
    known = remembered(layout.store, "times named")
    if iri in known:
        return int(known[iri])
    question = read_question(layout.graph.source.queries / TIMES_NAMED)
    found = layout.store.run(bind(question, {"thing": NamedNode(iri)}))
    assert isinstance(found, QuerySolutions)
    count = sum(int(solution["records"].value) for solution in found)
    if count > MOST_RECORDS and len(known) < REMEMBERED_ADDRESSES:  # to count them took long
        known[iri] = count
    return count


def _network_of(classes: set[str], parts: set[str]) -> str | None:
    """Name the network that shows most of a thing; ``None`` where none has it."""
    if "actors" not in parts:
        return None
    if "Theme" in classes:
        return "themes"
    return "partnership" if "Actor" in classes else "all" if "Thing" in classes else None


def _varying(page: Page) -> Page:
    return Page(page.status, page.content_type, page.body, {**page.headers, "Vary": "Accept"})


def _heading(part: str, class_name: str) -> str:
    if part == "actors":
        return ACTOR_HEADINGS.get(class_name, SECTIONS[part])
    if part == "frame" and class_name in ("Theme", "Group", "Kind", "Stage", "Role"):
        return "Stated on it"
    return SECTIONS[part]


def _timeline(statements: list[Any]) -> list[Any]:
    """Give the dated lines where there are enough of them for an order to tell something."""
    found = dated(statements)
    return found if len(found) > 1 else []


def _speaks(row: Row) -> bool:
    return "says it" in str(row["part"])


def _paragraphs(profile: Profile) -> list[tuple[Reference, int]]:
    """Count the claims and remarks of each paragraph, in the order of the report."""
    counts: Counter[Reference] = Counter()
    for row in (*profile.facts, *profile.plans, *profile.remarks):
        for claim in claims_of(row):
            if claim in profile.evidence:
                counts[profile.evidence[claim].paragraph] += 1
    return list(counts.items())


def _references(layout: Layout, iri: str, name: str) -> list[Reference]:
    found = sorted(one.value for one in layout.store.objects(iri, SKOS + name))
    return [reference(layout.store, one) for one in found]


def _narrower(layout: Layout, iri: str) -> list[Reference]:
    found = sorted(one for one, wider in layout.store.pairs(SKOS + "broader") if wider == iri)
    return [reference(layout.store, one) for one in found]


def _further(layout: Layout, classes: set[str], slug: str) -> list[tuple[str, str]]:
    """Give the questions that this thing can be put into: words and address."""
    found: list[tuple[int, str, str]] = []
    for question in layout.kept.questions:
        if question.group == "evidence":  # the page itself answers these
            continue
        fitting = [one for one in question.parameters if set(one.classes) & classes]
        needed = [one for one in question.parameters if one.is_required]
        if fitting and all(one in fitting for one in needed):
            chosen = needed[0] if needed else fitting[0]
            address = layout.to(f"/questions/{question.name}", **{chosen.name: slug})
            place = 0 if needed else 1 + len(question.parameters) + len(chosen.classes)
            found.append((place, question.summary, address))
    return [(summary, address) for _, summary, address in sorted(found, key=lambda one: one[0])]


def _terms(layout: Layout) -> Page:
    index = index_of(layout.store)
    classes = [
        (one, layout.store.value(one.iri, SKOS + "definition"))
        for one in index.members(["Class"], limit=200)
    ]
    relations = sorted(
        (reference(layout.store, one) for one in layout.store.instances(COP + "Relation")),
        key=lambda one: one.label,
    )
    return layout.page(
        "terms.html",
        title="What can be said",
        classes=classes,
        relations=[(one, layout.store.value(one.iri, SKOS + "definition")) for one in relations],
    )


def _file_name(slug: str) -> str:
    return "".join(char for char in slug if char.isascii() and (char.isalnum() or char in "-_"))
