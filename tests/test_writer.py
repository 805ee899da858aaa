"""Changes of a store on disk: all of one or nothing, whoever is killed when."""

from __future__ import annotations

import contextlib
import io
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import SMALL

from cop_graph import generations
from cop_graph.dataset import find_source
from cop_graph.errors import (
    DataError,
    IdentifierError,
    QueryError,
    QueryRefusedError,
    QuerySyntaxError,
    StoreError,
    UnknownGraphError,
)
from cop_graph.store import EmbeddedStore, build_store, open_store
from cop_graph.writer import Writer

BASE = "http://base.example/"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store on disk with one triple in the default graph and one in <urn:g>."""
    root = tmp_path / "store"
    generation = root / generations.new_name()
    generation.mkdir(parents=True)
    quads = ox.Store(str(generation / generations.QUADS))
    quads.update("INSERT DATA { <urn:a> <urn:b> 0 . GRAPH <urn:g> { <urn:a> <urn:b> 1 } }")
    quads.flush()
    del quads
    generations.publish(root, generation.name, version="first")
    return root


@pytest.fixture
def writer(root: Path) -> Iterator[Writer]:
    made = Writer(root)
    yield made
    made.close()


def state(root: Path) -> set[str]:
    return {str(quad) for quad in open_store(root).iter_quads()}


def update(writer: Writer, text: str) -> None:
    writer.update(text, using=(), using_named=(), base=BASE)


def turtle(text: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(text.encode()), "turtle"


FIRST = {"<urn:a> <urn:b> 0", "<urn:a> <urn:b> 1 <urn:g>"}


def shown(root: Path) -> set[str]:
    number = '"^^<http://www.w3.org/2001/XMLSchema#integer>'
    return {text.replace(number, "").replace(' "', " ") for text in state(root)}


def test_update_is_one_new_generation(root: Path, writer: Writer) -> None:
    before = generations.current(root)
    with contextlib.closing(generations.hold(root / str(before))):
        update(writer, "INSERT DATA { <x> <urn:b> 2 } ; DELETE DATA { <urn:a> <urn:b> 0 }")
        assert (root / str(before)).is_dir()

    assert shown(root) == {"<http://base.example/x> <urn:b> 2", "<urn:a> <urn:b> 1 <urn:g>"}
    assert generations.current(root) != before
    assert open_store(root).version != "first"


def test_each_update_has_a_version_of_its_own(root: Path, writer: Writer) -> None:
    versions = []
    for _ in range(3):
        update(writer, "DELETE WHERE { <urn:u> ?p ?o } ; INSERT DATA { <urn:u> <urn:b> 2 }")
        versions.append(open_store(root).version)

    assert len({*versions, "first"}) == 4


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("INSERT DATA { <urn:x> <urn:b> 2 } ; DROP GRAPH <urn:none>", QueryError),
        ("INSERT DATA { <urn:x> <urn:b> 2 } ; CREATE GRAPH <urn:g>", QueryError),
        ("INSERT DATA { <urn:x> <urn:b> 2 } ; INSERT { } WHERE { ", QuerySyntaxError),
        ("INSERT DATA { <urn:x> <urn:b> 2 } ; LOAD <file:///etc/passwd>", QueryRefusedError),
        ("SELECT * { }", QueryError),
    ],
)
def test_update_that_fails_changes_nothing(
    root: Path, writer: Writer, text: str, kind: type[Exception]
) -> None:
    before = generations.current(root)
    with pytest.raises(kind):
        update(writer, text)

    assert (shown(root), generations.current(root)) == (FIRST, before)
    update(writer, "INSERT DATA { <urn:x> <urn:b> 3 }")
    assert shown(root) == {*FIRST, "<urn:x> <urn:b> 3"}


def test_graphs_that_an_update_sees_can_be_named_beside_it(root: Path, writer: Writer) -> None:
    text = "INSERT { GRAPH <urn:h> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    writer.update(text, using=("urn:g",), using_named=(), base=BASE)

    assert shown(root) == {*FIRST, "<urn:a> <urn:b> 1 <urn:h>"}


def test_put_replaces_and_post_adds(root: Path, writer: Writer) -> None:
    assert writer.put("urn:g", [turtle("<x> <urn:b> 2 .")], base=BASE) is False
    assert shown(root) == {"<urn:a> <urn:b> 0", "<http://base.example/x> <urn:b> 2 <urn:g>"}
    assert writer.post("urn:g", [turtle("<urn:y> <urn:b> 3 .")], base=BASE) is False
    assert writer.post("urn:h", [turtle("<urn:z> <urn:b> 4 .")], base=BASE) is True
    assert writer.put(None, [turtle("")], base=BASE) is False
    assert shown(root) == {
        "<http://base.example/x> <urn:b> 2 <urn:g>",
        "<urn:y> <urn:b> 3 <urn:g>",
        "<urn:z> <urn:b> 4 <urn:h>",
    }


def test_empty_graph_that_was_put_is_there(root: Path, writer: Writer) -> None:
    assert writer.put("urn:empty", [turtle("")], base=BASE) is True
    assert open_store(root).graphs() == ["urn:empty", "urn:g"]
    assert writer.put("urn:empty", [turtle("")], base=BASE) is False


def test_blank_nodes_of_documents_are_kept_apart(root: Path, writer: Writer) -> None:
    writer.put("urn:g", [turtle("_:x <urn:b> 1 ."), turtle("_:x <urn:b> 1 .")], base=BASE)

    assert len(state(root)) == 3


def test_delete_removes_a_graph_and_empties_the_default_one(root: Path, writer: Writer) -> None:
    writer.delete("urn:g")
    assert (shown(root), open_store(root).graphs()) == ({"<urn:a> <urn:b> 0"}, [])
    with pytest.raises(UnknownGraphError, match="urn:g"):
        writer.delete("urn:g")
    writer.delete(None)
    assert shown(root) == set()


@pytest.mark.parametrize(
    ("text", "line"),
    [("<urn:a> <urn:b> 'x", 1), ("<urn:a> <urn:b> 1 .\n<urn:c> nope:d 2 .", 2)],
)
def test_broken_document_changes_nothing(root: Path, writer: Writer, text: str, line: int) -> None:
    with pytest.raises(DataError) as caught:
        writer.put("urn:g", [turtle("<urn:ok> <urn:b> 1 ."), turtle(text)], base=BASE)

    assert caught.value.line == line
    assert shown(root) == FIRST


def test_graph_without_an_iri_is_refused(root: Path, writer: Writer) -> None:
    with pytest.raises(IdentifierError):
        writer.put("a b", [turtle("")], base=BASE)
    assert shown(root) == FIRST


def test_only_one_writes_at_once(root: Path, writer: Writer) -> None:
    with pytest.raises(StoreError, match="writing here"):
        Writer(root)
    with pytest.raises(StoreError, match="writing here"):
        build_store(root, find_source(SMALL))
    writer.close()
    Writer(root).close()


def test_store_that_was_never_built_cannot_be_changed(tmp_path: Path) -> None:
    made = Writer(tmp_path)
    with pytest.raises(StoreError, match="no store here"):
        update(made, "INSERT DATA { <urn:a> <urn:b> 1 }")
    made.close()


def test_old_generations_go_and_what_is_read_stays(root: Path, writer: Writer) -> None:
    reader = open_store(root)
    for number in range(5):
        update(writer, f"INSERT DATA {{ <urn:n> <urn:b> {number} }}")

    assert len(list(root.glob("generation-*"))) == 2
    assert len(list(root.glob("live-*"))) == 1
    assert len(reader) == 2
    del reader
    update(writer, "INSERT DATA { <urn:n> <urn:b> 9 }")
    assert len(list(root.glob("generation-*"))) == 1
    writer.close()
    assert list(root.glob("live-*")) == []


@pytest.mark.parametrize("what", ["update", "put", "post", "delete"])
def test_change_that_cannot_be_published_changes_nothing(
    root: Path, writer: Writer, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    changes = {
        "update": lambda: update(writer, "INSERT DATA { <urn:x> <urn:b> 2 }"),
        "put": lambda: writer.put("urn:g", [turtle("")], base=BASE),
        "post": lambda: writer.post("urn:g", [turtle("<urn:x> <urn:b> 2 .")], base=BASE),
        "delete": lambda: writer.delete("urn:g"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(generations, "publish", fail)
        with pytest.raises(StoreError, match=r"No space left on device[.] Nothing has changed"):
            changes[what]()
    assert shown(root) == FIRST
    assert len(list(root.glob("generation-*"))) == 1

    changes[what]()
    assert shown(root) != FIRST


FILL = """
import resource, signal, sys
from pathlib import Path
from cop_graph.errors import StoreError
from cop_graph.writer import Writer

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = Writer(Path(sys.argv[1]))
writer.update("INSERT DATA { <urn:small> <urn:b> 1 }", using=(), using_named=(), base="urn:x")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
big = " ".join(f"<urn:s{n}> <urn:p> '{n:0200}' ." for n in range(20_000))
try:
    writer.update(f"INSERT DATA {{ {big} }}", using=(), using_named=(), base="urn:x")
except StoreError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
"""


def test_disk_that_is_full_leaves_the_old_state(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(root)], capture_output=True, text=True, check=False
    )

    assert "Nothing has changed" in done.stdout, done.stderr
    assert shown(root) == {*FIRST, "<urn:small> <urn:b> 1"}
    with contextlib.closing(Writer(root)) as writer:
        update(writer, "INSERT DATA { <urn:next> <urn:b> 1 }")
    assert "<urn:next> <urn:b> 1" in shown(root)


CHANGES = """
import sys
from pathlib import Path
from cop_graph.writer import Writer

writer = Writer(Path(sys.argv[1]))
number = int(sys.argv[2])
while True:
    number += 1
    values = " ".join(f"<urn:s{n}> <urn:n> {number} ." for n in range(50))
    text = f"DELETE WHERE {{ ?s <urn:n> ?n }} ; INSERT DATA {{ {values} }}"
    writer.update(text, using=(), using_named=(), base="urn:x")
    print(number, flush=True)
"""


def number_in(store: EmbeddedStore) -> int:
    """Give the one number that all of a state's things have."""
    found = [
        quad.object.value
        for quad in store.quads.quads_for_pattern(None, ox.NamedNode("urn:n"), None, None)
    ]
    assert len(found) in (0, 50)
    assert len(set(found)) <= 1
    return int(found[0]) if found else 0


def test_writer_that_is_killed_leaves_what_it_acknowledged(root: Path) -> None:
    chance = random.Random(4)
    number = 0
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", CHANGES, str(root), str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        lines = process.communicate()[0].split()
        said = int(lines[-1]) if lines else number + 1

        number = number_in(open_store(root))
        assert number in (said, said + 1)

    assert number > 12
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == -1
    assert os.listdir(root).count("CURRENT") == 1
