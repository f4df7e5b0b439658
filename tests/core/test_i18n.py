"""Languages: catalogues are complete, and a page speaks the one its visitor's browser asks for."""

from __future__ import annotations

import ast
import io
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from gettext import c2py
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from survey.core import i18n, respondent_kinds
from survey.core.database import db, now, write_transaction
from survey.core.models import Theme
from survey.core.settings import PROJECT
from survey.manage import surveys
from survey.web import formatting
from survey.worker.worker import Worker
from tests.support.every_case import for_each
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer, sign_in, without_times
from translations import update

TRANSLATIONS = PROJECT / "translations"
DOMAINS = {domain.name: domain for domain in (i18n.PUBLIC, i18n.WORKSHOP)}
CATALOGUES = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
USED_TEMPLATE = re.compile(r"{%-? *(?:from|include|extends|import) +[\"']([\w/]+\.html)[\"']")
MARKUP = re.compile(r"[<>\"]|&\w+;")
ES = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


# ---------- the catalogues ----------


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Catalog]:
    """The messages of each domain as the code and the templates have them now, read as `make translations` does."""
    file = tmp_path_factory.mktemp("messages") / "messages.pot"
    read = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        for domain in DOMAINS.values():
            update.extract(domain, file)
            read[domain.name] = read_po(io.BytesIO(file.read_bytes()))
    return read


@cache
def catalogue(path: Path) -> Catalog:
    return read_po(io.BytesIO(path.read_bytes()), locale=path.parts[-3])


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def messages(of: Catalog) -> Iterator[Message]:
    return (message for message in of if message.id)


@pytest.fixture(params=CATALOGUES, ids=lambda path: f"{path.stem}-{path.parts[-3]}")
def po(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_is_a_catalogue_for_each_language_of_each_domain() -> None:
    wanted = {(name, code) for name, domain in DOMAINS.items() for code in domain.languages} - {
        (name, i18n.ENGLISH) for name in DOMAINS
    }
    assert {(path.stem, path.parts[-3]) for path in CATALOGUES} == wanted
    assert set(i18n.WORKSHOP.languages) <= set(i18n.PUBLIC.languages), "the workshop shows public messages too"


def test_each_file_with_messages_is_of_one_domain() -> None:
    public, workshop = (
        tomllib.loads((TRANSLATIONS / f"{name}.toml").read_text(encoding="utf-8"))["mappings"] for name in DOMAINS
    )
    patterns = [mapping["pattern"] for mapping in public]
    assert [mapping["pattern"] for mapping in workshop if mapping["method"] == "ignore"] == patterns
    for pattern in patterns:
        assert list(PROJECT.glob(pattern.replace("**.", "**/*."))), pattern


def test_visitors_pages_are_made_of_public_templates_alone() -> None:
    """A message of another template would stay English on them."""
    public = tomllib.loads((TRANSLATIONS / "public.toml").read_text(encoding="utf-8"))["mappings"]
    names = {
        path.relative_to(PROJECT / "templates").as_posix()
        for mapping in public
        for path in PROJECT.glob(mapping["pattern"].replace("**.", "**/*."))
        if path.suffix == ".html"
    }
    for name in names:
        text = (PROJECT / "templates" / name).read_text(encoding="utf-8")
        assert set(USED_TEMPLATE.findall(text)) <= names, name


def test_every_message_is_translated_and_nothing_else_is(po: Path, found: dict[str, Catalog]) -> None:
    translated = catalogue(po)
    told, known = ({(message.context, message.id) for message in messages(of)} for of in (translated, found[po.stem]))
    assert told == known, "make translations"
    assert translated.obsolete == {}
    assert [message.id for message in messages(translated) if message.fuzzy] == []
    for message in messages(translated):
        assert len(forms(message.string)) == (translated.num_plurals if message.pluralizable else 1)
        assert all(form.strip() for form in forms(message.string)), message.id


def test_a_translation_has_the_same_placeholders_and_markup(po: Path) -> None:
    for message in messages(catalogue(po)):
        original = forms(message.id)[-1]
        named = sorted(PLACEHOLDER.findall(original))
        for form in forms(message.string):
            assert sorted(PLACEHOLDER.findall(form)) in (named, without_number(po, message, form)), message.id
            assert sorted(MARKUP.findall(form)) == sorted(MARKUP.findall(original)), message.id
            assert (form[:1].isspace(), form[-1:].isspace()) == (original[:1].isspace(), original[-1:].isspace())


def without_number(po: Path, message: Message, form: str) -> list[str]:
    """The placeholders of a plural form that is of one number alone, which the form may say in words."""
    written = forms(message.string)
    counts = [count for count in range(1000) if message.pluralizable and written[plural_rule(po)(count)] is form]
    named = sorted(PLACEHOLDER.findall(forms(message.id)[-1]))
    return [name for name in named if name != "n"] if len(counts) == 1 else named


@cache
def plural_rule(po: Path) -> Callable[[int], int]:
    return c2py(catalogue(po).plural_expr)


def test_a_translation_keeps_the_voice(po: Path) -> None:
    for message in messages(catalogue(po)):
        for form in forms(message.string):
            assert not re.search(r"[!¡']", form), form


def test_what_is_compiled_is_what_is_written(po: Path) -> None:
    file = io.BytesIO()
    write_mo(file, catalogue(po))
    assert po.with_suffix(".mo").read_bytes() == file.getvalue(), "compile it: make translations"


def test_no_message_is_where_it_cannot_be_found(found: dict[str, Catalog]) -> None:
    """Inside an f-string, for one."""
    known = {form for domain in found.values() for message in messages(domain) for form in forms(message.id)}
    for path in (PROJECT / "survey").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("gettext", "ngettext", "N_"):
                texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                assert {text for text in texts if isinstance(text, str)} <= known, (path.name, node.lineno)


# ---------- numbers and dates ----------


def test_numbers_and_dates_follow_the_language(sqlite_app: Flask) -> None:
    moment = now().replace(year=2026, month=3, day=9, hour=7, minute=4)
    written = (formatting.day, formatting.moment, formatting.instant)
    with sqlite_app.test_request_context(f"/s/{SLUG}"):
        assert [write(moment) for write in written] == ["9 March 2026", "9 March, 07:04", "9 March 2026 at 07:04 UTC"]
        assert [formatting.number(value) for value in (0, 999, 1234, 1_234_567)] == ["0", "999", "1,234", "1,234,567"]
        assert [formatting.share(value) for value in (0, 0.001, 0.575, 1)] == ["0%", "under 1%", f"{0.575:.0%}", "100%"]
    with sqlite_app.test_request_context(f"/s/{SLUG}", headers=ES):
        assert [write(moment) for write in written] == [
            "9 de marzo de 2026", "9 de marzo, 07:04", "9 de marzo de 2026, 07:04 UTC",
        ]  # fmt: skip
        assert [formatting.number(value) for value in (999, 1234, 12_345)] == ["999", "1.234", "12.345"]
        assert [formatting.share(value) for value in (0.001, 0.347)] == [
            "menos del 1\N{NO-BREAK SPACE}%",
            "35\N{NO-BREAK SPACE}%",
        ]
        assert [formatting.before_last(name) for name in ("risa", "Intimidad", "hielo", "historia")] == [
            " y ", " e ", " y ", " e ",
        ]  # fmt: skip


def test_outside_of_a_request_it_is_english(sqlite_app: Flask) -> None:
    assert formatting.number(12_345) == "12,345"
    with sqlite_app.app_context():
        assert i18n.language() == "en"


# ---------- pages ----------


@pytest.mark.parametrize("asked", ["th", "", "nonsense;;q=x, , *", "cy-GB,th;q=0.8", "en,es;q=0.9", "es;q=0"])
def test_anything_else_is_english(sqlite_app: Flask, asked: str) -> None:
    make_survey(sqlite_app, None)
    page = sqlite_app.test_client().get(f"/s/{SLUG}", headers={"Accept-Language": asked})
    assert '<html lang="en">' in page.text
    assert "Send my answer" in page.text
    assert respondent_kinds.SITE_QUESTION in page.text


@pytest.mark.parametrize("asked", ["es", "es-AR", "th, es;q=0.5", "en;q=0.4, es;q=0.6"])
def test_spanish_is_spoken_to_who_asks_for_it(sqlite_app: Flask, asked: str) -> None:
    make_survey(sqlite_app, None)
    page = sqlite_app.test_client().get(f"/s/{SLUG}", headers={"Accept-Language": asked})
    assert '<html lang="es">' in page.text
    for words in ("Enviar mi respuesta", "Hasta 5.000 caracteres", "¿En qué tipo de relación piensas?", "Amistad",
                  'data-typed="# de 5.000"', "Ruth hace una pregunta. Con una línea basta."):  # fmt: skip
        assert words in page.text
    assert "What keeps you together?" in page.text  # the owner's own words
    for words in ("Your answer", "Send", "Kept on", "relationship"):
        assert words not in page.text


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        (f"/s/{SLUG}", 200, "Tu respuesta"),
        (f"/s/{SLUG}/what-happens", 200, "Nadie sabe que fuiste tú."),
        (f"/s/{SLUG}/deleted", 200, "Tu respuesta se ha borrado."),
        (f"/s/{SLUG}/embed", 200, "Abrir en su propia página"),
        (f"/s/{SLUG}/themes", 404, "No hay nada en esta dirección"),
        ("/s/nowhere", 404, "No hay nada en esta dirección"),
        ("/nowhere", 404, "No hay nada en esta dirección"),
    ],
)
def test_visitors_pages_vary_by_language_and_not_by_cookie_where_private(
    sqlite_app: Flask, address: str, status: int, words: str
) -> None:
    make_survey(sqlite_app, None)
    for headers, lang in ((ES, "es"), ({}, "en")):
        page = sqlite_app.test_client().get(address, headers=headers)
        assert page.status_code == status
        assert f'<html lang="{lang}">' in page.text
        assert (words in page.text) == (lang == "es")
        assert "Accept-Language" in page.vary
        assert not (page.cache_control.private and "Cookie" in page.vary)


def test_the_workshop_is_in_a_language_of_the_workshop(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    assert '<html lang="es">' in client.get("/sign-in", headers=ES).text
    sign_in(client)
    for address in ("/manage", f"/manage/{SLUG}", f"/manage/{SLUG}/settings", "/manage/nowhere", "/account"):
        page = client.get(address, headers=ES)
        assert '<html lang="es">' in page.text
        assert "Accept-Language" in page.vary
        assert '<html lang="en">' in client.get(address, headers={"Accept-Language": "tlh"}).text


def test_the_workshop_knows_public_messages_too(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context(f"/manage/{SLUG}", headers=ES):
        assert i18n.gettext("Nothing was changed.") == "No se ha cambiado nada."
        assert i18n.ngettext("%(n)s person", "%(n)s people", 2, n=2) == "2 personas"


def test_programs_and_pictures_stay_english(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    page = client.get("/api/docs", headers=ES)
    assert '<html lang="en">' in page.text
    assert "Accept-Language" not in page.vary
    assert client.get("/api/v1/nowhere", headers=ES).json == {"error": "There is nothing at this address."}
    picture = client.get(f"/s/{SLUG}/preview-x.png", headers=ES, follow_redirects=True)
    assert picture.data == client.get(f"/s/{SLUG}/preview-x.png", follow_redirects=True).data


def in_spanish(app: Flask) -> FlaskClient:
    """A visitor whose browser asks for Spanish."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es"
    return client


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"text": ""}, 422, "Escribe primero una respuesta."),
        ({"text": "x" * 15_001}, 422, "La respuesta tiene 15.001 caracteres y caben 5.000. Quítale 10.001"),
        ({"text": "a\0b"}, 422, "un carácter que no se puede guardar (NUL)"),
        ({"kind": "martian"}, 422, "Elige una de las opciones"),
        ({"form_key": ""}, 422, "Faltaba una parte del formulario."),
        ({"csrf_token": "x"}, 400, "la pequeña cookie que protege este formulario"),
        ({"text": "x" * 600_000}, 413, "mucho más de lo que cabe aquí"),
    ],
)
def test_what_is_wrong_is_said_in_spanish(sqlite_app: Flask, changes: dict[str, str], status: int, words: str) -> None:
    make_survey(sqlite_app, None)
    client = in_spanish(sqlite_app)
    page = client.get(f"/s/{SLUG}")
    form = {"csrf_token": field(page, "csrf_token"), "form_key": field(page, "form_key"), "text": "Paciencia"}
    refused = client.post(f"/s/{SLUG}", data=form | changes)
    assert refused.status_code == status
    assert words in refused.text
    assert "Aún no se ha enviado" in refused.text
    assert "<title>Error: " in refused.text


def test_a_closed_survey_and_one_that_opens_later(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    client = in_spanish(sqlite_app)
    with sqlite_app.app_context():
        surveys.set_open(survey_id, False)
    closed = client.get(f"/s/{SLUG}")
    assert closed.status_code == 410
    assert "Esta encuesta está cerrada." in closed.text
    assert "<bdi>Ruth</bdi> puede contarte más." in closed.text
    assert "Ahora mismo no admite respuestas." in client.get(f"/s/{SLUG}/embed").text
    make_survey(sqlite_app, None, "later", opens_at=now().replace(year=2999, month=3, day=19, hour=7, minute=40))
    later = without_times(client.get("/s/later").text)
    assert "Esto se abre el 19 de marzo de 2999, 07:40 UTC." in later


def test_names_in_sentences_are_never_markup(sqlite_app: Flask) -> None:
    """The name stands in a sentence of the catalogue, which is trusted; the name is not."""
    survey_id = make_survey(sqlite_app, None, asker="<b>x</b> %(asker)s {{ 1 }}", question="<i>Why</i> 100% %s?")
    name = "&lt;b&gt;x&lt;/b&gt; %(asker)s {{ 1 }}"
    for client in (in_spanish(sqlite_app), sqlite_app.test_client()):
        send_answer(client, "<u>Paciencia</u>")
        pages = [client.get(f"/s/{SLUG}{page}").text for page in ("/thanks", "/thanks?look=9", "/what-happens", "")]
        with sqlite_app.app_context():
            surveys.set_open(survey_id, False)
        pages.append(client.get(f"/s/{SLUG}").text)
        with sqlite_app.app_context():
            surveys.set_open(survey_id, True)
        for text in pages:
            assert not re.search(r"<b>x|<i>Why|<u>P", text)
            assert name in text
        assert f"<bdi>{name}</bdi>" in pages[0]
        assert "&lt;i&gt;Why&lt;/i&gt; 100% %s?" in pages[-1]


def test_the_thank_you_and_the_themes_in_spanish(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(app, None)
    for _ in range(3):
        send_answer(app.test_client(), "Honesty")
    perform(app)
    with app.app_context():
        surveys.set_published(survey_id, True)
    client = in_spanish(app)
    send_answer(client, "Honesty, call +44 20 7946 0958", kind="friend")
    assert "Estamos buscando el hilo al que pertenece." in client.get(f"/s/{SLUG}/thanks").text
    Worker(app).place(survey_id)
    thanks = client.get(f"/s/{SLUG}/thanks").text
    assert re.search(r"Sigues el hilo <a [^>]*><bdi>Honestidad</bdi></a> con 3 personas más\.", thanks)
    assert "Pregúntale a alguien más" in thanks
    themes = client.get(f"/s/{SLUG}/themes")
    assert '<html lang="es">' in themes.text
    assert "</bdi></a> va primero.</h1>" in themes.text
    for words in ("<bdi>Ruth</bdi> preguntó: <bdi lang=\"en\">What keeps you together?</bdi>",
                  "<b>4</b> personas, 100\N{NO-BREAK SPACE}%",
                  "4 personas respondieron el", "4 personas son un grupo pequeño.", "Tema conocido.", "Cómo se hizo",
                  "temas conocidos (<bdi>relaciones</bdi>)"):  # fmt: skip
        assert words in themes.text
    for words in ("people", "answer follows", "Themes found", "How ", "thread"):
        assert words not in re.sub(r"<[^>]*>", " ", themes.text)
    assert "[<mark>número</mark> de teléfono]" in client.get(f"/s/{SLUG}/answers?q=número").text
    assert "Honesty, call [número de teléfono]" in client.get(f"/s/{SLUG}/answers").text
    assert "Honesty, call [phone number]" in app.test_client().get(f"/s/{SLUG}/answers").text


def test_a_theme_in_a_sentence_is_never_markup(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(app, None)
    for _ in range(3):
        send_answer(app.test_client(), "Honesty. Patience.")
    perform(app)
    with app.app_context():
        surveys.set_published(survey_id, True)
    with app.app_context(), write_transaction() as session:
        for theme in session.query(Theme):
            theme.name = f"<b>{theme.name}</b> %(n)s"
    client = in_spanish(app)
    send_answer(client, "Honesty. Patience.")
    Worker(app).place(survey_id)
    addresses = ["/thanks", "/themes", "/answers", "/answers?q=<b>x</b>", "/map"]
    with app.app_context():
        addresses += [f"/themes/{theme.public_id}" for theme in db.session.query(Theme).limit(1)]
    for address in addresses:
        text = client.get(f"/s/{SLUG}{address}").text
        assert not re.search(r"<b>[A-Za-z]", text), address
        assert "&lt;b&gt;" in text, address


# ---------- the choice of a visitor ----------


def test_a_visitor_chooses_a_language_and_keeps_it(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    page = client.get(f"/s/{SLUG}?from=bluesky", headers={"Accept-Language": "en"})
    menu = dict(re.findall(r'<li><a href="([^"]+)" lang="(\w+)"', page.text))
    assert list(menu.values()) == list(i18n.PUBLIC.languages)
    to_spanish = next(address for address, code in menu.items() if code == "es").replace("&amp;", "&")
    chosen = client.get(to_spanish, headers={"Accept-Language": "en"})
    assert (chosen.status_code, chosen.location) == (302, f"/s/{SLUG}?from=bluesky")
    for address in (chosen.location, f"/s/{SLUG}/what-happens", "/s/nowhere"):
        assert '<html lang="es">' in client.get(address, headers={"Accept-Language": "en"}).text
    client.get(f"/s/{SLUG}?lang=en")
    assert '<html lang="en">' in client.get(f"/s/{SLUG}", headers=ES).text


@pytest.mark.parametrize("asked", ["tlh", "", "es/../x", "\u202e", "es" * 3000])
def test_a_language_that_there_is_not_is_not_kept(sqlite_app: Flask, asked: str) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    page = client.get(f"/s/{SLUG}", query_string={"lang": asked})
    assert (page.status_code, page.location) == (302, f"/s/{SLUG}")
    assert i18n.COOKIE not in page.headers.get("Set-Cookie", "")
    client.set_cookie(i18n.COOKIE, asked)
    assert '<html lang="en">' in client.get(f"/s/{SLUG}").text


def test_a_page_inside_another_site_keeps_the_choice_in_its_address(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    page = client.get(f"/s/{SLUG}/embed?lang=es")
    assert page.status_code == 200
    assert '<html lang="es">' in page.text
    assert i18n.COOKIE not in page.headers.get("Set-Cookie", "")
    form = {"form_key": field(page, "form_key"), "token": field(page, "token")}
    refused = client.post(
        f"/s/{SLUG}/embed?lang=es", data=form | {"text": ""}
    )  # a form without an action is sent there
    assert '<html lang="es">' in refused.text
    assert f'action="/s/{SLUG}/embed?sent=1&amp;lang=es"' in page.text
    sent = client.post(f"/s/{SLUG}/embed?lang=es", data=form | {"text": "Paciencia"})
    assert sent.location.endswith("?lang=es")
    assert "Gracias. Tu respuesta" in client.get(sent.location).text
    assert '<html lang="en">' in client.get(f"/s/{SLUG}/embed").text


@pytest.mark.parametrize(("of_survey", "asked", "spoken"), [
    ("es", "th", "es"), ("es-MX", "", "es"), ("es", "en", "en"), ("th", "th", "en"), ("en", "es", "es"),
])  # fmt: skip
def test_the_language_of_the_survey_is_taken_where_the_visitors_is_not_there(
    sqlite_app: Flask, of_survey: str, asked: str, spoken: str
) -> None:
    make_survey(sqlite_app, None, language=of_survey)
    client = sqlite_app.test_client()
    for address in (f"/s/{SLUG}", f"/s/{SLUG}/embed", f"/s/{SLUG}/what-happens"):
        assert f'<html lang="{spoken}">' in client.get(address, headers={"Accept-Language": asked}).text
    refused = client.post(f"/s/{SLUG}", headers={"Accept-Language": asked}, data={"text": ""})
    assert f'<html lang="{spoken}">' in refused.text


def test_a_page_that_is_not_public_is_like_one_that_is_not_there(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None, language="es")
    client = sqlite_app.test_client()
    hidden, missing = client.get(f"/s/{SLUG}/themes"), client.get("/s/nowhere/themes")
    assert (hidden.status_code, hidden.text) == (404, missing.text)


def test_each_language_is_called_by_its_own_name(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    names = re.findall(
        r'<li><a href="[^"]+" lang="\w+"[^>]*>([^<]+)</a></li>', sqlite_app.test_client().get(f"/s/{SLUG}").text
    )
    assert {"English", "Español"} <= set(names)
    assert len(names) == len(set(names)) == len(i18n.PUBLIC.languages)


# ---------- other writing ----------


@pytest.mark.parametrize("code", i18n.PUBLIC.languages)
def test_a_page_says_its_language_and_its_direction(sqlite_app: Flask, code: str) -> None:
    make_survey(sqlite_app, None)
    page = sqlite_app.test_client().get(f"/s/{SLUG}", headers={"Accept-Language": code})
    opening = '<html lang="ar" dir="rtl">' if code == "ar" else f'<html lang="{code}">'
    assert opening in page.text
    assert page.text.count('aria-current="true"') == 1


@pytest.mark.parametrize(("code", "written"), [
    ("ar", ["شخص واحد", "شخصان", "3 أشخاص", "11 شخصًا", "100 شخص", "102 شخص"]),
    ("de", ["1 Person", "2 Menschen", "3 Menschen", "11 Menschen", "100 Menschen", "102 Menschen"]),
    ("ja", ["1人", "2人", "3人", "11人", "100人", "102人"]),
])  # fmt: skip
def test_plural_forms_are_those_of_the_language(sqlite_app: Flask, code: str, written: list[str]) -> None:
    with sqlite_app.test_request_context(f"/s/{SLUG}", headers={"Accept-Language": code}):
        counts = (1, 2, 3, 11, 100, 102)
        assert [i18n.ngettext("%(n)s person", "%(n)s people", n, n=formatting.number(n)) for n in counts] == written


@pytest.mark.parametrize(("code", "names", "marks"), [
    ("ar", "أ، ب وج", "«»"), ("de", "أ, ب und ج", "„“"), ("en", "أ, ب and ج", "“”"), ("it", "أ, ب e ج", "«»"),
    ("ja", "أ、ب、ج", "「」"), ("nl", "أ, ب en ج", "“”"), ("pt", "أ, ب e ج", "“”"), ("zh", "أ、ب和ج", "“”"),
    ("fr", "أ, ب et ج", "«\N{NARROW NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}»"),
])  # fmt: skip
def test_lists_and_quotation_marks_are_those_of_the_language(
    sqlite_app: Flask, code: str, names: str, marks: str
) -> None:
    with sqlite_app.test_request_context(f"/s/{SLUG}", headers={"Accept-Language": code}):
        assert formatting.listed(["أ", "ب", "ج"]) == names
        assert "".join(formatting.quote_marks()) == marks


def test_a_name_keeps_its_capital_where_nouns_have_one(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context(f"/s/{SLUG}", headers={"Accept-Language": "de"}):
        assert formatting.within_sentence("Humor") == "Humor"
    with sqlite_app.test_request_context(f"/s/{SLUG}", headers={"Accept-Language": "fr"}):
        assert [formatting.within_sentence(name) for name in ("Humour", "NHS", "I am")] == ["humour", "NHS", "I am"]


SIDES = re.compile(r"(?<![\w-])(?:margin|padding|border)-(?:left|right)\b|(?<![\w-])(?:left|right)\s*:|"
                   r"text-align:\s*(?:left|right)|float:")  # fmt: skip


@for_each("sheet", sorted((PROJECT / "static").glob("*.css")), ids=lambda path: path.name)
def test_stylesheets_have_no_left_and_right(sheet: Path) -> None:
    """They would be on the wrong side of a page that is written from the right."""
    found = [line.strip() for line in sheet.read_text(encoding="utf-8").splitlines() if SIDES.search(line)]
    assert found == []


def test_numbers_in_messages_are_written_as_the_page_does(sqlite_app: Flask) -> None:
    for asked, written in (("en", "5,000"), ("es", "5.000"), ("fr", "5\u202f000"), ("ja", "5,000")):
        with sqlite_app.test_request_context(f"/s/{SLUG}", headers={"Accept-Language": asked}):
            assert written in i18n.gettext("%(n)s of them", n=5000)
            assert written in i18n.ngettext("%(num)s x", "%(num)s x", 5000)
            assert "5000" in i18n.gettext("%(n)s of them", n="5000")  # what is text stays as it is
            assert "999" in i18n.gettext("%(n)s of them", n=999)


def test_no_message_has_a_thousand_written_in_one_languages_way() -> None:
    """It would stand in every language as English writes it; but limits of Excel, which its only translation writes."""
    for path in (PROJECT / "translations").rglob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                for text in [message.id] if isinstance(message.id, str) else message.id:
                    assert text.startswith("Excel.") or not re.search(r"\b\d{1,3},\d{3}\b", text), text
