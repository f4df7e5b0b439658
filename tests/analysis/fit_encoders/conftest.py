"""`make check` does not collect what imports torch, which takes seconds in each of its processes."""

import os

collect_ignore = ["test_fine_tune.py"] if os.environ.get("QUICK_TESTS") else []
