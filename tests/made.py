"""Networks and evidence made up for tests of maps and pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import networkx as nx

from cop_graph.model import Answer, Evidence, Reference, Scope
from cop_graph.namespaces import COPD
from cop_graph.networks import Network

SCOPE = Scope(("Report of the <b>Alpha</b> Forum",), 23, 9, 32, 2, "0123456789ab")
TITLE = "Who works with whom"

HOSTILE = {
    "closes": '</script><script>document.title = "broken"</script>',
    "opens": "<!--<script>",
    "image": "<img src=x onerror=\"document.title='broken'\">",
    "remote": '<img src="http://hostile.example/a.png"><link rel=icon href=//hostile.example>',
    "quotes": """ "double" 'single' `back` \\ & &lt;b&gt; ${1+1} {title} """,
    "turned": "\u202eturned\u200f مرحبا \u2067",
    "long": "x" * 300,
    "many": "lantern " * 40,
    "emoji": "🌊 لعبة\u0301 \u0000\u0007\u2028 ]]>",
    "constructor": "__proto__",
}


def tie(source: str, relation: str, target: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    """Make a tie between ``copd:organization-<source>`` and ``copd:organization-<target>``."""
    words = {
        "cop:partnersWith": "partners with",
        "cop:assists": "assists",
        "cop:isMemberOf": "is a member of",
    }
    attributes = {
        "label": words.get(relation, relation),
        "relation": relation,
        "status": "done",
        "asserts": True,
        "start": "",
        "end": "",
        "contexts": "",
        "topics": "",
        "paragraphs": "1.1",
        "claims": f"copd:claim-{source}-{target}",
    }
    return f"copd:organization-{source}", f"copd:organization-{target}", {**attributes, **more}


def made(*ties: tuple[str, str, dict[str, Any]], **nodes: Any) -> Network:
    """Make a network; ``nodes`` gives the attributes of actors, else their label is their name."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for source, target, attributes in ties:
        for end in (source, target):
            name = end.removeprefix("copd:organization-")
            usual = {"label": name, "kind": "private company", "category": "Organization"}
            graph.add_node(end, **{**usual, **nodes.get(name, {})})
        key = f"{source} {attributes['relation']} {target} {attributes['status']}"
        graph.add_edge(source, target, key=key, **attributes)
    answer = Answer("mine", "Mine?", {}, [], {}, SCOPE)
    return Network("partnership", graph, answer)


def said(claim: str, **more: Any) -> dict[str, Evidence]:
    """Make the evidence of one claim."""
    iri = f"{COPD}{claim}"
    entry = Evidence(
        claim=Reference(iri, f"copd:{claim}"),
        paragraph=Reference(f"{COPD}paragraph-alpha-1-1-1", "1.1"),
        number="1.1",
        report=Reference(f"{COPD}report-alpha-1", "Report of the Alpha Forum"),
        anchors=("kept the lamps",),
        occurrence=None,
        status="done",
    )
    return {iri: replace(entry, **more)}


def hostile_network() -> Network:
    """Make a network in which every text that comes from data is hostile."""
    nodes = {
        name: {"label": label, "kind": label, "region": label} for name, label in HOSTILE.items()
    }
    ties = [
        tie(name, "cop:partnersWith", "constructor", contexts=label, topics=label, paragraphs=label)
        for name, label in HOSTILE.items()
        if name != "constructor"
    ]
    ties.append(tie("closes", "cop:assists", "image", label=HOSTILE["closes"], status="<b>"))
    return made(*ties, **nodes)


def hostile_evidence() -> dict[str, Evidence]:
    """Make the evidence of that network, hostile as well."""
    return {
        claim: entry
        for name, label in HOSTILE.items()
        for claim, entry in said(
            f"claim-{name}-constructor",
            anchors=(label, "<b>anchor</b>"),
            number=label,
            voices=(label,),
            report=Reference(f"{COPD}report-alpha-1", label),
        ).items()
    }
