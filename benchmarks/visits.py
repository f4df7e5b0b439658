"""Readers who visit a page at once, each over a connection of its own."""

import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection

READERS = 50


@dataclass(frozen=True, slots=True)
class Page:
    """A page to visit, and the mark by which a browser knows it already: it is then answered with a 304."""

    path: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Visited:
    """The seconds of each visit, and how many visits there were a second."""

    seconds: list[float]
    a_second: float


def read_at_once(port: int, page: Page, visits: int, readers: int = 0) -> Visited:
    """Let so many readers (0: READERS) visit a page so many times each. Raises RuntimeError where a visit fails."""
    readers = readers or READERS
    seconds: list[float] = []
    failed: list[str] = []
    start = threading.Barrier(readers + 1)
    headers, wanted = ({"If-None-Match": page.mark}, 304) if page.mark else ({}, 200)

    def read() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        start.wait()
        try:
            for _ in range(visits):
                begun = time.perf_counter()
                connection.request("GET", page.path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                seconds.append(time.perf_counter() - begun)
                if answer.status != wanted:
                    failed.append(f"status {answer.status}")
        except OSError as error:
            failed.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    if failed:
        raise RuntimeError(f"{len(failed)} visits of {page.path} failed: {failed[:3]}")
    return Visited(seconds, readers * visits / taken)
