"""Starting the load client, and counting what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer
from tests.faults.running_site import Site

TAKEN = 303


@dataclass(frozen=True, slots=True)
class Result:
    """What a load met."""

    seconds: float
    posts: list[dict[str, Any]]

    @property
    def taken(self) -> dict[str, str]:
        """Text by form key of every answer that was acknowledged."""
        return {post["form_key"]: post["text"] for post in self.posts if TAKEN in post["statuses"]}

    @property
    def rate(self) -> float:
        """Answers acknowledged a second; each took a GET of the form and a POST."""
        return len(self.taken) / self.seconds

    @property
    def statuses(self) -> Counter[int]:
        """Every status that a form or a post came back with."""
        return Counter(status for post in self.posts for status in post["statuses"] + post["form_statuses"])

    def quantile(self, share: float) -> float:
        """Seconds within which that share of posts was answered."""
        seconds = sorted(post["seconds"] for post in self.posts if post["statuses"])
        return float(seconds[min(len(seconds) - 1, int(share * len(seconds)))])

    def said(self) -> dict[str, Any]:
        """For the figures."""
        return {
            "posts": len(self.posts),
            "taken": len(self.taken),
            "seconds": round(self.seconds, 1),
            "posts_a_second": round(self.rate, 1),
            "median_ms": round(1000 * self.quantile(0.5)),
            "p99_ms": round(1000 * self.quantile(0.99)),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
        }


@dataclass(frozen=True, slots=True)
class Load:
    """A load that is under way."""

    process: subprocess.Popen[bytes]
    out: Path

    def wait(self) -> Result:
        """Until it is over."""
        assert self.process.wait(900) == 0
        found = json.loads(self.out.read_text(encoding="utf-8"))
        return Result(found["seconds"], found["posts"])


def begin(site: Site, name: str = "load", **options: object) -> Load:
    """Start the load client in a process of its own; `options` are its arguments."""
    out = site.folder / f"{name}.json"
    arguments = [f"--{key.replace('_', '-')}={value}" for key, value in options.items() if value is not True]
    arguments += [f"--{key.replace('_', '-')}" for key, value in options.items() if value is True]
    command = [sys.executable, "-m", "benchmarks.load", f"--port={site.port}", f"--out={out}", *arguments]
    return Load(site.start("load", command), out)


def load(site: Site, name: str = "load", **options: object) -> Result:
    """Run a load to its end."""
    return begin(site, name, **options).wait()


def assert_kept(site: Site, *results: Result) -> None:
    """Every acknowledged answer is stored once, with its words; and nothing is stored that nobody sent."""
    with site.app.app_context():
        stored = db.session.execute(select(Answer.form_key, Answer.text).where(Answer.source != "import")).all()
    kept = {row.form_key: row.text for row in stored}
    assert len(kept) == len(stored), "a form key is stored twice"
    sent = {post["form_key"]: post["text"] for result in results for post in result.posts if post["form_key"]}
    for result in results:
        missing = {key for key, text in result.taken.items() if kept.get(key) != text}
        assert not missing, f"{len(missing)} acknowledged answers are not stored as they were sent"
    assert not set(kept) - set(sent), "answers are stored that nobody sent"
