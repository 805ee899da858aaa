"""Pages of reports: how a report is built, and what each of its paragraphs claims."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cop_graph.coverage import read_reasons
from cop_graph.errors import UnknownEntityError
from cop_graph.model import Reference, Row
from cop_graph.names import label_of, reference, remembered
from cop_graph.namespaces import COP, COPD, PREFIXES
from cop_graph.questions import evidence
from cop_graph.reports import (
    anchor_spans,
    find_report,
    is_file_name,
    read_report,
    split_sentences,
    text_hash,
)
from cop_graph.statements import claims_of
from cop_graph.web.layout import REMEMBERED_STATEMENTS
from cop_graph.web.pages import Page

if TYPE_CHECKING:
    from cop_graph.web.layout import Layout

REMEMBERED_REPORTS: Final = 256
IDENTIFIER: Final = PREFIXES["dcterms"] + "identifier"
REASON_WORDS: Final = {
    "heading": "a heading",
    "courtesy": "a courtesy",
    "repetition": "repeats what was read before",
    "general": "says nothing that could be noted",
    "structure": "part of a name or list that another sentence carries",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a paragraph's text: plain, within the sentence that says so, or the words."""

    text: str
    is_sentence: bool
    is_anchor: bool


def report(layout: Layout, identifier: str) -> Page:
    """Show a report paragraph by paragraph: what each carries, and what has no claim and why."""
    store = layout.store
    iri = f"{COPD}report-{identifier}"
    if "Report" not in layout.classes(iri):
        raise UnknownEntityError(identifier, wanted="reports", suggestions=[])
    reasons: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (name, number), reason in _reasons_in(layout, identifier).items():
        reasons[name][reason].append(number)
    shows_all = layout.request.query.get("claims") == "all"
    parts = []
    for row in layout.graph.ask("structure", report=iri):
        paragraph = row["paragraph"]
        assert isinstance(paragraph, Reference)
        name = store.value(paragraph.iri, IDENTIFIER) or ""
        claims = claims_in(layout, paragraph.iri) if shows_all and row["recordCount"] else []
        parts.append(
            {
                "paragraph": paragraph,
                "kind": str(row["kind"] or ""),
                "is_heading": isinstance(row["kind"], Reference)
                and row["kind"].iri.endswith("-heading"),
                "document": row["document"],
                "words": row["words"],
                "count": row["recordCount"],
                "reasons": _reasons(reasons.get(name, {})),
                "text": paragraph_text(layout, paragraph.iri),
                **_lines(layout, claims),
            }
        )
    entity = reference(store, iri)
    return layout.page(
        "report.html",
        title=entity.label,
        entity=entity,
        identifier=identifier,
        event=_named(layout, iri, "reportsOn"),
        parts=parts,
        without=sum(1 for part in parts if not part["count"]),
        total=sum(int(str(part["count"])) for part in parts),
        shows_all=shows_all,
        has_text=any(part["text"] for part in parts),
    )


def paragraph(layout: Layout, slug: str, ending: str | None) -> Page:
    """Show a paragraph: its words where they may be shown, and every claim and remark in it."""
    iri = COPD + slug
    store = layout.store
    if "Paragraph" not in layout.classes(iri):
        raise UnknownEntityError(slug, wanted="paragraphs", suggestions=[])
    claims = claims_in(layout, iri)
    if (wanted := layout.wanted_format(ending)) != "html":
        from cop_graph.web.entities import description

        return description(layout, [iri, *claims], wanted)
    report_iri = store.value(iri, COP + "inReport") or ""
    order = _order(layout, report_iri)
    place = next((n for n, one in enumerate(order) if one.iri == iri), 0)
    text = paragraph_text(layout, iri)
    spans = [span for claim in claims for span in _spans(layout, claim, text)] if text else []
    document = store.value(iri, COP + "summarizes")
    name = store.value(iri, IDENTIFIER) or ""
    reasons: dict[str, list[int]] = defaultdict(list)
    identifier = store.value(report_iri, IDENTIFIER) or ""
    for (one, sentence), reason in _reasons_in(layout, identifier).items():
        if one == name:
            reasons[reason].append(sentence)
    number = label_of(store, iri)
    return layout.page(
        "paragraph.html",
        title=f"Paragraph {number}",
        iri=iri,
        slug=slug,
        number=number,
        report=reference(store, report_iri) if report_iri else None,
        identifier=identifier,
        document=reference(store, document) if document else None,
        before=order[place - 1] if place else None,
        after=order[place + 1] if place + 1 < len(order) else None,
        pieces=_cut(text, spans, []) if text else [],
        reasons=_reasons(reasons),
        count=len(claims),
        **_lines(layout, claims),
    )


def _order(layout: Layout, report_iri: str) -> list[Reference]:
    """Give the paragraphs of a report in their order, looked up once for all of them."""
    known = remembered(layout.store, "order of paragraphs")
    if report_iri not in known:
        if len(known) >= REMEMBERED_REPORTS:
            known.clear()
        known[report_iri] = [
            row["paragraph"]
            for row in layout.graph.ask("structure", report=report_iri)
            if isinstance(row["paragraph"], Reference)
        ]
    order: list[Reference] = known[report_iri]
    return order


def claims_in(layout: Layout, paragraph_iri: str) -> list[str]:
    """List the claims and remarks of a paragraph, in the order of their numbers."""
    answer = layout.graph.ask("paragraph", paragraph=paragraph_iri)
    return list(dict.fromkeys(claim for row in answer for claim in claims_of(row)))


def paragraph_text(layout: Layout, paragraph_iri: str) -> str | None:
    """Give the text of a paragraph where it is at hand and may be shown."""
    if layout.reports is None:
        return None
    store = layout.store
    report_iri = store.value(paragraph_iri, COP + "inReport") or ""
    identifier = store.value(report_iri, IDENTIFIER) if report_iri else None
    path = find_report(identifier, layout.reports) if identifier else None
    if path is None:
        return None
    by_identifier, by_hash = _texts(path, path.stat().st_mtime_ns)
    same = by_hash.get(store.value(paragraph_iri, COP + "textHash") or "")
    return same or by_identifier.get(store.value(paragraph_iri, IDENTIFIER) or "")


def marked_text(layout: Layout, claim: str) -> list[Piece]:
    """Give the paragraph of a claim, its sentence and words marked; empty where not shown."""
    paragraph_iri = layout.store.value(claim, COP + "paragraph")
    text = paragraph_text(layout, paragraph_iri) if paragraph_iri else None
    if not text:
        return []
    spans = _spans(layout, claim, text)
    sentences = [
        (start, end)
        for start, end in split_sentences(text)
        if any(start < last and end > first for first, last in spans)
    ]
    return _cut(text, spans, sentences)


def remark_row(layout: Layout, remark: str) -> Row:
    """Give a remark as a row: its kind, what it says, who says it to whom."""
    store = layout.store

    def labels(name: str) -> str | None:
        found = sorted(label_of(store, term.value) for term in store.objects(remark, COP + name))
        return "; ".join(found) or None

    kind = store.value(remark, COP + "kind")
    return Row(
        {
            "kind": reference(store, kind) if kind else None,
            "remark": store.value(remark, PREFIXES["skos"] + "prefLabel"),
            "voices": labels("accordingTo"),
            "addressees": labels("addressedTo"),
            "supporters": labels("isSupportedBy"),
            "claims": (remark,),
        }
    )


def _remark(layout: Layout, remark: str) -> Row:
    known = remembered(layout.store, "remarks")
    if remark not in known:
        if len(known) >= REMEMBERED_STATEMENTS:
            known.clear()
        known[remark] = remark_row(layout, remark)
    row: Row = known[remark]
    return row


def _lines(layout: Layout, claims: list[str]) -> dict[str, Any]:
    statements = [layout.statement(claim) for claim in claims if "/id/remark-" not in claim]
    return {
        "facts": [one for one in statements if one.asserts],
        "plans": [one for one in statements if not one.asserts],
        "said": [_remark(layout, one) for one in claims if "/id/remark-" in one],
        "evidence": evidence(layout.store, claims),
    }


def _reasons_in(layout: Layout, identifier: str) -> dict[tuple[str, int], str]:
    """Read why sentences of a report carry nothing; its identifier leads to no other directory."""
    if not is_file_name(identifier):
        return {}
    return read_reasons(layout.graph.source.data / "coverage" / f"{identifier}.csv")


def _reasons(reasons: dict[str, list[int]]) -> list[str]:
    return [
        f"{'Sentence' if len(numbers) == 1 else 'Sentences'} "
        f"{', '.join(map(str, sorted(numbers)))}: {REASON_WORDS.get(reason, reason)}"
        for reason, numbers in sorted(reasons.items(), key=lambda entry: min(entry[1]))
    ]


def _named(layout: Layout, iri: str, name: str) -> Reference | None:
    found = layout.store.value(iri, COP + name)
    return reference(layout.store, found) if found else None


def _spans(layout: Layout, claim: str, text: str) -> list[tuple[int, int]]:
    given = layout.store.value(claim, COP + "occurrence") or "1"
    occurrence = int(given) if given.isdecimal() else 1
    spans = []
    for anchor in layout.store.objects(claim, COP + "anchor"):
        found = anchor_spans(anchor.value, text)
        if found:
            spans.append(found[min(max(occurrence, 1), len(found)) - 1])
    return spans


def _cut(
    text: str, anchors: list[tuple[int, int]], sentences: list[tuple[int, int]]
) -> list[Piece]:
    """Cut a text at all borders, so that pieces never overlap whatever the spans do."""
    borders = {0, len(text), *(end for span in [*anchors, *sentences] for end in span)}
    edges = sorted(borders)
    pieces: list[Piece] = []
    for start, end in pairwise(edges):
        in_anchor = any(first <= start and end <= last for first, last in anchors)
        in_sentence = any(first <= start and end <= last for first, last in sentences)
        if pieces and (pieces[-1].is_anchor, pieces[-1].is_sentence) == (in_anchor, in_sentence):
            pieces[-1] = Piece(pieces[-1].text + text[start:end], in_sentence, in_anchor)
        else:
            pieces.append(Piece(text[start:end], in_sentence, in_anchor))
    return pieces


@lru_cache(maxsize=16)
def _texts(path: Path, changed_ns: int) -> tuple[dict[str, str], dict[str, str]]:
    """Read a report once until its file changes: identifier to text, fingerprint to text."""
    paragraphs = read_report(path).paragraphs
    return (
        {part.identifier: part.text for part in paragraphs},
        {text_hash(part.text): part.text for part in paragraphs},
    )
