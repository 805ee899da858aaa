"""COP Graph: who works with whom for children online, on what, and which sentence says so.

Names are resolved when they are first used (PEP 562), so that a command imports only what it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cop_graph.errors import CopGraphError
    from cop_graph.gallery import Picture, picture
    from cop_graph.graph import (
        Graph,
        Profile,
        Solutions,
        answer_frame,
        connect,
        network,
        open_graph,
    )
    from cop_graph.measures import Measures, Removal, measure_network, without_paragraph
    from cop_graph.model import Answer, Evidence, Reference, Row
    from cop_graph.networks import Network
    from cop_graph.reports import read_report
    from cop_graph.ways import Connection

__all__ = [
    "Answer",
    "Connection",
    "CopGraphError",
    "Evidence",
    "Graph",
    "Measures",
    "Network",
    "Picture",
    "Profile",
    "Reference",
    "Removal",
    "Row",
    "Solutions",
    "__version__",
    "answer_frame",
    "connect",
    "measure_network",
    "network",
    "open_graph",
    "picture",
    "read_report",
    "without_paragraph",
]

__version__ = "0.1.0"

_HOMES = {
    "Answer": "model",
    "Connection": "ways",
    "CopGraphError": "errors",
    "Evidence": "model",
    "Graph": "graph",
    "Measures": "measures",
    "Network": "networks",
    "Picture": "gallery",
    "Profile": "graph",
    "Reference": "model",
    "Removal": "measures",
    "Row": "model",
    "Solutions": "graph",
    "answer_frame": "graph",
    "connect": "graph",
    "measure_network": "measures",
    "network": "graph",
    "open_graph": "graph",
    "picture": "gallery",
    "read_report": "reports",
    "without_paragraph": "measures",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
