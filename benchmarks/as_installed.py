"""Hide libraries that are installed for the baseline only, so that a process loads what the site would load."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

BASELINE_ONLY = ("pandas", "umap", "bertopic")


class _AsInstalled(PathFinder):
    """Finds what is installed but for the baseline; whoever asks whether that is there is told no."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return None if fullname in BASELINE_ONLY else super().find_spec(fullname, path, target)


def hide() -> None:
    """Make importing them fail in this process: scikit-learn loads pandas (60 MB) wherever it is installed."""
    sys.meta_path[:] = [_AsInstalled if finder is PathFinder else finder for finder in sys.meta_path]
