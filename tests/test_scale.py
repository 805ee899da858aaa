"""A million ties: arrays that say the same as networkx, kept in a file, sampled where said."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from cop_graph import scale
from cop_graph.errors import NetworkError
from cop_graph.graph import Graph
from cop_graph.questions import find_question
from cop_graph.scale import TieArrays, arrays_from_tsv, arrays_of, read_arrays


def tsv(ties: list[tuple[int, int, int]]) -> bytes:
    lines = "".join(f"<http://x/n{a:04}>\t<http://x/n{b:04}>\t{count}\n" for a, b, count in ties)
    return b"?source\t?target\t?claimCount\n" + lines.encode()


@pytest.fixture(scope="module")
def ties() -> list[tuple[int, int, int]]:
    chance = random.Random(5)
    pairs = {(int(300 * chance.random() ** 2), chance.randrange(300)) for _ in range(900)}
    return [(a, b, chance.randrange(1, 9)) for a, b in sorted(pairs)]


@pytest.fixture(scope="module")
def arrays(ties: list[tuple[int, int, int]]) -> TieArrays:
    return arrays_from_tsv(tsv(ties), version="v1")


@pytest.fixture(scope="module")
def simple(ties: list[tuple[int, int, int]]) -> nx.Graph[str]:
    """The same ties by networkx: undirected, each pair once, nothing tied to itself."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(f"http://x/n{end:04}" for a, b, _ in ties for end in (a, b))
    graph.add_edges_from((f"http://x/n{a:04}", f"http://x/n{b:04}") for a, b, _ in ties if a != b)
    return graph


def test_ties_are_read_as_they_stand(arrays: TieArrays, ties: list[tuple[int, int, int]]) -> None:
    read = [
        (int(arrays.names[a][-4:]), int(arrays.names[b][-4:]), int(weight))
        for a, b, weight in zip(arrays.sources, arrays.targets, arrays.weights, strict=True)
    ]
    assert read == ties
    assert list(arrays.names) == sorted(arrays.names)


def test_measures_are_those_of_networkx(arrays: TieArrays, simple: nx.Graph[str]) -> None:
    assert arrays.matrix().nnz == 2 * simple.number_of_edges()
    names = arrays.names
    assert arrays.degrees().tolist() == [simple.degree(name) for name in names]
    expected = nx.pagerank(simple)
    assert arrays.pagerank() == pytest.approx([expected[name] for name in names], abs=1e-5)
    assert arrays.pagerank().sum() == pytest.approx(1)
    found = arrays.components()
    parts = {frozenset(np.array(names)[found == at]) for at in set(found.tolist())}
    assert parts == set(map(frozenset, nx.connected_components(simple)))
    exact = arrays.betweenness()
    scores = nx.betweenness_centrality(simple)
    assert exact.values == pytest.approx([scores[name] for name in names])
    assert (exact.is_sampled, exact.note) == (False, "Betweenness is exact.")


def test_sampled_betweenness_says_so_and_is_near(
    arrays: TieArrays, simple: nx.Graph[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "EXACT_NODES", 10)
    estimate = arrays.betweenness(samples=150, seed=3)
    assert estimate.is_sampled
    assert estimate.note == (
        f"Betweenness is an estimate from 150 of {len(arrays.names)} nodes, seed 3."
    )
    scores = nx.betweenness_centrality(simple)
    exact = np.array([scores[name] for name in arrays.names])
    assert np.corrcoef(exact, estimate.values)[0, 1] > 0.9
    again = arrays.betweenness(samples=150, seed=3)
    assert again.values.tolist() == estimate.values.tolist()


@pytest.mark.parametrize("toolkit", ["networkx", "networkit"])
def test_communities_are_the_same_for_a_seed_and_largest_first(
    toolkit: str, arrays: TieArrays, simple: nx.Graph[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if toolkit == "networkx":
        monkeypatch.setattr(scale, "_networkit", lambda: None)
    else:
        pytest.importorskip("networkit", reason="the extra scale is not installed")
    found = arrays.communities(seed=4)
    sizes = Counter(found.tolist())
    assert [sizes[at] for at in range(len(sizes))] == sorted(sizes.values(), reverse=True)
    assert found.tolist() == arrays.communities(seed=4).tolist()
    parts = [set(np.array(arrays.names)[found == at]) for at in range(len(sizes))]
    best = nx.community.modularity(simple, nx.community.louvain_communities(simple, seed=1))
    assert nx.community.modularity(simple, parts) > 0.9 * best


def test_too_many_pairs_without_networkit_says_what_to_install(
    arrays: TieArrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "_networkit", lambda: None)
    monkeypatch.setattr(scale, "NETWORKX_PAIRS", 5)
    with pytest.raises(NetworkError, match=r"too many for networkx \(up to 5\); pip install"):
        arrays.communities()


def test_kept_arrays_are_the_same_and_damaged_ones_are_none(
    arrays: TieArrays, tmp_path: Path
) -> None:
    path = tmp_path / "ties.npz"
    arrays.save(path)
    kept = read_arrays(path)
    assert kept is not None
    assert (kept.names, kept.version) == (arrays.names, "v1")
    for name in ("sources", "targets", "weights"):
        assert getattr(kept, name).tolist() == getattr(arrays, name).tolist()
    path.write_bytes(path.read_bytes()[:200])
    assert read_arrays(path) is None
    assert read_arrays(tmp_path / "none.npz") is None


def test_cache_is_read_for_the_same_data_and_made_anew_for_other(
    small_graph: Graph, tmp_path: Path
) -> None:
    query = find_question(small_graph.source.queries, "tie-counts").text
    cache = tmp_path / "ties.npz"
    first = arrays_of(small_graph.store, query, cache=cache)
    assert (first.version, len(first)) == (small_graph.version, len(small_graph.ask("tie-counts")))
    nothing = arrays_of(small_graph.store, "SELECT ?a ?b WHERE { ?a a ?b, ?a }", cache=cache)
    assert nothing.names == first.names  # the cache, not the query
    TieArrays(first.names, first.sources, first.targets, first.weights, "other").save(cache)
    assert arrays_of(small_graph.store, query, cache=cache).version == small_graph.version


def test_counts_are_the_claims_of_the_answer(small_graph: Graph) -> None:
    query = find_question(small_graph.source.queries, "tie-counts").text
    arrays = arrays_of(small_graph.store, query)
    counts = {
        (row["source"].iri, row["target"].iri): row["claimCount"]  # type: ignore[union-attr]
        for row in small_graph.ask("tie-counts")
    }
    network = arrays.to_networkx()
    assert {(a, b): weight for a, b, weight in network.edges(data="weight")} == counts


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"?a\n<http://x/1>\n", id="one-column"),
        pytest.param(b"?a\t?b\n<http://x/1>\t\n", id="a-cell-is-missing"),
        pytest.param(b'?a\t?b\n<http://x/1>\t"two"\n', id="a-text"),
    ],
)
def test_what_is_no_tie_is_refused(body: bytes) -> None:
    with pytest.raises(NetworkError):
        arrays_from_tsv(body)


def test_no_ties_give_empty_arrays() -> None:
    arrays = arrays_from_tsv(b"?a\t?b\n")
    assert (len(arrays), arrays.pagerank().tolist(), arrays.degrees().tolist()) == (0, [], [])
