"""The owner's pages in Spanish: nothing English is left in templates and code, nor on the pages themselves.

Templates and code are read for texts that are not marked for translation; the pages are opened in both languages.
A page that says the same in both is one whose words were not translated.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import nodes

from survey.accounts import owners
from survey.bulk_changes import changes as bulk_changes
from survey.bulk_changes.entries import Entry
from survey.bulk_changes.models import BulkChange
from survey.bulk_changes.moves import Ways
from survey.core import i18n
from survey.core.account_models import Membership, Owner
from survey.core.database import db, write_transaction
from survey.core.models import Advice, Answer, Run, Survey
from survey.core.settings import PROJECT
from survey.edits.models import Edit
from survey.manage import surveys
from survey.notices import own_address, texts
from survey.runs import failures
from survey.runs import lifecycle as runs
from survey.web.access import signer
from tests.support.checks import add_check
from tests.support.every_case import for_each
from tests.support.filled_survey import Filled
from tests.support.made_up_survey import ALFA, BETA, GAMA, OWN_WORDS, RULES, made_up, propose
from tests.support.site import migrated, quiet
from tests.support.visitors import field, make_owner, make_survey, sign_in

TEMPLATES = PROJECT / "templates"
ENGLISH_PAGES = ("api/docs.html",)
"""What programmers read"""
NAMES = ("Common Threads", "Excel", "TOML", "RadioField")
"""Names, which are the same in every language"""
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CLASS_BLOCK = re.compile(r"\{% block (?:body_class|width|root) %\}.*?\{% endblock %\}")
TAG = re.compile(r"<[^>]*>", re.DOTALL)
WORDS_OF_TAG = re.compile(r'\s(?:aria-label|placeholder|title|alt)="([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"[A-Z“][a-z]+")
MARKS = {"_", "gettext", "ngettext", "pgettext", "npgettext", "N_", "later"}


def template_texts(source: str) -> Iterator[str]:
    """The words of a template that are not marked: between its tags, in its attributes, in its expressions."""
    bare = JINJA.sub("\0", CLASS_BLOCK.sub("", source))
    for text in (TAG.sub("\0", bare), *WORDS_OF_TAG.findall(bare)):
        yield from (part.strip() for part in text.split("\0") if WORD.search(part))
    yield from (text for text in constants(jinja2.Environment(extensions=["jinja2.ext.i18n"]).parse(source)))


def constants(node: nodes.Node) -> Iterator[str]:
    """The texts in the expressions of a template that begin like a sentence, without those that are translated."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKS:
        for argument in node.kwargs:
            yield from constants(argument.value)
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and SENTENCE.match(node.value):
        yield node.value
    for child in node.iter_child_nodes():
        yield from constants(child)


@for_each("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_text_of_a_template_is_marked(path: Path) -> None:
    if path.relative_to(TEMPLATES).as_posix() in ENGLISH_PAGES:
        return
    keys = re.findall(r'(?:data-key|aria-keyshortcuts)="\{\{ "(\w+)"', path.read_text(encoding="utf-8"))
    left = [text for text in template_texts(path.read_text(encoding="utf-8")) if text not in (*NAMES, *keys)]
    assert left == []


@for_each(
    ("template", "left"),
    [
        ("<p>{{ _('Yes') }}</p>", []),
        ("<p>Not marked</p>", ["Not marked"]),
        ("<p>{{ n }} people</p>", ["people"]),
        ('<nav aria-label="Pages">1</nav>', ["Pages"]),
        ("{{ button('Delete') }}", ["Delete"]),
        ("{{ _('%(n)s', n=one('Two')) }}", ["Two"]),
        ("{% block body_class %}manage{% endblock %}{# A comment #}", []),
    ],
)
def test_what_is_not_marked_is_found_in_a_template(template: str, left: list[str]) -> None:
    assert [*template_texts(template)] == left


# ---------- code ----------

SHOWN = {"flash", "ValidationError", "StopValidation", "EditRefused", "InputRequired", "SelectChoice", "SubmitField",
         "CheckRefused", "ImportRefused", "ArchiveRefused"}  # fmt: skip
"""What is called with words for the owner"""


def code_texts(tree: ast.AST) -> Iterator[str]:
    """Words in code that are shown on a page and not marked: messages, errors of fields, names of buttons."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "message")]
            if name in SHOWN or (name == "abort" and len(node.args) > 1) or name == "Length":
                yield from (text for value in given for text in sentences(value))
        elif isinstance(node, ast.Assign) and any(getattr(target, "attr", "") == "errors" for target in node.targets):
            yield from sentences(node.value)


def sentences(node: ast.expr) -> Iterator[str]:
    """The texts in an expression that begin like a sentence, without those that are marked."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MARKS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCE.match(node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from sentences(child)


@for_each("path", sorted((PROJECT / "survey").rglob("*.py")), ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_word_for_the_owner_is_marked_in_code(path: Path) -> None:
    if "api" in path.parts or "serve" in path.parts:
        return
    assert [*code_texts(ast.parse(path.read_text(encoding="utf-8")))] == []


@for_each(
    ("code", "left"),
    [
        ("flash('It is done.')", ["It is done."]),
        ("flash(gettext('It is done.'))", []),
        ("raise EditRefused(f'Another is called {name}.')", ["Another is called "]),
        ("form.title.errors = ['There are too many.']", ["There are too many."]),
        ("abort(404, 'The link is used.')", ["The link is used."]),
        ("Length(max=3, message='Keep it short.')", ["Keep it short."]),
        ("Length(max=3, message=later(N_('Keep it short.')))", []),
    ],
)
def test_what_is_not_marked_is_found_in_code(code: str, left: list[str]) -> None:
    assert [*code_texts(ast.parse(code))] == left


# ---------- pages ----------

SAME = {"idea", "ideas", "no", "error", "common", "threads", "csv", "toml", "xlsx", "json", "utc", "excel", "parquet",
        "svg", "png", "facebook", "instagram", "linkedin", "whatsapp", "bluesky", "lasting",
        "localhost", "ruth", "kappa"}  # fmt: skip
"""Words that are the same in both languages, and names"""
AS_STORED = {"answer", "codes", "Your list"}
"""Names of columns in files, and what a pasted list is called in the language it was pasted in"""
SHOWN_ATTRIBUTES = ("placeholder", "aria-label", "title", "alt", "data-on", "data-off", "data-ticked", "data-fresh",
                    "data-fitting", "data-name-it", "data-copy", "data-copied")  # fmt: skip
ES = {"Accept-Language": "es"}


class Said(HTMLParser):
    """What a page says: its texts, and those in attributes that are shown or read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.texts += [value for name in SHOWN_ATTRIBUTES if (value := given.get(name))]
        if tag == "input" and given.get("type") == "submit":
            self.texts.append(given.get("value") or "")
        if (
            tag in ("script", "style", "kbd", "textarea")
            or given.get("id") in ("language", "time_zone")
            or given.get("class") == "code"
        ):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.append(data)


def said(page: str) -> set[str]:
    """The texts of a page that have words in them, apart from the survey's own and those that are the same."""
    reader = Said()
    reader.feed(page)
    tidied = {" ".join(text.split()) for text in reader.texts}
    return {
        text
        for text in tidied - AS_STORED
        if {word.lower() for word in WORD.findall(ADDRESS.sub("", OWN_WORDS.sub("", text)))} - SAME
    }


ADDRESS = re.compile(r"https?://\S*")


@dataclass
class Workshop:
    """An owner's site, opened in English and in Spanish."""

    app: Flask
    client: FlaskClient
    filled: Filled

    def get(self, path: str) -> tuple[str, str]:
        """A page in both languages."""
        pages = [self.client.get(path, headers=headers) for headers in ({}, ES)]
        assert [page.status_code for page in pages] == [200, 200], path
        assert ['lang="en"' in pages[0].text[:60], 'lang="es"' in pages[1].text[:60]] == [True, True], path
        return pages[0].text, pages[1].text

    def post(self, path: str, **form: str | list[str]) -> tuple[str, str]:
        """What a form answers in both languages: its page again, or the page it leads to."""
        answers = []
        for headers in ({}, ES):
            token = field(self.client.get("/manage/new"), "csrf_token")
            response = self.client.post(path, data={"csrf_token": token, **form}, headers=headers)
            if response.status_code == 303:
                response = self.client.get(response.location, headers=headers)
            answers.append(response.text)
        return answers[0], answers[1]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Everything has happened in it."""
    mail = {"smtp_host": "localhost", "mail_from": "a@example.org", "base_url": "http://localhost"}
    with migrated(quiet(tmp_path_factory.mktemp("workshop"), **mail)) as app:
        filled = made_up(app, make_owner(app))
        client = app.test_client()
        sign_in(client)
        yield Workshop(app, client, filled)


PAGES = (
    "/manage", "/manage/new", "/manage/new?start=customers", "/manage/new?start=blank", "/account", "/manage/lasting",
    "/manage/lasting/settings", "/manage/lasting/words",
    "/manage/lasting/delete", "/manage/lasting/my-answer", "/manage/lasting/answers",
    "/manage/lasting/answers?state=held", "/manage/lasting/answers?state=hidden", "/manage/lasting/advice",
    "/manage/lasting/answers?kind=friend&source=direct&q=zzuno&from=2026-01-01&to=2026-02-30&why=link&language=none",
    "/manage/lasting/themes", "/manage/lasting/themes?only=hidden", "/manage/lasting/themes?find=zzz",
    "/manage/lasting/themes/inbox", "/manage/lasting/themes/inbox?part=hand", "/manage/lasting/themes/inbox?q=zzno",
    "/manage/lasting/themes/besides", "/manage/lasting/themes/history", "/manage/lasting/themes/doctor",
    "/manage/lasting/read-next", "/manage/lasting/read-next?did=4", "/manage/lasting/proposal",
    "/manage/lasting/export",
    "/manage/lasting/export/dictionary", "/manage/lasting/import", "/manage/lasting/publish/dictionary",
    "/manage/lasting/publish", "/manage/lasting/publish/readers", "/manage/lasting/share", "/manage/lasting/live",
    "/manage/lasting/check", "/manage/lasting/coded", "/manage/lasting/people", "/manage/lasting/leave", "/owners",
    "/manage/lasting/themes/history?of=themes",
    "/manage/new/archive", "/account/mail", "/manage/lasting/mails", "/manage/lasting/webhooks",
)  # fmt: skip
"""Pages of the owner by their address; more are in the tests below"""


def left_in_english(pages: tuple[str, str]) -> set[str]:
    """What a page says in both languages alike."""
    return said(pages[0]) & said(pages[1])


@pytest.mark.parametrize("path", PAGES)
def test_nothing_english_is_left_on_a_page(workshop: Workshop, path: str) -> None:
    pages = workshop.get(path)
    assert len(said(pages[0])) > 5
    assert left_in_english(pages) == set()


NO_PAGES = {"home.front", "manage.progress", "presenting.state", "archives.download", "publishing.table"}
"""A redirect, an answer to a script, and files"""
IN_THE_SURVEYS_LANGUAGE = {"share_owner.poster"}
OF_ONE_THING = {
    "account.sign_in", "account.set_up", "looking_after.delete", "looking_after.delete_flood", "looking_after.outcome",
    "advice.change", "advice.choose", "edit_themes.theme", "joining.join", "notices.confirm", "notices.stop",
}  # fmt: skip
"""Pages that are opened in the tests below"""
OPENED_WITH_FILES = {
    "archives.preview", "checks.delete", "checks.read", "checks.result", "coded.coding", "coded.preview",
    "coded.second_coder", "importing.delete", "importing.preview",
}  # fmt: skip
"""Pages of what a file or a check begins: opened in test_nothing_english_is_left_where_a_file_or_a_check_begins"""


def test_every_page_of_the_owner_is_opened(workshop: Workshop) -> None:
    adapter = workshop.app.url_map.bind("localhost")
    opened = {adapter.match(path.partition("?")[0])[0] for path in PAGES}
    english = (*i18n.PUBLIC_ENDPOINTS, *i18n.ENGLISH_ENDPOINTS)
    pages = {
        rule.endpoint
        for rule in workshop.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(english)
    }
    assert pages - opened == NO_PAGES | IN_THE_SURVEYS_LANGUAGE | OF_ONE_THING | OPENED_WITH_FILES


def test_nothing_english_is_left_on_pages_of_one_thing(workshop: Workshop) -> None:
    base = "/manage/lasting"
    with workshop.app.app_context():
        held = db.session.query(Answer.public_id).filter_by(status="held", burst=None).first()
        advice = db.session.query(Advice.public_id).filter_by(title="Zzlista").scalar()
    assert held is not None
    paths = [
        f"{base}/answers/{held[0]}/delete", f"{base}/answers/floods/burst/held/delete", f"{base}/advice/{advice}",
        f"{base}/advice/{advice}/match?point=1",
        *(f"{base}/themes/{workshop.filled.public[name]}" for name in (ALFA, BETA, GAMA)),
        f"{base}/themes/{workshop.filled.public[ALFA]}?order=surest&q=zzuno&part=unsure",
    ]  # fmt: skip
    assert {path: left for path in paths if (left := left_in_english(workshop.get(path)))} == {}


def test_nothing_english_is_left_of_people(workshop: Workshop) -> None:
    base = "/manage/lasting"
    made = workshop.post(f"{base}/people/invite", label="Zzella", role="editor")
    assert left_in_english(made) == set()
    token = re.findall(r"/join/([\w-]+)", made[0])[0]
    stranger = Workshop(workshop.app, workshop.app.test_client(), workshop.filled)
    assert left_in_english(workshop.get(f"/join/{token}")) == left_in_english(stranger.get(f"/join/{token}")) == set()
    with workshop.app.app_context():
        colleague = make_owner(workshop.app, "Zzotto")
        survey = db.session.query(Survey).filter_by(slug="lasting").one()
        with write_transaction() as session:
            session.add(Membership(survey_id=survey.id, owner_id=colleague, role="owner"))
        member = str(db.session.query(Membership.id).scalar())
    for path, form in (
        (f"{base}/people/invite", {"label": "", "role": "editor"}),
        (f"{base}/people/{member}/role", {"role": "reader"}),
        (f"{base}/leave", {}),
        ("/owners/link", {}),
        ("/owners/hand-over", {"address": "zznowhere", "name": "zz"}),
        (f"/owners/{colleague}/disable", {}),
        (f"{base}/people/{member}/remove", {}),
    ):
        assert left_in_english(workshop.post(path, **form)) == set(), path
    history = f"{base}/themes/history"
    assert left_in_english(workshop.get(history)) == set()


def test_nothing_english_is_left_where_links_in_mails_lead(workshop: Workshop) -> None:
    with workshop.app.app_context():
        survey, owner = db.session.query(Survey).filter_by(slug="lasting").one(), db.session.query(Owner).first()
        assert owner is not None
        stop = signer(texts.PURPOSE).dumps([owner.id, survey.id, "first"])
        confirm = signer(own_address.PURPOSE).dumps([owner.id, "zz@example.org"])
    for path in (f"/mail/stop/{stop}", f"/mail/confirm/{confirm}"):
        assert left_in_english(workshop.get(path)) <= {"zz@example.org"}


@pytest.mark.slow
def test_nothing_english_is_left_where_much_is_done_with_answers(workshop: Workshop) -> None:
    address, wrong = "/manage/lasting/answers", {}
    with workshop.app.app_context():
        survey = db.session.get_one(Survey, workshop.filled.survey_id)
        ids = [row.public_id for row in db.session.query(Answer.public_id).filter_by(status="shown")]
        many = [Entry(public_id, "shown") for public_id in ids]
        begun = {}
        for n, action in enumerate(("held", "hidden", "delete")):
            begun[action] = f"{n:032x}"
            bulk_changes.begin(survey, begun[action], action, many, None)
        begun["move"] = f"{3:032x}"
        bulk_changes.begin(survey, begun["move"], "move", many, None, Ways(None, None, from_all=True))
    for action, key in begun.items():
        wrong[f"far of {action}"] = left_in_english(workshop.get(f"{address}/changes/{key}"))
    sent: dict[str, dict[str, str | list[str]]] = {
        "nothing ticked": {"do": "hidden"},
        "all, of nothing": {"do": "hidden", "all": "1"},
        "too many": {"do": "hidden", "answer": [f"{n:016x}" for n in range(201)]},
        "gone": {"do": "hidden", "answer": "f" * 16},
        "held": {"do": "held", "answer": ids[:1]},
        "shown": {"do": "shown", "answer": ids[:1]},
        "moved": {"do": "move", "answer": ids[:2], "target": BETA},
        "moved nowhere": {"do": "move", "answer": ids[:2], "target": "zzz"},
        "taken out": {"do": "out", "answer": ids[:2]},
        "a question": {"do": "delete", "answer": ids},
    }
    for case, form in sent.items():
        wrong[case] = left_in_english(workshop.post(f"{address}/many", **form))
    wrong["a wrong number"] = left_in_english(workshop.post(f"{address}/many/delete", answer=ids, typed="1"))
    with workshop.app.app_context():
        db.session.query(BulkChange).delete()
        db.session.commit()
    assert {case: left for case, left in wrong.items() if left} == {}


def test_nothing_english_is_left_in_a_proposal(tmp_path: Path) -> None:
    with migrated(quiet(tmp_path)) as app:
        filled = made_up(app, make_owner(app))
        propose(app, filled)
        client = app.test_client()
        sign_in(client)
        site = Workshop(app, client, filled)
        assert left_in_english(site.get("/manage/lasting/proposal")) == set()
        assert left_in_english(site.get("/manage/lasting")) == set()
        assert left_in_english(site.post("/manage/lasting/proposal")) == set()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (
            "/manage/new",
            {"question": "", "slug": "X", "opens_at": "x", "closes_at": "1999-01-01T00:00", "kinds": "a\na"},
        ),
        ("/manage/new", {"question": "zz" * 200, "introduction": "zz" * 2000, "asker": "zz" * 80, "slug": "lasting"}),
        (
            "/manage/lasting/words",
            {"accent": "zz", "contact": "zz", "button": "zz" * 99, "kinds": "a\na", "seen": "zz"},
        ),
        ("/manage/lasting/words", {"accent": "#ffd400", "kind_question": "zz\nzz", "title": "zz" * 99}),
        ("/manage/lasting/words", {"seen": "zz"}),
        (
            "/manage/lasting/settings",
            {"question": "Zz", "codebook": "none", "closes_after": "zz", "closes_at": "2001-01-01T00:00"},
        ),
        ("/account/time-zone", {"time_zone": "Zz/Zz"}),
        ("/manage/lasting/delete", {"address": "zz"}),
        ("/manage/lasting/my-answer", {"text": ""}),
        ("/manage/lasting/advice", {"title": "", "points": ""}),
        ("/manage/lasting/advice", {"title": "zz" * 99, "points": "zz\n-"}),
        ("/account", {"current": "", "password": "x"}),
        ("/account/mail/address", {"address": "zz"}),
        ("/account/mail", {"language": "zz"}),
        ("/manage/lasting/webhooks", {"address": "zz"}),
        ("/manage/lasting/webhooks", {"address": "https://zz.example/", "answers_received": "y"}),
        ("/manage/lasting/read-next", {"idea": "0000000000000000:0:3", "verdict": "other", "target": "zznadie"}),
        ("/manage/lasting/themes/inbox", {"target": "zznadie"}),
        ("/manage/lasting/themes/inbox", {"target": ""}),
        ("/manage/lasting/themes/inbox", {"target": "zz"}),
        ("/manage/lasting/themes/inbox/dismiss", {}),
        ("/manage/lasting/themes/doctor/mend", {"finding": "zz"}),
        ("/manage/lasting/known-themes", {"codebook": "zz", "yes": "1"}),
        ("/manage/lasting/known-themes/undo", {}),
        *(
            ("/manage/lasting/codebook", {"codebook_text": text})
            for text in (
                "",
                "zz",
                "zz = 1",
                'name = "zz"',
                'name = "zz"\nthemes = [{}]',
                'name = "zz"\nthemes = [{key = "zz", name = "Zz"}]',
                'name = "zz"\nthemes = [{key = "Z", name = "Zz"}]',
                'name = "zz"\nthemes = [{key = "zz", name = "Zz", examples = ["-"]}]',
                'name = "zz"\nthemes = [{key = "zz", name = "Zz", examples = ["zz"], zz = 1}]',
                'name = "zz"\nthemes = [{key = "zz", name = "Zz", examples = ["zz"]}, '
                '{key = "zz", name = "Zzz", examples = ["zz"]}]',
                f'name = "zz"\nthemes = [{{key = "zz", name = "{"Zz" * 200}", examples = ["zz"]}}]',
            )
        ),
    ],
)
def test_what_is_refused_is_said_in_spanish(workshop: Workshop, path: str, form: dict[str, str]) -> None:
    assert left_in_english(workshop.post(path, **form)) == set()


@pytest.mark.slow
def test_before_anything_happened(tmp_path: Path) -> None:
    """An owner without surveys, then one whose survey has no answers, and its runs on their way or failed."""
    with migrated(quiet(tmp_path)) as app:
        owner_id = make_owner(app)
        with app.app_context():
            link = owners.new_set_up_token()
        stranger = Workshop(app, app.test_client(), Filled(0, 0))
        for path in ("/sign-in", f"/set-up/{link}"):
            assert left_in_english(stranger.get(path)) == set()
        client = app.test_client()
        sign_in(client)
        site = Workshop(app, client, Filled(0, 0))
        assert left_in_english(site.get("/manage")) == set()
        survey_id = make_survey(app, owner_id, question="Zz?", introduction="", asker="Zz")
        paths = ["", "/themes", "/proposal", "/read-next", "/answers", "/advice", "/themes/doctor", "/themes/history"]
        paths += ["/themes/inbox", "/themes/besides"]
        for closed in (False, True):
            with app.app_context():
                surveys.set_open(survey_id, not closed)
            assert {path: left for path in paths if (left := left_in_english(site.get(f"/manage/lasting{path}")))} == {}
        for stage in (None, *runs.STAGES):
            state = "running" if stage else "asked"
            set_run(app, survey_id, state=state, stage=stage, done=1, total=1234, seconds_left=9)
            assert left_in_english(site.get("/manage/lasting")) == set(), stage
        told = [template % {"error": "Zz"} for template in failures.WITH_ERROR]
        for error in (failures.CRASHED_TOO_OFTEN, failures.NO_MEMORY, failures.NO_DATABASE, *told):
            set_run(app, survey_id, state="failed", error=error)
            assert left_in_english(site.get("/manage/lasting")) == set(), error


def set_run(app: Flask, survey_id: int, **values: Any) -> None:
    """Have one run of the survey be in this state."""
    with app.app_context():
        db.session.query(Run).delete()
        db.session.add(Run(survey_id=survey_id, reason="owner", **values))
        db.session.commit()


def test_what_stays_english_on_a_page_is_found() -> None:
    english, half = "<p>All is well</p><p>Zzuno</p>3 ideas", "<p>All is well</p><p>Zzuno</p>3 ideas"
    assert left_in_english((english, half)) == {"All is well"}
    assert left_in_english((english, "<p>Todo va bien</p>")) == set()
    assert left_in_english(('<a aria-label="Away">1</a>', '<a aria-label="Away">1</a>')) == {"Away"}


def test_the_faults_that_rules_find_are_told_in_spanish(tmp_path: Path) -> None:
    """Of each rule: what an owner decided is not questioned, so here nothing is decided."""
    with migrated(quiet(tmp_path)) as app:
        filled = made_up(app, make_owner(app))
        with app.app_context():
            db.session.query(Edit).delete()
            db.session.commit()
        client = app.test_client()
        sign_in(client)
        pages = Workshop(app, client, filled).get("/manage/lasting/themes/doctor")
        assert pages[0].count('class="finding ') == len(RULES)
        assert left_in_english(pages) == set()


HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')
TABLE = (
    b"zzrespuesta,zzcodigos,zzfecha\nzzuno 0,Zzalfa | Zzotro,2026-03-02\nzznueva,Zzotro,02/13/2026\nzznueva,,\n,Zz,\n"
)
CODED = b"answer,codes\nzzuno 0,Zzalfa | Zzotro\nzzuno 1,Zzotro\nzznueva,Zzotro\n"


@pytest.mark.slow
def test_nothing_english_is_left_where_a_file_or_a_check_begins(tmp_path: Path) -> None:
    with migrated(quiet(tmp_path)) as app:
        owner_id = make_owner(app)
        filled = made_up(app, owner_id)
        make_survey(app, owner_id, "zzplain", question="Zz?", introduction="", asker="Zz")
        public_id = add_check(app, filled.survey_id, "zznota")
        client = app.test_client()
        sign_in(client)
        site, base = Workshop(app, client, filled), "/manage/lasting"

        def sent(path: str, **form: Any) -> str:
            token = field(client.get("/manage/new"), "csrf_token")
            response = client.post(path, data={"csrf_token": token, **form})
            assert response.status_code == 303, (path, said(response.text))
            return str(response.location)

        def opened(*paths: str) -> None:
            assert {path: left for path in paths if (left := left_in_english(site.get(path)))} == {}

        begun = sent(f"{base}/check", size="30")
        opened(f"{base}/check/{public_id}", f"{base}/check/{public_id}/delete", begun, begun.rpartition("/read/")[0])
        opened(f"{base}/check", sent(f"{base}/import", pasted="zzuno\nzzdos"))
        uploaded = sent(f"{base}/import", file=(io.BytesIO(TABLE), "zz.csv"))
        opened(uploaded, f"{uploaded}?header_rows=0", f"{base}/import")
        fields = dict(re.findall(HIDDEN, client.get(uploaded).text))
        assert client.post(uploaded, data=fields).status_code == 303
        past = re.search(r'href="([^"]*/import/past/[^"]*)"', client.get(f"{base}/import").text)
        assert past is not None
        opened(past[1], f"{base}/import")
        coded = sent(f"{base}/coded", file=(io.BytesIO(CODED), "zz.csv"))
        opened(coded)
        page = client.get(coded).text
        fields = dict(re.findall(HIDDEN, page[page.rindex("<form") :])) | {"missing": "import"}
        answered = client.post(coded, data=fields)
        assert answered.status_code == 303, (fields, said(answered.text))
        coding = str(answered.location)
        opened(coding, f"{coding}/compare", f"{base}/coded")
        archive = client.get("/manage/zzplain/export/survey.zip").data
        opened(sent("/manage/new/archive", file=(io.BytesIO(archive), "zz.zip")))
