"""Browser: what runs in the page, as it was bundled when the package was built.

The sources are in ``browser/``; the bundles stand in ``cop_graph/static/`` and go into whatever
page or file we write.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

from cop_graph.errors import NotBuiltError

STATIC: Final = Path(__file__).resolve().parent / "static"


@functools.cache
def bundle(name: str) -> str:
    """Give a file that was built for the browser, such as ``map.js`` or ``world-50m.json``.

    Args:
        name: The name of the file; it has no folder.

    Raises:
        NotBuiltError: The package was not built, or there is no such file.
    """
    path = STATIC / name
    if path.parent != STATIC or not path.is_file():
        raise NotBuiltError(
            f"{name} is not among what was built for the browser ({STATIC}). Build it with "
            "pip install --editable . in a clone of the repository, or install cop-graph anew"
        )
    return path.read_text(encoding="utf-8")
