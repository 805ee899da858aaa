"""No query calls out or reads a file, on any surface: connections and reads are counted.

Each case runs on each of ``SURFACES``. A listener on this machine takes the place of the world, and
a watched file that of a secret. That both would notice is shown with engines that have no guard.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from conftest import SMALL
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import serving
from test_guard import OURS, WAYS_OUT

from cop_graph.cli import cli
from cop_graph.dataset import Source
from cop_graph.errors import CopGraphError, QueryRefusedError, QuerySyntaxError
from cop_graph.graph import Graph
from cop_graph.guard import check_query, check_update
from cop_graph.namespaces import PREFIXES
from cop_graph.worker import Worker

SECRET = "the words of the canary"
G = "{ ?s ?p ?o }"
U = "<http://@HOST@/sparql>"
F = "<file://@FILE@>"
ESCAPED = "".join(f"\\u{ord(character):04x}" for character in "http://")
LONG_ESCAPED = "".join(f"\\U{ord(character):08X}" for character in "http://")
EX = "PREFIX ex: <http://@HOST@/> PREFIX : <http://@HOST@/> "

OF_THE_TABLE = {
    name: query.replace("127.0.0.1:9", "@HOST@").replace("/etc/passwd", "@FILE@")
    for name, query in WAYS_OUT.items()
}
REFUSED = {
    **OF_THE_TABLE,
    # A call where another pattern hides it.
    "in-optional-of-minus": f"ASK {{ MINUS {{ ?s ?p ?o OPTIONAL {{ SERVICE {U} {G} }} }} }}",
    "in-union-of-exists": f"ASK {{ FILTER EXISTS {{ {G} UNION {{ SERVICE {U} {G} }} }} }}",
    "in-exists-of-optional": f"ASK {{ OPTIONAL {{ FILTER EXISTS {{ SERVICE {U} {G} }} }} }}",
    "in-not-exists-of-bind": f"ASK {{ BIND(NOT EXISTS {{ SERVICE {U} {G} }} AS ?b) }}",
    "in-coalesce": f"SELECT (COALESCE(EXISTS {{ SERVICE {U} {G} }}, 1) AS ?b) {{}}",
    "in-aggregate": f"SELECT (COUNT(EXISTS {{ SERVICE {U} {G} }}) AS ?n) {G}",
    "in-group-by": f"SELECT (1 AS ?n) {G} GROUP BY (EXISTS {{ SERVICE {U} {G} }})",
    "in-in": f"ASK {{ FILTER(true IN (false, EXISTS {{ SERVICE {U} {G} }})) }}",
    "in-lateral-of-sub-select": (
        f"SELECT * {{ ?s ?p ?o LATERAL {{ SELECT * {{ SERVICE {U} {G} }} LIMIT 1 }} }}"
    ),
    "in-graph-of-service": f"ASK {{ SERVICE SILENT {U} {{ GRAPH ?g {{ SERVICE {U} {G} }} }} }}",
    "after-distinct-sub-select": f"ASK {{ {{ SELECT DISTINCT * {G} }} SERVICE {U} {G} }}",
    "after-two-values": f"SELECT * {{ VALUES (?w ?x) {{ ({U} 1) ({U} 2) }} SERVICE ?w {G} }}",
    "values-at-the-end-silent": f"SELECT * {{ SERVICE SILENT ?w {G} }} VALUES (?w) {{ ({U}) }}",
    "made-by-iri": f'SELECT * {{ BIND(IRI("http://@HOST@/a") AS ?w) SERVICE ?w {G} }}',
    "made-by-concat": f'ASK {{ BIND(IRI(CONCAT("http://", "@HOST@")) AS ?w) SERVICE ?w {G} }}',
    "made-by-the-graph": f"SELECT * {{ ?x a ?w SERVICE SILENT ?w {G} }}",
    "describe-what-a-call-gives": f"DESCRIBE ?s {{ SERVICE {U} {G} }}",
    "construct-where": f"CONSTRUCT WHERE {{ SERVICE {U} {G} }}",
    # Comments, line ends, prefixes, bases.
    "comment-in-the-word": f"SELECT * {{ SERV#\nICE {U} {G} SERVICE {U} {G} }}",
    "comment-after-silent": f"SELECT * {{ SERVICE SILENT # {{}}\n {U} # }}\n {G} }}",
    "many-comments": f"SELECT * {{ #\n#\r#\r\n# SERVICE\n SERVICE {U} {G} }}",
    "comment-at-the-head": f"# SELECT * {{}}\n#+ summary: none\nASK {{ SERVICE {U} {G} }}",
    "prefix-declared-twice": f"PREFIX ex: <urn:a> {EX}ASK {{ SERVICE ex:a {G} }}",
    "prefix-with-escaped-name": f"{EX}ASK {{ SERVICE ex:a\\-b {G} }}",
    "prefix-with-percent": f"{EX}ASK {{ SERVICE ex:%41 {G} }}",
    "prefix-of-ours-for-a-host": f"PREFIX cop: <http://@HOST@/> ASK {{ SERVICE cop:a {G} }}",
    "prefix-glued": f"PREFIXex:<http://@HOST@/>ASK{{SERVICE ex:a{G}}}",
    "prefix-after-version": f'VERSION "1.2" {EX}ASK {{ SERVICE ex:a {G} }}',
    "base-alone": f"BASE {U} ASK {{ SERVICE <> {G} }}",
    "base-and-fragment": f"BASE {U} ASK {{ SERVICE <#a> {G} }}",
    "base-and-authority": f"BASE <http://a/> ASK {{ SERVICE <//@HOST@/> {G} }}",
    "base-twice": f"BASE <http://a/> BASE <//@HOST@/> ASK {{ SERVICE <x> {G} }}",
    "base-of-a-file": f"BASE <file:///> ASK {{ SERVICE <.@FILE@> {G} }}",
    # Codepoint escapes, in words, IRIs, names and strings.
    "escaped-iri": f"ASK {{ SERVICE <{ESCAPED}@HOST@/> {G} }}",
    "long-escaped-iri": f"ASK {{ SERVICE <{LONG_ESCAPED}@HOST@/> {G} }}",
    "escaped-letter": f"ASK {{ SERVIC\\u0045 {U} {G} }}",
    "escaped-last-letter-long": f"ASK {{ SERVIC\\U00000045 {U} {G} }}",
    "escaped-silent": f"ASK {{ SERVICE \\u0053ILENT {U} {G} }}",
    "escaped-brace": f"ASK {{ SERVICE {U} \\u007b ?s ?p ?o }} }}",
    "escaped-space": f"ASK {{ SERVICE\\u0020{U} {G} }}",
    "escaped-prefix": f"{EX}ASK {{ SERVICE \\u0065x:a {G} }}",
    "escaped-colon": f"{EX}ASK {{ SERVICE ex\\u003aa {G} }}",
    "escaped-variable": f"ASK {{ VALUES ?w {{ {U} }} SERVICE \\u003fw {G} }}",
    "escaped-comment": f"ASK {{ \\u0023 \n SERVICE {U} {G} }}",
    "escaped-carriage-return": f"ASK {{ # \\u000D SERVICE {U} {G}\n }}",
    "escaped-long-quote": f'ASK {{ ?s ?p """\\u0022\\u0022\\u0022 . SERVICE {U} {G} #""" }}',
    "escaped-apostrophe": f"ASK {{ ?s ?p '\\u0027 . SERVICE {U} {G} # '\n }}",
    "escaped-end-of-iri": f"ASK {{ ?s <a\\u003e ?o . SERVICE {U} {G} # >\n }}",
    "escaped-backslash": f'ASK {{ ?s ?p "\\u005c" . SERVICE {U} {G} # "\n }}',
    "escaped-from": f"ASK F\\u0052OM {F} {G}",
    "escaped-from-named": f"ASK FROM N\\u0041MED {F} {G}",
    "escaped-load": f"L\\u004FAD {F}",
    "escaped-file": "SELECT * FROM <file\\u003A//@FILE@> {}",
    "escaped-name-of-a-graph": f"{EX}ASK FROM ex:\\u0061 {G}",
    # What the engine takes beyond SPARQL 1.1.
    "triple-term-and-string": f"SELECT * {{ <<?s?p'x>'>> ?a ?b . SERVICE{U}{G} # '\n }}",
    "triple-term-in-optional": f"ASK {{ OPTIONAL {{<<?s?p'x>'>> ?a ?b}} SERVICE{U}{G} # '\n }}",
    "triple-term-in-brackets": f"SELECT * {{ ?a ?b <<(?s?p'x>')>> . SERVICE{U}{G} # '\n }}",
    "triple-term-and-comment": f"SELECT * {{ <<?s?p?o#>>>\n>> ?a ?b . SERVICE{U}{G} }}",
    "triple-term-plain": f"SELECT * {{ ?a ?b <<( ?s ?p ?o )>> . SERVICE {U} {G} }}",
    "annotation": f"SELECT * {{ ?s ?p ?o {{| ?a ?b |}} . SERVICE {U} {G} }}",
    "reifier": f"SELECT * {{ ?s ?p ?o ~ ?r . SERVICE {U} {G} }}",
    "reifier-and-string": f"SELECT * {{ ?s ?p ?o ~<'> . SERVICE{U}{G} # '\n }}",
    "version-and-string": f"VERSION '' SELECT * {{ SERVICE {U} {G} }}",
    "direction": f"SELECT * {{ ?s ?p 'a'@en--rtl . SERVICE {U} {G} }}",
    "direction-glued": f"SELECT * {{ ?s ?p 'a'@en--rtlSERVICE{U}{G} }}",
    "function-of-terms": f"ASK {{ FILTER(isTRIPLE(?x)) SERVICE {U} {G} }}",
    "lateral-glued": f"ASK {{ ?s ?p ?o LATERAL{{SERVICE{U}{G}}} }}",
    "path-glued": f"ASK {{ ?s a?x . SERVICE{U}{G} }}",
    # Other graphs.
    "from-glued-prefixed": f"{EX}SELECT * FROMex:a {G}",
    "from-glued-empty-prefix": f"{EX}SELECT * FROM:a {G}",
    "from-glued-to-star": f"SELECT *FROM{F}{G}",
    "from-glued-to-ask": f"ASKFROM{F}{G}",
    "from-glued-to-port": f"PREFIX e: <http://h:> DESCRIBE e:FROM{F}",
    "from-glued-to-port-named": f"PREFIX e: <http://h:> DESCRIBE e:FROM NAMED{F}",
    "from-glued-named-prefixed": f"{EX}ASK FROM NAMEDex:a {G}",
    "from-of-base": f"BASE <file://@FILE@/> ASK FROM <a> {G}",
    "from-of-base-up": f"BASE <https://w3id.org/cop-graph/id/> ASK FROM <../a> {G}",
    "from-of-base-authority": f"BASE <https://w3id.org/cop-graph/id/> ASK FROM <//@HOST@/> {G}",
    "from-base-twice": (
        f"BASE <http://@HOST@/> BASE <https://w3id.org/cop-graph/id/> ASK FROM <report-x> {G}"
    ),
    "from-percent": f"ASK FROM <https://w3id.org/cop-graph/id/report%2Dalpha-1> {G}",
    "from-in-capitals": f"ASK FROM <HTTPS://W3ID.ORG/cop-graph/id/report-alpha-1> {G}",
    "from-prefix-glued-declared": (
        f"PREFIXcopd:<http://@HOST@/> SELECT * FROM copd:report-alpha-1 {G}"
    ),
    "from-between-two-prefixes": (
        f"PREFIX copd: <https://w3id.org/cop-graph/id/> PREFIX copd: <http://@HOST@/> "
        f"ASK FROM copd:report-alpha-1 {G}"
    ),
    "from-data-address": f"ASK FROM <data:text/turtle,%3Ca%3E%20a%20%3Cb%3E.> {G}",
    "from-directory": f"ASK FROM <file:///> FROM NAMED <file://localhost@FILE@> {G}",
    "from-path": "ASK FROM <@FILE@> {}",
    "from-ftp": f"ASK FROM <ftp://@HOST@/a> {G}",
    "from-blank": f"ASK FROM <> {G}",
    # Updates, alone and behind a query.
    "load-into-default": f"LOAD {U} INTO GRAPH <urn:g> ; ASK {G}",
    "load-prefixed": f"{EX}LOAD SILENT ex:a INTO GRAPH ex:b",
    "load-glued": f"LOAD{F}",
    "load-glued-silent": f"LOADSILENT{F}",
    "load-after-comment-line": f"#\nLOAD #\n {U}",
    "load-of-base": "BASE <http://@HOST@/> LOAD <a>",
    "load-second": f"INSERT DATA {{}} ; LOAD {U}",
    "insert-with-call": f"INSERT {G} WHERE {{ SERVICE {U} {G} }}",
    "delete-with-call": f"DELETE {G} WHERE {{ SERVICE SILENT {U} {G} }}",
    "query-then-update": f"SELECT * {G} INSERT DATA {{ <urn:a> <urn:b> <urn:c> }}",
    "query-then-drop": f"ASK {G} DROP ALL",
    "copy-from-file": f"COPY {F} TO DEFAULT",
    "move-to-host": f"MOVE DEFAULT TO {U}",
    "add-silent": f"ADD SILENT {U} TO DEFAULT",
    "create-host": f"CREATE GRAPH {U}",
    "clear-in-lower-case": "clear silent all",
    # Orders and code of other engines.
    "virtuoso-soft": f'DEFINE get:soft "replacing" SELECT * FROM {U} {G}',
    "virtuoso-grab": f'define input:grab-all "yes" SELECT * {G}',
    "virtuoso-grab-iri": f"define input:grab-iri {U} SELECT * {G}",
    "virtuoso-default-graph": f"DEFINE input:default-graph-uri {U} SELECT * {G}",
    "virtuoso-inference": f'DEFINE input:inference "{U}" DEFINE get:uri {U} ASK {G}',
    "virtuoso-storage": f'define input:storage "" define sql:log-enable 3 ASK {G}',
    "virtuoso-option": f'ASK FROM copd:report-alpha-1 OPTION (get:soft "soft", get:uri {U}) {G}',
    "virtuoso-http-get": 'SELECT (bif:http_get("http://@HOST@/") AS ?x) {}',
    "virtuoso-file": 'SELECT (bif:file_to_string("@FILE@") AS ?x) {}',
    "virtuoso-file-iri": 'SELECT (<bif:file_to_string>("@FILE@") AS ?x) {}',
    "virtuoso-file-prefix": 'PREFIX v: <bif:> SELECT (v:file_to_string("@FILE@") AS ?x) {}',
    "virtuoso-sql": 'SELECT (sql:SPARQL_EVAL("LOAD <http://@HOST@/>") AS ?x) {}',
    "virtuoso-escaped": 'SELECT (<\\u0062if:http_get>("http://@HOST@/") AS ?x) {}',
    "jena-class": 'SELECT (<java:java.net.URL>("http://@HOST@/") AS ?x) {}',
    "jena-class-as-property": "SELECT * { ?s <java:org.example.Fetch> ?o }",
    "jena-class-prefix": "PREFIX f: <java:org.example.> ASK { FILTER(f:fetch(1)) }",
    "blazegraph-named-service": f"SELECT * {{ SERVICE <bigdata:search> {G} }}",
    "blazegraph-label": f"PREFIX w: <http://wikiba.se/> ASK {{ SERVICE w:label {G} }}",
    "blazegraph-mwapi": f'SELECT * {{ SERVICE <http://@HOST@/mwapi> {{ [] ?p "{U}" }} }}',
    "graphdb-federation": f"SELECT * {{ SERVICE <repository:other> {G} }}",
    "stardog-virtual": f"SELECT * {{ SERVICE <db://other> {G} }}",
    "jena-csv-service": f"SELECT * {{ SERVICE <x-sparql-anything:location=@FILE@> {G} }}",
    # Characters that are not what they seem.
    "dotless-i": f"ASK {{ SERV\u0131CE {U} {G} }}",
    "long-s-lower-case": f"ask {{ \u017fervice {U} {G} }}",
    "byte-order-mark-in-front": f"\ufeffSERVICE {U} {G}",
    "byte-order-mark": f"ASK {{ \ufeffSERVICE {U} {G} }}",
    "no-break-space": f"ASK {{ SERVICE\u00a0{U} {G} }}",
    "zero-width-space": f"ASK {{ SERVICE\u200b{U} {G} }}",
    "zero-width-joiner": f"ASK {{ SERVICE\u200d:a {G} SERVICE {U} {G} }}",
    "right-to-left": f"ASK {{ \u202eECIVRES {U} {G} \u202d SERVICE {U} {G} }}",
    "line-separator-ends-no-comment": f"ASK {{ # \u2028 \n SERVICE {U} {G} }}",
    "next-line": f"ASK {{ SERVICE\u0085{U} {G} }}",
    "form-feed": f"ASK {{ SERVICE\f{U} {G} }}",
    "vertical-tab": f"ASK {{\vSERVICE {U} {G} }}",
    "nul": f"ASK {{ SERVICE\x00 {U} {G} }}",
    "nul-in-front": f"\x00ASK {{ SERVICE {U} {G} }}",
    "nul-in-a-string": f"ASK {{ ?s ?p '\x00' . SERVICE {U} {G} }}",
    "half-a-character": f"ASK {{ ?s ?p '\ud800' . SERVICE {U} {G} }}",
    "full-width": f"ASK {{ \uff33ERVICE {U} {G} SERVICE {U} {G} }}",
    "full-width-brackets": f"ASK {{ SERVICE \uff1chttp://@HOST@/\uff1e {G} }}",
    "combining": f"ASK {{ S\u0301ERVICE {U} {G} SERVICE {U} {G} }}",
    "middle-dot": f"ASK {{ SERVICE\u00b7{U} {G} }}",
    # Size.
    "deep-braces": f"ASK {'{' * 5000} SERVICE {U} {G} {'}' * 5000}",
    "deep-parentheses": f"ASK {{ FILTER{'(' * 5000}EXISTS {{ SERVICE {U} {G} }}{')' * 5000} }}",
    "deep-collection": f"ASK {{ ?s ?p {'(' * 5000}1{')' * 5000} SERVICE {U} {G} }}",
    "deep-blank-nodes": f"ASK {{ {'[ ?p ' * 5000}1{' ]' * 5000} . SERVICE {U} {G} }}",
    "long-comment": f"ASK {{ #{'x' * 100_000}\n SERVICE {U} {G} }}",
    "long-string": f"ASK {{ ?s ?p '''{'x' * 100_000}''' . SERVICE {U} {G} }}",
    "many-tokens": f"ASK {{ {'?s ?p ?o . ' * 5000} SERVICE {U} {G} }}",
    "many-calls": f"ASK {{ {f'SERVICE SILENT {U} {G} ' * 1000} }}",
}
HARMLESS = {
    # In a string, however it is read.
    "escaped-twice": f'ASK {{ ?s ?p "\\\\u0022 . SERVICE {U} {G} # "\n }}',
    "version-and-long-string": f"VERSION ''' ' SELECT * {{ SERVICE {U} {G} }} # '''",
    # They name the world and do not go there.
    "graph-of-a-host": f"SELECT * {{ GRAPH {U} {G} }}",
    "graph-of-a-file": f"SELECT * {{ GRAPH {F} {G} }}",
    "subject-of-a-host": f"SELECT * {{ {U} ?p ?o }}",
    "describe-a-host": f"DESCRIBE {U}",
    "describe-a-file": f"DESCRIBE {F}",
    "construct-a-call": f"CONSTRUCT {{ {U} a {F} }} WHERE {{}}",
    "string": f'ASK {{ ?s ?p "SERVICE {U} {G}" }}',
    "comment": f"ASK {{ ?s ?p ?o # SERVICE {U} {G}\n }}",
    "iri-as-function": f"SELECT ({U}(1) AS ?x) {{}}",
    "file-as-function": f"SELECT ({F}(1) AS ?x) {{}}",
    "iri-as-aggregate": f"SELECT ({U}(DISTINCT ?s) AS ?x) {G}",
    "made-iri": 'SELECT (IRI("http://@HOST@/") AS ?x) (URI("file://@FILE@") AS ?y) {}',
    "prefix-and-base": f"BASE {U} PREFIX f: {F} ASK {{ <a> a f:b }}",
    "datatype": f'SELECT ("a"^^{U} AS ?x) {{}}',
    "path": f"ASK {{ ?s ({U}|^{F})* ?o }}",
    "arq-list": "PREFIX list: <http://jena.apache.org/ARQ/list#> ASK { ?s list:member ?o }",
    "arq-split": 'PREFIX apf: <http://jena.apache.org/ARQ/property#> ASK { ?s apf:strSplit ("a") }',
    "arq-text": 'PREFIX text: <http://jena.apache.org/text#> ASK { ?s text:query "a" }',
    "geo": (
        "PREFIX geof: <http://www.opengis.net/def/function/geosparql/> "
        "SELECT (geof:distance('POINT(1 1)', 'POINT(2 2)') AS ?x) {}"
    ),
    "blazegraph-hint": "PREFIX hint: <http://www.bigdata.com/queryHints#> ASK { hint:Query ?p ?o }",
    "virtuoso-contains": 'PREFIX bif: <http://example.org/> ASK { ?s bif:contains "a" }',
    "graphdb-from": "PREFIX onto: <http://www.ontotext.com/> ASK { GRAPH onto:explicit {} }",
}
CASES = {**REFUSED, **HARMLESS}
CALLING = """service service-silent service-prefixed service-empty-prefix service-bare-prefix
    service-of-base service-in-ask service-in-construct service-in-describe
    service-in-optional service-in-union service-in-minus service-in-graph service-in-lateral
    service-in-exists service-in-not-exists service-in-nested-exists service-in-bind-exists
    service-in-projection service-in-having service-in-order-by service-in-if
    service-in-sub-select service-in-deep-sub-select service-in-service lower-case mixed-case
    mixed-case-silent no-space line-ends after-comment after-comment-with-carriage-return
    comment-before-target comment-with-quote comment-with-long-quote
    comment-with-angle-bracket after-comparison after-comparison-without-space
    after-blank-node after-prefix-called-service glued-prefixed-name glued-empty-prefix
    glued-empty-prefix-declared glued-silent glued-silent-prefixed glued-to-port-silent
    glued-with-comment comparison-with-comment comparison-with-comment-and-string
    comparison-with-comment-inside comparison-with-string comparison-of-truth
    comparison-of-group comparison-of-exists comparison-with-scheme comparison-at-most
    string-with-unknown-escape string-with-half-a-character string-with-no-character
    in-optional-of-minus in-not-exists-of-bind in-coalesce in-aggregate
    in-group-by in-in in-lateral-of-sub-select in-graph-of-service after-distinct-sub-select
    describe-what-a-call-gives comment-after-silent comment-at-the-head prefix-declared-twice
    prefix-with-escaped-name prefix-with-percent prefix-of-ours-for-a-host prefix-glued
    prefix-after-version base-alone base-and-fragment base-and-authority base-twice
    escaped-iri version-and-string function-of-terms triple-term-in-optional lateral-glued
    blazegraph-mwapi line-separator-ends-no-comment""".split()
"""Cases that do reach the listener, always, where the engine runs them without the guard."""


class World:
    """A listener that counts connections, and a file that counts who opens it."""

    def __init__(self, directory: Path) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()
        self.file = directory / "canary.ttl"
        self.file.write_text(f"<urn:a> <urn:b> '{SECRET}' .\n", encoding="utf-8")
        self._watch = watch(self.file)

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def text(self, case: str) -> str:
        """Give the text of a case, addressed to this world."""
        return CASES[case].replace("@HOST@", self.host).replace("@FILE@", str(self.file))

    def contacts(self) -> int:
        """Count connections and reads since the world began."""
        return self.connections + self.reads()

    def reads(self) -> int:
        """Count how often the file was opened since this was last asked."""
        if self._watch is None:
            return 0
        found = 0
        while select.select([self._watch], [], [], 0)[0]:
            found += len(os.read(self._watch, 4096)) // struct.calcsize("iIII")
        return found

    def close(self) -> None:
        self._listening.close()
        if self._watch is not None:
            os.close(self._watch)


def watch(path: Path) -> int | None:
    """Have the system tell of every opening of a file, by any process; ``None`` if it cannot."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    opened = 0x20
    if descriptor < 0 or libc.inotify_add_watch(descriptor, os.fsencode(path), opened) < 0:
        return None
    return int(descriptor)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    around = World(tmp_path_factory.mktemp("world"))
    yield around
    around.close()


Surface = Callable[[str], str]
"""A way to run a query: gives what the user sees, an answer or a message."""


@pytest.fixture(scope="module")
def python(small_graph: Graph) -> Surface:
    def run(query: str) -> str:
        try:
            return repr(small_graph.query(query))
        except CopGraphError as error:
            return str(error)

    return run


@pytest.fixture(scope="module")
def command(small_source: Source) -> Iterator[Surface]:
    """``cop-graph query``, with one worker for all queries instead of one for each."""

    class Kept(Worker):
        def stop(self) -> None:
            """Keep the process, if it lives."""
            if self._process is None or self._process.poll() is not None:
                super().stop()

    worker = Kept(small_source)

    def run(query: str) -> str:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("cop_graph.worker.Worker", lambda *_, **__: worker)
            done = CliRunner().invoke(cli, ["query", "--data", str(SMALL), "--", query])
        if done.exception is None or isinstance(done.exception, SystemExit):
            return done.output
        assert isinstance(done.exception, CopGraphError)
        return done.output + str(done.exception)

    yield run
    Worker.stop(worker)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surface]:
    """``cop-graph serve``, asked by POST."""
    log = tmp_path_factory.mktemp("service") / "log"
    few = ("--workers", "1", "--long-workers", "1")
    with serving("--data", str(SMALL), *few, log=log) as server:

        def run(query: str) -> str:
            response = server.client.post(
                "/sparql",
                content=query.encode("utf-8", "surrogatepass"),
                headers={"Content-Type": "application/sparql-query"},
            )
            assert response.status_code in (200, 400, 403)
            return response.text

        yield run


SURFACES = ["python", "command", "service"]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("case", CASES)
def test_nothing_leaves_the_graph(
    case: str, surface: str, world: World, request: pytest.FixtureRequest
) -> None:
    run: Surface = request.getfixturevalue(surface)
    before = world.contacts()

    shown = run(world.text(case))

    assert world.contacts() == before
    assert SECRET not in shown
    if case in REFUSED:
        assert any(words in shown for words in ("refused: ", "not a SPARQL query", "not UTF-8"))


def test_nothing_left_the_graph_late(world: World) -> None:
    """A connection that the listener saw after its case still counts; this test comes last."""
    time.sleep(0.2)

    assert (world.connections, world.reads()) == (0, 0)


@pytest.mark.parametrize("case", REFUSED)
def test_guard_refuses_before_the_engine_reads(case: str, world: World) -> None:
    """Where the guard stops a query itself, the engine's own reading does not matter."""
    query = world.text(case)
    with pytest.raises((QueryRefusedError, QuerySyntaxError)):
        check_query(query, graphs=OURS)


@pytest.mark.parametrize(
    "case", [case for case in REFUSED if "load" in case or "with-call" in case]
)
def test_update_that_calls_out_is_refused(case: str, world: World) -> None:
    with pytest.raises((QueryRefusedError, QuerySyntaxError)):
        check_update(world.text(case))


def test_there_are_enough_cases() -> None:
    assert len(set(CASES.values())) == len(CASES) >= 150


def test_engine_without_the_guard_does_call_out(tmp_path: Path) -> None:
    """The cases are dangerous and the listener notices: so the other tests can fail."""
    around = World(tmp_path)
    store = ox.Store()
    store.update(f"INSERT DATA {{ <urn:a> <urn:b> <http://{around.host}/> }}")
    silent = []
    for case in CALLING:
        before = around.connections
        with contextlib.suppress(OSError, RuntimeError):
            results = store.query(around.text(case))
            if not isinstance(results, ox.QueryBoolean):
                list(results)
        until = time.monotonic() + 2
        while around.connections == before and time.monotonic() < until:
            time.sleep(0.001)
        if around.connections == before:
            silent.append(case)
    around.close()

    assert silent == []


SEEDS = [case for case in CASES if len(CASES[case]) < 1000]
GLUE = [
    "",
    " ",
    "\n",
    ".",
    "'",
    '"',
    "'''",
    "#",
    "<",
    ">",
    "<<",
    ">>",
    "{",
    "}",
    "(",
    ")",
    "\\",
    ":",
]
GLUE += [
    "SERVICE",
    "?s ?p 'a' . ",
    "<a#>",
    "<<?s?p'x>'>>",
    "true",
    "1<2",
    "ex:a.b",
    "e:",
    "@en--ltr",
]


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_nothing_that_the_guard_allows_calls_out(world: World, data: st.DataObject) -> None:
    """Cases cut, glued and spliced, run by the engine without the guard where the guard allows."""
    text = world.text(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 3)))
        text = text[:start] + data.draw(st.sampled_from(GLUE)) + text[end:]
    try:
        check_query(text, graphs=OURS)
    except (QueryRefusedError, QuerySyntaxError):
        return
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("x>")))
    before = world.contacts()

    with contextlib.suppress(SyntaxError, OSError, RuntimeError, ValueError):
        results = store.query(text, prefixes=PREFIXES)
        if not isinstance(results, ox.QueryBoolean):
            list(results)

    assert world.contacts() == before


def test_engine_without_the_guard_does_read_files(tmp_path: Path) -> None:
    import rdflib

    around = World(tmp_path)
    answer = rdflib.Dataset().query(around.text("from-file"))

    assert SECRET in str(list(answer))
    if sys.platform == "linux":
        assert around.reads() > 0
    around.close()
