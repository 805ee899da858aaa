"""A map page of many actors: written by pyvis alone, and by us; then its first frame.

Run ``python benchmarks/map_page.py`` (``--nodes 5000``). Both sides get the same network of
invented actors with the same places, in turns, and write a page that can be opened; pyvis's own
page lets the browser compute places, which for thousands it does not finish. The first frame is
measured in Chromium where there is one: from the start of loading until the picture is drawn.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import networkx as nx
from pyvis.network import Network as Drawing

from cop_graph import maps
from cop_graph.layouts import place_many
from cop_graph.model import Answer, Scope
from cop_graph.networks import SEED, Network

SCOPE = Scope(("Report of the Alpha Forum",), 23, 9, 32, 2, "0123456789ab")
KINDS = ("ministry", "regulator", "private company", "civil society organization", "treaty body")
RUNS = 3
FRAME_SIZES = (100, 300, 1000)
SWITCHES = "--no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --disable-quic".split()


def network_of(nodes: int) -> Network:
    """Make a network with two ties an actor, every tenth of them planned."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    shape = nx.barabasi_albert_graph(nodes, 2, seed=SEED)
    names = {node: f"copd:organization-{node:06}" for node in shape}
    for node, name in names.items():
        kind = KINDS[node % len(KINDS)]
        label = f"Office {node} of the Blue Lantern"
        graph.add_node(name, label=label, kind=kind, category="Organization")
    for number, (one, other) in enumerate(shape.edges()):
        plan = number % 10 == 0
        status = "planned" if plan else "done"
        graph.add_edge(
            names[one],
            names[other],
            key=f"{names[one]} cop:partnersWith {names[other]} {status}",
            label="partners with",
            relation="cop:partnersWith",
            status=status,
            asserts=not plan,
            start="",
            end="",
            contexts="",
            topics="lamps",
            paragraphs="1.1",
            claims=f"copd:claim-alpha-1-1-{number:03}",
        )
    return Network("partnership", graph, Answer("made", "Made?", {}, [], {}, SCOPE))


def by_pyvis(network: Network, places: dict[str, tuple[float, float]]) -> str:
    """Write the page that pyvis writes by itself, with places given, so that it can be opened."""
    drawing = Drawing(directed=False, cdn_resources="in_line")
    for node, attributes in network.graph.nodes(data=True):
        x, y = places[node]
        drawing.add_node(node, label=attributes["label"], title=attributes["kind"], x=x, y=y)
    for source, target, attributes in network.graph.edges(data=True):
        drawing.add_edge(source, target, title=attributes["label"])
    drawing.toggle_physics(False)
    return str(drawing.generate_html(notebook=False))


def by_us(network: Network, renderer: str, places: dict[str, tuple[float, float]] | None) -> str:
    """Write our page, with the facts and all that the map can do."""
    return maps.map_html(network, {}, scope=SCOPE, title="Made", renderer=renderer, places=places)


def first_frame_ms(page: str) -> float:
    """Load a page in Chromium and give the milliseconds until its picture stands."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        chromium = shutil.which("chromium") or "chromium"
        browser = driver.chromium.launch(executable_path=chromium, args=SWITCHES)
        tab = browser.new_page()
        tab.set_default_timeout(120_000)
        tab.goto(path.as_uri())
        tab.wait_for_function("window.map && map.overlay.labels.length > 0")
        frame = tab.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => done(performance.now())))"
        )
        browser.close()
        return float(frame)


def main() -> int:
    """Measure and print; the last line holds what the map promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--no-frames", action="store_true")
    arguments = parser.parse_args()
    network = network_of(arguments.nodes)
    by_us(network_of(50), "sigma", None)  # imports are no part of writing
    started = time.perf_counter()
    places = place_many(network.graph, seed=SEED)
    placed_s = time.perf_counter() - started
    ours_s, theirs_s = [], []
    for _ in range(RUNS):
        started = time.perf_counter()
        theirs = by_pyvis(network, places)
        theirs_s.append(time.perf_counter() - started)
        started = time.perf_counter()
        ours = by_us(network, "sigma", places)
        ours_s.append(time.perf_counter() - started)
    pyvis_s, write_s = statistics.median(theirs_s), statistics.median(ours_s)
    print(f"{arguments.nodes} actors, {network.graph.number_of_edges()} ties, median of {RUNS}")
    print(f"pyvis writes its page  {pyvis_s:8.2f} s  {len(theirs) / 1e6:6.2f} MB")
    print(f"we write ours          {write_s:8.2f} s  {len(ours) / 1e6:6.2f} MB")
    print(f"places, computed once  {placed_s:8.2f} s")
    if not arguments.no_frames and shutil.which("chromium"):
        print("\nactors  first frame, pyvis  first frame, sigma")
        for nodes in FRAME_SIZES:
            made = network_of(nodes)
            frames = [first_frame_ms(by_us(made, renderer, None)) for renderer in maps.RENDERERS]
            print(f"{nodes:6}  {frames[0]:15.0f} ms  {frames[1]:15.0f} ms")
    print(f"\nwritten {pyvis_s / write_s:.0f} times faster than by pyvis; the aim is 20")
    return 0 if pyvis_s >= 20 * write_s else 1


if __name__ == "__main__":
    sys.exit(main())
