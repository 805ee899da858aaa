"""No query leaves the graph: every way out is refused, and what only looks like one is allowed."""

from __future__ import annotations

import contextlib

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cop_graph.errors import QueryRefusedError, QuerySyntaxError
from cop_graph.guard import (
    Token,
    check_query,
    check_update,
    explain,
    iter_tokens,
    line_and_column,
    resolve_escapes,
)
from cop_graph.namespaces import COPD, PREFIXES

OURS = {COPD + "report-alpha-1", COPD + "report-beta-1", COPD + "report-service-1"}
OUT = "<http://127.0.0.1:9/sparql>"
FILE = "<file:///etc/passwd>"
GROUP = "{ ?s ?p ?o }"
EX = "PREFIX ex: <http://127.0.0.1:9/> PREFIX : <http://127.0.0.1:9/> "
BACKSLASH = "\\"

WAYS_OUT = {
    # A call in every place where a pattern may stand.
    "service": f"SELECT * {{ SERVICE {OUT} {GROUP} }}",
    "service-https": f"SELECT * {{ SERVICE <https://example.org/sparql> {GROUP} }}",
    "service-file": f"SELECT * {{ SERVICE {FILE} {GROUP} }}",
    "service-relative": f"SELECT * {{ SERVICE <sparql> {GROUP} }}",
    "service-our-graph": f"SELECT * {{ SERVICE copd:report-alpha-1 {GROUP} }}",
    "service-silent": f"SELECT * {{ SERVICE SILENT {OUT} {GROUP} }}",
    "service-variable": f"SELECT * {{ ?s ?p ?where . SERVICE ?where {GROUP} }}",
    "service-dollar-variable": f"SELECT * {{ ?s ?p $w . SERVICE $w {GROUP} }}",
    "service-silent-variable": f"SELECT * {{ ?s ?p ?w . SERVICE SILENT ?w {GROUP} }}",
    "service-prefixed": f"{EX}SELECT * {{ SERVICE ex:sparql {GROUP} }}",
    "service-empty-prefix": f"{EX}SELECT * {{ SERVICE :sparql {GROUP} }}",
    "service-bare-prefix": f"{EX}SELECT * {{ SERVICE ex: {GROUP} }}",
    "service-of-base": f"BASE <http://127.0.0.1:9/> SELECT * {{ SERVICE <a> {GROUP} }}",
    "service-in-ask": f"ASK {{ SERVICE {OUT} {GROUP} }}",
    "service-in-construct": f"CONSTRUCT {GROUP} WHERE {{ SERVICE {OUT} {GROUP} }}",
    "service-in-describe": f"DESCRIBE ?s WHERE {{ SERVICE {OUT} {GROUP} }}",
    "service-in-optional": f"SELECT * {{ ?s ?p ?o OPTIONAL {{ SERVICE {OUT} {GROUP} }} }}",
    "service-in-union": f"SELECT * {{ {GROUP} UNION {{ SERVICE {OUT} {GROUP} }} }}",
    "service-in-minus": f"SELECT * {{ ?s ?p ?o MINUS {{ SERVICE {OUT} {GROUP} }} }}",
    "service-in-graph": f"SELECT * {{ GRAPH ?g {{ SERVICE {OUT} {GROUP} }} }}",
    "service-in-lateral": f"SELECT * {{ ?s ?p ?o LATERAL {{ SERVICE {OUT} {GROUP} }} }}",
    "service-in-exists": f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ SERVICE {OUT} {GROUP} }} }}",
    "service-in-not-exists": f"ASK {{ ?s ?p ?o FILTER NOT EXISTS {{ SERVICE {OUT} {GROUP} }} }}",
    "service-in-nested-exists": (
        f"ASK {{ FILTER(1 = 1 && EXISTS {{ FILTER EXISTS {{ SERVICE {OUT} {GROUP} }} }}) }}"
    ),
    "service-in-bind-exists": f"ASK {{ BIND(EXISTS {{ SERVICE {OUT} {GROUP} }} AS ?b) }}",
    "service-in-projection": f"SELECT (EXISTS {{ SERVICE {OUT} {GROUP} }} AS ?b) {{}}",
    "service-in-having": f"SELECT ?s {GROUP} GROUP BY ?s HAVING(EXISTS {{ SERVICE {OUT} {{}} }})",
    "service-in-order-by": f"SELECT * {GROUP} ORDER BY (EXISTS {{ SERVICE {OUT} {{}} }})",
    "service-in-if": f"SELECT (IF(EXISTS {{ SERVICE {OUT} {{}} }}, 1, 2) AS ?b) {{}}",
    "service-in-sub-select": f"SELECT * {{ {{ SELECT * {{ SERVICE {OUT} {GROUP} }} }} }}",
    "service-in-deep-sub-select": (
        f"ASK {{ {{ SELECT * {{ {{ SELECT ?s {{ SERVICE {OUT} {GROUP} }} }} }} }} }}"
    ),
    "service-in-service": f"ASK {{ SERVICE {OUT} {{ SERVICE {OUT} {GROUP} }} }}",
    "service-after-values": f"SELECT * {{ VALUES ?w {{ {OUT} }} SERVICE ?w {GROUP} }}",
    "service-before-values": f"SELECT * {{ SERVICE ?w {GROUP} }} VALUES ?w {{ {OUT} }}",
    "service-after-bind": f"SELECT * {{ BIND({OUT} AS ?w) SERVICE ?w {GROUP} }}",
    "service-after-path": f"ASK {{ ?s !(a|^a)/(rdfs:label?)*+ ?o . SERVICE {OUT} {GROUP} }}",
    # However it is written.
    "lower-case": f"select * {{ service {OUT} {GROUP} }}",
    "mixed-case": f"SELECT * {{ sErViCe {OUT} {GROUP} }}",
    "mixed-case-silent": f"SELECT * {{ SeRvIcE sIlEnT {OUT} {GROUP} }}",
    "long-s": f"SELECT * {{ ſERVICE {OUT} {GROUP} }}",
    "no-space": f"SELECT*{{SERVICE{OUT}{{}}}}",
    "line-ends": f"SELECT *\r\n{{\tSERVICE\n\n{OUT}\r{GROUP} }}",
    "after-comment": f"SELECT * {{ # all is well\n SERVICE {OUT} {GROUP} }}",
    "after-comment-with-carriage-return": f"SELECT * {{ # all is well\rSERVICE {OUT} {GROUP} }}",
    "comment-before-target": f"SELECT * {{ SERVICE # here\n {OUT} {GROUP} }}",
    "comment-with-quote": f'SELECT * {{ # "\n SERVICE {OUT} {GROUP} # "\n }}',
    "comment-with-long-quote": f"SELECT * {{ # '''\n SERVICE {OUT} {GROUP} # '''\n }}",
    "comment-with-angle-bracket": f"SELECT * {{ # <\n SERVICE {OUT} {GROUP} # >\n }}",
    "after-string": f'SELECT * {{ ?s ?p "harmless" . SERVICE {OUT} {GROUP} }}',
    "after-string-with-quote": f'SELECT * {{ ?s ?p "a\\"" . SERVICE {OUT} {GROUP} # "\n }}',
    "after-string-with-backslash": f'SELECT * {{ ?s ?p "a\\\\" . SERVICE {OUT} {GROUP} # "\n }}',
    "after-long-string": f'ASK {{ ?s ?p """a"b\\"""" . SERVICE {OUT} {GROUP} # """\n }}',
    "after-single-long-string": f"ASK {{ ?s ?p '''it''s''' . SERVICE {OUT} {GROUP} # '''\n }}",
    "after-empty-string": f"SELECT * {{ ?s ?p '' . SERVICE {OUT} {GROUP} # ''\n }}",
    "after-string-with-hash": f"SELECT * {{ ?s ?p '#' . SERVICE {OUT} {GROUP} }}",
    "after-iri-with-hash": f"SELECT * {{ ?s <http://e/#> ?o . SERVICE {OUT} {GROUP} }}",
    "after-iri-with-quote": f"SELECT * {{ ?s <http://e/'> ?o . SERVICE {OUT} {GROUP} # '\n }}",
    "after-local-name-with-hash": f"{EX}ASK {{ ?s ex:a\\#b ?o . SERVICE {OUT} {GROUP} }}",
    "after-local-name-with-quote": f"{EX}ASK {{ ?s ex:a\\'b ?o . SERVICE {OUT} {GROUP} # '\n }}",
    "after-comparison": f"SELECT * {{ FILTER(1 < 2) SERVICE {OUT} {GROUP} FILTER(3 > 2) }}",
    "after-comparison-without-space": f"ASK {{ FILTER(?a<?b) SERVICE {OUT} {GROUP} }}",
    "after-language": f"SELECT * {{ ?s ?p 'a'@en . SERVICE {OUT} {GROUP} }}",
    "after-datatype": f"SELECT * {{ ?s ?p 'a'^^xsd:string . SERVICE {OUT} {GROUP} }}",
    "after-number": f"SELECT * {{ ?s ?p 1.5e3SERVICE {OUT} {GROUP} }}",
    "after-number-with-full-stop": f"SELECT * {{ ?s ?p 1.SERVICE {OUT} {GROUP} }}",
    "after-blank-node": f"SELECT * {{ _:b ?p [] . SERVICE {OUT} {GROUP} }}",
    "after-prefix-called-service": f"PREFIX service: {OUT} ASK {{ SERVICE service:a {GROUP} }}",
    "before-a-syntax-error": f"SELECT * {{ SERVICE {OUT} {GROUP}",
    "word-alone": "SERVICE",
    # Codepoint escapes, for engines that resolve them before they read.
    "escaped-quote-ends-string": f'SELECT * {{ ?s ?p "\\u0022 . SERVICE {OUT} {GROUP} # " \n }}',
    "escaped-line-end-ends-comment": f"SELECT * {{ # \\u000A SERVICE {OUT} {GROUP}\n }}",
    "escaped-line-end-long": f"SELECT * {{ # \\U0000000A SERVICE {OUT} {GROUP}\n }}",
    "escaped-graph": "SELECT * FROM <\\u0066ile:///etc/passwd> {}",
    # Engines without tokens of their own find a call within what looks like one word.
    "glued-prefixed-name": f"{EX}SELECT * {{ SERVICEex:a{GROUP} }}",
    "glued-empty-prefix": f"{EX}SELECT * {{ SERVICE:a{GROUP} }}",
    "glued-empty-prefix-declared": f"PREFIX SERVICE: {OUT} {EX}ASK {{ SERVICE:a {GROUP} }}",
    "glued-silent": f"SELECT * {{ SERVICESILENT{OUT}{GROUP} }}",
    "glued-silent-prefixed": f"{EX}SELECT * {{ SERVICESILENTex:a{GROUP} }}",
    "glued-to-true": f"SELECT * {{ ?s ?p trueSERVICE{OUT}{GROUP} }}",
    "glued-to-false-in-lower-case": f"SELECT * {{ ?s ?p falseservice ?w {GROUP} }}",
    "glued-to-true-and-prefix": f"{EX}SELECT * {{ ?s ?p trueSERVICE:a{GROUP} }}",
    "glued-to-true-with-full-stop": f"{EX}SELECT * {{ ?s ?p true.SERVICE:a{GROUP} }}",
    "glued-to-number": f"SELECT * {{ ?s ?p 1SERVICE{OUT}{GROUP} }}",
    "glued-to-dotted-name": f"{EX}SELECT * {{ ?s ?p ex:a.b.SERVICE{OUT}{GROUP} }}",
    "glued-to-dotted-name-variable": f"{EX}SELECT * {{ ?s ?p ex:a.b.SERVICE ?w {GROUP} }}",
    "glued-to-dotted-name-silent": f"{EX}ASK {{ ?s ?p ex:a.b.SERVICE SILENT ?w {GROUP} }}",
    "glued-to-dotted-name-prefixed": f"{EX}SELECT * {{ ?s ?p ex:a.b.SERVICE ex:c {GROUP} }}",
    "glued-to-port": f"PREFIX e: <http://h:> {EX}SELECT * {{ ?s ?p e:SERVICE:a{GROUP} }}",
    "glued-to-port-iri": f"PREFIX e: <http://h:> SELECT * {{ ?s ?p e:SERVICE{OUT}{GROUP} }}",
    "glued-to-port-silent": f"PREFIX e: <http://h:> ASK {{ ?s ?p e:SERVICE SILENT{OUT}{{}} }}",
    "glued-to-datatype": f"PREFIX e: <http://h:> ASK {{ ?s ?p 'a'^^e:SERVICE{OUT}{GROUP} }}",
    "glued-to-direction": f"SELECT * {{ ?s ?p 'a'@en--ltrSERVICE{OUT}{GROUP} }}",
    "glued-with-comment": f"{EX}SELECT * {{ SERVICE:a#\n{GROUP} }}",
    "comparison-with-comment": f"{EX}ASK {{ FILTER(1<2)SERVICE:a#>\n{GROUP} }}",
    "comparison-with-comment-and-string": (
        f'ASK {{ FILTER(1<2)#>"""\nSERVICE{OUT}{GROUP}#"""\n }}'
    ),
    "comparison-with-comment-inside": f'ASK {{ FILTER(?a<2#>"""\n)SERVICE{OUT}{{}}#"""\n }}',
    "comparison-with-string": f"ASK {{ FILTER(1<'x>')SERVICE{OUT}{GROUP}#'\n }}",
    "comparison-of-truth": f"ASK {{ FILTER(true<'x>')SERVICE{OUT}{GROUP}#'\n }}",
    "comparison-of-group": f"ASK {{ FILTER((1)<'x>')SERVICE{OUT}{GROUP}#'\n }}",
    "comparison-of-exists": f"ASK {{ FILTER(EXISTS{{}}<'x>')SERVICE{OUT}{GROUP}#'\n }}",
    "comparison-with-scheme": f'{EX}ASK {{ FILTER(?a<ex:b#>"""\n)SERVICE{OUT}{{}}#"""\n }}',
    "comparison-at-most": f'ASK {{ FILTER(1<=2#>"""\n)SERVICE{OUT}{GROUP}#"""\n }}',
    "string-with-unknown-escape": f"ASK {{ VALUES ?x {{'''a'}} SERVICE{OUT}{{}} # \\q '''\n }}",
    "string-with-half-a-character": (
        f"ASK {{ VALUES ?x {{'''a'}} SERVICE{OUT}{{}} # \\uD800 '''\n }}"
    ),
    "string-with-no-character": (
        f"ASK {{ VALUES ?x {{'''a'}} SERVICE{OUT}{{}} # \\U00110000 '''\n }}"
    ),
    # Other graphs than ours.
    "from-file": f"SELECT * FROM {FILE} {GROUP}",
    "from-http": f"SELECT * FROM <http://127.0.0.1:9/a.ttl> {GROUP}",
    "from-relative": f"SELECT * FROM <../secret.ttl> {GROUP}",
    "from-named-file": f"SELECT * FROM NAMED {FILE} {{ GRAPH ?g {GROUP} }}",
    "from-named-http": "SELECT * FROM NAMED <http://127.0.0.1:9/a.ttl> {}",
    "from-prefixed": f"{EX}SELECT * FROM ex:a {GROUP}",
    "from-undeclared-prefix": f"SELECT * FROM ex:a {GROUP}",
    "from-prefix-of-ours-declared-anew": (
        f"PREFIX copd: <http://127.0.0.1:9/> SELECT * FROM copd:report-alpha-1 {GROUP}"
    ),
    "from-ours-then-file": f"SELECT * FROM copd:report-alpha-1 FROM {FILE} {GROUP}",
    "from-ours-then-named-file": f"ASK FROM copd:report-alpha-1 FROM NAMED {FILE} {GROUP}",
    "from-like-ours": f"SELECT * FROM <{COPD}report-alpha-12> {GROUP}",
    "from-variable": f"SELECT * FROM ?g {GROUP}",
    "from-string": f"SELECT * FROM 'file:///etc/passwd' {GROUP}",
    "from-named-and-no-name": "SELECT * FROM NAMED",
    "from-lower-case": f"select * from {FILE} {GROUP}",
    "from-named-mixed-case": f"SELECT * fRoM nAmEd {FILE} {{}}",
    "from-after-comment": f"SELECT * # FROM\n FROM # here\n {FILE} {GROUP}",
    "from-in-ask": f"ASK FROM {FILE} {GROUP}",
    "from-in-construct": f"CONSTRUCT {GROUP} FROM {FILE} WHERE {GROUP}",
    "from-in-describe": f"DESCRIBE <urn:a> FROM {FILE}",
    "from-glued": f"SELECT * FROMNAMED{FILE} {{}}",
    # Updates of every form.
    "load": f"LOAD {FILE}",
    "load-http": "LOAD <http://127.0.0.1:9/a.ttl>",
    "load-silent": f"LOAD SILENT {FILE}",
    "load-into": f"LOAD {FILE} INTO GRAPH copd:report-alpha-1",
    "load-lower-case": f"load {FILE}",
    "load-after-prefix": f"{EX}LOAD ex:a",
    "load-after-query": f"SELECT * {GROUP} ; LOAD {FILE}",
    "load-after-comment": f"# a query\nLOAD {FILE}",
    "insert-data": "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
    "insert-data-in-graph": "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> <urn:c> } }",
    "insert-where": f"INSERT {GROUP} WHERE {GROUP}",
    "insert-lower-case": "insert data { <urn:a> <urn:b> <urn:c> }",
    "insert-after-query": f"ASK {GROUP} ; INSERT DATA {{ <urn:a> <urn:b> <urn:c> }}",
    "delete-data": "DELETE DATA { <urn:a> <urn:b> <urn:c> }",
    "delete-where": f"DELETE WHERE {GROUP}",
    "delete-insert": f"DELETE {GROUP} INSERT {GROUP} WHERE {GROUP}",
    "delete-mixed-case": f"dElEtE wHeRe {GROUP}",
    "with": f"WITH <urn:g> DELETE {GROUP} WHERE {GROUP}",
    "using": f"INSERT {GROUP} USING {FILE} WHERE {GROUP}",
    "using-named": f"DELETE {GROUP} USING NAMED <urn:g> WHERE {GROUP}",
    "clear-all": "CLEAR ALL",
    "clear-default": "CLEAR DEFAULT",
    "clear-named": "CLEAR SILENT NAMED",
    "clear-graph": "CLEAR GRAPH <urn:g>",
    "drop-all": "DROP ALL",
    "drop-silent": "DROP SILENT GRAPH <urn:g>",
    "create": "CREATE GRAPH <urn:g>",
    "create-silent": "CREATE SILENT GRAPH <urn:g>",
    "add": "ADD DEFAULT TO <urn:g>",
    "move": "MOVE GRAPH <urn:g> TO DEFAULT",
    "copy": "COPY SILENT <urn:g> TO <urn:h>",
}

HARMLESS = {
    "string": 'SELECT * { ?s ?p "SERVICE <http://a> { LOAD FROM INSERT DATA }" }',
    "single-quoted-string": "SELECT * { ?s ?p 'SERVICE <http://a> {}' }",
    "long-string": 'SELECT * { ?s ?p """SERVICE " "" <a> {}\n FROM <file:///a>""" }',
    "single-quoted-long-string": "SELECT * { ?s ?p '''SERVICE ' '' LOAD\n''' }",
    "string-with-escapes": 'SELECT * { ?s ?p "\\t\\b\\n\\r\\f\\"\\\'\\\\\\u00e9\\U0001F30A" }',
    "string-with-backslash-u": 'SELECT * { ?s ?p "C:\\\\uploads" }',
    "comment": "SELECT * { ?s ?p ?o # SERVICE <http://a> {} LOAD INSERT\n}",
    "comment-at-the-end": "SELECT * { ?s ?p ?o } # FROM <file:///etc/passwd>",
    "comment-with-quotes": "SELECT * { # don't \"\n ?s ?p ?o }",
    "iri": "SELECT * { ?s <http://example.org/SERVICE/LOAD?from=INSERT#DELETE> ?o }",
    "iri-with-apostrophe": "SELECT * { ?s ?p <http://example.org/People's_(secret)_service> }",
    "iri-in-projection": "SELECT * { ?s ?p <http://example.org/service-description#> }",
    "iri-of-another-scheme": "SELECT * { ?s <urn:service> <mailto:load@example.org> }",
    "variables": "SELECT ?service $LOAD ?from { ?service $LOAD ?from OPTIONAL { ?add ?b ?c } }",
    "variable-before-group": "SELECT * { ?s ?p ?service { ?a ?b ?service } }",
    "local-names": "SELECT * { ?s cop:service cop:LOAD ; cop:from cop:insert , cop:SERVICE . }",
    "local-name-in-path": "SELECT * { ?s (cop:service/cop:load)*|^cop:delete ?o }",
    "local-name-after-dot": "SELECT * { ?s cop:v1.0.service ?o }",
    "local-name-of-graph": "SELECT * { GRAPH copd:service { ?s ?p ?o } }",
    "local-name-described": "DESCRIBE copd:service { ?s ?p ?o }",
    "local-name-then-values": "SELECT * { ?s a cop:Service } VALUES ?s { copd:service }",
    "local-name-then-optional": "SELECT * { ?s a cop:Service OPTIONAL { ?s ?p ?o } }",
    "local-name-as-function": "SELECT * { ?s ?p ?o FILTER(cop:service(?o)) }",
    "prefix": "PREFIX service: <http://a/> SELECT * { ?s service:a service:LOAD }",
    "prefixes": "PREFIX load: <http://a/> PREFIX from: <http://b/> SELECT * { from:a load:b ?o }",
    "prefix-of-ours-without-base": "PREFIX a: <#> SELECT * { ?s ?p ?o }",
    "relative-iri-as-subject": "BASE <http://a/> SELECT * { <#service> a <b> . <#c> ?p ?o }",
    "blank-nodes": "SELECT * { _:service ?p _:load.from }",
    "language": "SELECT * { ?s ?p 'x'@service, 'y'@load-from }",
    "language-compared": "SELECT * { ?s ?p ?o FILTER(LANG(?o) = 'service') }",
    "comparison": "SELECT * { ?s ?p ?o FILTER(?o<5&&?o>3 || ?o <= ?s) }",
    "comparison-of-truth": "SELECT * { ?s ?p ?o FILTER(TRUE < ?o) }",
    "escaped-local-name": "SELECT * { ?s cop:a\\#SERVICE ?o }",
    "percent-in-local-name": "SELECT * { ?s cop:a%20service ?o }",
    "from-our-graph": "SELECT * FROM copd:report-alpha-1 { ?s ?p ?o }",
    "from-our-graph-in-full": f"SELECT * FROM <{COPD}report-beta-1> {{ ?s ?p ?o }}",
    "from-named-our-graph": "SELECT * FROM NAMED copd:report-alpha-1 { GRAPH ?g { ?s ?p ?o } }",
    "from-two-of-ours": "ASK FROM copd:report-alpha-1 FROM NAMED copd:report-beta-1 { ?s ?p ?o }",
    "from-our-graph-by-another-prefix": (
        f"PREFIX a: <{COPD}> SELECT * FROM a:report-alpha-1 {{ ?s ?p ?o }}"
    ),
    "from-and-no-name": "SELECT * FROM",
    "from-our-graph-called-service": "SELECT * FROM copd:report-service-1 { ?s ?p ?o }",
    "from-named-our-graph-called-service": "ASK FROM NAMED copd:report-service-1 { ?s ?p ?o }",
    "graph": "SELECT * { GRAPH <file:///etc/passwd> { ?s ?p ?o } }",
    "every-kind-of-number": "SELECT * { ?s ?p 1, 1.5, .5, 1e5, 1.5E-3, +1, -2.5 }",
    "every-kind-of-query": "CONSTRUCT { ?s a cop:Actor } WHERE { ?s a cop:Actor } LIMIT 5",
    "arabic-and-emoji": "SELECT ?الاسم { ?الاسم cop:لعبة '🌊' }",
    "empty": "",
}


@pytest.mark.parametrize("query", WAYS_OUT.values(), ids=WAYS_OUT)
def test_every_way_out_is_refused(query: str) -> None:
    with pytest.raises(QueryRefusedError):
        check_query(query, graphs=OURS)


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ \\u0053ERVICE {OUT} {GROUP} }}",
        f"SELECT * {{ SER\\u0056ICE {OUT} {GROUP} }}",
        f"SELECT * {{ \\U00000053ERVICE {OUT} {GROUP} }}",
        f"SELECT * {{ \\u0053\\u0045\\u0052\\u0056\\u0049\\u0043\\u0045 {OUT} {GROUP} }}",
        f"SELECT * {{ \\u0073ervice {OUT} {GROUP} }}",
        f"SELECT * \\u0046ROM {FILE} {GROUP}",
        f"\\u004CoAD {FILE}",
        f"\\u0044ELETE WHERE {GROUP}",
    ],
    ids=[
        "service",
        "service-in-the-middle",
        "service-long-form",
        "service-whole",
        "service-lower-case",
        "from",
        "load",
        "delete",
    ],
)
def test_word_with_a_codepoint_escape_cannot_be_read(query: str) -> None:
    """SPARQL 1.1 resolves the escape first; our engine does not, and neither reading runs."""
    with pytest.raises(QuerySyntaxError):
        check_query(query, graphs=OURS)
    with pytest.raises(QueryRefusedError):
        check_query(resolve_escapes(query), graphs=OURS)


@pytest.mark.parametrize("query", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_like_a_way_out_is_allowed(query: str) -> None:
    check_query(query, graphs=OURS)


def test_the_table_holds_a_hundred_ways_out() -> None:
    assert len(set(WAYS_OUT.values())) >= 100


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param(
            WAYS_OUT["service"],
            "refused: SERVICE would call out. A query reads only this graph; leave SERVICE out",
            id="service",
        ),
        pytest.param(
            WAYS_OUT["load-lower-case"],
            "refused: LOAD would call out. A query reads only this graph; leave LOAD out",
            id="load",
        ),
        pytest.param(
            WAYS_OUT["delete-where"],
            "refused: DELETE would change the graph. A query only reads; change the files in "
            "data/ and build again",
            id="update",
        ),
        pytest.param(
            WAYS_OUT["from-file"],
            "refused: FROM <file:///etc/passwd> is no graph of ours. "
            "`cop-graph query 'SELECT DISTINCT ?graph { GRAPH ?graph {} }'` lists the graphs",
            id="from",
        ),
        pytest.param(
            WAYS_OUT["glued-to-true"],
            "refused: trueSERVICE could be read as SERVICE, LOAD or FROM. Put a space between "
            "words and a full stop after a triple",
            id="glued",
        ),
        pytest.param(
            "SELECT * { ?s a cop:Service { ?s ?p ?o } }",
            "refused: cop:Service could be read as SERVICE, LOAD or FROM. Put a space between "
            "words and a full stop after a triple",
            id="no-full-stop",
        ),
        pytest.param(
            "ASK { ?s <#service> ?o }",
            "refused: <#service> could be an IRI or a comparison. Write the IRI in full, or a "
            "space after '<'",
            id="comparison",
        ),
    ],
)
def test_refusal_says_what_and_what_to_do(query: str, message: str) -> None:
    with pytest.raises(QueryRefusedError) as caught:
        check_query(query, graphs=OURS)

    assert str(caught.value) == message


PIECES = st.sampled_from(
    [
        *"""SERVICE service LOAD SILENT FROM NAMED SELECT ASK WHERE FILTER EXISTS BIND AS VALUES
        GRAPH OPTIONAL UNION MINUS true false a ?s ?p ?o $w <x:y> <http://e/#> <a {} { } ( ) [ ] .
        ; , # #> #' ' ''' \\ \\' \\q \\u0022 \\u000A \\uD800 ex: ex:a ex:a.b e: e:SERVICE : :a
        _:b _:b.c @en @en--ltr 1 1. 1.5e3 < > <= = && || ! + - * / | ^ ^^ % · ª é لعبة 🌊 FILTER(1<2
        FILTER(1<'x VALUES?v{'''a'}SERVICE<x:y>{} << >> <<( )>> {| |} ~ <b'> <c#>
        <<?s?p'x>'>> LATERAL{ VERSION''""".split(),
        *['"', '"' * 3, " ", "\n", "\r", "\t"],
    ]
)
SOUP = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))
CODE = st.lists(PIECES, max_size=4).map("".join)


@given(SOUP)
def test_guard_raises_only_our_errors(query: str) -> None:
    with contextlib.suppress(QueryRefusedError, QuerySyntaxError):
        check_query(query, graphs=OURS)


@given(SOUP)
def test_tokens_cover_all_that_is_no_space_or_comment(query: str) -> None:
    with contextlib.suppress(QuerySyntaxError):
        tokens = list(iter_tokens(query))
        assert [query[token.start :].startswith(token.text) for token in tokens] == [True] * len(
            tokens
        )
        between = list(query)
        for token in tokens:
            between[token.start : token.start + len(token.text)] = [" "] * len(token.text)
        rest = "".join(between).replace("\r", "\n").split("\n")
        assert [line for line in rest if line.strip() and "#" not in line] == []


def parses(query: str) -> bool:
    """Tell whether the engine takes a query; it is not run, for nothing matches ``<x:no>``."""
    try:
        ox.Store().query(query, prefixes=PREFIXES)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        return True
    return True


@settings(max_examples=500)
@given(CODE, CODE, CODE, st.sampled_from(["{}", GROUP, "<x:y>{}", "SILENT<x:y>{}", ":a{}", "?w{}"]))
def test_what_the_guard_allows_holds_no_call_for_the_engine(
    before: str, glue: str, after: str, call: str
) -> None:
    """A query whose SERVICE is a call is no query once the word is another one."""
    head = (
        "PREFIX ex: <http://x/> PREFIX e: <http://h:> PREFIX : <x:> PREFIX SERVICE: <y:> "
        "PREFIX XERVICE: <y:> PREFIX service: <y:> PREFIX xervice: <y:> SELECT * { "
    )
    body = f"{before}SERVICE{glue}{call}{after}\n}}"
    try:
        check_query(head + body)
    except (QueryRefusedError, QuerySyntaxError):
        return

    other = body.replace("SERVICE", "XERVICE").replace("service", "xervice")
    assert parses(head + body) == parses(head + other)


@given(st.text())
def test_escapes_resolve_to_characters(text: str) -> None:
    escaped = "".join(f"\\U{ord(character):08x}" for character in text)

    assert resolve_escapes(escaped) == text


def test_escape_that_is_no_character_stays() -> None:
    assert resolve_escapes("\\U00110000\\U0010ffff\\u00e") == "\\U00110000\U0010ffff\\u00e"


def test_tokens_of_a_query() -> None:
    query = "SELECT ?a { ?a ex:p.q 'x'@en-GB ; a <urn:b>, _:c.d, -1.5e3 . # end\n}"

    assert [(token.kind, token.text) for token in iter_tokens(query)] == [
        ("word", "SELECT"),
        ("variable", "?a"),
        ("mark", "{"),
        ("variable", "?a"),
        ("prefixed", "ex:p.q"),
        ("string", "'x'"),
        ("language", "@en-GB"),
        ("mark", ";"),
        ("word", "a"),
        ("iri", "<urn:b>"),
        ("mark", ","),
        ("blank", "_:c.d"),
        ("mark", ","),
        ("mark", "-"),
        ("number", "1.5e3"),
        ("mark", "."),
        ("mark", "}"),
    ]
    assert next(iter_tokens(query)) == Token("word", "SELECT", 0)
    assert [Token("word", "select", 0).keyword, Token("variable", "?select", 0).keyword] == [
        "SELECT",
        "",
    ]


@pytest.mark.parametrize(
    ("query", "message", "line", "column"),
    [
        pytest.param(
            "ASK {\n  ?s ?p 'never closed }",
            "this text is never closed, or holds an escape that SPARQL does not know",
            2,
            9,
            id="text-never-closed",
        ),
        pytest.param(
            'ASK { ?s ?p "a\\qb" }',
            "this text is never closed, or holds an escape that SPARQL does not know",
            1,
            13,
            id="unknown-escape",
        ),
        pytest.param("ASK { ?s ?p ~ }", "'~' cannot stand here", 1, 13, id="wrong-character"),
    ],
)
def test_what_cannot_be_cut_into_tokens_is_shown(
    query: str, message: str, line: int, column: int
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        check_query(query)

    error = caught.value
    assert (error.args, error.line, error.column) == ((message,), line, column)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param(
            "SELEC ?a { ?a ?b ?c }",
            "line 1, column 1: 'SELEC' is not a word of SPARQL; did you mean SELECT?\n"
            "  SELEC ?a { ?a ?b ?c }\n"
            "  ^",
            id="misspelt-word",
        ),
        pytest.param(
            "SELECT ?a {\n  ?a cop:partnersWith Zebra }",
            "line 2, column 23: 'Zebra' is not a word of SPARQL; a name needs a prefix, a text "
            "quotes\n"
            "    ?a cop:partnersWith Zebra }\n"
            "                        ^",
            id="name-without-prefix",
        ),
        pytest.param(
            "SELECT ?a { ?a copp:partnersWith ?b }",
            "line 1, column 16: the prefix 'copp:' is not declared; did you mean cop:?\n"
            "  SELECT ?a { ?a copp:partnersWith ?b }\n"
            "                 ^",
            id="misspelt-prefix",
        ),
        pytest.param(
            "PREFIX ex: <urn:a> SELECT ?a { ?a ex:b zzzz:c }",
            "line 1, column 40: the prefix 'zzzz:' is not declared\n"
            "  PREFIX ex: <urn:a> SELECT ?a { ?a ex:b zzzz:c }\n"
            "                                         ^",
            id="unknown-prefix",
        ),
        pytest.param(
            "SELECT ?a { ?a ?b ?c",
            "line 1, column 11: '{' is never closed\n  SELECT ?a { ?a ?b ?c\n            ^",
            id="never-closed",
        ),
        pytest.param(
            "SELECT ?a { FILTER(?a = [1}) }",
            "line 1, column 27: '}' closes nothing while '[' is still open\n"
            "  SELECT ?a { FILTER(?a = [1}) }\n"
            "                            ^",
            id="closed-in-the-wrong-order",
        ),
        pytest.param(
            "SELECT ?a { ?a ?b [ ] FILTER((1) }",
            "line 1, column 34: '}' closes nothing while '(' is still open\n"
            "  SELECT ?a { ?a ?b [ ] FILTER((1) }\n"
            "                                   ^",
            id="closed-too-early",
        ),
        pytest.param(
            "SELECT ?a { ?a ?b ?c } }",
            "line 1, column 24: '}' closes nothing\n"
            "  SELECT ?a { ?a ?b ?c } }\n"
            "                         ^",
            id="closes-nothing",
        ),
        pytest.param(
            "SELECT ?a WHERE { ?a cop:kind }",
            "line 1, column 31: something is missing or too much before this\n"
            "  SELECT ?a WHERE { ?a cop:kind }\n"
            "                                ^",
            id="object-missing",
        ),
        pytest.param(
            "SELECT ?a (COUNT(?b) AS ?c) { ?a ?b ?c }",
            "line 1, column 41: The SELECT contains a variable that is unbound\n"
            "  SELECT ?a (COUNT(?b) AS ?c) { ?a ?b ?c }\n"
            "                                          ^",
            id="what-the-engine-says-in-words",
        ),
    ],
)
def test_syntax_error_shows_line_and_caret(query: str, message: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        ox.Store().query(query, prefixes=PREFIXES)

    assert str(explain(raised.value, query)) == f"not a SPARQL query, {message}"


@pytest.mark.parametrize(
    ("raised", "query", "message"),
    [
        pytest.param(
            'error at 1:5: expected one of "LIMIT", LATERAL, SERVICE, [a-z], OFFSET',
            "ASK {}",
            "something is missing or too much before this; LIMIT or OFFSET could stand here",
            id="what-could-stand-there",
        ),
        pytest.param(
            "the engine is tired",
            "ASK {}",
            "something is missing or too much before this",
            id="no-position",
        ),
        pytest.param("error at 1:5: x", "ASK { ~ }", "'~' cannot stand here", id="unreadable"),
    ],
)
def test_error_of_the_engine_is_told_in_plain_words(raised: str, query: str, message: str) -> None:
    assert explain(SyntaxError(raised), query).args == (message,)


@settings(max_examples=300)
@given(SOUP)
def test_every_syntax_error_of_the_engine_can_be_shown(query: str) -> None:
    if "SERVICE" in query.upper():
        return
    try:
        ox.Store().query(query, prefixes=PREFIXES)
    except SyntaxError as error:
        shown = explain(error, query)
        assert str(shown).startswith("not a SPARQL query")
        assert shown.line is None or 1 <= shown.line <= query.count("\n") + 1
    except (OSError, RuntimeError, ValueError):
        return


def test_line_and_column_count_from_one() -> None:
    text = "one\n\nthree"

    assert [line_and_column(text, offset) for offset in (0, 3, 4, 5, 10)] == [
        (1, 1),
        (1, 4),
        (2, 1),
        (3, 1),
        (3, 6),
    ]


@pytest.mark.parametrize("brackets", ["{}", "()", "[]"])
def test_brackets_nested_too_deep_are_refused(brackets: str) -> None:
    opened, closed = brackets
    query = f"SELECT * {opened * 3000}{closed * 3000}"
    with pytest.raises(QueryRefusedError, match="nested more than 200 deep"):
        check_query(query)


def test_brackets_nested_as_people_nest_them_are_allowed() -> None:
    check_query("SELECT * " + "{" * 100 + "}" * 100)


CHAINS = {
    "union": "{} UNION ",
    "minus": "MINUS { ?s ?p ?o } ",
    "optional": "OPTIONAL { ?s ?p ?o } ",
    "filter": "FILTER(1) ",
    "graph": "GRAPH ?g {} ",
    "patterns": "?s ?p ?o . ",
    "sum": "FILTER(1" + "+1" * 2500 + ") ",
    "or": "FILTER(1" + "||1" * 2500 + ") ",
    "not": "FILTER(" + "!" * 2500 + "1) ",
    "path": "?s a" + "/a" * 2500 + " ?o ",
    "alternatives": "?s a" + "|a" * 2500 + " ?o ",
}


@pytest.mark.parametrize("link", CHAINS.values(), ids=CHAINS)
def test_chains_that_would_end_the_engine_are_refused(link: str) -> None:
    links = link if len(link) > 2000 else link * 2500
    with pytest.raises(QueryRefusedError, match="more than 2000 patterns, operators and steps"):
        check_query("ASK { " + links + "{} }")


def test_many_values_are_no_chain() -> None:
    check_query("ASK { VALUES ?x { " + "<http://example.org/a/b-c.d> 'x. y; z' 1.5 " * 5000 + "} }")
    check_update("INSERT DATA { " + "<urn:a> <urn:b> -1 ; <urn:c> 'd' . " * 5000 + "}")
