"""Links for sharing a survey, and the metadata (Open Graph) that link previews are made from.

Every link is tagged with the place it is shared at (`?from=<tag>`), so that the owner learns where answers come from.
Only tags of `answers.SOURCES` are ever stored.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from survey.answers.lifecycle import SOURCES, known_source
from survey.core.i18n import gettext, in_language, language, ngettext
from survey.core.models import Survey
from survey.looks import words
from survey.looks.look import look
from survey.results.headline import in_words
from survey.results.read_model import ThemePage, ThemeRow
from survey.sharing import preview_image
from survey.sharing.embed_assets import LOOKS
from survey.sharing.preview_image import Card, Thread
from survey.web.access import external_url
from survey.web.formatting import comma, number

SITE = "Common Threads"
TAGGED = ("whatsapp", "facebook", "instagram", "x", "linkedin", "bluesky", "threads", "email", "poster")
"""The tags of the links that an owner is offered, in this order"""
BLUESKY_MAX_LENGTH = 300
"""Characters of a post, the address included"""
EMBED_HEIGHT = 860
"""Pixels; fits the whole form in a frame that is at least 400 pixels wide"""
SHARE_URLS: dict[str, Callable[[str, str], str]] = {
    "whatsapp": lambda text, address: _query("https://wa.me/", text=f"{text} {address}"),
    "facebook": lambda text, address: _query("https://www.facebook.com/sharer/sharer.php", u=address),
    "x": lambda text, address: _query("https://x.com/intent/post", text=text, url=address),
    "linkedin": lambda text, address: _query("https://www.linkedin.com/sharing/share-offsite/", url=address),
    "bluesky": lambda text, address: _query(
        "https://bsky.app/intent/compose", text=f"{_short(text, BLUESKY_MAX_LENGTH - 1 - len(address))} {address}"
    ),
    "threads": lambda text, address: _query("https://www.threads.net/intent/post", text=text, url=address),
    "email": lambda text, address: _query("mailto:", subject=text, body=f"{text}\n\n{address}"),
}
"""By tag, the address that opens a service with a text and a link filled in, as the service documents it"""


@dataclass(frozen=True, slots=True)
class Link:
    """A tagged link: `address` is shared, `opens` is the page of the service with everything filled in."""

    tag: str
    label: str
    address: str
    opens: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """A page to share. `address` is for copying and for the share sheet of a phone."""

    text: str
    address: str
    links: list[Link]

    @property
    def row(self) -> list[Link]:
        """Return the links that open a service."""
        return [link for link in self.links if link.opens]


@dataclass(frozen=True, slots=True)
class Meta:
    """The Open Graph and X card metadata of a page. All addresses are absolute."""

    title: str
    description: str
    url: str
    canonical: str
    image: str
    image_alt: str
    author: str
    site_name: str = SITE
    width: int = preview_image.WIDTH
    height: int = preview_image.HEIGHT


def question_share(survey: Survey) -> Share:
    """Return the links to the question."""
    return _share("respond.answer", survey, survey.question)


def themes_share(page: ThemePage, *, language_code: str | None = None) -> Share:
    """Return the links to the theme page, with words to post in a language: None for that of this page."""
    with in_language(language_code or language()):
        title = _themes_title(page)
    return _share("results.themes", page.survey, title)


def question_card(survey: Survey) -> Card:
    """Return the content of the preview image of the question."""
    shown = look(survey)
    return Card(
        words.of(survey, "title") or survey.question,
        survey.asker,
        language=survey.language,
        subtitle=" ".join(words.of(survey, "preview").split()),
        accent=shown.accent,
        logo=shown.logo.version if shown.logo else "",
    )


def themes_card(page: ThemePage) -> Card:
    """Return the content of the preview image of the theme page."""
    threads = tuple(Thread(theme.stored_name, theme.colour, theme.people, theme.tentative) for theme in _largest(page))
    logo = look(page.survey).logo
    return Card(
        page.survey.question,
        page.survey.asker,
        page.people,
        threads,
        page.survey.language,
        logo=logo.version if logo else "",
    )


def question_meta(survey: Survey, source: str | None) -> Meta:
    """Return the metadata of the answer page. `source` is the tag in the address it was requested with."""
    asks = gettext("%(name)s asks one question.", name=survey.asker) if survey.asker else gettext("One question.")
    title, own = words.of(survey, "title") or survey.question, " ".join(words.of(survey, "preview").split())
    return Meta(
        title=title,
        description=own or " ".join([asks, gettext("One line is enough.")]),
        url=_tagged("respond.answer", survey, known_source(source)),
        canonical=_tagged("respond.answer", survey, None),
        image=_image_address("share.question_preview", survey, question_card(survey)),
        image_alt=f"{title} {own or asks}",
        author=survey.asker,
    )


def themes_meta(page: ThemePage, source: str | None) -> Meta:
    """Return the metadata of the theme page."""
    survey = page.survey
    card = themes_card(page)
    named = comma().join(f"{theme.name} ({number(theme.people)})" for theme in _largest(page))
    title = _themes_title(page)
    return Meta(
        title=title,
        description=in_words(page.headline) or gettext("What the answers have in common."),
        url=_tagged("results.themes", survey, known_source(source)),
        canonical=_tagged("results.themes", survey, None),
        image=_image_address("share.themes_preview", survey, card),
        image_alt=f"{title} {named}." if named else title,
        author=survey.asker,
    )


def poster_address(survey: Survey) -> str:
    """Return the address in the QR code."""
    return _tagged("respond.answer", survey, "poster")


@dataclass(frozen=True, slots=True)
class EmbedChoice:
    """What an owner wants on another site's page."""

    is_themes: bool = False
    """The largest themes of the published page instead of the question"""
    introduction: bool = False
    look: str = ""
    """One of embed_assets.LOOKS; "": the visitor's own setting"""
    follows: bool = True
    """Whether the frame gets the height of what is in it, by a script"""


def embed_code(survey: Survey, choice: EmbedChoice) -> str:
    """Return the HTML that puts the answer form, or the themes, into another page."""
    chosen = {"introduction": "1"} if choice.introduction and not choice.is_themes else {}
    chosen |= {"look": choice.look} if choice.look in LOOKS else {}
    endpoint = "share.embed_themes" if choice.is_themes else "share.embed"
    address = html.escape(external_url(endpoint, slug=survey.slug, **chosen))
    title = html.escape(survey.question, quote=False).replace('"', "&quot;")
    frame = (
        f'<iframe src="{address}" title="{title}" width="100%" height="{EMBED_HEIGHT}" '
        'style="border: 0; max-width: 36rem" loading="lazy"></iframe>'
    )
    script = html.escape(external_url("embedding.host_script"))
    return f'<script src="{script}" async></script>\n{frame}' if choice.follows else frame


def _share(endpoint: str, survey: Survey, text: str) -> Share:
    links = []
    for tag in TAGGED:
        address, share_url = _tagged(endpoint, survey, tag), SHARE_URLS.get(tag)
        links.append(Link(tag, gettext(SOURCES[tag]), address, share_url(text, address) if share_url else None))
    return Share(text, _tagged(endpoint, survey, "direct"), links)


def _largest(page: ThemePage) -> list[ThemeRow]:
    """Return the themes in the preview image: a pinned one does not look as if most people said it."""
    return sorted(page.themes, key=lambda theme: -theme.people)[: preview_image.MAX_THREADS]


def _themes_title(page: ThemePage) -> str:
    answered = ngettext("%(n)s person answered.", "%(n)s people answered.", page.people, n=number(page.people))
    return f"{page.survey.question} {answered}"


def _tagged(endpoint: str, survey: Survey, tag: str | None) -> str:
    # Some link previews open og:url instead of the shared address, so it has the tag too.
    return external_url(endpoint, slug=survey.slug, **{"from": tag} if tag else {})


def _image_address(endpoint: str, survey: Survey, card: Card) -> str:
    return external_url(endpoint, slug=survey.slug, version=preview_image.version(card))


def _query(base: str, **values: str) -> str:
    # Spaces as %20: mail programs read + literally.
    return f"{base}?{urlencode(values, quote_via=quote)}"


def _short(text: str, max_length: int) -> str:
    return textwrap.shorten(text, max(max_length, 40), placeholder=" …")
