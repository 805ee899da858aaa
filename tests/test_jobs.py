"""What a worker writes: rows counted as the engine writes them, limits, compression."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import threading
import zlib
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cop_graph.dataset import Source
from cop_graph.errors import QueryStoppedError, UnknownGraphError
from cop_graph.jobs import Output, Reader, RowCounter
from cop_graph.store import RESULT_FORMATS
from cop_graph.worker import FRAME, rebuilt, settings_of

HOSTILE = "\\\"\n\r\t,;{}[]<>&'# \u2028\x7f"
TEXTS = st.text(
    st.sampled_from(HOSTILE) | st.characters(codec="utf-8"), max_size=8
) | st.sampled_from(
    [
        '",{',
        "[{",
        "},{",
        "<result>",
        "</result><result>",
        '\\",{"',
        "\\\\",
        '"',
        '""',
        "\r\n",
        "a\n,{",
    ]
)
LITERALS = (
    TEXTS.map(ox.Literal)
    | TEXTS.map(lambda text: ox.Literal(text, language="en-GB"))
    | TEXTS.map(lambda text: ox.Literal(text, datatype=ox.NamedNode("urn:t,;")))
    | st.integers().map(ox.Literal)
)
IRIS = st.sampled_from(["urn:a", "urn:,;", "http://a/(b)?c=&,d#e"]).map(ox.NamedNode)
CELLS = st.none() | LITERALS | IRIS
TABLES = st.integers(0, 3).flatmap(
    lambda width: st.tuples(
        st.just(width), st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=12)
    )
)


def solutions_of(width: int, rows: list[list[Any]]) -> ox.QuerySolutions:
    """Let the engine give these rows, through its own VALUES."""
    names = " ".join(f"?v{number}" for number in range(width))
    values = " ".join(
        "(" + " ".join("UNDEF" if cell is None else str(cell) for cell in row) + ")" for row in rows
    )
    if width:
        text = f"SELECT {names} {{ VALUES ({names}) {{ {values} }} }}"
    else:
        text = "SELECT * { VALUES () { " + "() " * len(rows) + "} }"
    results = ox.Store().query(text)
    assert isinstance(results, ox.QuerySolutions)
    return results


@settings(max_examples=300, deadline=None)
@given(
    table=TABLES, cuts=st.lists(st.integers(0, 4000)), form=st.sampled_from(list(RESULT_FORMATS))
)
def test_rows_are_counted_wherever_pieces_end(
    table: tuple[int, list[list[Any]]], cuts: list[int], form: str
) -> None:
    width, rows = table
    written = solutions_of(width, rows).serialize(format=RESULT_FORMATS[form])
    assert written is not None
    counter = RowCounter(form)
    places = sorted({0, len(written), *(cut % (len(written) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        counter.add(written[start:end])

    assert counter.rows == len(rows)


@pytest.mark.parametrize("form", RESULT_FORMATS)
def test_rows_are_counted_byte_by_byte(form: str) -> None:
    rows = [[ox.Literal(text), None] for text in ('a",{"', "\\", '\\"', "\n", "<result>", "é")]
    written = solutions_of(2, rows).serialize(format=RESULT_FORMATS[form])
    assert written is not None
    counter = RowCounter(form)
    for number in range(len(written)):
        counter.add(written[number : number + 1])

    assert counter.rows == len(rows)


def test_nothing_is_counted_in_other_formats() -> None:
    counter = RowCounter("turtle")
    counter.add(b"\n\n<result>,{")

    assert counter.rows == 0


Frames = list[tuple[bytes, bytes]]


def frames_of(write: Callable[[int], None]) -> Frames:
    """Collect the frames that something writes."""
    reading, writing = os.pipe()
    held = bytearray()

    def read() -> None:
        while part := os.read(reading, 1 << 16):
            held.extend(part)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        write(writing)
    finally:
        os.close(writing)
        thread.join()
        os.close(reading)
    frames, at = [], 0
    while at < len(held):
        kind, length = FRAME.unpack_from(held, at)
        at += FRAME.size
        frames.append((kind, bytes(held[at : at + length])))
        at += length
    return frames


def answer(pieces: list[bytes], **job: Any) -> Frames:
    def write(descriptor: int) -> None:
        output = Output(descriptor, job)
        output.start({"kind": "solutions"}, counted="tsv")
        for piece in pieces:
            output.write(piece)
        output.end()

    return frames_of(write)


def kinds(frames: Frames) -> str:
    return b"".join(kind for kind, _ in frames).decode()


def content_of(frames: Frames) -> bytes:
    return b"".join(content for kind, content in frames if kind == b"P")


def test_small_answer_is_one_frame_with_its_length() -> None:
    frames = answer([b"a\n", b"b\n"])

    assert kinds(frames) == "HPE"
    assert json.loads(frames[0][1]) == {"kind": "solutions", "length": 4}
    assert content_of(frames) == b"a\nb\n"


def test_empty_answer_has_no_piece() -> None:
    assert kinds(answer([])) == "HE"


def test_long_answer_begins_early_and_comes_in_pieces() -> None:
    pieces = [bytes([65 + number % 26]) * 1000 for number in range(400)]
    frames = answer(pieces)

    assert kinds(frames)[:2] == "HP"
    assert kinds(frames)[-1] == "E"
    assert len(frames[1][1]) < 10_000
    assert max(len(content) for _, content in frames) < 70_000
    assert "length" not in json.loads(frames[0][1])
    assert content_of(frames) == b"".join(pieces)


@pytest.mark.parametrize("size", [0, 100, 1023, 1024, 5000, 300_000])
def test_gzip_gives_the_same_bytes(size: int) -> None:
    raw = os.urandom(size // 2).hex().encode()
    frames = answer([raw[at : at + 999] for at in range(0, len(raw), 999)], gzip=True)
    packed = json.loads(frames[0][1]).get("encoding") == "gzip"

    assert packed == (len(raw) >= 1024)
    assert (gzip.decompress(content_of(frames)) if packed else content_of(frames)) == raw


def test_first_compressed_piece_can_be_read_at_once() -> None:
    frames = answer([b"x" * 9000, b"y" * 200_000], gzip=True)
    opened = zlib.decompressobj(31)

    assert opened.decompress(frames[1][1]) == b"x" * 9000


@pytest.mark.parametrize(
    ("job", "limit"),
    [({"most_rows": 10}, "rows"), ({"most_bytes": 50}, "bytes")],
)
@pytest.mark.parametrize("width", [1, 40_000])
def test_answer_past_a_limit_has_no_end(job: dict[str, int], limit: str, width: int) -> None:
    caught: list[QueryStoppedError] = []

    def write(descriptor: int) -> None:
        output = Output(descriptor, job)
        output.start({"kind": "solutions"}, counted="tsv")
        try:
            for _ in range(60):
                output.write(b"x" * width + b"\n")
            output.end()
        except QueryStoppedError as error:
            caught.append(error)
            output.fail(error)

    frames = frames_of(write)

    assert [error.limit for error in caught] == [limit]
    assert b"E" not in [kind for kind, _ in frames]
    assert str(rebuilt(json.loads(frames[-1][1]))) == str(caught[0])


@pytest.mark.parametrize(("rows", "is_whole"), [(10, True), (11, True), (12, False)])
def test_as_many_rows_as_are_allowed_are_given(rows: int, is_whole: bool) -> None:
    pieces = [b"?head\n", *[b"row\n"] * (rows - 1)]
    if is_whole:
        assert kinds(answer(pieces, most_rows=10, most_bytes=4 * 11 + 6)) == "HPE"
    else:
        with pytest.raises(QueryStoppedError, match="more than 10 rows"):
            answer(pieces, most_rows=10)


def test_as_many_bytes_as_are_allowed_are_given() -> None:
    assert kinds(answer([b"x" * 100], most_bytes=100)) == "HPE"
    with pytest.raises(QueryStoppedError, match="more than 99 bytes"):
        answer([b"x" * 100], most_bytes=99)


@pytest.fixture(scope="module")
def reader(small_source: Source) -> Reader:
    return Reader(settings_of(small_source))


def ask(reader: Reader, **job: Any) -> Frames:
    return frames_of(lambda descriptor: reader.answer(job, b"", Output(descriptor, job)))


def test_reader_answers_ready_with_its_version(reader: Reader) -> None:
    [(_, said), _] = ask(reader, do="ready")

    assert json.loads(said)["version"] == reader.open(None).version


def test_reader_gives_a_graph_or_says_that_there_is_none(reader: Reader) -> None:
    graph = reader.open(None).graphs()[0]
    whole = content_of(ask(reader, do="graph", graph=graph, accept="application/n-triples"))
    only_head = ask(reader, do="graph", graph=graph, accept="text/turtle", only_head=True)

    written = {quad.triple for quad in ox.parse(whole, format=ox.RdfFormat.N_TRIPLES)}
    assert written == {quad.triple for quad in reader.open(None).iter_quads(graph)}
    assert (len(written) > 0, kinds(only_head)) == (True, "HE")
    with pytest.raises(UnknownGraphError, match="urn:none"):
        ask(reader, do="graph", graph="urn:none", accept="")


def test_reader_keeps_the_rows_of_a_question_within_the_limit(reader: Reader) -> None:
    job = {"do": "ask", "name": "states", "parameters": {}, "evidence": False, "accept": ""}
    assert kinds(ask(reader, **job, most_rows=2)) == "HPE"
    with pytest.raises(QueryStoppedError, match="more than 1 rows"):
        ask(reader, **job, most_rows=1)


def test_rows_of_a_query_are_counted_in_what_it_writes(reader: Reader) -> None:
    text = "SELECT * { ?s ?p ?o } LIMIT 50"
    for accept in ("application/json", "application/xml", "text/csv", "text/tab-separated-values"):
        job = {"do": "query", "text": text, "accept": accept}
        assert kinds(ask(reader, **job, most_rows=50))[-1] == "E"
        with pytest.raises(QueryStoppedError, match="more than 49 rows"):
            ask(reader, **job, most_rows=49)
