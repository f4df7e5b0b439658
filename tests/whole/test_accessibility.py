"""Every page, on a phone in the dark and on a desk in the light: no violation axe knows of, nothing on the console,
nothing wider than the window.

The pages are those of the demo. The test walks the url_map, so that a new page is either looked at or named here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from benchmarks.place import free_port
from survey.accounts import owners
from survey.serve import demo
from survey.worker.worker import Worker
from tests.support.pictures import drawing, saved
from tests.support.site import migrated, quiet, served
from tests.support.toy_model import use_toy_model
from tests.support.visitors import SLUG
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, StorageState

pytestmark = pytest.mark.browser

ONE_IN = 3
"""Of the answers of the demo every third: what axe takes grows with the page"""
LOOKS = [(390, "dark"), (1280, "light")]
NO_PAGES = {
    "static",
    "operating.lives",
    "operating.ready",
    "operating.metrics",
    "manage.progress",
    "reading.words",
    "results.feed",
    "embedding.host_script",
    "live.state",
    "presenting.state",
    "looking_after.those",
    "exporting.table",
    "exporting.clusters_csv",
    "exporting.codebook",
    "exporting.theme_page",
    "exporting.all_sheets",
    "exporting.chart_file",
    "publishing.table",
    "taking.table",
    "taking.chart",
    "coded.codebook_out",
    "coded.project_out",
    "archives.download",
    "api.survey",
    "api.themes",
    "api.answers",
    "api.clusters",
    "api.edits",
    "api.checks",
    "api.readings",
    "api.description",
    "api.search",
    "share.question_preview",
    "share.themes_preview",
    "share.qr_svg",
    "share.qr_png",
    "look.style",
    "look.picture",
}
"""Files, pictures and answers to programs"""
LIKE_ANOTHER = {"looking_after.delete_flood", "looking_after.outcome"}
"""Pages that are made as one that is looked at, or looked at in tests/answer_desk/test_answers_journey.py"""
WITH_MAIL = {"follow_up.ask", "follow_up.look", "follow_up.link"}
"""Pages of a site that sends mail: looked at in tests/follow_up/test_whole_way.py"""
USED_UP = {"account.set_up", "notices.confirm", "notices.stop"}
"""Pages of links that were used or never were, which say so with a 404"""
PUBLISHED = {"share.embed_themes"}
"""There once the page is published, which that of the demo is not: looked at in tests/respond/test_embed.py"""


@dataclass
class Site:
    """The demo, served from this process."""

    app: Flask
    base: str
    set_up_token: str


class Visit:
    """A demo site with an owner who is signed in, a theme, an answer with its secret link, and a waiting upload."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.base = base = site.base
        page = browser.new_context().new_page()
        page.goto(f"{base}/set-up/{site.set_up_token}")
        page.get_by_label("Your name").fill("Ruth")
        page.get_by_label("Password").fill("a long enough password")
        page.get_by_role("button").last.click()
        page.wait_for_url("**/manage/new")
        self.owner: StorageState = page.context.storage_state()
        page.goto(f"{base}/s/demo")
        page.get_by_label("Your answer").fill("Listening, and telling the truth")
        page.get_by_role("button", name="Send my answer").click()
        page.wait_for_url("**/s/demo/thanks")
        self.thanked: StorageState = page.context.storage_state()
        Worker(site.app).sweep()
        page.goto(f"{base}/s/demo/thanks?look=9")
        self.mine = page.get_by_label("The address of your answer").input_value()
        page.goto(f"{base}/manage/demo/import")
        page.locator("textarea").fill("Honesty\nPatience")
        page.get_by_role("button").last.click()
        page.wait_for_url("**/import/*")
        self.upload = page.url
        page.goto(f"{base}/manage/demo/advice")
        page.locator("input[name=title]").fill("Five rules")
        page.locator("textarea[name=points]").fill("Listen more\nNever lie")
        page.get_by_role("button").last.click()
        page.wait_for_load_state()
        page.goto(f"{base}/manage/demo/answers")
        self.answer = page.locator("a[href*='/answers/'][href*='/delete']").first.get_attribute("href") or ""
        page.goto(f"{base}/manage/demo/import")
        self.imported = page.locator("a[href*='/import/past/']").first.get_attribute("href") or ""
        page.goto(f"{base}/manage/demo/advice")
        self.advice = page.locator("a[href*='/advice/']:not([href*='/match'])").first.get_attribute("href") or ""
        page.goto(f"{base}/manage/demo/themes")
        self.theme = (page.locator("#theme-list a").first.get_attribute("href") or "").rsplit("/", 1)[1]
        self.dress(page)
        self.coding, self.coded_file = self.code(page), self.code(page, bring_in=False)
        self.archive = self.bring(page)
        self.invitation = self.invite(page)
        self.checked = self.check(page)
        self.check(page, read=1)
        page.get_by_role("link", name="Go on").click()
        self.reading = page.url
        page.context.close()

    def dress(self, page: Page) -> None:
        """Give the demo a colour, a logo and a picture, so that all pages are seen with them."""
        page.goto(f"{self.base}/manage/demo/words")
        page.get_by_label("Your colour").fill("#1c6e5a")
        page.get_by_label("A contact").fill("ada@example.org")
        page.get_by_role("button", name="Save").click()
        for role in ("logo", "asker"):
            file = {"name": "a.png", "mimeType": "image/png", "buffer": saved(drawing())}
            page.locator(f"#{role}-file").set_input_files(file)  # type: ignore[arg-type]
            page.locator(f"form[action$='/picture/{role}'] button").click()
            page.get_by_text("The picture is in its place.").wait_for()

    def code(self, page: Page, *, bring_in: bool = True) -> str:
        """Choose a coded file and bring it in; the address of its page, or of its preview."""
        page.goto(f"{self.base}/manage/demo/coded")
        table = b"answer,codes\nHonesty,Truth | Listening\nPatience,Time\nListening,Listening\n"
        page.locator("input[type=file]").set_input_files({"name": "c.csv", "mimeType": "text/csv", "buffer": table})
        page.get_by_role("button", name="Look at it").click()
        page.wait_for_url("**/coded/file/*")
        if bring_in:
            page.get_by_label("not here too").check()
            page.get_by_role("button", name="Bring in").click()
            page.get_by_role("heading", name="What each code stands for").wait_for()
        return page.url

    def bring(self, page: Page) -> str:
        """Choose the archive of the demo as one from another site; the address of its preview."""
        archive = page.request.get(f"{self.base}/manage/demo/export/survey.zip").body()
        page.goto(f"{self.base}/manage/new/archive")
        page.locator("input[type=file]").set_input_files(
            {"name": "demo.zip", "mimeType": "application/zip", "buffer": archive}
        )
        page.get_by_role("button", name="Look at it").click()
        page.wait_for_url("**/new/archive/*")
        return page.url

    def invite(self, page: Page) -> str:
        """Invite somebody; the address of the page that they would open."""
        page.goto(f"{self.base}/manage/demo/people")
        page.get_by_label("Who is it for?").fill("A colleague")
        page.get_by_role("button", name="Make a link").click()
        return page.get_by_label("The link of the invitation").input_value()

    def check(self, page: Page, read: int = 5) -> str:
        """Start a blind check, read some of it, and see the result if it is enough; the address of its page."""
        page.goto(f"{self.base}/manage/demo/check")
        page.get_by_role("button", name="Start reading").click()
        for place in range(1, read + 1):
            page.get_by_text(f"Check {place} of").wait_for()
            page.get_by_role("button", name="None of these").click()
        page.get_by_text(f"Check {read + 1} of").wait_for()
        page.get_by_role("link", name="Stop here").click()
        if read >= 5:
            page.get_by_role("button", name="See the result").click()
            page.get_by_role("heading", name="The machine agrees with you").wait_for()
        return page.url

    def address(self, rule: str) -> str:
        """The address of a page by its rule."""
        if "/mine/" in rule:
            return self.mine
        if "/join/<" in rule:
            return self.invitation
        if "/archive/<" in rule:
            return self.archive
        if "/import/<" in rule:
            return self.upload
        if "/advice/<" in rule:
            return self.base + self.advice + ("/match?point=1" if rule.endswith("/match") else "")
        if "/answers/<" in rule:
            return self.base + self.answer
        if "/coded/<" in rule:
            return self.coding + "/compare" * rule.endswith("/compare")
        if "/coded/file/<" in rule:
            return self.coded_file
        if "/check/<" in rule:
            return self.reading if "/read/" in rule else self.checked + "/delete" * rule.endswith("/delete")
        if "/past/<" in rule:
            return self.base + self.imported
        filled = rule.replace("<slug>", "demo").replace("<public_id>", self.theme)
        filled = filled.replace("<token>", "none")
        assert "<" not in filled, f"give the test a value for {rule}"
        return self.base + filled


def write_some_answers(file: Path) -> Path:
    """Write a part of the answers of the demo."""
    with demo.ANSWERS.open(encoding="utf-8", newline="") as whole:
        head, *rows = csv.reader(whole)
    with file.open("w", encoding="utf-8", newline="") as part:
        csv.writer(part).writerows([head, *rows[::ONE_IN]])
    return file


@pytest.fixture(scope="module", autouse=True)
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a demo whose themes were found by the toy model. (Before the browser, by `autouse`.)"""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    mail = {"smtp_host": "127.0.0.1", "smtp_port": 9, "mail_from": "threads@example.org"}
    with (
        pytest.MonkeyPatch.context() as patch,
        migrated(quiet(folder, base_url=f"http://127.0.0.1:{port}", **mail)) as app,
    ):
        use_toy_model(patch)
        patch.setattr(demo, "ANSWERS", write_some_answers(folder / "answers.csv"))
        with app.app_context():
            demo.load()
            token = owners.new_set_up_token()
        Worker(app).sweep()
        with served(app, port) as base:
            yield Site(app, base, token)


@pytest.fixture(scope="module")
def visit(site: Site, browser: Browser) -> Visit:
    return Visit(site, browser)


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page: the rule and where."""
    from axe_playwright_python.sync_playwright import Axe

    # A page that axe has looked at before has its script still.
    axe = Axe(";") if page.evaluate("'axe' in window") else Axe()
    found = axe.run(page).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.fixture(scope="module")
def rules(site: Site) -> list[tuple[str, str]]:
    """Every page there is: endpoint and rule."""
    left_out = NO_PAGES | LIKE_ANOTHER | WITH_MAIL | PUBLISHED
    found = site.app.url_map.iter_rules()
    return sorted({(rule.endpoint, rule.rule) for rule in found if "GET" in (rule.methods or ())
                   and rule.endpoint not in left_out})  # fmt: skip


def put_on(page: Page, width: int, scheme: str) -> None:
    """Show a page that is open in another width and other colours, and wait until they are there."""
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))")


def test_every_page(visit: Visit, rules: list[tuple[str, str]], browser: Browser) -> None:
    """Each is loaded in one look, the phone's and the desk's by turns, and then put on the other."""
    wrong: list[str] = []
    # One page for each who visits: a new one for each address takes Chromium a process each time.
    pages: dict[str, tuple[Page, list[str]]] = {}
    states = {"respondent": visit.thanked, "owner": visit.owner, "stranger": None}
    for name, state in states.items():
        page = browser.new_context(storage_state=state).new_page()
        pages[name] = page, watch(page)
    for number, (endpoint, rule) in enumerate(rules):
        is_stranger = endpoint == "account.sign_in"
        who = "respondent" if endpoint.startswith("respond.") else "stranger" if is_stranger else "owner"
        page, complaints = pages[who]
        complaints.clear()
        page.context.clear_cookies()
        if state := states[who]:
            page.context.add_cookies(state["cookies"])  # type: ignore[arg-type]
        looks = LOOKS if number % 2 else LOOKS[::-1]
        put_on(page, *looks[0])
        page.goto(visit.address(rule))
        for width, scheme in looks:
            put_on(page, width, scheme)
            wrong += [f"{rule} {width}: {text}" for text in violations(page)]
            if not fits(page):
                wrong.append(f"{rule}: wider than {width}")
        # A page that is not there says 404 on the console: the used set-up link, and a thank-you without a token.
        wrong += [f"{rule}: {text}" for text in complaints if not (endpoint in USED_UP and "404" in text)]
    for page, _ in pages.values():
        page.context.close()
    assert not wrong, "\n".join(wrong)
    assert len(rules) > 30


def test_the_first_steps_of_a_new_survey(visit: Visit, browser: Browser) -> None:
    """The demo is an example and has none."""
    wrong: list[str] = []
    for number, (width, scheme) in enumerate(LOOKS):
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
            storage_state=visit.owner,
        )
        page = context.new_page()
        complaints = watch(page)
        page.goto(f"{visit.base}/manage/new")
        page.get_by_label("Your question").fill(f"What is missing in our street, asked {number}?")
        page.get_by_role("button", name="Create the survey").click()
        page.get_by_role("heading", name="First steps").wait_for()
        wrong += [*violations(page), *complaints]
        if not fits(page):
            wrong.append(f"wider than {width}")
        context.close()
    assert wrong == []


def test_each_printed_sheet_has_the_address_of_its_page_and_nothing_to_press(visit: Visit, browser: Browser) -> None:
    context = browser.new_context(storage_state=visit.owner)
    page = context.new_page()
    page.emulate_media(media="print")
    for path in (
        "/s/demo/themes",
        f"/s/demo/themes/{visit.theme}",
        "/s/demo/answers",
        "/manage/demo",
        "/manage/demo/share",
    ):
        page.goto(visit.base + path)
        sheet = page.locator("body > .sheet-foot")
        assert (sheet.text_content() or "").startswith(f"{visit.base}{path} · ")
        style = "element => { const own = getComputedStyle(element); return [own.display, own.breakInside] }"
        assert sheet.evaluate(style) == ["table-footer-group", "avoid"]
        assert page.locator("main button:visible, .tabs:visible").count() == 0
    page.goto(visit.mine)
    assert page.locator(".sheet-foot").count() == 0, "a secret address is on no sheet"
    context.close()


def test_pages_that_are_not_there_and_forms_that_are_refused(visit: Visit, browser: Browser) -> None:
    wrong: list[str] = []
    for width, scheme in LOOKS:
        context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{visit.base}/s/{SLUG}-nowhere")
        wrong += violations(page)
        page.goto(f"{visit.base}/s/demo")
        page.get_by_role("button", name="Send my answer").click()
        page.get_by_role("alert").wait_for()
        wrong += violations(page)
        context.close()
    assert wrong == []
