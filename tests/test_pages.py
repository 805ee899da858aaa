"""Pages: every address answers, every line leads to its words, plans never stand among facts."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import html5lib
import pyoxigraph as ox
import pytest

from cop_graph.dataset import Source, find_source
from cop_graph.exports import answer_json
from cop_graph.graph import Graph
from cop_graph.namespaces import COP, COPD, compact
from cop_graph.networks import LIMITS_NOTE
from cop_graph.questions import list_questions
from cop_graph.store import memory_store
from cop_graph.web.layout import _KEPT
from cop_graph.web.pages import Page, PageRequest, Site, render, static_address, static_file, warm

OFFICE = "/id/organization-blue-lantern-office"
CLAIM = "/id/claim-alpha-1-3-1-004"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"' {{ 7*7 }} </title>"
PATHS = [
    "/",
    "/search",
    "/search?q=kite",
    "/search?q=kiet+wokrs",
    "/search?kind=State",
    "/search.json?q=kite",
    "/about",
    "/ontology",
    "/ontology/State",
    "/ontology/partnersWith",
    "/ontology/theme-helpline",
    OFFICE,
    "/id/state-eastmark",
    "/id/event-alpha-forum-1",
    "/id/report-alpha-1",
    CLAIM,
    f"{CLAIM}?part=drawer",
    "/id/paragraph-alpha-1-3-1",
    "/id/paragraph-alpha-1-1",
    "/report/alpha-1",
    "/report/alpha-1?claims=all",
    "/questions",
    "/questions/partners-of",
    "/questions/partners-of?actor=KW",
    "/questions/planned",
    "/questions/theme-counts?sort=theme&order=descending",
    "/compare",
    "/compare?a=Westmark&b=Eastmark",
    f"{OFFICE}/brief",
    f"{OFFICE}/map",
    "/sparql",
    "/sparql?example=helplines",
    "/connect",
    "/connect?a=KW&b=Westmark",
    "/timeline",
    "/matrix",
    "/matrix?theme=helplines+and+hotlines",
    "/world",
    "/map",
    "/map?network=themes&focus=theme-helpline",
    "/map?network=all&view=table",
    "/map?focus=KW",
]


def ask(site: Site, address: str, accept: str = "text/html") -> Page:
    parts = urlsplit(address)
    query = dict(re.findall(r"([^&=]+)=([^&]*)", parts.query.replace("+", " ")))
    return render(site, PageRequest(parts.path, query, accept))


@pytest.fixture(scope="module")
def site(small_graph: Graph) -> Site:
    return Site(small_graph, show_report_text=True, base_url="http://127.0.0.1:8000/")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, small_source: Source) -> Site:
    """The invented graph in which names, descriptions and remarks try to become markup."""
    data = tmp_path_factory.mktemp("hostile") / "data"
    shutil.copytree(small_source.data, data)
    text = json.dumps(HOSTILE, ensure_ascii=False)[:-1]
    for path in data.rglob("*.ttl"):
        old = path.read_text(encoding="utf-8")
        new = re.sub(
            r'((?:prefLabel|altLabel|description|anchor) )"', rf"\1{re.escape('')}{{}}", old
        )
        path.write_text(new.replace("{}", text + " "), encoding="utf-8")
    source = find_source(data)
    return Site(Graph(memory_store(source), source), base_url="")


class Reader(HTMLParser):
    """Collects elements with their attributes, and the text of each section."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def tree(page: Page):
    return html5lib.parse(page.text, namespaceHTMLElements=False)


@pytest.mark.parametrize("path", PATHS)
def test_page_answers_with_its_policy(site: Site, path: str) -> None:
    page = ask(site, path)

    assert page.status == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", [path for path in PATHS if ".json" not in path])
def test_page_is_well_formed_and_has_nothing_inline(site: Site, path: str) -> None:
    page = ask(site, path)
    parser = html5lib.HTMLParser(strict="part=drawer" not in path)
    parser.parse(page.text)
    reader = Reader(page)

    assert [a for a in reader.all("script") if "src" not in a] == []
    assert reader.all("style") == []
    for tag, attributes in reader.elements:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}, tag
    identifiers = [a["id"] for _, a in reader.elements if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    if "part=drawer" not in path:
        assert page.text.count("<h1") == 1
        assert "Searched:" in page.text
        assert site.graph.version in page.text


@pytest.mark.parametrize("path", [path for path in PATHS if ".json" not in path])
def test_every_link_of_ours_leads_somewhere_and_no_request_leaves(site: Site, path: str) -> None:
    reader = Reader(ask(site, path))
    loaded = [a.get("src") for tag in ("script", "img") for a in reader.all(tag)]
    loaded += [a.get("href") for a in reader.all("link")]
    assert [one for one in loaded if one is None or not one.startswith("/")] == []

    for address in sorted({str(a["href"]) for a in reader.all("a") if "href" in a}):
        if address.startswith("/") and "brief." not in address:
            assert ask(site, address).status == 200, address


def test_plans_never_stand_among_the_facts(site: Site) -> None:
    store = site.graph.store
    asserting = {one for one, value in store.pairs(COP + "asserts") if value == "true"}
    seen = 0
    for class_name in ("Thing", "Concept"):
        for iri in sorted(store.instances(COP + class_name)):
            local = iri.rpartition("#")[2] if iri.startswith(COP) else iri.removeprefix(COPD)
            page = ask(site, f"/{'ontology' if iri.startswith(COP) else 'id'}/{local}")
            for section in tree(page).iter("section"):
                is_facts = section.get("class") == "facts"
                is_plans = section.get("class") == "plans"
                for link in section.iter("a"):
                    if not (is_facts or is_plans) or link.get("class") != "cite":
                        continue
                    claim = COPD + str(link.get("href")).removeprefix("/id/")
                    assert (store.value(claim, COP + "status") in asserting) == is_facts
                    seen += is_plans
    assert seen > 5


def test_home_counts_no_plan_among_the_ties(site: Site) -> None:
    pattern = r">([^<]+)</a> <span class=\"note\">(\d+) other actor"
    shown = dict(re.findall(pattern, ask(site, "/").text))
    others: dict[str, set[str]] = {}
    for row in site.graph.ask("partnership-ties"):
        if site.graph.store.value(row["status"].iri, COP + "asserts") == "true":
            ends = str(row["source"]), str(row["target"])
            for one, other in (ends, ends[::-1]):
                others.setdefault(one, set()).add(other)

    assert shown
    assert list(shown.values()) == sorted(shown.values(), key=int, reverse=True)
    assert shown == {name: str(len(others[name])) for name in shown}


def test_entity_that_too_many_claims_name_says_so_and_shows_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ask(site, OFFICE)
    cited = set(re.findall(r'href="(/id/(?:claim|remark)-[^"]+)"', whole.text))
    monkeypatch.setattr("cop_graph.web.entities.MOST_RECORDS", 3)
    cut = ask(site, OFFICE)
    found = re.search(r"(\d+) claims and remarks name it", cut.text)

    assert found
    assert int(found[1]) >= 3
    assert len(cited) > 3
    assert not re.search(r'href="/id/(?:claim|remark)-', cut.text)
    assert "claim nothing of it" not in cut.text
    assert "none is shown here" in cut.text
    assert "none is shown here" not in whole.text


def test_every_line_of_an_entity_leads_to_its_words(site: Site) -> None:
    lines = [
        one for one in tree(ask(site, OFFICE)).iter("li") if "line" in (one.get("class") or "")
    ]

    assert len(lines) >= 4
    for line in lines:
        cites = [a for a in line.iter("a") if a.get("class") == "cite"]
        assert cites
        assert all(ask(site, str(one.get("href"))).status == 200 for one in cites)


def test_claim_page_shows_sentence_words_status_and_voice(site: Site) -> None:
    page = tree(ask(site, CLAIM))
    marks = ["".join(mark.itertext()) for mark in page.iter("mark")]
    sentences = [
        "".join(one.itertext()) for one in page.iter("span") if one.get("class") == "sentence"
    ]
    text = "".join(page.itertext())

    assert marks == ["partnered with Kite Works"]
    assert len(sentences) == 2
    assert "Paragraph 3.1" in text
    assert "Done." in text
    assert "submitted by Westmark" in text


def test_whole_sentences_stay_away_unless_they_may_be_shown(small_graph: Graph) -> None:
    closed = Site(small_graph, show_report_text=False)

    for path in (CLAIM, "/id/paragraph-alpha-1-3-1", "/report/alpha-1?claims=all", OFFICE):
        text = ask(closed, path).text
        assert "on lessons for parents" not in text
        assert "asked platforms to answer reports" not in text
    assert "partnered with Kite Works" in ask(closed, CLAIM).text


def test_report_tells_what_has_no_claim_and_why(site: Site, small_copy: Path) -> None:
    (small_copy / "coverage").mkdir(exist_ok=True)
    (small_copy / "coverage" / "alpha-1.csv").write_text(
        "paragraph,sentence,reason\n1,1,heading\n4-2,1,general\n", encoding="utf-8"
    )
    source = find_source(small_copy)
    text = ask(Site(Graph(memory_store(source), source)), "/report/alpha-1").text

    assert "Sentence 1: a heading" in text
    assert "says nothing that could be noted" in text


@pytest.mark.parametrize(
    ("accept", "kind", "parse"),
    [
        ("text/turtle", "text/turtle; charset=utf-8", ox.RdfFormat.TURTLE),
        ("application/ld+json", "application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/n-triples", "application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("text/html;q=0.2, text/turtle;q=0.9", "text/turtle; charset=utf-8", ox.RdfFormat.TURTLE),
        ("application/xhtml+xml, */*;q=0.1", "text/html; charset=utf-8", None),
        ("*/*", "text/html; charset=utf-8", None),
        ("", "text/html; charset=utf-8", None),
    ],
)
@pytest.mark.parametrize(
    "path", [OFFICE, CLAIM, "/id/paragraph-alpha-1-3-1", "/ontology/theme-helpline"]
)
def test_content_is_negotiated(site: Site, path: str, accept: str, kind: str, parse) -> None:
    page = ask(site, path, accept)

    assert (page.status, page.content_type) == (200, kind)
    if parse is not None:
        subjects = {str(quad.subject) for quad in ox.parse(page.body, format=parse)}
        base = COP if path.startswith("/ontology") else COPD
        assert f"<{base}{path.rpartition('/')[2]}>" in subjects


def test_pages_that_are_negotiated_say_so(site: Site) -> None:
    for path in (OFFICE, CLAIM):
        assert ask(site, path).headers["Vary"] == "Accept"
        assert ask(site, path, "text/turtle").headers["Vary"] == "Accept"


def test_an_ending_wins_over_what_is_accepted(site: Site) -> None:
    assert ask(site, f"{OFFICE}.nt").content_type == "application/n-triples"
    assert ask(site, f"{OFFICE}.html", "text/turtle").content_type.startswith("text/html")


@pytest.mark.parametrize(
    "name",
    [
        one.name
        for one in list_questions(Path(__file__).resolve().parent.parent / "queries")
        if not any(parameter.is_required for parameter in one.parameters)
    ],
)
def test_answer_of_a_page_has_the_rows_of_ask(site: Site, name: str) -> None:
    answer = site.graph.ask(name)
    page = ask(site, f"/questions/{name}")
    bodies = list(tree(page).iter("tbody"))
    rows = [row for body in bodies for row in body.iter("tr")]

    assert page.status == 200
    assert len(rows) == len(answer)
    assert ask(site, f"/questions/{name}.json").text == answer_json(answer)
    for row, cells in zip(
        rows,
        [] if any("plan" in (t.get("class") or "") for t in tree(page).iter("table")) else answer,
        strict=False,
    ):
        cites = [a for a in row.iter("a") if a.get("class") == "cite"]
        assert len(cites) == len(cells["claims"])


def test_question_with_its_parameter_gives_the_rows_of_ask(site: Site) -> None:
    page = ask(site, "/questions/partners-of?actor=KW")
    answer = site.graph.ask("partners-of", actor="KW")
    text = page.text

    assert f"{len(answer)} row" in text
    for row in answer:
        assert str(row["partner"]) in text
        for claim in row["claims"]:
            assert f'href="/id/{claim.removeprefix(COPD)}"' in text
    assert "actor=organization-kite-works" in text
    assert "SELECT ?partner" in text
    assert 'value="Kite Works"' in text


def test_plans_stand_in_a_table_of_their_own(site: Site) -> None:
    page = tree(ask(site, "/questions/planned"))
    tables = [table.get("class") for table in page.iter("table")]

    assert tables == ["answer plan"]


def test_sorting_is_a_link_and_works(site: Site) -> None:
    def first_column(order: str) -> list[str]:
        page = tree(ask(site, f"/questions/entities?class=State&sort=thing{order}"))
        rows = [row for body in page.iter("tbody") for row in body.iter("tr")]
        return ["".join(next(row.iter("td")).itertext()) for row in rows]

    assert first_column("") == ["Eastmark", "Westmark"]
    assert first_column("&order=descending") == ["Westmark", "Eastmark"]


def test_empty_answer_names_its_scope(site: Site) -> None:
    text = ask(site, "/questions/partners-of?actor=Eastmark").text

    assert "The reports do not say" in text
    assert "That is not to say that there is nothing" in text


def test_downloads_hold_the_rows_and_no_formula(site: Site) -> None:
    csv = ask(site, "/questions/partners-of.csv?actor=KW")
    xlsx = ask(site, "/questions/partners-of.xlsx?actor=KW")
    sparql = ask(site, "/questions/partners-of.rq?actor=KW")

    assert "Blue Lantern Office" in csv.text
    with zipfile.ZipFile(io.BytesIO(xlsx.body)) as book:
        assert "Blue Lantern Office" in book.read("xl/sharedStrings.xml").decode()
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert site.graph.store.query(sparql.text) is not None
    assert 'filename="partners-of.xlsx"' in xlsx.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/id/organization-blue-lantern", 404, "Blue Lantern Office"),
        ("/id/claim-nothing", 404, "Nothing is here"),
        ("/id/paragraph-nothing", 404, "Nothing is here"),
        ("/id/nothing/brief", 404, "Nothing is here"),
        ("/report/nothing", 404, "Nothing is here"),
        ("/ontology/nothing", 404, "Nothing is here"),
        ("/questions/partner-of", 404, "Who are the partners of an actor"),
        ("/questions/partners-of?actor=Kite+Wroks", 404, "Kite Works"),
        ("/questions/partners-of?nobody=x", 400, "no parameter"),
        ("/questions/planned?from=soon", 400, "a year, a month or a day"),
        ("/questions/partners-of.json", 400, "needs actor"),
        ("/compare?a=Westmark&b=Nowhereland", 404, "Nowhereland"),
        ("/compare?a=Westmark&b=Westmark", 404, "two or three different"),
        ("/connect?a=KW&b=Westmrk", 404, "Westmark"),
        ("/connect?a=KW&b=Kite+Works", 404, "name two things"),
        ("/static/nothing.css", 404, "Nothing is here"),
        ("/a/b/c", 404, "Nothing is here"),
    ],
)
def test_what_is_not_there_is_told_with_what_may_be_meant(site, path, status, words) -> None:
    page = ask(site, path)

    assert page.status == status
    assert words in page.text
    assert "Traceback" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/id/<script>alert(1)</script>",
        "/id/%3Cscript%3Ealert(1)%3C/script%3E",
        "/search?q=<script>alert(1)</script>&kind=<b>",
        "/questions/partners-of?actor=<script>alert(1)</script>",
        "/questions/<script>",
        "/compare?a=<script>&b=<script>",
        "/id/claim-\u0000\uffff",
        "/id/claim- x>y",
        "/ontology/a b<>",
        "/report/../../etc/passwd",
        "/static/../pages.py",
        "/id/" + "x" * 4000,
    ],
)
def test_hostile_addresses_are_inert(site: Site, path: str) -> None:
    page = ask(site, path)

    assert page.status in (200, 400, 404)
    assert "<script>" not in page.text
    assert "root:" not in page.text


@pytest.mark.parametrize("path", PATHS)
def test_hostile_names_are_inert(hostile: Site, path: str) -> None:
    path = path.replace("a=KW&b=Westmark", "a=organization-kite-works&b=state-westmark")
    path = path.replace("actor=KW", "actor=organization-kite-works")
    path = path.replace("focus=KW", "focus=organization-kite-works")
    path = path.replace("a=Westmark&b=Eastmark", "a=state-westmark&b=state-eastmark")
    page = ask(hostile, path)

    assert page.status == 200
    if not path.startswith("/search.json"):
        reader = Reader(page)
        assert [a for a in reader.all("script") if "src" not in a] == []
        assert [a for a in reader.all("img") if not str(a["src"]).startswith("/id/")] == []
        assert "&#39; 49 " not in page.text
    if path == OFFICE:
        assert "&lt;script&gt;alert(1)" in page.text


def test_links_keep_the_path_under_which_the_pages_stand(small_graph: Graph) -> None:
    page = ask(Site(small_graph, base_url="https://example.org/cop/"), OFFICE)
    reader = Reader(page)
    inner = [str(a["href"]) for a in reader.all("a") if str(a.get("href", "")).startswith("/")]

    assert inner
    assert [one for one in inner if not one.startswith("/cop/")] == []


def test_static_files_are_kept_for_good_under_their_fingerprint() -> None:
    address = static_address("pages.css")
    assert address is not None

    page = static_file(address)
    assert page is not None
    assert page.content_type == "text/css; charset=utf-8"
    assert "immutable" in page.headers["Cache-Control"]
    plain = static_file("/static/pages.css")
    assert plain is not None
    assert plain.headers["Cache-Control"] == "no-cache"
    assert static_file("/static/pages-000000000000.css") is None


def test_warming_makes_what_all_pages_share(small_copy: Path) -> None:
    source = find_source(small_copy)
    site = Site(Graph(memory_store(source), source))
    warm(site)

    assert site.graph.store in _KEPT
    assert _KEPT[site.graph.store].home is not None


def test_search_as_one_types_gives_names_and_addresses(site: Site) -> None:
    found = json.loads(ask(site, "/search.json?q=blo").text)

    assert found["hits"][0] == {
        "label": "Blue Lantern Office",
        "otherName": "BLO",
        "kind": "regulator",
        "curie": "copd:organization-blue-lantern-office",
        "address": OFFICE,
    }


# The network.


def ties_in(page: Page) -> set[tuple[str, str, str]]:
    rows = html5lib.parse(page.text, namespaceHTMLElements=False).findall(".//tbody/tr")
    return {tuple("".join(cell.itertext()) for cell in row.findall("td")[:3]) for row in rows}  # type: ignore[misc]


@pytest.mark.parametrize(
    "name", ["partnership", "co-participation", "support", "themes", "all", "participation"]
)
def test_map_has_the_ties_of_the_network_and_the_table_the_same(site: Site, name: str) -> None:
    network = site.graph.network(name)
    table = ask(site, f"/map?network={name}")
    payload = json.loads(ask(site, f"/map.json?network={name}").body)

    labels = [node["label"] for node in payload["nodes"]]
    drawn = {
        (
            labels[edge["source"]],
            payload["relations"][edge["relation"]]["name"],
            labels[edge["target"]],
        )
        for edge in payload["edges"]
    }
    assert len(payload["edges"]) == network.graph.number_of_edges() > 0
    assert drawn == ties_in(table)
    assert {claim for edge in payload["edges"] for claim in edge["claims"]} == {
        claim for *_, edge in network.graph.edges(data=True) for claim in edge["claims"].split()
    }
    assert LIMITS_NOTE in payload["notes"]
    assert LIMITS_NOTE in html5lib_text(table)


def html5lib_text(page: Page) -> str:
    return "".join(html5lib.parse(page.text, namespaceHTMLElements=False).itertext())


def test_map_around_one_thing_has_its_ties_and_those_between_its_neighbours(site: Site) -> None:
    whole = ties_in(ask(site, "/map"))
    near = ties_in(ask(site, "/map?focus=KW"))
    name = "Kite Works"
    neighbours = {end for tie in whole if name in (tie[0], tie[2]) for end in (tie[0], tie[2])}

    assert neighbours
    assert near == {tie for tie in whole if {tie[0], tie[2]} <= neighbours}
    assert near < whole


@pytest.mark.parametrize(
    ("address", "code"),
    [("/map?network=nothing", 400), ("/map.json?network=nothing", 400), ("/map?focus=nobody", 404)],
)
def test_map_that_cannot_be_says_so(site: Site, address: str, code: int) -> None:
    assert ask(site, address).status == code


def test_map_of_nothing_says_what_that_means(site: Site) -> None:
    page = ask(site, "/map?focus=theme-helpline&network=support")

    assert page.status == 200
    assert "That is not to say that there is none" in page.text


def test_rows_that_are_ties_are_drawn_and_others_are_not(site: Site) -> None:
    page = ask(site, "/questions/partners-of?actor=KW")
    answer = site.graph.ask("partners-of", actor="KW")
    drawn = json.loads(ask(site, "/questions/partners-of.map?actor=KW").body)

    assert "data-map-below" in page.text
    labels = {node["label"] for node in drawn["nodes"]}
    assert labels == {"Kite Works", *(str(row["partner"]) for row in answer)}
    claims = {claim for edge in drawn["edges"] for claim in edge["claims"]}
    assert claims == {compact(claim) for row in answer for claim in row["claims"]}
    for name in ("theme-counts", "untied-pairs", "remarks", "tie-counts"):
        assert "data-map-below" not in ask(site, f"/questions/{name}").text
        assert ask(site, f"/questions/{name}.map").status == 404


@pytest.mark.parametrize("ending", ["csv", "xlsx", "rq", "map"])
def test_an_empty_name_in_the_address_of_a_file_is_a_name_of_nothing(site, ending: str) -> None:
    assert ask(site, f"/questions/partnerships.{ending}").status == 200
    assert ask(site, f"/questions/partners-of.{ending}?actor=").status == 404
    assert ask(site, f"/questions/helplines.{ending}?state=").status == 404
    assert ask(site, "/questions/helplines?state=").status == 200


def test_plans_of_a_question_are_no_facts_on_its_map(site: Site) -> None:
    drawn = json.loads(ask(site, "/questions/planned.map").body)

    assert drawn["edges"]
    assert not any(status["asserts"] for status in drawn["statuses"])


@pytest.mark.parametrize("path", ["/world", "/timeline", "/matrix"])
def test_rows_and_marks_of_a_picture_name_the_same_facts(site: Site, path: str) -> None:
    reader = Reader(ask(site, path))
    rows = [tag["data-fact"] for tag in reader.all("tr") if "data-fact" in tag]
    marks = {tag["data-fact"] for tag in reader.all("g") if "data-fact" in tag}

    assert rows
    assert len(rows) == len(set(rows))
    assert marks <= set(rows)
    if path == "/matrix":  # the invented states have no place in the world
        assert marks
        names = {tag["data-thing"] for tag in reader.all("g") if "data-thing" in tag}
        assert "copd:organization-kite-works" in names
        assert any(str(name).startswith("cop:theme-") for name in names)


def test_pictures_are_linked_with_one_another(site: Site) -> None:
    for path in ("/world", "/timeline", "/matrix", "/map"):
        links = [tag["href"] for tag in Reader(ask(site, path)).all("a") if "data-linked" in tag]
        others = {"/world", "/timeline", "/matrix", "/map"} - {path}
        assert others <= {str(link).partition("?")[0] for link in links}


# What is chosen.


def meaning(site: Site, query: str) -> dict[str, object]:
    page = ask(site, f"/selection.json?{query}")
    assert (page.status, page.content_type) == (200, "application/json; charset=utf-8")
    found: dict[str, object] = json.loads(page.body)
    return found


def records_of(site: Site, thing: str) -> set[str]:
    rows = site.graph.ask("records-of", thing=thing)
    return {compact(claim) for row in rows for claim in row["claims"]}  # type: ignore[union-attr]


def test_all_that_names_a_thing_belongs_to_it(site: Site) -> None:
    found = meaning(site, "actor=copd:organization-blue-lantern-office")
    asked = {
        compact(claim)
        for name in ("claims-about", "remarks-about")
        for row in site.graph.ask(name, thing="Blue Lantern Office")
        for claim in row["claims"]
    }

    assert set(found["claims"]) == records_of(site, "Blue Lantern Office") == asked  # type: ignore[call-overload]
    assert (found["words"], found["kind"]) == ("Blue Lantern Office", "regulator")
    assert found["address"] == OFFICE


def test_what_is_on_a_narrower_theme_belongs_to_the_theme(site: Site) -> None:
    narrow = set(meaning(site, "actor=cop:theme-helpline")["claims"])  # type: ignore[call-overload]
    wide = set(meaning(site, "actor=cop:theme-organizational")["claims"])  # type: ignore[call-overload]

    assert not site.graph.ask("claims-about", thing="organizational structures").rows
    assert narrow
    assert narrow <= wide


def test_chosen_claims_are_told_in_words_and_a_plan_is_no_fact(site: Site) -> None:
    one = meaning(site, f"claims={CLAIM.removeprefix('/id/')}")
    assert "artners with Kite Works" in str(one["words"])
    assert one["doubt"] == ""
    assert one["claims"] == [f"copd:{CLAIM.removeprefix('/id/')}"]
    labels = [thing["label"] for thing in one["things"]]  # type: ignore[attr-defined]
    assert labels[0] == "Blue Lantern Office"

    plan = next(claim for row in site.graph.ask("planned") for claim in row["claims"])
    name = plan.removeprefix(COPD)
    assert "not a fact" in str(meaning(site, f"claims={name}")["doubt"])
    both = meaning(site, f"claims={name},{CLAIM.removeprefix('/id/')}")
    assert both["doubt"] == "1 of them not a fact"
    assert str(both["words"]).startswith("2 claims")

    lacking = meaning(site, f"claims={name},claim-of-another-edition")
    assert str(lacking["words"]).endswith("(1 more that the address names is not in here)")
    assert lacking["claims"] == [f"copd:{name}"]


def test_chosen_years_are_the_rows_of_the_timeline(site: Site) -> None:
    rows = site.graph.ask("timeline")
    years = sorted({str(row["start"] or row["end"])[:4] for row in rows})
    found = meaning(site, f"years={years[0]}-{years[-1]}")

    assert set(found["claims"]) == {compact(claim) for row in rows for claim in row["claims"]}  # type: ignore[call-overload]
    assert meaning(site, f"years={years[0]}-{years[0]}")["words"] == f"Dated {years[0]}"


@pytest.mark.parametrize(
    "query",
    ["", "actor=nobody", "actor=copd:nobody", "actor=foaf:x", "claims=claim-nothing", "years=soon",
     "years=2025-2024", "claims=../../etc", "actor=copd:<script>", "claims=" + "x," * 5000],
)  # fmt: skip
def test_what_cannot_be_chosen_is_not_found(site: Site, query: str) -> None:
    page = ask(site, f"/selection.json?{query}")

    assert page.status == 404
    assert "<script>" not in page.text


def test_a_record_says_what_a_dropped_report_is_compared_with(site: Site, small_graph) -> None:
    store = small_graph.store
    record, occurrence = next(iter(store.pairs(COP + "occurrence")))
    paragraph = store.value(record, COP + "paragraph")
    page = ask(Site(small_graph), f"/id/{record.removeprefix(COPD)}")
    article = Reader(page).all("article")[0]

    assert article["data-occurrence"] == occurrence
    assert article["data-hash"] == store.value(paragraph, COP + "textHash")


# The way to the words.


def evidence_links(element) -> list[str]:
    return [
        str(one.get("href"))
        for one in element.iter("a")
        if one.get("data-evidence") is not None and one.get("href")
    ]


@pytest.mark.parametrize(
    "path",
    [
        OFFICE,
        "/ontology/theme-helpline",
        "/id/paragraph-alpha-1-3-1",
        "/report/alpha-1?claims=all",
        "/questions/partners-of?actor=KW",
        "/questions/planned",
        "/questions/remarks",
        "/compare?a=Westmark&b=Eastmark",
        "/connect?a=KW&b=Westmark",
        f"{OFFICE}/map",
        "/timeline",
        "/matrix",
        "/map?network=all&view=table",
        "/map",
    ],
)
def test_every_line_and_row_has_its_evidence_behind_a_plain_link(site: Site, path: str) -> None:
    """By mouse, by keyboard and without scripts: a link that leads to a page."""
    page = tree(ask(site, path))
    lines = [one for one in page.iter("li") if "line" in str(one.get("class")).split()]
    rows = [one for body in page.iter("tbody") for one in body.iter("tr")]
    if path.startswith("/compare"):
        rows = []
        lines = [one for cell in page.iter("td") for one in cell.iter("li")]

    assert lines or rows
    for one in (*lines, *rows):
        links = evidence_links(one)
        assert links, "".join(one.itertext())
        assert all(re.fullmatch(r"/id/(claim|remark)-[\w.-]+", link) for link in links)


def test_evidence_says_paragraph_words_firmness_and_voice(site: Site) -> None:
    store = site.graph.store
    for kind in ("Claim", "Remark"):
        for record in store.instances(COP + kind):
            page = tree(ask(site, f"/id/{record.removeprefix(COPD)}?part=drawer"))
            terms = ["".join(one.itertext()) for one in page.iter("dt")]
            told = ["".join(one.itertext()).strip() for one in page.iter("dd")]
            marks = ["".join(one.itertext()) for one in page.iter("mark")]

            assert terms[:3] == ["Where", "How firmly", "Who says so"]
            assert all(told)
            assert told[0].startswith("Paragraph ")
            assert marks


def test_every_number_in_a_brief_leads_to_claims_and_every_quotation_to_its_own(site: Site) -> None:
    page = tree(ask(site, f"{OFFICE}/brief"))
    numbers = [one for sup in page.iter("sup") for one in sup.iter("a")]
    sources = {one.get("id"): one for one in page.iter("li") if one.get("id")}

    assert numbers
    for one in numbers:
        assert one.get("href", "#").removeprefix("#") in sources
        for claim in str(one.get("data-claims")).split():
            assert ask(site, f"/id/{claim.removeprefix('copd:')}").status == 200
    for source in sources.values():
        for link in source.iter("a"):
            if link.get("data-evidence") is not None:
                quoted = "".join(link.itertext()).strip("«»")
                assert quoted in html5lib_text(ask(site, str(link.get("href"))))
