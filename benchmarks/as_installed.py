"""What the site does not install: libraries that are here for BERTopic and its data alone."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

PEERS_ONLY = ("pandas", "umap", "bertopic")


class _Absent(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname in PEERS_ONLY:
            raise ModuleNotFoundError(f"{fullname} is not of the site", name=fullname)


def hide() -> None:
    """Let this process not find them: scikit-learn would load pandas because it is there, which takes 60 MB."""
    sys.meta_path.insert(0, _Absent())
