"""Many screens at once: each asks every three seconds, and answers go on coming."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.load import Broken, Client
from benchmarks.load_texts import distinct
from survey.live import state
from tests.faults.running_site import FULL, SLUG, Site, chosen, figure, fill, run_of, running_site, survey_id, wait_for

SCREENS = chosen(100, 500)
SECONDS = chosen(12, 60)
POLL_SECONDS = 3.0
ANSWERS = chosen(60, 300)


@dataclass
class Heard:
    """What one kind of visitor heard: statuses, and the seconds until each answer."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Seconds within which that share was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def watch(client: Client, heard: Heard, until: float, chance: random.Random) -> None:
    """One screen, as static/live.js asks: with what it has already, at pauses that differ."""
    tag = ""
    await asyncio.sleep(POLL_SECONDS * chance.random())
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            status, headers, _ = await client.ask("GET", f"/s/{SLUG}/live.json?lang=en", b"", "", tag)
            tag = headers.get("etag", tag)
        except Broken:
            status = 0
        heard.statuses.append(status)
        heard.seconds.append(time.monotonic() - begun)
        await asyncio.sleep(POLL_SECONDS * (0.85 + 0.3 * chance.random()))
    client.close()


async def crowd(site: Site) -> Heard:
    """All screens at once."""
    heard, until = Heard(), time.monotonic() + SECONDS
    chance = random.Random(1)
    clients = [Client(site.port, f"10.2.{number >> 8}.{number & 255}", 30.0) for number in range(SCREENS)]
    await asyncio.gather(*(watch(client, heard, until, chance) for client in clients))
    return heard


def processor_seconds(site: Site, pid: int) -> float:
    """Seconds of processor time that the web processes have used."""
    times = [process.cpu_times() for process in psutil.Process(pid).children()]
    return sum(float(each.user + each.system) for each in times)


def test_many_screens_cost_little(tmp_path: Path) -> None:
    with running_site(tmp_path, run_delay=0) as site:
        fill(site, distinct(ANSWERS, seed=3))
        with site.app.app_context():
            state.switch_on(survey_id(site))
        site.start_worker()
        wait_for(lambda: run_of(site).state == "finished", 240, "themes are found")
        web = site.start_web()
        before, begun = processor_seconds(site, web.pid), time.monotonic()
        heard = asyncio.run(crowd(site))
        took = time.monotonic() - begun
        used = processor_seconds(site, web.pid) - before
    counted = {status: heard.statuses.count(status) for status in sorted(set(heard.statuses))}
    figure(
        "many screens",
        screens=SCREENS,
        answers=ANSWERS,
        requests_a_second=round(len(heard.statuses) / took, 1),
        statuses={str(status): number for status, number in counted.items()},
        median_ms=round(1000 * heard.quantile(0.5), 1),
        p95_ms=round(1000 * heard.quantile(0.95), 1),
        p99_ms=round(1000 * heard.quantile(0.99), 1),
        processor_share=round(used / took, 2),
        ms_a_request=round(1000 * used / len(heard.statuses), 2),
    )
    assert set(counted) <= {200, 304}
    assert counted[304] > 0.3 * len(heard.statuses)  # a quote stays for three polls
    assert len(heard.statuses) > 0.6 * SCREENS * SECONDS / POLL_SECONDS
    if FULL:
        assert heard.quantile(0.95) < 1.0
        assert used / took < 1.0  # of one processor
