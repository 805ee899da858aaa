"""The step of hatchling's build that makes the bundles for the browser (``browser/build.py``)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserBuildHook(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore]
    """Builds ``cop_graph/static`` before the files of a wheel or source archive are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundles, unless they belong to the sources already."""
        path = Path(self.root) / "browser" / "build.py"
        spec = importlib.util.spec_from_file_location("browser_build", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        try:
            module.build()
        except module.BuildError as error:
            self.app.abort(f"The bundles for the browser could not be built.\n\n{error}")
