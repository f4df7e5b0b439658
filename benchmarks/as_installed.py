"""Hide libraries that are installed for the baseline only, so that a process loads what the site would load."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

BASELINE_ONLY = ("pandas", "umap", "bertopic")


class _Absent(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname in BASELINE_ONLY:
            raise ModuleNotFoundError(f"{fullname} is not installed with the site", name=fullname)


def hide() -> None:
    """Make importing them fail in this process: scikit-learn loads pandas (60 MB) wherever it is installed."""
    sys.meta_path.insert(0, _Absent())
