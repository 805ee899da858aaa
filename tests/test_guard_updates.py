"""Updates, named services and the graphs of a protocol request, proved on the engine."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from cop_graph.errors import QueryError, QueryRefusedError, QuerySyntaxError
from cop_graph.guard import (
    check_query,
    check_update,
    query_form,
    with_using,
    without_silent_loads,
)

SERVICES = {"good.example", "port.example:8080", "127.0.0.1:7"}
HEAD = "BASE <http://good.example/a/b> PREFIX ex: <http://good.example/> PREFIX e: <http://bad/> "
ALLOWED_TARGETS = [
    "<http://good.example/sparql>",
    "<https://good.example>",
    "<http://GOOD.example:80/>",
    "<https://good.example:443/a?b=c#d>",
    "<http://port.example:8080/x>",
    "<http://127.0.0.1:7/>",
    "SILENT <http://good.example/sparql>",
    "# here\n <http://good.example/sparql>",
    "ex:sparql",
    "ex:",
    "silent ex:sparql",
    "<c/sparql>",
    "</sparql>",
]
REFUSED_TARGETS = [
    "?where",
    "SILENT $where",
    "e:sparql",
    "SILENT e:sparql",
    "SILENTex:sparql",
    "undeclared:a",
    "cop:a",
    "<http://bad/>",
    "<http://good.example.bad/>",
    "<http://notgood.example/>",
    "<http://bad/good.example>",
    "<http://bad?good.example/>",
    "<http://bad#good.example/>",
    "<http://good.example@bad/>",
    "<http://bad@good.example/>",
    "<http://a:b@good.example/>",
    "<http://good.example:80@bad/>",
    "<http://good.example?@bad/>",
    "<http://good.example#@bad/>",
    "<http://good.example\\u0040bad/>",
    "<http://g\\u006fod.example/>",
    "<http://good%2eexample/>",
    "<http://good.example%40bad/>",
    "<http://good.example:81/>",
    "<http://good.example:443/>",
    "<https://good.example:80/>",
    "<http://good.example:/>",
    "<http://good.example:0080/>",
    "<http://port.example/>",
    "<http://127.0.0.1/>",
    "<http://127.0.0.1:8/>",
    "<http://0x7f.1:7/>",
    "<http://[::1]/>",
    "<http://[::ffff:127.0.0.1]:7/>",
    "<http://good.example./>",
    "<http://.good.example/>",
    "<http://g\u043e\u043ed.example/>",
    "<http://good\u3002example/>",
    "<http:/good.example/>",
    "<http:good.example/>",
    "<ftp://good.example/>",
    "<file://good.example/>",
    "<//bad/>",
    "<///bad/>",
    "<../../bad>",
    "<?a>",
    "<>",
    "'http://good.example/'",
]


def asked(target: str) -> str:
    return f"{HEAD}SELECT * {{ SERVICE {target} {{ ?s ?p ?o }} }}"


@pytest.mark.parametrize("target", ALLOWED_TARGETS)
def test_named_service_may_be_called(target: str) -> None:
    check_query(asked(target), services=SERVICES)
    check_update(
        f"{HEAD}INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE {target} {{ ?s ?p ?o }} }}",
        services=SERVICES,
    )
    with pytest.raises(QueryRefusedError, match="would call out"):
        check_query(asked(target))


@pytest.mark.parametrize("target", REFUSED_TARGETS)
def test_every_other_service_is_refused(target: str) -> None:
    with pytest.raises(QueryRefusedError, match="is no host that queries may call here"):
        check_query(asked(target), services=SERVICES)


@pytest.mark.parametrize(
    "query",
    [
        "BASE <http://good.example/> BASE <http://bad/> ASK { SERVICE <a> {} }",
        "BASE <//bad/> ASK { SERVICE <a> {} }",
        "BASE <http://good.example@bad/> ASK { SERVICE <a> {} }",
        "PREFIX ex: <http://good.example/> PREFIXex:<http://bad/> ASK { SERVICE ex:a {} }",
        "PREFIX ex: <http://good.example> ASK { SERVICE ex:\\.bad {} }",
        "PREFIX ex: <http://good.example> ASK { SERVICE ex:\\@bad {} }",
        "PREFIX ex: <http://good.example:8> ASK { SERVICE ex:1 {} }",
        "PREFIX ex: <http://> ASK { SERVICE ex:bad {} }",
        "ASK { SERVICE <http://good.example/> { SERVICE <http://bad/> {} } }",
        "ASK { SERVICE <http://good.example/> {} FILTER EXISTS { SERVICE ?x {} } }",
        "ASK { SERVICESILENT<http://good.example/>{} }",
        "ASK { ?s ?p trueSERVICE<http://good.example/>{} }",
        "ASK { SERVICE",
    ],
)
def test_service_is_refused_by_what_stands_around_it(query: str) -> None:
    with pytest.raises(QueryRefusedError):
        check_query(query, services=SERVICES)


@pytest.mark.parametrize(
    ("query", "graph"),
    [
        ("BASE <http://a/b/c> ASK FROM <d> {}", "http://a/b/d"),
        ("BASE <http://a/b/c> ASK FROM </d/e> {}", "http://a/d/e"),
        ("BASE <http://a/b/c?q#f> ASK FROM <#d> {}", "http://a/b/c?q#d"),
        ("BASE <http://a/b/> ASK FROM NAMED <d.e/f> {}", "http://a/b/d.e/f"),
        ("PREFIX : <urn:> ASK FROM :a\\-b {}", "urn:a-b"),
        ("PREFIX e: <urn:\\u0061:> ASK FROM NAMED e:b {}", "urn:a:b"),
        ("ASK FROM <urn:\\u0061> {}", "urn:a"),
        ("PREFIXe:<urn:>ASK FROM e:a{}", "urn:a"),
        ("ASK FROM <urn:%61> {}", "urn:%61"),
    ],
)
def test_graph_is_known_however_it_is_written(query: str, graph: str) -> None:
    """The engine reads the same graph: it finds what is in that graph alone."""
    check_query(query, graphs={graph})
    with pytest.raises(QueryRefusedError):
        check_query(query, graphs={graph + "x"})

    store = ox.Store()
    store.add(ox.Quad(*[ox.NamedNode("urn:x")] * 3, ox.NamedNode(graph)))
    found = query.replace("{}", "{ GRAPH ?g { ?s ?p ?o } }" if "NAMED" in query else "{ ?s ?p ?o }")
    assert bool(store.query(found)) is True


UPDATES_OF_OURS = {
    "insert-data": "INSERT DATA { <urn:a> <urn:b> 'SERVICE <http://a> {} ; LOAD <b>' }",
    "insert-data-in-graph": "INSERT DATA { GRAPH <urn:service> { <urn:a> <urn:load> <urn:c> } }",
    "delete-where": "DELETE WHERE { ?s cop:service ?load }",
    "modify": "WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } USING <file:///a> WHERE { }",
    "using-named": "INSERT {} USING NAMED <http://127.0.0.1:9/> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "management": "CREATE SILENT GRAPH <urn:g> ; COPY <urn:g> TO DEFAULT ; CLEAR ALL ; DROP NAMED",
    "graph-called-load": "PREFIX load: <urn:> ADD load:a TO load:b ; CLEAR SILENT GRAPH load:of",
    "graph-called-service": "PREFIX e: <urn:> INSERT DATA { GRAPH e:service { e:a e:b e:c } }",
    "from": "INSERT { ?s ?from ?o } WHERE { ?s ?from ?o } # FROM LOAD SERVICE",
    "comparison": "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?o < 5 && ?o > 3) }",
}


@pytest.mark.parametrize("update", UPDATES_OF_OURS.values(), ids=UPDATES_OF_OURS)
def test_update_of_this_store_is_allowed(update: str) -> None:
    check_update(update)
    ox.Store().update(update, prefixes={"cop": "urn:cop:"})


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <http://bad/>",
        "load silent <file:///etc/passwd> into graph <urn:g>",
        "INSERT DATA {} ; LOAD <a>",
        "PREFIX ex: <http://bad/> LOADex:a",
        "PREFIX : <http://bad/> LOAD:a",
        "PREFIX ex: <http://bad/> LOADSILENTex:a",
        "PREFIX ex: <http://bad/>LOADex:a INTO GRAPH ex:b",
        "INSERT DATA {};LOADSILENT<http://bad/>",
        "VERSION '1.2'LOAD<http://bad/>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://bad/> { ?s ?p ?o } }",
        "INSERT { ?s ?p ?o } WHERE { ?s ?p trueSERVICE<http://bad/>{ ?s ?p ?o } }",
        "INSERT {} WHERE { FILTER(1<2)#>'''\nSERVICE<http://bad/>{}#'''\n }",
        "INSERT {} WHERE { <<?s?p'x>'>> ?a ?b . SERVICE<http://bad/>{} # '\n }",
        "DEFINE get:soft 'soft' INSERT {} WHERE {}",
        "INSERT {} WHERE { FILTER(bif:http_get('http://bad/')) }",
        "INSERT {} WHERE " + "{" * 3000 + "}" * 3000,
    ],
)
def test_update_that_reaches_out_is_refused(update: str) -> None:
    with pytest.raises(QueryRefusedError):
        check_update(update)
    if "SERVICE" in update:
        with pytest.raises(QueryRefusedError):
            check_update(update, services=SERVICES)


@pytest.mark.parametrize(
    "update", ["L\\u004fAD <a>", "INSERT \x00 DATA {}", "INSERT DATA { '\\q' }", "CLEAR ALL \ud800"]
)
def test_update_that_cannot_be_read_is_refused(update: str) -> None:
    with pytest.raises(QuerySyntaxError):
        check_update(update)


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("ask {}", "ASK"),
        ("# SELECT\nPREFIX select: <a> BASE <b> CONSTRUCT WHERE {}", "CONSTRUCT"),
        ("DESCRIBE <urn:a>", "DESCRIBE"),
        ("PREFIXask:<urn:>DESCRIBEask:a", "DESCRIBE"),
        ("VERSION '1.2' SELECTDISTINCT?x{}", "SELECT"),
        ('VERSION "ASK" PREFIX a: <ASK> ASKWHERE{}', "ASK"),
        ("BASE <http://a/>ASK{ SELECT }", "ASK"),
    ],
)
def test_form_of_a_query(query: str, form: str) -> None:
    assert query_form(query) == form


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("INSERT DATA {}", "INSERT begins an update, not a query"),
        ("PREFIX a: <b> load <c>", "LOAD begins an update, not a query"),
        ("with <a> delete {} where {}", "WITH begins an update, not a query"),
        ("HELLO", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("?SELECT", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("'SELECT'", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("PREFIX a:", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("\x00", "'\\x00' cannot stand here"),
    ],
)
def test_what_is_no_query_has_no_form(query: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        query_form(query)

    assert caught.value.args == (message,)


QUADS = """INSERT DATA {
    <urn:d> <urn:p> 0 .
    GRAPH <urn:one> { <urn:a> <urn:p> 1 }
    GRAPH <urn:two> { <urn:b> <urn:p> 2 }
}"""


def changed(update: str, default: list[str], named: list[str]) -> set[str]:
    """Run an update with the graphs of a request and tell what came (+) and went (-)."""
    store = ox.Store()
    store.update(QUADS)
    before = {str(quad) for quad in store}
    store.update(with_using(update, default, named))
    after = {str(quad) for quad in store}
    found = {f"+{quad}" for quad in after - before} | {f"-{quad}" for quad in before - after}
    return {quad.replace("^^<http://www.w3.org/2001/XMLSchema#integer>", "") for quad in found}


A, B, D = '<urn:p> "1" <urn:one>', '<urn:p> "2" <urn:two>', '<urn:p> "0"'
ONE, TWO = "urn:one", "urn:two"


@pytest.mark.parametrize(
    ("update", "default", "named", "expected"),
    [
        pytest.param(
            "INSERT { ?s <urn:q> ?o } WHERE { ?s ?p ?o }",
            [ONE],
            [],
            {'+<urn:a> <urn:q> "1"'},
            id="insert",
        ),
        pytest.param(
            "INSERT { ?s <urn:q> ?o } WHERE { ?s ?p ?o }",
            [ONE, TWO],
            [],
            {'+<urn:a> <urn:q> "1"', '+<urn:b> <urn:q> "2"'},
            id="two-graphs",
        ),
        pytest.param(
            "INSERT { ?s <urn:q> ?g } WHERE { GRAPH ?g { ?s ?p ?o } }",
            [],
            [TWO],
            {"+<urn:b> <urn:q> <urn:two>"},
            id="named",
        ),
        pytest.param(
            "INSERT { ?s <urn:q> ?o } WHERE { ?s ?p ?o }",
            [],
            [ONE],
            set(),
            id="named-alone-leaves-no-default-graph",
        ),
        pytest.param(
            "DELETE { GRAPH <urn:one> { ?s ?p ?o } } INSERT { ?s ?p 9 } WHERE { ?s ?p ?o }",
            [ONE],
            [],
            {f"-<urn:a> {A}", '+<urn:a> <urn:p> "9"'},
            id="delete-and-insert",
        ),
        pytest.param("DELETE WHERE { ?s ?p ?o }", [ONE], [], set(), id="delete-where-elsewhere"),
        pytest.param(
            "DELETE WHERE { GRAPH <urn:two> { ?s ?p ?o } . }",
            [],
            [TWO],
            {f"-<urn:b> {B}"},
            id="delete-where-in-a-graph",
        ),
        pytest.param(
            "DELETE WHERE { GRAPH <urn:two> { ?s ?p ?o } }",
            [],
            [ONE],
            set(),
            id="delete-where-in-a-graph-not-named",
        ),
        pytest.param(
            "DELETE # WHERE {\nWHERE{ GRAPH ?g { ?s ?p ?o # }\n } };\n"
            "INSERT DATA { <urn:x> <urn:y> 'WHERE { } DELETE' } ;"
            "INSERT{?s <urn:r> ?o}WHERE{{SELECT * WHERE {?s ?p ?o FILTER(1<2)}}} ;",
            [ONE],
            [TWO],
            {
                f"-<urn:b> {B}",
                '+<urn:x> <urn:y> "WHERE { } DELETE"',
                '+<urn:a> <urn:r> "1"',
            },
            id="several",
        ),
        pytest.param(
            "PREFIX where: <urn:> BASE <urn:base> # WHERE\n"
            "DELETE { GRAPH where:one { ?s where:p ?o } }\n"
            "insert { <urn:where> where:p '''WHERE {''' } # WHERE\nwhere { ?s ?p ?o }",
            [ONE],
            [],
            {f"-<urn:a> {A}", '+<urn:where> <urn:p> "WHERE {"'},
            id="prologue-comments-and-names",
        ),
        pytest.param(
            "CLEAR GRAPH <urn:two> ; DELETE DATA { <urn:d> <urn:p> 0 } ; ADD <urn:one> TO DEFAULT",
            [ONE],
            [],
            {f"-<urn:b> {B}", f"-<urn:d> {D}", '+<urn:a> <urn:p> "1"'},
            id="operations-without-a-dataset",
        ),
        pytest.param(
            "INSERT { ?s <urn:q> ?o } WHERE { ?s ?p ?o . MINUS { ?s ?p 1 } "
            "OPTIONAL { GRAPH <urn:two> { ?x ?y ?z } } }",
            [ONE, TWO],
            [TWO],
            {'+<urn:b> <urn:q> "2"'},
            id="nested",
        ),
        pytest.param("", [ONE], [], set(), id="nothing"),
    ],
)
def test_graphs_of_a_request_are_those_of_the_update(
    update: str, default: list[str], named: list[str], expected: set[str]
) -> None:
    assert changed(update, default, named) == expected


def test_update_without_graphs_of_a_request_is_unchanged() -> None:
    update = "WITH <urn:g> DELETE { ?s ?p ?o } USING <urn:h> WHERE { ?s ?p ?o }"

    assert with_using(update, [], []) == update


@pytest.mark.parametrize(
    ("update", "error", "message"),
    [
        ("WITH <urn:g> DELETE {} WHERE {}", QueryError, "the update has WITH"),
        ("INSERT {} USING <urn:g> WHERE {}", QueryError, "the update has USING"),
        ("INSERT {} USING NAMED <urn:g> WHERE {}", QueryError, "the update has USING"),
        ("CLEAR ALL ; with <urn:g> INSERT {} WHERE {}", QueryError, "the update has WITH"),
        ("PREFIX e: <urn:> WITHe:g DELETE {} WHERE {}", QuerySyntaxError, "spaces between words"),
        ("INSERT {} USINGNAMED<urn:g> WHERE {}", QuerySyntaxError, "spaces between words"),
        ("INSERT {} USING:g WHERE {}", QuerySyntaxError, "spaces between words"),
        ("DELETEWHERE { ?s ?p ?o }", QuerySyntaxError, "spaces between words"),
        ("INSERT {} WHERE { FILTER(1<2#>\n) }", QuerySyntaxError, "IRIs in full"),
        ("INSERT {} WHERE { '\\q' }", QuerySyntaxError, "never closed"),
    ],
)
def test_graphs_named_twice_or_out_of_sight_are_an_error(
    update: str, error: type[QueryError], message: str
) -> None:
    with pytest.raises(error, match=message):
        with_using(update, ["urn:g"], [])


@pytest.mark.parametrize(
    "iri", ["", "one", "urn:a> WHERE {} ; DROP ALL #", "urn:a b", "a\\u003eb:"]
)
def test_graph_of_a_request_is_an_iri(iri: str) -> None:
    with pytest.raises(QueryError, match="is no IRI in full"):
        with_using("DELETE WHERE { ?s ?p ?o }", [], [iri])


@pytest.mark.parametrize(
    ("update", "left"),
    [
        ("LOAD SILENT <http://127.0.0.1:9/>", "INSERT DATA {}"),
        ("load silent <urn:a> into graph <urn:b>", "INSERT DATA {}"),
        ("CLEAR ALL ; LOAD SILENT <urn:a> ; DROP ALL", "CLEAR ALL ; INSERT DATA {} ; DROP ALL"),
        (
            "PREFIX e: <urn:> LOAD SILENT e:a INTO GRAPH e:b",
            "PREFIX e: <urn:> INSERT DATA {}",
        ),
        ("LOAD <urn:a>", "LOAD <urn:a>"),
        ('INSERT DATA { <urn:a> <urn:b> "LOAD SILENT <urn:c>" }', None),
        ("# LOAD SILENT <urn:a>\nCLEAR SILENT DEFAULT", None),
    ],
)
def test_silent_loads_do_nothing_instead(update: str, left: str | None) -> None:
    assert without_silent_loads(update) == (update if left is None else left)
