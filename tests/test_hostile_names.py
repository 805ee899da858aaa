"""Names that mean harm stay names: in every page, file, picture, brief and table."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import html5lib
import networkx as nx
import pyoxigraph as ox
import pytest
from conftest import SMALL
from docx import Document
from markdown_it import MarkdownIt
from pypdf import PdfReader

from cop_graph.brief import BRIEF_TYPES
from cop_graph.dataset import find_source
from cop_graph.graph import Graph
from cop_graph.namespaces import COP, COPD, SKOS
from cop_graph.networks import NETWORK_FORMATS
from cop_graph.store import memory_store
from cop_graph.web.pages import Page, PageRequest, Site, render

MARKUP = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"'><b onclick=alert(3)>",
    "<!-- ]]> --></title></textarea></style>",
    "&lt;i&gt; &amp;amp;",
]
FORMULAS = ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3*cmd", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1"]
LINKS = [
    "javascript:alert(4)",
    "data:text/html,<script>alert(5)</script>",
    "[a](javascript:alert(6)) ![b](https://other.example/c.png)",
    "<https://other.example> https://other.example",
    "- - www.other.example",
    "7) ~~c~~ $d$ me@other.example",
    "# a\n\n- b\n\n```\nc\n```\n\n| d |\n|---|\n",
]
TEMPLATES = ["{{ 7*7 }}", "${7*7}", "{% include 'base.html' %}", "<%= 7*7 %>", "#{7*7}", "%s %(a)s"]
SIGNS = [
    "\x01\x08\x0b\x0c\x0e\x1f\x7f\x85\x9f",
    "\x00",
    "\ufffe\uffff\U0001ffff",
    "\u202eevil\u202c \u2066b\u2069 \u200f",
    "a\r\nSet-Cookie: b=c\r\n\r\n",
    "\u2028\u2029\ufeff",
    "\x1b[31mred\x1b]0;title\x07",
    "e\u0301" * 40,
    "\U0001f600\U0001f468\u200d\U0001f469",
    "w" * 400,
]
HOSTILE = [*FORMULAS, *MARKUP, *LINKS, *TEMPLATES, *SIGNS]
OFFICE = "/id/organization-blue-lantern-office"
PAGES = [
    "/",
    "/search?q=alert",
    "/search?q=blue",
    "/search?kind=Organization",
    "/about",
    "/ontology",
    "/ontology/State",
    "/ontology/theme-helpline",
    OFFICE,
    "/id/state-westmark",
    "/id/initiative-safe-harbour",
    "/id/event-alpha-forum-1",
    "/id/report-alpha-1",
    "/id/claim-alpha-1-3-1-004",
    "/id/claim-alpha-1-3-1-004?part=drawer",
    "/id/paragraph-alpha-1-3-1",
    "/report/alpha-1?claims=all",
    "/questions",
    "/questions/partners-of?actor=organization-blue-lantern-office",
    "/questions/remarks",
    "/questions/things",
    "/questions/planned",
    "/compare?a=organization-blue-lantern-office&b=state-westmark",
    "/connect?a=organization-kite-works&b=state-westmark",
    "/sparql",
    "/map",
    "/map?network=all&view=table",
    "/world",
    "/timeline",
    "/matrix",
    f"{OFFICE}/map",
    f"{OFFICE}/brief",
    "/nothing/=cmd",
]
SVG = "{http://www.w3.org/2000/svg}"
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The invented graph in which every name, description and anchor begins or ends with harm."""
    data = Path(shutil.copytree(SMALL, tmp_path_factory.mktemp("hostile") / "data"))
    turns = {True: itertools.count(), False: itertools.count()}

    def harmful(match: re.Match[str]) -> str:
        """Put one harm before a text and another behind it, all in turn; names have their own."""
        number = next(turns[match[1].startswith("prefLabel")])
        before = HOSTILE[number % len(HOSTILE)]
        behind = HOSTILE[(number + len(HOSTILE) // 2) % len(HOSTILE)]
        text = json.loads(f'"{match[2]}"')
        return f'{match[1]}"{written(f"{before} {text} {number} {behind}")}"'

    for path in sorted(data.rglob("*.ttl")):
        text = path.read_text(encoding="utf-8")
        terms = r"((?:prefLabel|altLabel|hiddenLabel|description|anchor|editorialNote|title) )"
        path.write_text(re.sub(rf'{terms}"((?:[^"\\]|\\.)*)"', harmful, text), encoding="utf-8")
    source = find_source(data)
    return Site(Graph(memory_store(source), source), base_url="http://127.0.0.1:8000")


def written(text: str) -> str:
    """Write a text as it stands within the quotation marks of Turtle."""
    return "".join(
        char if char.isalnum() or char == " " else f"\\U{ord(char):08X}" for char in text
    )


def ask(site: Site, address: str, accept: str = "text/html") -> Page:
    parts = urlsplit(address)
    return render(
        site, PageRequest(parts.path, dict(re.findall(r"([^&=]+)=([^&]*)", parts.query)), accept)
    )


def elements(page: Page) -> Iterator[Any]:
    for element in html5lib.parse(page.text, namespaceHTMLElements=False).iter():
        if isinstance(element.tag, str):
            yield element


def assert_inert(page: Page) -> None:
    """See that nothing in a page runs, and that it asks for nothing of elsewhere."""
    for element in elements(page):
        assert element.tag != "style"
        assert element.tag not in ("iframe", "object", "embed", "base")
        if element.tag == "script":
            assert str(element.attrib["src"]).startswith("/static/")
            assert not (element.text or "").strip()
        for name, value in element.attrib.items():
            assert not str(name).startswith("on"), (element.tag, name)
            if name in ("href", "src", "action", "srcset", "data", "formaction"):
                assert re.match(r"/|#|\?|https?://|data:image/png;base64,", value), value
            if name in ("src", "action", "data-map", "data-script", "data-style"):
                assert value.startswith(("/", "data:image/png")), value


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_inert(site: Site, path: str) -> None:
    page = ask(site, path)

    assert page.status == (404 if "nothing" in path else 200)
    assert_inert(page)


def test_the_harm_is_there_to_be_seen(site: Site) -> None:
    seen = "".join(ask(site, f"{slug}/brief").text for slug in one_of_each(site))
    for text in ("&lt;script&gt;alert(1)", "{{ 7*7 }}", "javascript:alert(4)", "=cmd|"):
        assert text in seen, text


@pytest.mark.parametrize("ending", ["ttl", "jsonld", "nt"])
@pytest.mark.parametrize("slug", ["/id/organization-blue-lantern-office", "/id/state-westmark"])
def test_linked_data_say_the_names_as_they_are(site: Site, slug: str, ending: str) -> None:
    formats = {"ttl": "TURTLE", "jsonld": "JSON_LD", "nt": "N_TRIPLES"}
    page = ask(site, f"{slug}.{ending}")
    subject = ox.NamedNode(COPD + slug.removeprefix("/id/"))
    wanted = {one.value for one in site.graph.store.objects(subject.value, SKOS + "prefLabel")}

    triples = list(ox.parse(page.body, format=getattr(ox.RdfFormat, formats[ending])))
    found = {
        one.object.value
        for one in triples
        if one.subject == subject and one.predicate.value == SKOS + "prefLabel"
    }
    assert found == wanted


@pytest.mark.parametrize("path", ["/map.json?network=all", "/search.json?q=blue"])
def test_json_for_the_page_is_json(site: Site, path: str) -> None:
    assert json.loads(ask(site, path).body)


@pytest.mark.parametrize(
    "path", ["/world.svg", "/timeline.svg", "/matrix.svg", f"{OFFICE}/map.svg"]
)
def test_pictures_are_well_formed_and_inert(site: Site, path: str) -> None:
    page = ask(site, path)
    root = ET.fromstring(page.body)

    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert not tags & {"script", "foreignObject", "a", "image", "use", "style", "animate", "set"}
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]


QUESTIONS = ["partnerships", "things", "remarks", "organizations", "planned", "structure"]


def answers(site: Site, ending: str) -> Iterator[Page]:
    for name in QUESTIONS:
        given = {"things": "?class=State", "structure": "?report=report-alpha-1"}.get(name, "")
        page = ask(site, f"/questions/{name}.{ending}{given}")
        if page.status == 200:
            yield page


def starts_formula(cell: str) -> bool:
    is_number = re.fullmatch(r"[+-]?\d+(\.\d+)?", cell) is not None
    return cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number


def test_no_cell_of_a_table_starts_a_formula(site: Site) -> None:
    found = 0
    for page in answers(site, "csv"):
        for row in csv.reader(io.StringIO(page.body.decode("utf-8-sig"), newline="")):
            assert not [cell for cell in row if starts_formula(cell)]
            found += 1
    assert found > 20


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(site: Site) -> None:
    found = 0
    for page in answers(site, "xlsx"):
        with zipfile.ZipFile(io.BytesIO(page.body)) as book:
            for name in book.namelist():
                if name.endswith((".xml", ".rels")):
                    root = ET.fromstring(book.read(name))
                    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
                    assert not tags & {"f", "hyperlink", "oleObject"}, name
            assert not [name for name in book.namelist() if "external" in name.lower()]
            found += 1
    assert found >= 4


def everything(site: Site) -> list[str]:
    """Give the addresses of the pages of all things and themes."""
    store = site.graph.store
    ours = {iri for name in ("Thing", "Theme") for iri in store.instances(COP + name)}
    return sorted(f"/id/{iri.removeprefix(COPD).removeprefix(COP)}" for iri in ours)


def one_of_each(site: Site) -> list[str]:
    """Give the address of one thing for each way to mean harm."""
    found: dict[str, str] = {}
    for slug in everything(site):
        name = slug.removeprefix("/id/")
        iri = (COPD if site.graph.store.holds(COPD + name) else COP) + name
        label = site.graph.store.value(iri, SKOS + "prefLabel") or ""
        for harm in HOSTILE:
            if harm in label:
                found.setdefault(harm, slug)
    assert set(found) == set(HOSTILE)
    return sorted(set(found.values()))


@pytest.mark.parametrize("ending", sorted(BRIEF_TYPES))
def test_briefs_hold_the_harm_as_text(site: Site, ending: str) -> None:
    looks = {"html": assert_inert, "docx": look_at_docx, "pdf": look_at_pdf, "md": look_at_markdown}
    for slug in one_of_each(site):
        page = ask(site, f"{slug}/brief.{ending}")
        assert page.status == 200, slug
        looks[ending](page)


def look_at_docx(page: Page) -> None:
    document = Document(io.BytesIO(page.body))
    assert len(document.paragraphs) > 2
    with zipfile.ZipFile(io.BytesIO(page.body)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                assert not NO_XML.search(parts.read(name).decode("utf-8"))
        assert b"other.example" not in parts.read("word/_rels/document.xml.rels")


def look_at_pdf(page: Page) -> None:
    reader = PdfReader(io.BytesIO(page.body))
    assert "Searched" in "".join(one.extract_text() for one in reader.pages)
    assert [one for one in reader.pages if "/Annots" in one] == []
    assert b"/JavaScript" not in page.body


def look_at_markdown(page: Page) -> None:
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page.text)
    tags = set(re.findall(r"<([a-zA-Z0-9]+)", shown))
    assert tags <= {"h1", "h2", "p", "ul", "li", "code"}, page.text
    assert shown.count("<h1>") == 1
    assert not re.search(r"<li>\s*<[uo]l>", shown), page.text
    assert not re.search(r"://other|www\.other", page.text), page.text
    assert shown.count("<code>") == 1, page.text


def test_pages_of_all_things_are_inert(site: Site) -> None:
    for slug in everything(site):
        for path in (slug, f"{slug}/map"):
            page = ask(site, path)
            assert page.status in (200, 404)
            assert_inert(page)


@pytest.mark.parametrize("format", NETWORK_FORMATS)
def test_files_of_networks_are_read_again(site: Site, format: str, tmp_path: Path) -> None:
    network = site.graph.network("partnership")
    path = tmp_path / f"network.{format}"
    network.write(path)
    back = nx.read_gexf(path) if format == "gexf" else nx.read_graphml(path)

    assert set(back) == set(network.graph)
