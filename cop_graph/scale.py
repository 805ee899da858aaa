"""A million ties: what the store counts becomes integer arrays, sparse matrices and measures.

Names are the cost of a large network, so that each is read once; everything after works on integers
and can be kept in a file that opens at once. Where an exact value is out of reach, a sample is
taken, and the result says so.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import NetworkError
from cop_graph.files import write_whole
from cop_graph.networks import SEED
from cop_graph.store import serialize

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    import numpy.typing as npt

    from cop_graph.store import GraphStore

    Integers = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

DAMPING: Final = 0.85
TOLERANCE: Final = 1e-6
MOST_ROUNDS: Final = 200
NETWORKX_PAIRS: Final = 200_000
"""Up to so many pairs communities are found without the extra ``scale``."""

EXACT_NODES: Final = 2_000
"""Up to so many nodes betweenness is exact; above, it is estimated from ways that start at some."""

SAMPLES: Final = 200
_COUNT: Final = re.compile(rb'"?([0-9]+)')


@dataclass(frozen=True, slots=True)
class Estimate:
    """Values of all nodes, in the order of ``TieArrays.names``; ``note`` says how they came."""

    values: Floats
    is_sampled: bool
    note: str


@dataclass(frozen=True, slots=True)
class TieArrays:
    """Ties as integers.

    ``names`` are the IRIs, sorted; ``sources``, ``targets`` and ``weights`` have one entry a tie
    (shape ``(n,)``), the first two are places in ``names``. ``version`` is that of the data.
    """

    names: tuple[str, ...]
    sources: Integers
    targets: Integers
    weights: Floats
    version: str

    def __len__(self) -> int:
        return len(self.sources)

    def matrix(self) -> Any:
        """Give the simple undirected graph: a symmetric CSR matrix of ones, no diagonal."""
        import numpy as np
        from scipy.sparse import coo_matrix

        size = len(self.names)
        apart = self.sources != self.targets
        rows = np.concatenate([self.sources[apart], self.targets[apart]])
        columns = np.concatenate([self.targets[apart], self.sources[apart]])
        ones = np.ones(len(rows), dtype=np.float32)
        matrix = coo_matrix((ones, (rows, columns)), shape=(size, size)).tocsr()
        matrix.data[:] = 1  # two ties between the same two were added up
        return matrix

    def degrees(self) -> Integers:
        """Give to how many others each node is tied, shape ``(nodes,)``."""
        import numpy as np

        degrees: Integers = np.diff(self.matrix().indptr).astype(np.int64)
        return degrees

    def components(self) -> Integers:
        """Give the number of the component of each node, from 0."""
        import numpy as np
        from scipy.sparse.csgraph import connected_components

        _, found = connected_components(self.matrix(), directed=False)
        numbers: Integers = found.astype(np.int64)
        return numbers

    def pagerank(self) -> Floats:
        """Compute PageRank by power iteration on the simple undirected graph.

        Returns:
            Shape ``(nodes,)``, the sum is 1.

        Raises:
            NetworkError: It does not settle.

        References:
            Page, Brin, Motwani and Winograd (1999); parameters as in networkx.
        """
        import numpy as np

        matrix, size = self.matrix().astype(np.float64), len(self.names)
        if not size:
            return np.zeros(0)
        degrees = np.asarray(matrix.sum(axis=1)).ravel()
        shares = np.divide(1.0, degrees, out=np.zeros(size), where=degrees > 0)
        ranks: Floats = np.full(size, 1 / size)
        for _ in range(MOST_ROUNDS):
            alone = ranks[degrees == 0].sum()
            moved: Floats = (
                DAMPING * (matrix @ (ranks * shares) + alone / size) + (1 - DAMPING) / size
            )
            change = float(np.abs(moved - ranks).sum())
            ranks = moved
            if change < size * TOLERANCE:
                return ranks
        raise NetworkError(f"PageRank did not settle in {MOST_ROUNDS} rounds")

    def communities(self, *, seed: int = SEED) -> Integers:
        """Find communities (Louvain): with networkit where it is installed, else networkx.

        Returns:
            The number of the community of each node, shape ``(nodes,)``; 0 is the largest.

        Raises:
            NetworkError: The network is too large for networkx, and networkit is not installed.

        References:
            Blondel et al. (2008); Staudt and Meyerhenke (2016) for PLM.
        """
        import numpy as np

        matrix = self.matrix()
        toolkit = _networkit()
        if toolkit is not None:
            toolkit.setSeed(seed, False)
            toolkit.setNumberOfThreads(1)  # several threads give other communities each time
            search = toolkit.community.PLM(_to_networkit(toolkit, matrix), refine=True)
            search.run()
            raw = np.asarray(search.getPartition().getVector(), dtype=np.int64)
            return _largest_first(raw)
        if matrix.nnz // 2 > NETWORKX_PAIRS:
            raise NetworkError(
                f"{matrix.nnz // 2} pairs are too many for networkx (up to {NETWORKX_PAIRS}); "
                "pip install 'cop-graph[scale]' finds their communities"
            )
        import networkx as nx

        parts = nx.community.louvain_communities(nx.from_scipy_sparse_array(matrix), seed=seed)
        raw = np.zeros(len(self.names), dtype=np.int64)
        for number, part in enumerate(parts):
            raw[sorted(part)] = number
        return _largest_first(raw)

    def betweenness(self, *, samples: int = SAMPLES, seed: int = SEED) -> Estimate:
        """Give betweenness: exact for few nodes, else estimated from some starting nodes.

        Args:
            samples: From how many nodes the shortest ways are followed.
            seed: Which nodes these are.

        References:
            Brandes (2001); Brandes and Pich (2007) for the estimate.
        """
        import networkx as nx
        import numpy as np

        size = len(self.names)
        exact = size <= EXACT_NODES or samples >= size
        toolkit = None if exact else _networkit()
        if toolkit is not None:
            toolkit.setSeed(seed, False)
            toolkit.setNumberOfThreads(1)
            found = toolkit.centrality.EstimateBetweenness(
                _to_networkit(toolkit, self.matrix()), samples, True, False
            )
            found.run()
            values = np.asarray(found.scores(), dtype=np.float64)
        else:
            graph = nx.from_scipy_sparse_array(self.matrix())
            scores = nx.betweenness_centrality(graph, k=None if exact else samples, seed=seed)
            values = np.array([scores[at] for at in range(size)], dtype=np.float64)
        note = (
            "Betweenness is exact."
            if exact
            else f"Betweenness is an estimate from {samples} of {size} nodes, seed {seed}."
        )
        return Estimate(values, not exact, note)

    def to_networkx(self) -> nx.DiGraph[str]:
        """Give a directed graph of IRIs with ``weight``, for what only networkx can do."""
        import networkx as nx

        names = self.names
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(names)
        graph.add_weighted_edges_from(
            (names[source], names[target], weight)
            for source, target, weight in zip(
                self.sources.tolist(), self.targets.tolist(), self.weights.tolist(), strict=True
            )
        )
        return graph

    def save(self, path: str | os.PathLike[str]) -> None:
        """Keep the arrays in a file (NumPy's ``.npz``), with the version of the data.

        Raises:
            OutputError: It cannot be written; what stood there is unchanged.
        """
        import numpy as np

        buffer = io.BytesIO()
        np.savez(
            buffer,
            names=np.frombuffer("\n".join(self.names).encode(), dtype=np.uint8),
            sources=self.sources.astype(np.int32),
            targets=self.targets.astype(np.int32),
            weights=self.weights,
            version=np.frombuffer(self.version.encode(), dtype=np.uint8),
        )
        write_whole(path, buffer.getvalue())


def arrays_from_tsv(body: bytes, *, version: str = "") -> TieArrays:
    r"""Read ties from the TSV of a SELECT: source, target and, where there is one, a count.

    Args:
        body: SPARQL 1.1 TSV: a heading, then one tie a line, both ends IRIs.
        version: Of the data.

    Raises:
        NetworkError: There are not two or three columns, or an end is no IRI.

    Example:
        >>> ties = arrays_from_tsv(b"?a\t?b\n<http://x/1>\t<http://x/2>\n")
        >>> ties.names, ties.sources.tolist(), ties.targets.tolist()
        (('http://x/1', 'http://x/2'), [0], [1])
    """
    import numpy as np

    heading, _, rest = body.partition(b"\n")
    width = len(heading.split(b"\t"))
    tokens = rest.split()
    if width not in (2, 3) or len(tokens) % width:
        raise NetworkError("ties are read from two or three columns: source, target and a count")
    starts, ends = tokens[0::width], tokens[1::width]
    known = dict.fromkeys(starts)
    known.update(dict.fromkeys(ends))
    ordered = sorted(known)
    if ordered and not (ordered[0].startswith(b"<") and ordered[-1].startswith(b"<")):
        raise NetworkError("both ends of a tie are IRIs; the query gives something else")
    places = {name: at for at, name in enumerate(ordered)}
    count = len(starts)

    def numbers(names: Sequence[bytes]) -> Integers:
        return np.fromiter(map(places.__getitem__, names), dtype=np.int64, count=count)

    weights = np.ones(count)
    if width == 3:
        found = (_COUNT.match(token) for token in tokens[2::3])
        weights = np.fromiter((int(one[1]) if one else 1 for one in found), float, count=count)
    return TieArrays(
        names=tuple(name[1:-1].decode() for name in ordered),
        sources=numbers(starts),
        targets=numbers(ends),
        weights=weights,
        version=version,
    )


def arrays_of(
    store: GraphStore, query: str, *, cache: str | os.PathLike[str] | None = None
) -> TieArrays:
    """Read the ties that a SELECT gives, from the cache where it holds those of this data.

    Args:
        store: What is asked.
        query: Gives source, target and, where wanted, a count; one cache is for one query.
        cache: A file for the arrays; written where it is missing or of other data.

    Raises:
        NetworkError: The query does not give ties.
        OutputError: The cache cannot be written.
    """
    found = read_arrays(cache) if cache is not None else None
    if found is not None and found.version == store.version:
        return found
    made = arrays_from_tsv(serialize(store.run(query), "tsv"), version=store.version)
    if cache is not None:
        made.save(cache)
    return made


def read_arrays(path: str | os.PathLike[str]) -> TieArrays | None:
    """Read arrays that ``save`` wrote; ``None`` where there are none that can be read."""
    import zipfile

    import numpy as np

    try:
        with np.load(Path(path), allow_pickle=False) as kept:
            names = kept["names"].tobytes().decode()
            return TieArrays(
                names=tuple(names.split("\n")) if names else (),
                sources=kept["sources"].astype(np.int64),
                targets=kept["targets"].astype(np.int64),
                weights=kept["weights"],
                version=kept["version"].tobytes().decode(),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _largest_first(raw: Integers) -> Integers:
    """Number groups anew: the largest 0, equals by their first member."""
    import numpy as np

    _, first, inverse, counts = np.unique(
        raw, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -counts))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return number[inverse]


def _networkit() -> Any:
    """Give networkit, or ``None`` where the extra ``scale`` is not installed."""
    try:
        import networkit
    except ImportError:
        return None
    return networkit


def _to_networkit(toolkit: Any, matrix: Any) -> Any:
    import numpy as np

    upper = matrix.tocoo()
    keep = upper.row < upper.col
    ends = (upper.row[keep].astype(np.uint64), upper.col[keep].astype(np.uint64))
    graph = toolkit.Graph(matrix.shape[0], weighted=False, directed=False)
    graph.addEdges(ends)
    return graph


__all__ = ["Estimate", "TieArrays", "arrays_from_tsv", "arrays_of", "read_arrays"]
