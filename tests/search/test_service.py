"""The search service: what it finds, what it forgets, and every way in which it can fail the page that asks it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select

from analysis.embedding.models import ModelError
from survey.core.database import db
from survey.core.models import Answer, Idea, Run, Survey
from survey.edits import sampling
from survey.edits.sampling import SampleRule
from survey.search import client, kept_surveys, service, wire
from survey.search.client import PREPARING, SEARCHED, SILENT
from survey.search.service import SearchService
from survey.search.survey_vectors import read
from tests.support.filled_survey import Says, add_answers, fill
from tests.support.searching import Meanings, searchable, store_vectors
from tests.support.site import migrated, quiet
from tests.support.visitors import make_survey

pytestmark = pytest.mark.usefixtures("at_ease")

LISTENING = [
    Says("Listen to them. Then tea.", [("Listen to them", "Listening"), ("Then tea", None)]),
    Says("Listen", [("Listen", "Listening")]),
    Says("A joke a day", [("A joke a day", "Humour")]),
    Says("idk", is_silent=True),
]


def ask(app: Flask, query: str, survey_id: int = 1, *, limit: int = 50, least: float = 0.4) -> tuple[list[str], str]:
    """Ask as a page does; gives the passages in words, and what came of it."""
    with app.app_context():
        reply = client.nearest(survey_id, query, limit=limit, least=least)
        texts = {answer.id: answer.text for answer in db.session.query(Answer)}
        return [texts[each.answer_id][each.starts : each.ends] for each in reply.passages], reply.state


def send_raw(app: Flask, data: bytes) -> bytes:
    """Send bytes to the service; gives what it says until it hangs up."""
    with wire.connect(Path(app.instance_path), time.monotonic() + 20) as connection:
        connection.sendall(data)
        connection.settimeout(10)
        said = b""
        while part := connection.recv(1000):
            said += part
        return said


@pytest.fixture
def filled(sqlite_app: Flask) -> Flask:
    fill(sqlite_app, LISTENING)
    store_vectors(sqlite_app)
    return sqlite_app


def test_what_means_the_same_is_found_the_nearest_first(filled: Flask) -> None:
    with searchable(filled):
        assert ask(filled, "hear") == (["Listen", "Listen to them"], SEARCHED)
        assert ask(filled, "hear", limit=1) == (["Listen"], SEARCHED)
        assert ask(filled, "hear", least=0.9) == (["Listen"], SEARCHED)
        assert ask(filled, "GIGGLE!") == (["A joke a day"], SEARCHED)
        assert ask(filled, "zebra") == ([], SEARCHED)
        assert ask(filled, "hear", survey_id=99) == ([], PREPARING)  # there is none, or no result of it yet


def test_a_query_is_encoded_once(filled: Flask) -> None:
    model = Meanings()
    with searchable(filled, model):
        for query in ("hear", "Hear ", "hear", "laugh"):
            assert ask(filled, query)[1] == SEARCHED
    assert model.encoded == ["warm up", "listen", "joke"]


def test_queries_are_kept_within_a_number(filled: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_QUERIES", 2)
    model = Meanings()
    with searchable(filled, model):
        for query in ("hear", "laugh", "tea", "laugh", "hear"):
            ask(filled, query)
    assert model.encoded[1:] == ["listen", "joke", "tea", "listen"]


def test_new_answers_are_found_and_a_new_run_is_read(filled: Flask) -> None:
    with searchable(filled):
        assert ask(filled, "hear")[0] == ["Listen", "Listen to them"]
        with filled.app_context():
            survey = db.session.get_one(Survey, 1)
            added = fill_more(survey, "Giggle and listen")
        store_vectors(filled)
        assert "Giggle and listen" in ask(filled, "hear")[0]
        with filled.app_context():
            run_again(1, without=added)
        assert ask(filled, "hear") == (["Listen", "Listen to them"], SEARCHED)


def run_again(survey_id: int, *, without: int = 0) -> None:
    """Another result, whose ideas are those of the one before but of one answer."""
    survey = db.session.get_one(Survey, survey_id)
    before = survey.current_run_id
    run = Run(survey_id=survey_id, state="finished", reason="answers")
    db.session.add(run)
    db.session.flush()
    kept = db.session.query(Idea).filter(Idea.run_id == before, Idea.answer_id != without).all()
    db.session.add_all(
        Idea(run_id=run.id, answer_id=one.answer_id, starts=one.starts, ends=one.ends, status=one.status)
        for one in kept
    )
    survey.current_run_id = run.id
    db.session.execute(delete(Idea).where(Idea.run_id == before))
    db.session.commit()


def fill_more(survey: Survey, text: str) -> int:
    """One more answer with one idea in the result that is shown; gives its id."""
    answer = Answer(survey_id=survey.id, form_key=text, text=text)
    db.session.add(answer)
    db.session.flush()
    db.session.add(Idea(run_id=survey.current_run_id, answer_id=answer.id, starts=0, ends=len(text), status="unplaced"))
    answer_id = answer.id
    db.session.commit()
    return answer_id


def test_those_searched_longest_ago_are_forgotten(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fill(sqlite_app, LISTENING)
    second = make_survey(sqlite_app, None, "second")
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, second)
        run = Run(survey_id=second, state="finished", reason="answers")
        db.session.add(run)
        db.session.flush()
        survey.current_run_id = run.id
        fill_more(survey, "Giggle")
    store_vectors(sqlite_app)
    monkeypatch.setattr(kept_surveys, "count_bytes", lambda ideas: ideas)
    later = time.monotonic() + 20
    with sqlite_app.app_context():
        kept = kept_surveys.KeptSurveys(sqlite_app)
        assert kept.get(first.survey_id, "toy", later) is not None
        whole = kept.nbytes
        kept.close()
        kept = kept_surveys.KeptSurveys(sqlite_app, max_bytes=whole)  # room for either, and not for both
        sizes = []
        for survey_id in (first.survey_id, second, first.survey_id):
            assert kept.get(survey_id, "toy", later) is not None
            sizes.append(kept.nbytes)
        assert sizes[0] == sizes[2] == whole > 3 * sizes[1] > 0
        small = kept_surveys.KeptSurveys(sqlite_app, max_bytes=3)
        with pytest.raises(kept_surveys.TooLarge):
            small.get(first.survey_id, "toy", later)
        kept.close()
        small.close()


def test_of_a_large_survey_that_does_not_fit_the_sample_is_searched(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"Listening {number}" for number in range(60)]
    filled = fill(sqlite_app, [Says(text, [(text, None)]) for text in texts])
    store_vectors(sqlite_app)
    monkeypatch.setattr(sampling, "MAX_WHOLE_ANSWERS", 50)
    monkeypatch.setattr(sampling, "SAMPLE_ANSWERS", 20)
    monkeypatch.setattr(kept_surveys, "count_bytes", lambda ideas: 1000 * ideas)
    later = time.monotonic() + 20
    with sqlite_app.app_context():
        kept = kept_surveys.KeptSurveys(sqlite_app, max_bytes=40_000)
        found = kept.get(filled.survey_id, "toy", later)
        assert found is not None
        rule = SampleRule(filled.survey_id, 2)
        own = select(Answer.id).where(Answer.survey_id == filled.survey_id, rule.holds(Answer.id))
        assert set(found.ideas.answers.tolist()) == set(db.session.scalars(own))
        assert 5 < len(found.ideas.answers) < 30
        assert found.looked_in == len(found.ideas.answers)
        assert kept.get(filled.survey_id, "toy", later) is found
        kept.close()


def test_vectors_of_another_model_are_not_compared(filled: Flask) -> None:
    other = Meanings()
    other.model = "another"
    with searchable(filled, other):
        assert ask(filled, "hear") == ([], SEARCHED)


# ---------- when it fails ----------


def test_without_it_nobody_waits(filled: Flask) -> None:
    started = time.monotonic()
    assert ask(filled, "hear") == ([], SILENT)
    assert time.monotonic() - started < client.WAIT_SECONDS / 2


def test_killed_it_leaves_a_socket_that_is_taken_over(filled: Flask) -> None:
    folder = Path(filled.instance_path)
    wire.listen(folder).close()
    assert (folder / wire.SOCKET_FILE).exists()
    assert ask(filled, "hear") == ([], SILENT)
    with searchable(filled):
        assert ask(filled, "hear")[1] == SEARCHED
        with pytest.raises(FileExistsError):
            wire.listen(folder)


def test_whoever_sees_its_socket_can_connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_file, on_port = tmp_path / "file", tmp_path / "port"
    on_file.mkdir()
    on_port.mkdir()
    seen: list[bool] = []

    class Looking(socket.socket):
        def listen(self, backlog: int = 0, /) -> None:
            folder = on_file if hasattr(socket, "AF_UNIX") else on_port
            seen.append(any((folder / name).exists() for name in (wire.SOCKET_FILE, wire.PORT_FILE)))
            super().listen(backlog)

    monkeypatch.setattr(socket, "socket", Looking)
    wire.listen(on_file).close()
    monkeypatch.delattr(socket, "AF_UNIX")
    wire.listen(on_port).close()
    assert seen == [False] * 2
    assert [entry.name for entry in on_file.iterdir()] == [wire.SOCKET_FILE]
    assert [entry.name for entry in on_port.iterdir()] == [wire.PORT_FILE]


def test_killed_while_it_works_the_page_is_made_without_it(filled: Flask) -> None:
    def hang_up(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        connection.recv(10)
        connection.sendall(struct.pack(">I", 1000) + b'{"state": "sea')
        connection.close()

    with wire.listen(Path(filled.instance_path)) as listening:
        thread = threading.Thread(target=hang_up, args=(listening,))
        thread.start()
        assert ask(filled, "hear") == ([], SILENT)
        thread.join()


@pytest.mark.parametrize("trickles", [False, True])
def test_a_slow_one_is_waited_for_half_a_second(
    filled: Flask, monkeypatch: pytest.MonkeyPatch, *, trickles: bool
) -> None:
    monkeypatch.setattr(client, "WAIT_SECONDS", 0.5)
    over = threading.Event()

    def be_slow(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        connection.sendall(struct.pack(">I", 1000))
        while not over.wait(0.1) and trickles:
            connection.sendall(b" ")
        over.wait()
        connection.close()

    with wire.listen(Path(filled.instance_path)) as listening:
        thread = threading.Thread(target=be_slow, args=(listening,))
        thread.start()
        started = time.monotonic()
        assert ask(filled, "hear") == ([], PREPARING)
        assert 0.4 < time.monotonic() - started < 30
        over.set()
        thread.join()


@pytest.mark.parametrize(
    "reply",
    [
        b"", b"HTTP/1.1 200 OK\r\n\r\n", struct.pack(">I", 2**31), struct.pack(">I", 4) + b"\xff\xfe\x00{",
        struct.pack(">I", 2) + b"[]", struct.pack(">I", 4) + b"null", struct.pack(">I", 50000) + b"[" * 50000,
        struct.pack(">I", 21) + b'{"state": "searched"}',
        struct.pack(">I", 38) + b'{"state": "searched", "passages": [5]}',
        struct.pack(">I", 57) + b'{"state": "searched", "passages": [[1, 5, 2, 7, "near"]]}',
        struct.pack(">I", 52) + b'{"state": "searched", "passages": [[1, 5, 2, 7, 1]]}',
        struct.pack(">I", 58) + b'{"state": "searched", "passages": [[1e400, 0, 2, 7, 0.5]]}',
    ],
)  # fmt: skip
def test_garbage_from_the_socket_is_no_answer(filled: Flask, reply: bytes) -> None:
    def talk(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            wire.receive(connection, time.monotonic() + 10)
            connection.sendall(reply)

    with wire.listen(Path(filled.instance_path)) as listening:
        thread = threading.Thread(target=talk, args=(listening,))
        thread.start()
        assert ask(filled, "hear") == ([], SILENT)
        thread.join()


@pytest.mark.parametrize(
    "sent",
    [
        b"\0\0\0\0", b"GET / HTTP/1.1\r\n\r\n", struct.pack(">I", 2**31) + b"x", struct.pack(">I", 3) + b"\xff\0\0",
        struct.pack(">I", 2) + b"[]",
    ],
)  # fmt: skip
def test_garbage_to_the_socket_is_hung_up_on(filled: Flask, sent: bytes) -> None:
    with searchable(filled):
        with suppress(ConnectionResetError):  # it hung up before it had read all
            assert send_raw(filled, sent) == b""
        assert ask(filled, "hear")[1] == SEARCHED


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "0" * 64}, {"key": None}, {"key": ["a"]}, {"query": ""}, {"query": "x" * 10_000}, {"query": 5},
        {"survey": "1 OR 1=1"}, {"limit": "many"}, {"least": None}, {"seconds": "nan?"},
    ],
)  # fmt: skip
def test_a_request_that_is_none_gets_no_answer(filled: Flask, changes: dict[str, object]) -> None:
    key = wire.make_key(filled.config["SECRET_KEY"])
    whole = {"key": key, "survey": 1, "query": "hear", "limit": 5, "least": 0.4, "seconds": 20}
    with searchable(filled), wire.connect(Path(filled.instance_path), time.monotonic() + 20) as connection:
        wire.send(connection, whole | changes, time.monotonic() + 20)
        with pytest.raises((wire.BadMessage, ConnectionResetError)):
            wire.receive(connection, time.monotonic() + 10)


@pytest.mark.parametrize("query", ["hear\0", "\ud800", "x" * 500, "مرحبا 👋🏽", "' OR 1=1 --"])
def test_any_words_are_a_query(filled: Flask, query: str) -> None:
    with searchable(filled):
        assert ask(filled, query)[1] == SEARCHED


def test_a_model_that_cannot_be_loaded_is_told_once(filled: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Meanings:
        raise ModelError("No weights.")

    running = SearchService(filled, load)
    with wire.listen(Path(filled.instance_path)) as listening:
        thread = threading.Thread(target=running.serve, args=(listening,))
        thread.start()
        assert [ask(filled, "hear") for _ in range(3)] == [([], SILENT)] * 3
        running.stop()
        thread.join()
    running.close()
    assert caplog.text.count("No weights.") == 1


def test_while_the_model_is_loaded_it_says_so(filled: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WAIT_SECONDS", 0.3)
    may = threading.Event()

    class Slow(Meanings):
        def __init__(self) -> None:
            super().__init__()
            may.wait()

    running = SearchService(filled, Slow)
    with wire.listen(Path(filled.instance_path)) as listening:
        thread = threading.Thread(target=running.serve, args=(listening,))
        thread.start()
        assert ask(filled, "hear") == ([], PREPARING)
        may.set()
        monkeypatch.setattr(client, "WAIT_SECONDS", 20.0)
        assert ask(filled, "hear")[1] == SEARCHED
        running.stop()
        thread.join()
    running.close()


def test_too_many_at_once_are_turned_away(filled: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_waiting", threading.BoundedSemaphore(1))
    with searchable(filled):
        assert client._waiting.acquire()
        assert ask(filled, "hear") == ([], SILENT)
        client._waiting.release()
        assert ask(filled, "hear")[1] == SEARCHED


def test_idle_it_ends(filled: Flask) -> None:
    running = SearchService(filled, Meanings, idle_seconds=1.0)
    with wire.listen(Path(filled.instance_path)) as listening:
        thread = threading.Thread(target=running.serve, args=(listening,))
        thread.start()
        assert ask(filled, "hear")[1] == SEARCHED
        thread.join(10)
        assert not thread.is_alive()
    running.close()


def test_where_no_socket_can_be_a_file_it_is_a_port(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30)
    folder.mkdir()
    with migrated(quiet(folder)) as app:
        fill(app, LISTENING)
        store_vectors(app)
        with searchable(app):
            assert (folder / wire.PORT_FILE).read_text().isdigit()
            assert ask(app, "hear")[1] == SEARCHED
        for nonsense in ("", "0", "99999", "5\x00", "٣٣"):
            (folder / wire.PORT_FILE).write_text(nonsense, encoding="utf-8")
            assert ask(app, "hear") == ([], SILENT)


def test_a_thousand_more_are_read_as_they_are(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read piece by piece is the same as what is read at once."""
    filled = fill(sqlite_app, [Says(f"Listen {n % 7}", [(f"Listen {n % 7}", "Listening")]) for n in range(50)])
    store_vectors(sqlite_app)
    with sqlite_app.app_context():
        before = read(filled.survey_id, filled.run_id, "toy", None)
        add_answers(filled, [Says(f"Giggle {n % 5}", [(f"Giggle {n % 5}", None)]) for n in range(30)])
    store_vectors(sqlite_app)
    with sqlite_app.app_context():
        whole = read(filled.survey_id, filled.run_id, "toy", None)
        grown = read(filled.survey_id, filled.run_id, "toy", before)
        monkeypatch.setattr("survey.search.survey_vectors.MAX_LOOKED_UP", 0)
        scanned = read(filled.survey_id, filled.run_id, "toy", None)
    query = Meanings().encode(["giggle 3"])[0]
    wanted = whole.nearest(query, 100, 0.3)
    assert len(wanted) > 6
    assert wanted == grown.nearest(query, 100, 0.3) == scanned.nearest(query, 100, 0.3)
    assert grown.nbytes == whole.nbytes
